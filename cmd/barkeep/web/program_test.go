package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/cmd/barkeep/web"
	"barkeep/configs/door"
	"barkeep/schedules/jobs"
)

// engine is a program with everything, as the tests want it.
type engine struct {
	problems []string
	report   any

	mu        sync.Mutex
	triggered []map[string]string
	trigger   func(ctx context.Context, progress func(string)) (jobs.Run, error) // nil ends at once
	runsErr   error
	asked     string // job of the last question about runs
	limit     int

	query func(ctx context.Context, query string, most int64) (web.Rows, error)
}

func (e *engine) Ready(context.Context) []string { return e.problems }
func (e *engine) Status(context.Context) any     { return e.report }

var lastRun = jobs.Run{ID: "20260923-1", Job: "daily-bars", Why: jobs.BySchedule, Due: noon, Began: noon, Ended: noon.Add(time.Minute),
	Outcome: jobs.Partial, Attempt: 1, Error: "something is missing",
	Result: jobs.Result{Rows: 5300, Bytes: 1 << 20, Requests: 2, Summary: []byte(`{"rows":5300}`)}}

func (e *engine) Jobs() []jobs.State {
	return []jobs.State{
		{Name: "daily-bars", Trigger: "17:35 on trading days", Next: noon.Add(time.Hour), Last: &lastRun, Good: &lastRun},
		{Name: "compact", After: []string{"daily-bars"}, Running: true, Since: noon, Missed: 1},
	}
}

func (e *engine) Runs(job string, limit int) ([]jobs.Run, int, error) {
	e.asked, e.limit = job, limit
	if job != "" && job != "daily-bars" {
		return nil, 0, nil
	}
	return []jobs.Run{lastRun, lastRun}[:min(2, limit)], 3, e.runsErr
}

func (e *engine) Trigger(ctx context.Context, _ string, options map[string]string, progress func(string)) (jobs.Run, error) {
	if options["colour"] != "" {
		return jobs.Run{}, fmt.Errorf("%w: colour; known are from and to", web.ErrOption)
	}
	e.mu.Lock()
	e.triggered = append(e.triggered, options)
	e.mu.Unlock()
	if e.trigger != nil {
		return e.trigger(ctx, progress)
	}
	progress("one")
	progress("two")
	return lastRun, nil
}

func (e *engine) WriteText(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, "# HELP barkeep_up Up.\n# TYPE barkeep_up gauge\nbarkeep_up 1\n")
	return err
}

func (e *engine) Query(ctx context.Context, query string, most int64) (web.Rows, error) {
	if e.query != nil {
		return e.query(ctx, query, most)
	}
	return &lines{n: 2, most: most, size: 10}, nil
}

// lines is an answer of n rows of a size, in any format.
type lines struct {
	n, most int64
	size    int
	wrote   int64
	fail    error // after the rows
	closed  func()
}

func (l *lines) Write(w io.Writer, format string) error {
	first, next, last := "", "", ""
	if format == "json" {
		first, next, last = "[", ",", "]\n"
	}
	row := `"` + strings.Repeat("x", l.size) + `"`
	for ; l.wrote < min(l.n, l.most); l.wrote++ {
		if _, err := io.WriteString(w, first+row); err != nil {
			return err
		}
		first = next
	}
	if l.fail != nil {
		return l.fail
	}
	_, err := io.WriteString(w, last)
	return err
}

func (l *lines) Count() (int64, bool) { return l.wrote, l.n > l.most }

func (l *lines) Close() {
	if l.closed != nil {
		l.closed()
	}
}

func program(e *engine) web.Program {
	return web.Program{Health: e, Status: e, Jobs: e, History: e, Metrics: e, SQL: e}
}

