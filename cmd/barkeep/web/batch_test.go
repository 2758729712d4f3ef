package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"barkeep/cmd/barkeep/web"
	"barkeep/configs/door"
	"barkeep/etl"
	"barkeep/sources/quotes"
)

const batch = "/api/v1/realtime/batch"

func body(t testing.TB, fields object) string {
	t.Helper()
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBatch(t *testing.T) {
	t.Parallel()
	d := newDesk()
	symbols := []string{"600000", "sh600000", "ABC", " ", "999999", "sh600999", "000001", "000001", "sh000001", "银\"\u2028"}
	w := ask(newServer(t, d, nil), "POST", batch, body(t, object{"symbols": symbols, "force_refresh": true, "stale": true, "mood": 1}), "Content-Type: application/json")
	o := decode(t, w)
	if asked, found := d.last(); asked != (quotes.Ask{Fresh: true, Stale: true}) || fmt.Sprint(found) != "[sh600000 sh600999 sz000001 sh000001]" {
		t.Errorf("asked %+v for %v", asked, found)
	}
	data, meta := o["data"].(object), o["metadata"].(object)
	for written, id := range map[string]string{"600000": "sh600000", "sh600000": "sh600000", "000001": "sz000001", "sh000001": "sh000001"} {
		e, _ := data[written].(object)
		if e["symbol"] != written || e["id"] != id || e["cache_hit"] != false {
			t.Errorf("%s: %v", written, e)
		}
	}
	for written, text := range map[string]string{"ABC": "Invalid symbol format", "999999": "No data available", "sh600999": "No data available", "银\"\u2028": "Invalid symbol format"} {
		e, _ := data[written].(object)
		got, _ := e["error"].(string)
		if !strings.Contains(got, text) || e["symbol"] != written || e["cache_hit"] != false || e["timestamp"] != "2026-09-23T10:00:05.000+08:00" || e["error_code"] == nil || len(e) != 5 {
			t.Errorf("%s: %v", written, e)
		}
	}
	if ms, _ := meta["response_time_ms"].(float64); ms <= 0 {
		t.Errorf("response_time_ms is %v", ms)
	}
	delete(meta, "response_time_ms")
	want := object{"status": "partial", "message": "Batch request completed: 5 successful, 4 failed", "total_requested": 9.0,
		"successful_count": 5.0, "failed_count": 4.0, "force_refresh": true,
		"warnings": []any{`field "mood" is not known and was ignored`, "blank symbols were ignored: 1"}}
	if diff := cmp.Diff(want, meta); diff != "" || w.Code != 200 || len(data) != 8 {
		t.Errorf("status %d, %d entries, %s", w.Code, len(data), diff)
	}
}

// TestBatchFailures holds that hits survive a failed request (D12), and that
// nothing but failed requests is no success (D23).
func TestBatchFailures(t *testing.T) {
	t.Parallel()
	down := quotes.Result{Err: fmt.Errorf("%w: %w", quotes.ErrUnavailable, errors.New("sina: connection refused"))}
	bad := quotes.Result{Err: fmt.Errorf("%w: high below low", quotes.ErrRefusedRow)}
	good := quotes.Result{Quote: quote(bank), Hit: true}
	for _, c := range []struct {
		name        string
		bank, gold  quotes.Result
		status      int
		state, code string
	}{
		{"all well", good, good, 200, "success", ""},
		{"a hit and a failed request", good, down, 200, "partial", ""},
		{"unknown and a failed request", quotes.Result{Err: quotes.ErrUnknown}, down, 200, "failed", ""},
		{"all unknown", quotes.Result{Err: quotes.ErrUnknown}, quotes.Result{Err: quotes.ErrUnknown}, 200, "failed", ""},
		{"all requests failed", down, down, 502, "failed", "DATA_FETCH_ERROR"},
		{"failed or refused", down, bad, 502, "failed", "DATA_FETCH_ERROR"},
	} {
		s := newServer(t, &desk{results: map[etl.Symbol]quotes.Result{bank: c.bank, gold: c.gold}}, nil)
		w := ask(s, "POST", batch, `{"symbols":["600000","000001"]}`)
		o := decode(t, w)
		if w.Code != c.status || o["metadata"].(object)["status"] != c.state || len(o["data"].(object)) != 2 {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
		if c.code != "" {
			wantError(t, w, c.status, c.code, batch)
		} else if o["error"] != nil {
			t.Errorf("%s: %v", c.name, o["error"])
		}
	}
}

func TestBatchLimits(t *testing.T) {
	t.Parallel()
	many := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf("%06d", 600000+i)
		}
		return body(t, object{"symbols": list})
	}
	for _, c := range []struct {
		body, message string
		most          int
	}{
		{`{"symbols":[]}`, "Symbols list cannot be empty", 100},
		{`{"symbols":["", "  "]}`, "No valid symbols provided", 100},
		{many(101), "Maximum 100 symbols per batch request", 100},
		{many(4), "Maximum 3 symbols per batch request", 3},
	} {
		s := newServer(t, newDesk(), func(cfg *door.Config) { cfg.MaxBatch = c.most })
		if e := wantError(t, ask(s, "POST", batch, c.body), 400, "BAD_REQUEST", batch); e["message"] != c.message {
			t.Errorf("message %q, want %q", e["message"], c.message)
		}
	}
	if w := ask(newServer(t, newDesk(), nil), "POST", batch, many(100)); w.Code != 200 || len(decode(t, w)["data"].(object)) != 100 {
		t.Errorf("100 symbols: %d", w.Code)
	}
}

