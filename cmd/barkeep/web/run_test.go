package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/cmd/barkeep/web"
	"barkeep/schedules/jobs"
)

const runPath = "/api/v1/jobs/daily-bars/run"

func TestRunJob(t *testing.T) {
	t.Parallel()
	e := &engine{}
	s := newDaemon(t, e, nil)
	for _, c := range []struct {
		body string
		want string // options
	}{{"", "map[]"}, {"{}", "map[]"}, {`{"options":{}}`, "map[]"}, {`{"options":{"from":"2024-01-02","to":"x"}}`, "map[from:2024-01-02 to:x]"}} {
		w := ask(s, "POST", runPath, c.body)
		var lines []string
		for line := range strings.Lines(w.Body.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%q is no JSON", line)
			}
			lines = append(lines, line)
		}
		if w.Code != 200 || w.Header().Get("Content-Type") != "application/x-ndjson" || !w.Flushed || len(lines) != 3 ||
			lines[0] != "{\"progress\":\"one\"}\n" || lines[1] != "{\"progress\":\"two\"}\n" {
			t.Fatalf("%s: %d %v %q", c.body, w.Code, w.Header(), lines)
		}
		var last struct{ Run jobs.Run }
		if err := json.Unmarshal([]byte(lines[2]), &last); err != nil || last.Run.ID != lastRun.ID || last.Run.Outcome != jobs.Partial || last.Run.Rows != 5300 {
			t.Errorf("%s: %v %+v", c.body, err, last.Run)
		}
		if got := fmt.Sprint(e.triggered[len(e.triggered)-1]); got != c.want {
			t.Errorf("%s: options %s", c.body, got)
		}
	}
}

func TestRunJobRefusals(t *testing.T) {
	t.Parallel()
	e := &engine{}
	s := newDaemon(t, e, nil)
	many := map[string]string{}
	for i := range 33 {
		many[fmt.Sprint(i)] = "x"
	}
	for _, c := range []struct {
		path, body string
		status     int
		code       string
	}{
		{"/api/v1/jobs/dayli-bars/run", "", 404, "NOT_FOUND"},
		{"/api/v1/jobs/compact/run", "", 409, "CONFLICT"},
		{runPath, `{"options":{"colour":"red"}}`, 422, "VALIDATION_ERROR"},
		{runPath, "{", 422, "VALIDATION_ERROR"},
		{runPath, "[]", 422, "VALIDATION_ERROR"},
		{runPath, "null", 422, "VALIDATION_ERROR"},
		{runPath, `{"option":{}}`, 422, "VALIDATION_ERROR"},
		{runPath, `{"options":null}`, 422, "VALIDATION_ERROR"},
		{runPath, `{"options":["from"]}`, 422, "VALIDATION_ERROR"},
		{runPath, `{"options":{"from":1}}`, 422, "VALIDATION_ERROR"},
		{runPath, `{"options":{"from":null,"to":null}}`, 422, "VALIDATION_ERROR"},
		{runPath, body(t, object{"options": many}), 422, "VALIDATION_ERROR"},
		{runPath, `{"options":{"from":"` + strings.Repeat("x", web.MaxBody) + `"}}`, 413, "PAYLOAD_TOO_LARGE"},
	} {
		wantError(t, ask(s, "POST", c.path, c.body), c.status, c.code, c.path)
	}
	if len(e.triggered) != 0 {
		t.Errorf("runs were begun: %v", e.triggered)
	}
}

