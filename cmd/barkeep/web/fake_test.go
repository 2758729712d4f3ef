package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/cmd/barkeep/web"
	"barkeep/configs/door"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

// desk is a cache of quotes with what the tests put into it.
type desk struct {
	mu      sync.Mutex
	results map[etl.Symbol]quotes.Result
	get     func(context.Context, etl.Symbol) quotes.Result // instead of results
	asks    []quotes.Ask
	asked   [][]etl.Symbol
	cleared [][]etl.Symbol
	stats   quotes.Stats
}

func (d *desk) Get(ctx context.Context, s etl.Symbol, ask quotes.Ask) quotes.Result {
	return d.GetBatch(ctx, []etl.Symbol{s}, ask)[0]
}

func (d *desk) GetBatch(ctx context.Context, symbols []etl.Symbol, ask quotes.Ask) []quotes.Result {
	d.mu.Lock()
	d.asks = append(d.asks, ask)
	d.asked = append(d.asked, symbols)
	d.mu.Unlock()
	out := make([]quotes.Result, len(symbols))
	for i, s := range symbols {
		if d.get != nil {
			out[i] = d.get(ctx, s)
			continue
		}
		r, known := d.results[s]
		if !known {
			r.Err = fmt.Errorf("%w: %s", quotes.ErrUnknown, s)
		}
		if ask.Fresh {
			r.Hit = false
		}
		out[i] = r
	}
	return out
}

func (d *desk) Stats() quotes.Stats { return d.stats }

func (d *desk) Clear(symbols ...etl.Symbol) int {
	d.cleared = append(d.cleared, symbols)
	if len(symbols) == 0 {
		return len(d.results)
	}
	n := 0
	for _, s := range symbols {
		if _, known := d.results[s]; known {
			n++
		}
	}
	return n
}

func (d *desk) Cleanup() int { return 3 }

// last returns what was asked last.
func (d *desk) last() (quotes.Ask, []etl.Symbol) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asks[len(d.asks)-1], d.asked[len(d.asked)-1]
}

var (
	bank  = etl.MakeSymbol(etl.Shanghai, 600000)
	gold  = etl.MakeSymbol(etl.Shenzhen, 1)
	index = etl.MakeSymbol(etl.Shanghai, 1)
	noon  = time.Date(2026, 9, 23, 2, 0, 5, 0, time.UTC) // a Wednesday, 10:00:05 in Shanghai
)

// quote is a made-up quote in which everything is known.
func quote(s etl.Symbol) *etl.Quote {
	q := etl.NoQuote(s)
	q.Name, q.Source, q.Phase = "测试银行", "tencent", schedules.PhaseMorning
	q.Time, q.Fetched = noon.Add(-5*time.Second), noon.Add(-1250*time.Millisecond)
	q.Last, q.Open, q.High, q.Low, q.Preclose = 10.23, 10, 10.3, 9.98, 10.1
	q.Volume, q.Amount = 123456789, 1263000000.5
	for i := range q.Bids {
		q.Bids[i] = etl.Level{Price: 10.22 - float64(i)*0.01, Quantity: int64(100 * (i + 1))}
		q.Asks[i] = etl.Level{Price: 10.23 + float64(i)*0.01, Quantity: int64(200 * (i + 1))}
	}
	q.LimitUp, q.LimitDown = 11.11, 9.09
	q.Turn, q.PeTTM, q.PB, q.FloatCap, q.MarketCap = 0.42, 5.87, 0.55, 3.002e11, 3.1e11
	return &q
}

// bare is a quote in which nothing is known.
func bare(s etl.Symbol) *etl.Quote {
	q := etl.NoQuote(s)
	q.Status, q.Fetched = etl.NotListed, noon
	return &q
}

func newDesk() *desk {
	return &desk{results: map[etl.Symbol]quotes.Result{
		bank: {Quote: quote(bank), Hit: true}, gold: {Quote: quote(gold)}, index: {Quote: bare(index), Hit: true},
	}}
}

func newServer(t testing.TB, q web.Quotes, change func(*door.Config)) *web.Server {
	t.Helper()
	c := door.DefaultConfig()
	if change != nil {
		change(&c)
	}
	s, err := web.New(c, q, web.Options{Version: "1.2.3", Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a request to a handler; headers are "Name: value".
func ask(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	r.Host = "localhost:7070"
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
		} else {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

type object = map[string]any

// decode reads an answer's JSON and checks what every answer has.
func decode(t testing.TB, w *httptest.ResponseRecorder) object {
	t.Helper()
	var o object
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	for name, want := range map[string]string{"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store",
		"X-Content-Type-Options": "nosniff", "Content-Length": fmt.Sprint(w.Body.Len()), "Access-Control-Allow-Origin": ""} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
	return o
}

// wantError checks status and envelope and returns the message.
func wantError(t testing.TB, w *httptest.ResponseRecorder, status int, code, path string) object {
	t.Helper()
	o := decode(t, w)
	e, _ := o["error"].(object)
	if w.Code != status || e["code"] != code || e["status_code"] != float64(status) || e["path"] != path {
		t.Errorf("got %d %v, want %d %s at %s", w.Code, o, status, code, path)
	}
	if _, ok := e["details"].(object); !ok || e["message"] == "" || e["timestamp"] != "2026-09-23T10:00:05.000+08:00" {
		t.Errorf("the envelope is not whole: %v", e)
	}
	return e
}
