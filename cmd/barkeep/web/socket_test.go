package web_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"barkeep/cmd/barkeep/web"
	"barkeep/configs/door"
)

// overSocket asks as a command on this machine does.
func overSocket(t *testing.T, path, method, target, body string) (int, string, error) {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	r, err := http.NewRequestWithContext(t.Context(), method, "http://barkeep"+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

func far(c *door.Config) { c.Address, c.Token, c.RateLimit = ":0", token, 1 }

func TestSocket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "control.sock")
	s := newDaemon(t, &engine{}, far)
	if err := s.ListenUnix(path); err != nil {
		t.Fatal(err)
	}
	if err := s.ListenUnix(path + "2"); err == nil {
		t.Error("it listens twice")
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx) }()
	for range 5 { // no token, no rate, no Host
		code, text, err := overSocket(t, path, "POST", runPath, `{"options":{"from":"2024-01-02"}}`)
		if code != 200 || err != nil || strings.Count(text, "\n") != 3 {
			t.Fatalf("%d %q %v", code, text, err)
		}
	}
	if code, text, err := overSocket(t, path, "POST", sqlPath, `{"query":"SELECT 1"}`); code != 200 || err != nil {
		t.Errorf("sql: %d %s %v", code, text, err)
	}
	second := newDaemon(t, &engine{}, far)
	if err := second.ListenUnix(path); err == nil || !strings.Contains(err.Error(), "another daemon listens there") {
		t.Errorf("a socket in use: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestSocketOfTheDead holds that what a killed daemon left is replaced, and that
// nothing else is.
func TestSocketOfTheDead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "control.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	s := newDaemon(t, &engine{}, far)
	if err := s.ListenUnix(path); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx) }()
	if code, _, err := overSocket(t, path, "GET", "/healthz", ""); code != 200 || err != nil {
		t.Errorf("%d %v", code, err)
	}
	// Another file has taken the place since: it is not ours to remove.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "keep" {
		t.Errorf("a foreign file was removed: %v", err)
	}
	for name, place := range map[string]string{"a file": path, "a directory": dir, "no directory": filepath.Join(dir, "none", "s"),
		"too long": filepath.Join(dir, strings.Repeat("x", 120))} {
		if err := newDaemon(t, &engine{}, far).ListenUnix(place); err == nil {
			t.Errorf("%s: it listens", name)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "keep" {
		t.Errorf("a foreign file was removed: %v", err)
	}
}

// TestSocketGoesWithTheAddress holds that a daemon whose address is taken leaves no
// socket behind.
func TestSocketGoesWithTheAddress(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	path := filepath.Join(t.TempDir(), "s")
	s := newDaemon(t, &engine{}, func(c *door.Config) { c.Address = taken.Addr().String() })
	if err := s.ListenUnix(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(t.Context()); err == nil {
		t.Error("it serves on an address in use")
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

var _ http.Handler = (*web.Server)(nil)
