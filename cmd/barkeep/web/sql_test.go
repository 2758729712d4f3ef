package web_test

import (
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
	"barkeep/configs/door"
)

const sqlPath = "/api/v1/sql"

func TestSQL(t *testing.T) {
	t.Parallel()
	var asked string
	var most int64
	var closed int
	e := &engine{query: func(_ context.Context, query string, m int64) (web.Rows, error) {
		asked, most = query, m
		return &lines{n: 5, most: m, size: 3, closed: func() { closed++ }}, nil
	}}
	s := newDaemon(t, e, nil)
	for i, c := range []struct{ body, kind, rows, more, text string }{
		{`{"query":"SELECT 1"}`, "application/json; charset=utf-8", "5", "false", `["xxx","xxx","xxx","xxx","xxx"]` + "\n"},
		{`{"query":"SELECT 1","format":"json","max_rows":2}`, "application/json; charset=utf-8", "2", "true", `["xxx","xxx"]` + "\n"},
		{`{"query":"SELECT 1","format":"csv","max_rows":5}`, "text/csv; charset=utf-8", "5", "false", strings.Repeat(`"xxx"`, 5)},
		{`{"query":"SELECT 1","format":"arrow"}`, "application/vnd.apache.arrow.stream", "5", "false", strings.Repeat(`"xxx"`, 5)},
	} {
		w := ask(s, "POST", sqlPath, c.body)
		h := w.Header()
		if w.Code != 200 || h.Get("Content-Type") != c.kind || h.Get("Barkeep-Rows") != c.rows || h.Get("Barkeep-Truncated") != c.more || w.Body.String() != c.text {
			t.Errorf("%s: %d %v %q", c.body, w.Code, h, w.Body)
		}
		if asked != "SELECT 1" || closed != i+1 {
			t.Errorf("%s: asked %q, %d closed", c.body, asked, closed)
		}
	}
	if most != 1_000_000 {
		t.Errorf("without max_rows %d are asked for", most)
	}
}

func TestSQLBodies(t *testing.T) {
	t.Parallel()
	s := newDaemon(t, &engine{}, nil)
	for _, c := range []struct{ body, loc, kind string }{
		{"", "[body]", "missing"},
		{"{", "[body 1]", "json_invalid"},
		{"[]", "[body]", "dict_type"},
		{"{}", "[body query]", "missing"},
		{`{"query":null}`, "[body query]", "string_type"},
		{`{"query":["SELECT 1"]}`, "[body query]", "string_type"},
		{`{"query":"  "}`, "[body query]", "value_error"},
		{`{"query":"SELECT 1\u0000"}`, "[body query]", "value_error"},
		{`{"query":"SELECT 1","format":"parquet"}`, "[body format]", "enum"},
		{`{"query":"SELECT 1","format":1}`, "[body format]", "enum"},
		{`{"query":"SELECT 1","max_rows":0}`, "[body max_rows]", "int_parsing"},
		{`{"query":"SELECT 1","max_rows":1e3}`, "[body max_rows]", "int_parsing"},
		{`{"query":"SELECT 1","max_rows":"1"}`, "[body max_rows]", "int_parsing"},
		{`{"query":"SELECT 1","max_rows":1000001}`, "[body max_rows]", "int_parsing"},
		{`{"query":"SELECT 1","max_row":1}`, "[body max_row]", "extra_forbidden"},
	} {
		e := wantError(t, ask(s, "POST", sqlPath, c.body), 422, "VALIDATION_ERROR", sqlPath)
		first := e["details"].(object)["errors"].([]any)[0].(object)
		if fmt.Sprint(first["loc"]) != c.loc || first["type"] != c.kind {
			t.Errorf("%s: %v, want %s %s", c.body, first, c.loc, c.kind)
		}
	}
	wantError(t, ask(s, "POST", sqlPath, `{"query":"`+strings.Repeat("x", web.MaxBody)+`"}`), 413, "PAYLOAD_TOO_LARGE", sqlPath)
}

func TestSQLErrors(t *testing.T) {
	t.Parallel()
	asker := &web.QueryError{Err: errors.New("Parser Error: syntax error at or near \"FORM\"")}
	for _, c := range []struct {
		name       string
		rows       *lines
		err        error
		body       string
		status     int
		code, text string
	}{
		{"the query is wrong", nil, asker, "", 400, "BAD_REQUEST", "Parser Error: syntax error"},
		{"it turns out wrong", &lines{n: 3, size: 9, fail: asker}, nil, "", 400, "BAD_REQUEST", "Parser Error"},
		{"the disk fails", nil, errors.New("IO Error: cannot read"), "", 500, "INTERNAL_ERROR", "the query failed: IO Error"},
		{"the lake is empty", nil, fmt.Errorf("%w: there is no table", web.ErrNothingToAsk), "", 503, "SERVICE_UNAVAILABLE", "there is no table"},
		{"too many rows", &lines{n: 11, size: 1}, nil, "", 400, "BAD_REQUEST", "more than 10 rows"},
		{"too many bytes", &lines{n: 9, size: 1000}, nil, "", 400, "BAD_REQUEST", "longer than 4096 bytes"},
	} {
		e := &engine{query: func(_ context.Context, _ string, most int64) (web.Rows, error) {
			if c.err != nil {
				return nil, c.err
			}
			c.rows.most = most
			return c.rows, nil
		}}
		s := newDaemon(t, e, func(cfg *door.Config) { cfg.SQLMaxRows, cfg.SQLMaxBytes = 10, 4096 })
		w := ask(s, "POST", sqlPath, `{"query":"SELECT 1"}`)
		if e := wantError(t, w, c.status, c.code, sqlPath); !strings.Contains(e["message"].(string), c.text) {
			t.Errorf("%s: %v", c.name, e["message"])
		}
		if w.Header().Get("Barkeep-Rows") != "" {
			t.Errorf("%s: rows are counted", c.name)
		}
	}
}

