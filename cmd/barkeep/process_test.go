package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
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
	p.cmd.Env = append([]string(nil), b.env...)
	for _, pair := range b.env { // what the script has changed since
		key, _, _ := strings.Cut(pair, "=")
		p.cmd.Env = append(p.cmd.Env, key+"="+ts.Getenv(key))
	}
	ts.Check(p.cmd.Start())
	b.processes[name] = p
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p
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

// quoteAddresses are the variables that point barkeep at providers of quotes.
var quoteAddresses = []string{"BARKEEP_TENCENT_BASE_URL", "BARKEEP_SINA_BASE_URL", "BARKEEP_EASTMONEY_BASE_URL"}

var (
	addressLine = regexp.MustCompile(`(?m)^baostock (\S+:\d+)$`)
	webLine     = regexp.MustCompile(`(?m)^http (\S+:\d+)$`)
)

func cmdExchange(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 1, "exchange NAME [ARGS]")
	name := args[0]
	p := backstageOf(ts).start(ts, name, append([]string{"simulate", "--listen", "127.0.0.1:0", "--log-level", "debug"}, args[1:]...)...)
	var found []string
	p.until(ts, "the line with the address", func() bool {
		found = addressLine.FindStringSubmatch(text(p.out))
		return found != nil
	})
	ts.Setenv(name, found[1])
	ts.Setenv("BARKEEP_BAOSTOCK_ADDRESS", found[1])
	if !slices.Contains(args, "--http") {
		return
	}
	p.until(ts, "the line with the address of quotes", func() bool {
		found = webLine.FindStringSubmatch(text(p.out))
		return found != nil
	})
	for _, key := range quoteAddresses {
		ts.Setenv(key, "http://"+found[1])
	}
}

func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 2, "start NAME ARGS")
	backstageOf(ts).start(ts, args[0], args[1:]...)
}

func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	const usage = "await NAME files N GLOB | await NAME lines N FILE RE"
	need(ts, neg, len(args) >= 4, usage)
	p := backstageOf(ts).running(ts, args[0])
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	switch {
	case args[1] == "files" && len(args) == 4:
		p.until(ts, strings.Join(args, " "), func() bool {
			found, err := filepath.Glob(ts.MkAbs(args[3]))
			ts.Check(err)
			return len(found) >= n
		})
	case args[1] == "lines" && len(args) == 5:
		pattern := regexp.MustCompile(args[4])
		p.until(ts, strings.Join(args, " "), func() bool {
			found := 0
			for line := range strings.Lines(text(ts.MkAbs(args[3]))) {
				if pattern.MatchString(strings.TrimSuffix(line, "\n")) {
					found++
				}
			}
			return found >= n
		})
	default:
		ts.Fatalf("usage: %s", usage)
	}
}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "signal NAME INT|TERM|KILL")
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill, "HUP": syscall.SIGHUP}
	ts.Check(backstageOf(ts).running(ts, args[0]).cmd.Process.Signal(signals[args[1]]))
}

func cmdEnded(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "ended NAME CODE|killed")
	b := backstageOf(ts)
	p := b.running(ts, args[0])
	select {
	case <-p.done:
	case <-time.After(patience):
		ts.Fatalf("%s has not ended\n%s%s", args[0], text(p.out), text(p.log))
	}
	delete(b.processes, args[0])
	code := fmt.Sprint(p.cmd.ProcessState.ExitCode())
	if code == "-1" {
		code = "killed"
	}
	if code != args[1] {
		ts.Fatalf("%s ended with %s, want %s\n%s%s", args[0], code, args[1], text(p.out), text(p.log))
	}
}

func cmdMeanwhile(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 2, "meanwhile NAME ARGS")
	p := backstageOf(ts).running(ts, args[0])
	for n := 1; ; n++ {
		over := false
		select {
		case <-p.done:
			over = true
		default:
		}
		if err := ts.Exec("barkeep", args[1:]...); err != nil {
			ts.Fatalf("time %d: %v", n, err)
		}
		if over {
			if n == 1 {
				ts.Fatalf("%s ended before the first time", args[0])
			}
			return
		}
	}
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 1, "exits CODE ARGS")
	err := ts.Exec("barkeep", args[1:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// need ends the script when a command is misused.
func need(ts *testscript.TestScript, neg, fine bool, usage string) {
	if neg || !fine {
		ts.Fatalf("usage: %s", usage)
	}
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

var doorLine = regexp.MustCompile(`(?m)^(http://\S+:\d+)$`)

func cmdGet(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 4, "get NAME PATH STATUS FILE")
	found := doorLine.FindStringSubmatch(text(backstageOf(ts).running(ts, args[0]).out))
	if found == nil {
		ts.Fatalf("%s has not said where it listens", args[0])
	}
	client := http.Client{Timeout: patience}
	response, err := client.Get(found[1] + args[1])
	ts.Check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), body, 0o666))
	if fmt.Sprint(response.StatusCode) != args[2] {
		ts.Fatalf("status %d, want %s: %s", response.StatusCode, args[2], body)
	}
}