func TestBatchBodies(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for _, c := range []struct{ body, loc, kind string }{
		{"", "[body]", "missing"},
		{"  ", "[body]", "missing"},
		{"{", "[body 1]", "json_invalid"},
		{`{"symbols":["600000"]} x`, "[body 24]", "json_invalid"},
		{"{\"symbols\":[\"\xff\"]}", "[body]", "json_invalid"},
		{`{"symbols":` + deep + `}`, "[body 10011]", "json_invalid"},
		{"null", "[body]", "dict_type"},
		{"[]", "[body]", "dict_type"},
		{`"600000"`, "[body]", "dict_type"},
		{"{}", "[body symbols]", "missing"},
		{`{"SYMBOLS":["600000"]}`, "[body symbols]", "missing"},
		{`{"symbols":null}`, "[body symbols]", "list_type"},
		{`{"symbols":"600000"}`, "[body symbols]", "list_type"},
		{`{"symbols":{"a":1}}`, "[body symbols]", "list_type"},
		{`{"symbols":["600000",600001]}`, "[body symbols 1]", "string_type"},
		{`{"symbols":[null]}`, "[body symbols 0]", "string_type"},
		{`{"symbols":[["600000"]]}`, "[body symbols 0]", "string_type"},
		{`{"symbols":["600000"],"force_refresh":"true"}`, "[body force_refresh]", "bool_type"},
		{`{"symbols":["600000"],"force_refresh":null}`, "[body force_refresh]", "bool_type"},
		{`{"symbols":["600000"],"stale":1}`, "[body stale]", "bool_type"},
	} {
		e := wantError(t, ask(newServer(t, newDesk(), nil), "POST", batch, c.body), 422, "VALIDATION_ERROR", batch)
		first := e["details"].(object)["errors"].([]any)[0].(object)
		if fmt.Sprint(first["loc"]) != c.loc || first["type"] != c.kind || first["msg"] == "" {
			t.Errorf("%.60s: %v, want %s %s", c.body, first, c.loc, c.kind)
		}
	}
	s := newServer(t, newDesk(), nil)
	e := wantError(t, ask(s, "POST", batch, `{"symbols":[`+strings.Repeat("1,", 500)+`1]}`), 422, "VALIDATION_ERROR", batch)
	if n := len(e["details"].(object)["errors"].([]any)); n != 20 {
		t.Errorf("%d errors are listed, want 20", n)
	}
	wantError(t, ask(s, "POST", batch, `{"symbols":["`+strings.Repeat("6", web.MaxBody)+`"]}`), 413, "PAYLOAD_TOO_LARGE", batch)
	wantError(t, ask(s, "POST", batch, `{"symbols":["600000"]}`, "Content-Type: text/plain"), 422, "VALIDATION_ERROR", batch)
	for _, kind := range []string{"application/json", "application/json; charset=utf-8", "application/vnd.x+json"} {
		if w := ask(s, "POST", batch, `{"symbols":["600000"]}`, "Content-Type: "+kind); w.Code != 200 {
			t.Errorf("%s: %d", kind, w.Code)
		}
	}
}

func FuzzBatch(f *testing.F) {
	for _, seed := range []string{`{"symbols":["600000","sh000001"],"force_refresh":true}`, `{"symbols":[]}`, `{"symbols":[1]}`, `{"symbols":["\ud800"]}`, `{"a":1,"a":2}`, "null", "{"} {
		f.Add([]byte(seed))
	}
	s := newServer(f, newDesk(), nil)
	f.Fuzz(func(t *testing.T, raw []byte) {
		w := ask(s, "POST", batch, string(raw))
		o := decode(t, w)
		symbols, good := web.DecodeBatch(raw)
		switch w.Code {
		case 200:
			if !good {
				t.Errorf("a bad body was answered: %q", raw)
			}
			data := o["data"].(object)
			for _, written := range symbols {
				if e, there := data[written].(object); strings.TrimSpace(written) != "" && (!there || e["symbol"] != written) {
					t.Errorf("%q has no entry in %s", written, w.Body)
				}
			}
		case 400:
			if !good {
				t.Errorf("a bad body is 400: %q", raw)
			}
		case 413, 422:
			if good && w.Code == 422 {
				t.Errorf("a good body is 422: %q", raw)
			}
		default:
			t.Errorf("status %d for %q", w.Code, raw)
		}
	})
}
