package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
	begun, ended := make(chan bool), make(chan jobs.Run, 1)
	e := &engine{trigger: func(p func(string)) (<-chan jobs.Run, error) {
		progress = p
		close(begun)
		return ended, nil
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
}

// TestRunJobSlowReader holds that lines which nobody reads take bounded memory and
// are told as missing.
func TestRunJobSlowReader(t *testing.T) {
	t.Parallel()
	e := &engine{trigger: func(progress func(string)) (<-chan jobs.Run, error) {
		for i := range 1000 {
			progress(fmt.Sprint(i, strings.Repeat("x", 10_000)))
		}
		ended := make(chan jobs.Run, 1)
		ended <- lastRun
		return ended, nil
	}}
	w := ask(newDaemon(t, e, nil), "POST", runPath, "")
	text := w.Body.String()
	if n := strings.Count(text, "\n"); n != 258 || len(text) > 258*5000 || !strings.HasPrefix(text, `{"progress":"(744 lines were left out`) || !strings.Contains(text, `{"progress":"999x`) {
		t.Errorf("%d lines, %d bytes: %.100s", n, len(text), text)
	}
}

func TestRunJobProgramStops(t *testing.T) {
	t.Parallel()
	e := &engine{trigger: func(func(string)) (<-chan jobs.Run, error) {
		ended := make(chan jobs.Run)
		close(ended)
		return ended, nil
	}}
	w := ask(newDaemon(t, e, nil), "POST", runPath, "")
	if text := w.Body.String(); !strings.HasPrefix(text, `{"error":"the program stopped`) || strings.Count(text, "\n") != 1 {
		t.Errorf("%q", text)
	}
}
