package main

import (
	"bytes"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"barkeep/configs"
)

// patience bounds every wait of a script; it is reached only by a failure.
const patience = 60 * time.Second

// tick is how often a state that cannot announce itself is looked at.
const tick = 2 * time.Millisecond

// backstage is what a script has running beside itself.
type backstage struct {
	dir       string
	env       []string
	processes map[string]*process
	held      *sql.DB
}

type backstageKey struct{}

// process is barkeep in the background.
type process struct {
	cmd      *exec.Cmd
	done     chan struct{} // closed when it has ended
	err      error         // of Wait; valid after done
	over     time.Time     // when it had ended; valid after done
	told     time.Time     // when it was sent the last signal
	out, log string        // files of its output
}

func newBackstage(e *testscript.Env) *backstage {
	// Waits before repetitions would only slow the scripts down.
	e.Setenv("BARKEEP_BAOSTOCK_RETRY_BACKOFF", "1ms")
	e.Setenv("BARKEEP_BAOSTOCK_CONNECT_TIMEOUT", "5s")
	e.Setenv("BARKEEP_DUCKDB_THREADS", "1")
	// Nothing may leave this machine: port 1 refuses.
	e.Setenv("BARKEEP_BAOSTOCK_ADDRESS", "127.0.0.1:1")
	for _, key := range quoteAddresses {
		e.Setenv(key, "http://127.0.0.1:1")
	}
	e.Setenv("BARKEEP_EASTMONEY_PAUSE", "0s")
	e.Setenv("BARKEEP_CALENDAR_NOW", "")
	return &backstage{dir: e.WorkDir, env: e.Vars, processes: map[string]*process{}}
}

func backstageOf(ts *testscript.TestScript) *backstage {
	return ts.Value(backstageKey{}).(*backstage)
}

// close ends what the script has left running.
func (b *backstage) close() {
	for _, p := range b.processes {
		p.cmd.Process.Kill()
		<-p.done
	}
	if b.held != nil {
		b.held.Close()
	}
}

func (b *backstage) start(ts *testscript.TestScript, name string, args ...string) *process {
	if b.processes[name] != nil {
		ts.Fatalf("%s is running already", name)
	}
	p := &process{cmd: exec.Command("barkeep", args...), done: make(chan struct{})}
	p.out, p.log = filepath.Join(b.dir, name+".out"), filepath.Join(b.dir, name+".err")
	stdout, err := os.Create(p.out)
	ts.Check(err)
	defer stdout.Close()
	stderr, err := os.Create(p.log)
	ts.Check(err)
	defer stderr.Close()
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = stdout, stderr, ts.MkAbs(".")
	p.cmd.Env = b.environ(ts)
	ts.Check(p.cmd.Start())
	b.processes[name] = p
	go func() {
		p.err = p.cmd.Wait()
		p.over = time.Now()
		close(p.done)
	}()
	return p
}

// environ is the environment as the script has it by now.
func (b *backstage) environ(ts *testscript.TestScript) []string {
	keys, err := configs.Keys[configs.Config](configs.Default)
	ts.Check(err)
	environ := append([]string(nil), b.env...)
	for _, pair := range b.env {
		key, _, _ := strings.Cut(pair, "=")
		environ = append(environ, key+"="+ts.Getenv(key))
	}
	for _, key := range keys {
		if value := ts.Getenv(key.Env); value != "" {
			environ = append(environ, key.Env+"="+value)
		}
	}
	return environ
}

// running returns a background process by name.
func (b *backstage) running(ts *testscript.TestScript, name string) *process {
	p := b.processes[name]
	if p == nil {
		ts.Fatalf("nothing called %s was started", name)
	}
	return p
}

// until waits for a condition while the process runs.
func (p *process) until(ts *testscript.TestScript, what string, met func() bool) {
	deadline := time.After(patience)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for !met() {
		select {
		case <-ticker.C:
		case <-p.done:
			if !met() {
				ts.Fatalf("%s: the process ended first (%v)\n%s%s", what, p.err, text(p.out), text(p.log))
			}
			return
		case <-deadline:
			ts.Fatalf("%s: nothing after %s\n%s%s", what, patience, text(p.out), text(p.log))
		}
	}
}

// text reads a file that may not be there.
func text(path string) string {
	b, _ := os.ReadFile(path)
	return string(b)
}

// environ is this process's environment without settings of barkeep.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(pair string) bool { return strings.HasPrefix(pair, "BARKEEP_") })
}

// barkeep runs the program in a test that is no script.
func barkeep(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	c := exec.Command("barkeep", args...)
	c.Stdout, c.Stderr, c.Env = &out, &log, environ()
	if err := c.Run(); err != nil {
		t.Fatalf("barkeep %q: %v\n%s%s", args, err, out.String(), log.String())
	}
	return out.String(), log.String()
}