func newDaemon(t testing.TB, e *engine, change func(*door.Config)) *web.Server {
	t.Helper()
	c := door.DefaultConfig()
	if change != nil {
		change(&c)
	}
	s, err := web.New(c, newDesk(), web.Options{Version: "1.2.3", Now: func() time.Time { return noon }, Program: program(e)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestQuotesAlone holds that a door without a program has none of its routes.
func TestQuotesAlone(t *testing.T) {
	t.Parallel()
	s := newServer(t, newDesk(), nil)
	for _, path := range []string{"/readyz", "/metrics", "/api/v1/status", "/api/v1/jobs", "/api/v1/runs", "/api/v1/jobs/daily-bars/run", "/api/v1/sql"} {
		for _, method := range []string{"GET", "POST"} {
			wantError(t, ask(s, method, path, ""), 404, "NOT_FOUND", path)
		}
	}
}

func TestProgramRoutes(t *testing.T) {
	t.Parallel()
	e := &engine{report: map[string]int{"jobs": 2}}
	s := newDaemon(t, e, nil)
	if o := decode(t, ask(s, "GET", "/api/v1/status", "")); fmt.Sprint(o) != "map[jobs:2]" {
		t.Errorf("status: %v", o)
	}
	if o := decode(t, ask(s, "GET", "/readyz", "")); fmt.Sprint(o) != "map[problems:[] status:ready]" {
		t.Errorf("ready: %v", o)
	}
	e.problems = []string{"daily-bars failed", "disk low"}
	w := ask(s, "GET", "/readyz", "")
	if o := decode(t, w); w.Code != 503 || fmt.Sprint(o) != "map[problems:[daily-bars failed disk low] status:not ready]" {
		t.Errorf("not ready: %d %v", w.Code, o)
	}
	w = ask(s, "GET", "/metrics", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" || !strings.HasSuffix(w.Body.String(), "barkeep_up 1\n") {
		t.Errorf("metrics: %d %v %s", w.Code, w.Header(), w.Body)
	}
	w = ask(s, "GET", "/api/v1/jobs", "")
	if text := w.Body.String(); w.Code != 200 || !strings.HasPrefix(text, `[{"name":"daily-bars"`) || !strings.Contains(text, `"running":true`) {
		t.Errorf("jobs: %s", text)
	}
	e.report = func() {}
	wantError(t, ask(s, "GET", "/api/v1/status", ""), 500, "INTERNAL_ERROR", "/api/v1/status")
}

func TestRuns(t *testing.T) {
	t.Parallel()
	e := &engine{}
	s := newDaemon(t, e, nil)
	for query, want := range map[string]string{"": " 50 2", "?limit=1": " 1 1", "?job=daily-bars&limit=1000": "daily-bars 1000 2", "?job=": " 50 2"} {
		w := ask(s, "GET", "/api/v1/runs"+query, "")
		if got := fmt.Sprint(e.asked, " ", e.limit, " ", strings.Count(w.Body.String(), `"id"`)); w.Code != 200 || got != want {
			t.Errorf("%q: %d %s, want %s", query, w.Code, got, want)
		}
	}
	for _, query := range []string{"?limit=0", "?limit=1001", "?limit=x", "?limit=1&limit=2", "?jobs=a", "?job=%zz", "?limit="} {
		wantError(t, ask(s, "GET", "/api/v1/runs"+query, ""), 422, "VALIDATION_ERROR", "/api/v1/runs")
	}
	if e := wantError(t, ask(s, "GET", "/api/v1/runs?job=dayli", ""), 404, "NOT_FOUND", "/api/v1/runs"); !strings.Contains(e["message"].(string), "daily-bars, compact") {
		t.Errorf("it does not name the jobs: %v", e)
	}
	e.runsErr = errors.New("broken line")
	wantError(t, ask(s, "GET", "/api/v1/runs", ""), 500, "INTERNAL_ERROR", "/api/v1/runs")
}

// TestProgramTokens holds that everything but the life of the process needs the
// token, and that no page of another site reaches it.
func TestProgramTokens(t *testing.T) {
	t.Parallel()
	e := &engine{}
	s := newDaemon(t, e, func(c *door.Config) { c.Address, c.Token = "0.0.0.0:7070", token })
	near := newDaemon(t, e, nil)
	for _, line := range []string{"GET /readyz", "GET /metrics", "GET /openapi.json", "GET /api/v1/status", "GET /api/v1/jobs", "GET /api/v1/runs",
		"POST /api/v1/jobs/daily-bars/run", "POST /api/v1/sql", "GET /debug/pprof/", "GET /debug/pprof/heap"} {
		method, path, _ := strings.Cut(line, " ")
		for _, header := range []string{"X-None: 1", "Authorization: Bearer " + token + "x", "Authorization: Basic " + token} {
			wantError(t, ask(s, method, path, "{}", header), 401, "UNAUTHORIZED", path)
		}
		wantError(t, ask(near, method, path, "{}", "Host: evil.example"), 403, "FORBIDDEN", path)
		wantError(t, ask(near, method, path, "{}", "Origin: https://evil.example"), 403, "FORBIDDEN", path)
		if w := ask(s, method, path, "", "Authorization: Bearer "+token); w.Code == 401 {
			t.Errorf("%s: the token is refused", line)
		}
	}
	if len(e.triggered) != 1 { // the one with the token
		t.Errorf("%d runs were begun", len(e.triggered))
	}
	if w := ask(s, "GET", "/healthz", ""); w.Code != 200 {
		t.Errorf("/healthz needs a token: %d", w.Code)
	}
}

// TestProfiles holds that only loopback shows what is in memory.
func TestProfiles(t *testing.T) {
	t.Parallel()
	far := newDaemon(t, &engine{}, func(c *door.Config) { c.Address, c.Token = "0.0.0.0:7070", token })
	near := newDaemon(t, &engine{}, nil)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=1", "/debug/pprof/cmdline", "/debug/pprof/symbol"} {
		if w := ask(far, "GET", path, "", "Authorization: Bearer "+token); w.Code != 404 {
			t.Errorf("%s can be reached from other machines: %d", path, w.Code)
		}
		if w := ask(near, "GET", path, ""); w.Code != 200 || w.Body.Len() == 0 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := ask(near, "GET", "/debug/pprof/nothing", ""); w.Code != 404 {
		t.Errorf("an unknown profile: %d", w.Code)
	}
}

// TestBusyDoor holds that whoever asks how things stand is answered however many
// requests wait.
func TestBusyDoor(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan bool), make(chan bool)
	e := &engine{query: func(context.Context, string, int64) (web.Rows, error) {
		inside <- true
		<-leave
		return &lines{}, nil
	}}
	s := newDaemon(t, e, func(c *door.Config) { c.MaxRequests = 1 })
	done := make(chan int)
	go func() { done <- ask(s, "POST", "/api/v1/sql", `{"query":"SELECT 1"}`).Code }()
	<-inside
	wantError(t, ask(s, "GET", "/api/v1/jobs", ""), 503, "SERVICE_UNAVAILABLE", "/api/v1/jobs")
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if w := ask(s, "GET", path, ""); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	leave <- true
	if code := <-done; code != 200 {
		t.Errorf("the query: %d", code)
	}
}
