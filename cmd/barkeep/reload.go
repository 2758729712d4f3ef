package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"barkeep/sinks/webhook"
)

// listen reads the configuration again whenever it is told to by SIGHUP.
func (d *daemon) listen(ctx context.Context) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangups:
		}
		if err := d.systemd.reloading(); err != nil {
			return err
		}
		if err := d.reload(ctx); err != nil {
			d.log.Error("the configuration stays as it was", "error", err)
		} else {
			d.log.Warn("the configuration was read again")
		}
		if err := d.systemd.ready(d.presence.HTTP); err != nil {
			return err
		}
	}
}

// reload reads the configuration again and puts it in force, or changes nothing.
// What is open already stays: the address, the lake, the clock of a rehearsal.
func (d *daemon) reload(ctx context.Context) error {
	old := d.app.Load()
	fresh := &app{terminal: old.terminal, configFile: old.configFile, lakeDir: old.lakeDir, logLevel: old.logLevel, usualLevel: old.usualLevel,
		set: old.set, json: old.json, screen: old.screen, lake: old.lake}
	cfg, err := fresh.load()
	if err != nil {
		return err
	}
	was := old.loaded.Value
	if cfg.Lake != was.Lake || cfg.HTTP != was.HTTP || cfg.Calendar != was.Calendar {
		return errors.New("the sections lake, http and calendar change with a restart only")
	}
	list, err := d.jobs(cfg)
	if err != nil {
		return err
	}
	if cfg.Notify != was.Notify {
		if err := d.notify(cfg.Notify, was.Notify); err != nil {
			return err
		}
	}
	if err := d.renew(ctx, fresh); err != nil {
		return err
	}
	if err := d.runner.Replace(list); err != nil {
		return err
	}
	for _, j := range list {
		d.metrics.AddJob(j.Name)
	}
	return d.present(d.presence.HTTP, d.presence.Socket)
}

// notify puts other targets of notifications in force, or leaves the old ones.
func (d *daemon) notify(c, was webhook.Config) error {
	// Two must not keep one state.
	err := d.notifier.Load().Close()
	n, nerr := d.newNotifier(c)
	if nerr != nil {
		if n, err = d.newNotifier(was); err == nil {
			d.notifier.Store(n)
		}
		return errors.Join(nerr, err)
	}
	d.notifier.Store(n)
	return err
}

func (d *daemon) newNotifier(c webhook.Config) (*webhook.Notifier, error) {
	return webhook.New(c, webhook.Options{State: filepath.Join(d.lake.StateDir(), "notifications.json"),
		Disk: d.lake.Disk(), Log: d.log, Version: version})
}
