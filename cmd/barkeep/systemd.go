package main

import (
	"context"
	"fmt"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
)

// supervisor tells the service manager that started the program, systemd or what
// speaks like it, how the program is. Without one (no NOTIFY_SOCKET) it does
// nothing.
type supervisor struct{}

// ready says that the daemon does its work: after the start, and after a reload.
// The text is shown by systemctl status.
func (supervisor) ready(status string) error {
	return tell(systemd.SdNotifyReady + "\nSTATUS=" + oneLine(status))
}

// reloading says that the configuration is being read again; ready follows, also
// when the old one stays.
func (supervisor) reloading() error {
	return tell(systemd.SdNotifyReloading + "\n" + systemd.SdNotifyMonotonicUsec())
}

// stopping says that the daemon is about to end.
func (supervisor) stopping() error { return tell(systemd.SdNotifyStopping) }

// watch tells the service manager again and again that the daemon is alive, as
// long as alive says so, until ctx ends; the manager restarts a daemon that it does
// not hear from (WatchdogSec=). It returns at once when nobody listens. alive must
// not wait for longer than a few seconds.
func (supervisor) watch(ctx context.Context, alive func() bool) error {
	every, err := systemd.SdWatchdogEnabled(false)
	if err != nil {
		return fmt.Errorf("watchdog: %w", err)
	}
	if every == 0 {
		return nil
	}
	tick := time.NewTicker(every / 3)
	defer tick.Stop()
	for {
		if alive() {
			if err := tell(systemd.SdNotifyWatchdog); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func tell(state string) error {
	if _, err := systemd.SdNotify(false, state); err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	return nil
}

// oneLine keeps a status from being read as further assignments.
func oneLine(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c < ' ' {
			b[i] = ' '
		}
	}
	return string(b)
}
