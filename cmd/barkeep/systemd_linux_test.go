package main

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSupervisor listens in the place of systemd.
func TestSupervisor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "30000")
	heard := func() string {
		t.Helper()
		b := make([]byte, 4096)
		if err := socket.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := socket.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	var s supervisor
	expect := func(err error, want string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if got := heard(); got != want && !strings.HasPrefix(got, want+"\nMONOTONIC_USEC=") {
			t.Errorf("heard %q, want %q", got, want)
		}
	}
	expect(s.ready("7 jobs\nMAINPID=1"), "READY=1\nSTATUS=7 jobs MAINPID=1")
	expect(s.reloading(), "RELOADING=1")
	expect(s.stopping(), "STOPPING=1")

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	calls := 0
	go func() { ended <- s.watch(ctx, func() bool { calls++; return calls != 2 }) }()
	for range 2 {
		if got := heard(); got != "WATCHDOG=1" {
			t.Errorf("heard %q", got)
		}
	}
	stop()
	if err := <-ended; err != nil || calls < 3 {
		t.Errorf("%d looks, %v", calls, err)
	}
}

// TestNoSupervisor: started by hand, the program tells nobody and waits for nobody.
func TestNoSupervisor(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	var s supervisor
	for _, err := range []error{s.ready(""), s.reloading(), s.stopping(), s.watch(t.Context(), nil)} {
		if err != nil {
			t.Error(err)
		}
	}
}
