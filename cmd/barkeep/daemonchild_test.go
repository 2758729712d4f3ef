package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// child is barkeep serve in another process, for tests that are no scripts.
type child struct {
	cmd      *exec.Cmd
	out, log string // files of its output
	url      string
	done     chan struct{} // closed when it has ended
	err      error         // of Wait; valid after done
}

// startDaemon starts barkeep serve on a lake and waits until it listens.
func startDaemon(tb testing.TB, lake string, args ...string) *child {
	tb.Helper()
	dir := tb.TempDir()
	d := &child{out: filepath.Join(dir, "out"), log: filepath.Join(dir, "log"), done: make(chan struct{}),
		cmd: exec.Command("barkeep", append([]string{"serve", "--lake", lake, "--address", "127.0.0.1:0"}, args...)...)}
	stdout, err := os.Create(d.out)
	if err != nil {
		tb.Fatal(err)
	}
	defer stdout.Close()
	stderr, err := os.Create(d.log)
	if err != nil {
		tb.Fatal(err)
	}
	defer stderr.Close()
	d.cmd.Stdout, d.cmd.Stderr, d.cmd.Env = stdout, stderr, environ()
	if err := d.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		d.err = d.cmd.Wait()
		close(d.done)
	}()
	tb.Cleanup(func() {
		d.cmd.Process.Kill()
		<-d.done
	})
	d.await(tb, "the line with the address", func() bool {
		found := doorLine.FindStringSubmatch(text(d.out))
		if found != nil {
			d.url = found[1]
		}
		return found != nil
	})
	return d
}

// await waits for a condition while the daemon runs.
func (d *child) await(tb testing.TB, what string, met func() bool) {
	tb.Helper()
	deadline := time.After(patience)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for !met() {
		select {
		case <-ticker.C:
		case <-d.done:
			tb.Fatalf("%s: the daemon has ended (%v)\n%s", what, d.err, d.stderr())
		case <-deadline:
			tb.Fatalf("%s: nothing after %s\n%s", what, patience, d.stderr())
		}
	}
}

func (d *child) stderr() string { return text(d.log) }

// get asks the HTTP door.
func (d *child) get(tb testing.TB, path string) (status int, body string) {
	tb.Helper()
	answer, err := http.Get(d.url + path)
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return answer.StatusCode, string(content)
}

// trigger begins a run by hand and returns its progress once the run is on its way;
// the caller reads it to the end.
func (d *child) trigger(tb testing.TB, job, options string) io.ReadCloser {
	tb.Helper()
	answer, err := http.Post(d.url+"/api/v1/jobs/"+job+"/run", "application/json", strings.NewReader(`{"options":{`+options+`}}`))
	if err != nil {
		tb.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		var body bytes.Buffer
		body.ReadFrom(answer.Body)
		tb.Fatalf("run %s: %s %s", job, answer.Status, body.String())
	}
	return answer.Body
}

// stop sends SIGTERM and returns how long the daemon took to end.
func (d *child) stop(tb testing.TB) time.Duration {
	tb.Helper()
	begin := time.Now()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		tb.Fatal(err)
	}
	<-d.done
	if d.err != nil {
		tb.Fatalf("the daemon ended with %v\n%s", d.err, d.stderr())
	}
	return time.Since(begin)
}