// TestSQLTimes holds that a query ends at its time, that only so many run at the
// same time, and that the next may run when one has ended.
func TestSQLTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &engine{query: func(ctx context.Context, _ string, _ int64) (web.Rows, error) {
			<-ctx.Done()
			return nil, fmt.Errorf("the query was stopped: %w", context.Cause(ctx))
		}}
		s := newDaemon(t, e, nil)
		codes := make(chan *httptest.ResponseRecorder, 2)
		for range 2 {
			go func() { codes <- ask(s, "POST", sqlPath, `{"query":"SELECT 1"}`) }()
		}
		synctest.Wait()
		w := ask(s, "POST", sqlPath, `{"query":"SELECT 1"}`)
		wantError(t, w, 429, "TOO_MANY_REQUESTS", sqlPath)
		if w.Header().Get("Retry-After") == "" {
			t.Error("Retry-After is missing")
		}
		from := time.Now()
		for range 2 {
			e := wantError(t, <-codes, 504, "TIMEOUT", sqlPath)
			if e["message"] != "the query was stopped: it took longer than 30s" {
				t.Error(e["message"])
			}
		}
		if took := time.Since(from); took != 30*time.Second {
			t.Errorf("it took %s", took)
		}
		e.query = nil
		if w := ask(s, "POST", sqlPath, `{"query":"SELECT 1"}`); w.Code != 200 {
			t.Errorf("afterwards: %d", w.Code)
		}
	})
}

// TestSQLStreams holds that a long answer arrives in pieces with its count behind
// it, and that one which fails on the way ends its connection.
func TestSQLStreams(t *testing.T) {
	t.Parallel()
	whole := &lines{n: 3000, size: 1000}
	broken := &lines{n: 3000, size: 1000, fail: errors.New("IO Error: gone")}
	tooMany := &lines{n: 3001, size: 1000}
	for _, c := range []struct {
		rows     *lines
		maxBytes int64
		whole    bool
	}{{whole, 4 << 20, true}, {broken, 4 << 20, false}, {whole, 2 << 20, false}, {tooMany, 4 << 20, false}} {
		e := &engine{query: func(_ context.Context, _ string, most int64) (web.Rows, error) {
			c.rows.most, c.rows.wrote = most, 0
			return c.rows, nil
		}}
		server := httptest.NewServer(newDaemon(t, e, func(cfg *door.Config) { cfg.SQLMaxBytes, cfg.SQLMaxRows = c.maxBytes, 3000 }))
		answer, err := server.Client().Post(server.URL+sqlPath, "application/json", strings.NewReader(`{"query":"SELECT 1"}`))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		server.Close()
		if !c.whole {
			if err == nil || answer.Trailer.Get("Barkeep-Rows") != "" {
				t.Errorf("a part of %d bytes is taken for the whole", len(text))
			}
			continue
		}
		var rows []string
		if jerr := json.Unmarshal(text, &rows); err != nil || jerr != nil || len(rows) != 3000 || answer.Trailer.Get("Barkeep-Rows") != "3000" || answer.Trailer.Get("Barkeep-Truncated") != "false" {
			t.Errorf("%v %v, %d rows, trailer %v", err, jerr, len(rows), answer.Trailer)
		}
	}
}

// TestSQLClientLeaves holds that a query ends with the connection of its asker.
func TestSQLClientLeaves(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan bool), make(chan bool)
	e := &engine{query: func(ctx context.Context, _ string, _ int64) (web.Rows, error) {
		close(begun)
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}}
	server := httptest.NewServer(newDaemon(t, e, nil))
	defer server.Close()
	ctx, leave := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, "POST", server.URL+sqlPath, strings.NewReader(`{"query":"SELECT 1"}`))
	go func() { <-begun; leave() }()
	if _, err := server.Client().Do(r); err == nil {
		t.Error("it was answered")
	}
	<-ended
}

func FuzzProgramBodies(f *testing.F) {
	for _, seed := range []string{`{"query":"SELECT 1","format":"csv","max_rows":3}`, `{"options":{"from":"2024-01-02"}}`, `{"options":{"a":null}}`, `{"query":"\ud800"}`, `{"max_rows":-1}`, "null", "{", ""} {
		f.Add([]byte(seed))
	}
	e := &engine{query: func(_ context.Context, query string, most int64) (web.Rows, error) {
		if strings.TrimSpace(query) == "" || most < 1 || most > 1_000_000 {
			panic(fmt.Sprintf("%q with %d rows came through", query, most))
		}
		return &lines{n: 1, most: most, size: 1}, nil
	}}
	s := newDaemon(f, e, nil)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > web.MaxBody {
			return
		}
		for path, known := range map[string]string{sqlPath: "200 422", runPath: "200 422"} {
			w := ask(s, "POST", path, string(raw))
			if !strings.Contains(known, fmt.Sprint(w.Code)) {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
			if w.Code == 422 && !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %s", path, w.Body)
			}
		}
		e.mu.Lock()
		e.triggered = nil
		e.mu.Unlock()
	})
}
