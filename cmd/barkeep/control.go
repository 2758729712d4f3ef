package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"barkeep/configs"
	"barkeep/configs/door"
	"barkeep/schedules/jobs"
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

// trigger asks the daemon for a run and follows it to its end.
func (p presence) trigger(ctx context.Context, job string, o options, progress func(string)) (jobs.Run, error) {
	body, err := json.Marshal(map[string]any{"options": o})
	if err != nil {
		return jobs.Run{}, fmt.Errorf("trigger %s: %w", job, err)
	}
	target := "http://localhost/api/v1/jobs/" + url.PathEscape(job) + "/run"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return jobs.Run{}, fmt.Errorf("trigger %s: %w", job, err)
	}
	request.Header.Set("Content-Type", "application/json")
	run, err := p.watch(request, progress)
	if err != nil && ctx.Err() != nil {
		return run, fmt.Errorf("not waiting any longer; the run of %s goes on in the daemon (process %d), and barkeep runs shows how it ends", job, p.PID)
	}
	return run, err
}

// watch sends a trigger and reads what comes back.
func (p presence) watch(request *http.Request, progress func(string)) (jobs.Run, error) {
	answer, err := p.caller().Do(request)
	if err != nil {
		return jobs.Run{}, fmt.Errorf("ask the daemon (process %d): %w", p.PID, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return jobs.Run{}, problemOf(answer)
	}
	return follow(answer.Body, progress)
}

// problemOf turns the daemon's answer to a trigger into the error of the command.
func problemOf(answer *http.Response) error {
	var problem struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if err != nil || json.Unmarshal(text, &problem) != nil || problem.Error.Message == "" {
		return fmt.Errorf("the daemon answers %s", answer.Status)
	}
	switch answer.StatusCode {
	case http.StatusConflict:
		return fmt.Errorf("%s: %w", problem.Error.Message, lake.ErrBusy)
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		return usage("%s", problem.Error.Message)
	}
	return errors.New(problem.Error.Message)
}

// maxLine bounds one line of progress; the last one holds the job's whole report.
const maxLine = 4 << 20

// follow reads the lines of progress up to the one with the run.
func follow(r io.Reader, progress func(string)) (jobs.Run, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var line struct {
			Progress *string   `json:"progress"`
			Run      *jobs.Run `json:"run"`
			Error    string    `json:"error"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return jobs.Run{}, fmt.Errorf("progress of the daemon: %w", err)
		}
		switch {
		case line.Run != nil:
			return *line.Run, nil
		case line.Error != "":
			return jobs.Run{}, errors.New(line.Error)
		case line.Progress != nil:
			progress(*line.Progress)
		}
	}
	return jobs.Run{}, fmt.Errorf("the daemon ended before the run did: %w", errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}
