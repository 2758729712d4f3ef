package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"barkeep/configs"
	"barkeep/configs/door"
	"barkeep/sinks/lake"
	"barkeep/sinks/webhook"
)

// presence is what a daemon leaves in LAKE/_state/daemon.json, so that commands on
// the same lake find it.
type presence struct {
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	HTTP    string    `json:"http"`    // address of the HTTP door
	Socket  string    `json:"socket"`  // of the same door for this user alone
	Version string    `json:"version"` // of the program
	// Settings is a sum over the configuration in force. A command with other
	// settings does its work itself.
	Settings string `json:"settings"`
}

const presenceFile = "daemon.json"

// socketPath is where the daemon of a lake listens for commands. The name of a
// socket may have about 100 bytes, which the path of a lake may not leave room for.
func socketPath(l *lake.Lake) string {
	path := filepath.Join(l.StateDir(), "control.sock")
	if len(path) < 100 {
		return path
	}
	sum := sha256.Sum256([]byte(l.Dir()))
	return filepath.Join(os.TempDir(), fmt.Sprintf("barkeep-%d-%s.sock", os.Getuid(), hex.EncodeToString(sum[:6])))
}

// settingsSum tells two configurations apart, without showing either, by what
// matters to a run. No secret goes into it, because a sum can be guessed at.
func settingsSum(c configs.Config) string {
	c.Lake, c.Log, c.HTTP, c.Notify = "", configs.Log{}, door.Config{}, webhook.Config{}
	c.Baostock.Password, c.Baostock.APIKey = "", ""
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", c))
	return hex.EncodeToString(sum[:16])
}

// daemonOf finds the daemon that works on a lake; ok is false when there is none.
// A file that a killed daemon has left behind names a socket nobody listens on.
func daemonOf(l *lake.Lake) (p presence, ok bool) {
	text, err := os.ReadFile(filepath.Join(l.StateDir(), presenceFile))
	if err != nil || json.Unmarshal(text, &p) != nil {
		return presence{}, false
	}
	c, err := net.DialTimeout("unix", p.Socket, time.Second)
	if err != nil {
		return presence{}, false
	}
	c.Close()
	return p, true
}

// caller returns a client of the daemon's socket; the host of its URLs is localhost.
func (p presence) caller() *http.Client {
	var d net.Dialer
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", p.Socket) },
	}}
}

// handOver lets the daemon on this lake do the run, if there is one, and shows its
// progress. done is false when there is none that works with the same settings.
func (a *app) handOver(ctx context.Context, w work, o options) (done bool, err error) {
	cfg, err := a.config()
	if err != nil {
		return false, err
	}
	l, err := a.openLake(cfg)
	if err != nil {
		return false, err
	}
	p, ok := daemonOf(l)
	if !ok {
		return false, nil
	}
	if p.Settings != settingsSum(cfg) && a.hasSettings() {
		fmt.Fprintf(a.screen, "The daemon on this lake (process %d) works with other settings, so the run is done here.\n", p.PID)
		return false, nil
	}
	run, err := p.trigger(ctx, w.name, o, func(line string) { fmt.Fprintln(a.screen, line) })
	if err != nil {
		return true, err
	}
	return true, errors.Join(a.printRun(run), runError(run))
}

// hasSettings reports whether the user has said anything about how a run is done.
// Who has not means the daemon's settings, where there is a daemon.
func (a *app) hasSettings() bool {
	return slices.ContainsFunc(a.loaded.Given(), func(key string) bool {
		return key != "lake" && !strings.HasPrefix(key, "log.") && !strings.HasPrefix(key, "http.")
	})
}