// TestRunJobIsLive holds that lines arrive while the run goes on, that it goes on
// when its watcher leaves, and that it never waits for one.
func TestRunJobIsLive(t *testing.T) {
	t.Parallel()
	var progress func(string)
	begun, ended, finished := make(chan bool), make(chan jobs.Run), make(chan error, 1)
	e := &engine{trigger: func(ctx context.Context, p func(string)) (jobs.Run, error) {
		progress = p
		close(begun)
		run := <-ended
		finished <- ctx.Err()
		return run, nil
	}}
	server := httptest.NewServer(newDaemon(t, e, nil))
	defer server.Close()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	r, _ := http.NewRequestWithContext(ctx, "POST", server.URL+runPath, nil)
	answer, err := server.Client().Do(r) // the header comes although nothing has happened
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	<-begun
	in := bufio.NewReader(answer.Body)
	for _, text := range []string{"first", "second\nline"} {
		progress(text)
		line, err := in.ReadString('\n')
		var got map[string]string
		if jerr := json.Unmarshal([]byte(line), &got); err != nil || jerr != nil || got["progress"] != text {
			t.Fatalf("%q %v %v", line, err, jerr)
		}
	}
	leave()
	for i := range 10_000 { // nobody reads
		progress(fmt.Sprint(i))
	}
	ended <- lastRun
	if err := <-finished; err != nil {
		t.Errorf("the run ended with its watcher: %v", err)
	}
}

// TestRunJobSlowReader holds that lines which nobody reads take bounded memory and
// are told as missing.
func TestRunJobSlowReader(t *testing.T) {
	t.Parallel()
	e := &engine{trigger: func(_ context.Context, progress func(string)) (jobs.Run, error) {
		for i := range 10_000 {
			progress(fmt.Sprint(i, strings.Repeat("x", 10_000)))
		}
		return lastRun, nil
	}}
	text := &slowReader{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest("POST", runPath, nil)
	r.Host = "localhost"
	synctest.Test(t, func(*testing.T) { newDaemon(t, e, nil).ServeHTTP(text, r) })
	out := text.Body.String()
	if !strings.Contains(out, ` lines were left out: `) || !strings.Contains(out, `{"progress":"9999x`) || !strings.Contains(out, `{"run":`) || text.Body.Len() > 600*5000 {
		t.Errorf("%d bytes: %.100s", len(out), out)
	}
}

// slowReader takes a second for what it reads first.
type slowReader struct {
	*httptest.ResponseRecorder
	waited bool
}

func (s *slowReader) Write(p []byte) (int, error) {
	if !s.waited {
		s.waited = true
		<-time.After(time.Second)
	}
	return s.ResponseRecorder.Write(p)
}

// TestRunJobEnds holds what a watcher hears of a run that did not begin, or of which
// nobody knows the end, before and after the header has gone out.
func TestRunJobEnds(t *testing.T) {
	t.Parallel()
	stopping := errors.New("the program is stopping")
	for _, c := range []struct {
		name   string
		silent time.Duration
		run    jobs.Run
		err    error
		status int
		text   string
	}{
		{"it waits for another", 0, jobs.Run{}, errors.New("it waits for compact"), 409, "it waits for compact"},
		{"not begun, late", time.Second, jobs.Run{}, stopping, 200, `{"error":"the program is stopping"}` + "\n"},
		{"silent", time.Hour, lastRun, nil, 200, `{"run":{"id":"20260923-1"`},
		{"not in the journal", 0, lastRun, errors.New("disk full"), 200, `{"run":{"id":"20260923-1"`},
		{"nothing at all", 0, jobs.Run{}, nil, 200, `{"error":"nothing is known`},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := &engine{trigger: func(context.Context, func(string)) (jobs.Run, error) {
				<-time.After(c.silent)
				return c.run, c.err
			}}
			w := ask(newDaemon(t, e, nil), "POST", runPath, "")
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.text) {
				t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
			}
		})
	}
}

// TestRunJobEndsWithTheProgram holds that a run by hand is stopped when the program
// stops, and that its watcher hears how it ended.
func TestRunJobEndsWithTheProgram(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &engine{trigger: func(ctx context.Context, progress func(string)) (jobs.Run, error) {
			progress("begun")
			<-ctx.Done()
			run := lastRun
			run.Outcome = jobs.Interrupted
			return run, nil
		}}
		s := newDaemon(t, e, nil)
		l := newPipes()
		s.SetListener(l)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Serve(ctx) }()
		conn := l.dial()
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", runPath); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		stop()
		text, err := io.ReadAll(answer.Body)
		if err != nil || !strings.Contains(string(text), `"outcome":"interrupted"`) {
			t.Errorf("%v %s", err, text)
		}
		conn.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
