package web_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"barkeep/cmd/barkeep/web"
	"barkeep/configs/door"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

const stock = "/api/v1/realtime/stock/"

func TestStock(t *testing.T) {
	t.Parallel()
	w := ask(newServer(t, newDesk(), nil), "GET", stock+"600000.SH", "")
	got := decode(t, w)
	meta := got["metadata"].(object)
	if ms, ok := meta["response_time_ms"].(float64); !ok || ms <= 0 || ms > 1000 {
		t.Errorf("response_time_ms is %v", meta["response_time_ms"])
	}
	delete(meta, "response_time_ms")
	level := func(price, volume float64) any { return object{"price": price, "volume": volume} }
	want := object{
		"symbol": "600000.SH", "id": "sh600000", "name": "测试银行",
		"price": 10.23, "current_price": 10.23, "open": 10.0, "high": 10.3, "low": 9.98, "prev_close": 10.1, "previous_close": 10.1,
		"change": 0.13, "pct_change": 1.2871, "change_percent": 1.2871, "amplitude": 3.1683,
		"volume": 123456789.0, "turnover": 1263000000.5, "amount": 1263000000.5,
		"after_hours_volume": 0.0, "after_hours_amount": 0.0,
		"bid_price": 10.22, "ask_price": 10.23,
		"bids":     []any{level(10.22, 100), level(10.21, 200), level(10.2, 300), level(10.19, 400), level(10.18, 500)},
		"asks":     []any{level(10.23, 200), level(10.24, 400), level(10.25, 600), level(10.26, 800), level(10.27, 1000)},
		"limit_up": 11.11, "limit_down": 9.09, "turnover_rate": 0.42, "pe_ratio": 5.87, "pb_ratio": 0.55,
		"market_cap": 3.1e11, "circulating_market_cap": 3.002e11,
		"status": "trading", "phase": "morning", "market_status": "open", "is_trading_hours": true, "source": "tencent",
		"timestamp": "2026-09-23T10:00:00+08:00", "fetched_at": "2026-09-23T10:00:03.750+08:00", "age_seconds": 1.25,
		"stale": false, "cache_hit": true,
		"metadata": object{"status": "success", "message": "Quote served from the cache", "cache_hit": true, "force_refresh": false, "warnings": []any{}},
	}
	if d := cmp.Diff(want, got); w.Code != 200 || d != "" {
		t.Errorf("status %d, -want +got:\n%s", w.Code, d)
	}
	for _, noise := range []string{"10.209999", "10.180000", "e+"} {
		if strings.Contains(w.Body.String(), noise) {
			t.Errorf("float noise %s in %s", noise, w.Body)
		}
	}
	if !strings.Contains(w.Body.String(), `"open":10.0,`) {
		t.Errorf("a whole price has no decimals, so that readers take it for another type: %s", w.Body)
	}
}

// TestSymbolSpellings holds that all spellings are one security, and the index is
// another one (D3, D8, D13).
func TestSymbolSpellings(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"600000": "sh600000", "sh600000": "sh600000", "SH600000": "sh600000", "600000.SH": "sh600000", "sh.600000": "sh600000",
		"600000.XSHG": "sh600000", "000001": "sz000001", "sz000001": "sz000001", "sh000001": "sh000001", "000001.SH": "sh000001",
	} {
		o := decode(t, ask(newServer(t, newDesk(), nil), "GET", stock+written, ""))
		if o["id"] != want || o["symbol"] != written {
			t.Errorf("%s: symbol %v, id %v, want %s", written, o["symbol"], o["id"], want)
		}
	}
	d := newDesk()
	ask(newServer(t, d, nil), "GET", stock+"920000", "")
	if _, symbols := d.last(); symbols[0].String() != "bj920000" {
		t.Errorf("920000 was taken for %s", symbols[0])
	}
}

// shape tells an answer's keys and types; null and a value of any type are
// alike.
func shape(v any) any {
	switch v := v.(type) {
	case object:
		o := object{}
		for k, item := range v {
			o[k] = shape(item)
		}
		return o
	case []any:
		if len(v) == 0 {
			return "list"
		}
		return []any{len(v), shape(v[0])}
	}
	return "value"
}

// TestOneShape holds that fresh, cached, stale and empty answers have the same
// keys, and the same values but for what says so (D7, D15).
func TestOneShape(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := newServer(t, d, nil)
	cached := decode(t, ask(s, "GET", stock+"600000", ""))
	fresh := decode(t, ask(s, "GET", stock+"600000?force_refresh=true", ""))
	empty := decode(t, ask(s, "GET", stock+"sh000001", ""))
	d.results[bank] = quotes.Result{Quote: d.results[bank].Quote, Stale: true}
	stale := decode(t, ask(s, "GET", stock+"600000?stale=1", ""))
	batch := decode(t, ask(s, "POST", "/api/v1/realtime/batch", `{"symbols":["600000"]}`))["data"].(object)["600000"].(object)
	for name, o := range map[string]object{"fresh": fresh, "empty": empty, "stale": stale} {
		if diff := cmp.Diff(shape(cached), shape(o)); diff != "" {
			t.Errorf("%s has other keys than cached:\n%s", name, diff)
		}
	}
	if cached["cache_hit"] != true || fresh["cache_hit"] != false || stale["stale"] != true {
		t.Error("cache_hit or stale is wrong")
	}
	for _, o := range []object{cached, fresh, stale, batch} {
		delete(o, "metadata")
		delete(o, "cache_hit")
		delete(o, "stale")
		if diff := cmp.Diff(cached, o); diff != "" {
			t.Errorf("answers differ:\n%s", diff)
		}
	}
}

// TestNoNaN holds that what is not known is null in every number.
func TestNoNaN(t *testing.T) {
	t.Parallel()
	q := bare(bank)
	inf := math.Inf(1)
	q.Last, q.Preclose, q.Amount, q.AfterHoursAmount, q.MarketCap, q.PB = 3, 0, math.NaN(), inf, -inf, 1e300
	o := decode(t, ask(newServer(t, &desk{results: map[etl.Symbol]quotes.Result{bank: {Quote: q}}}, nil), "GET", stock+"600000", ""))
	for _, name := range []string{"open", "pct_change", "change_percent", "amplitude", "turnover", "amount", "after_hours_amount",
		"bid_price", "ask_price", "limit_up", "market_cap", "pe_ratio", "turnover_rate", "timestamp"} {
		if v, there := o[name]; !there || v != nil {
			t.Errorf("%s is %v, want null", name, v)
		}
	}
	if o["pb_ratio"] != 1e300 || o["status"] != "not_listed" {
		t.Errorf("pb_ratio %v, status %v", o["pb_ratio"], o["status"])
	}
}

// slow is an error of a connection that timed out.
type slow struct{ error }

func (slow) Timeout() bool   { return true }
func (slow) Temporary() bool { return true }

func TestStockErrors(t *testing.T) {
	t.Parallel()
	failing := func(err error) *desk {
		return &desk{get: func(context.Context, etl.Symbol) quotes.Result { return quotes.Result{Err: err} }}
	}
	wrap := func(kind error, cause error) error { return fmt.Errorf("%w: %w", kind, cause) }
	for _, c := range []struct {
		symbol string
		desk   *desk
		status int
		code   string
		text   string // in the message
	}{
		{"sh600999", newDesk(), 404, "NOT_FOUND", "No data available: no such security"},
		{"999999", newDesk(), 404, "NOT_FOUND", "No data available: "},
		{"ABC", newDesk(), 400, "BAD_REQUEST", `Invalid symbol format: "ABC"`},
		{"00700", newDesk(), 400, "BAD_REQUEST", "Invalid symbol format"},
		{"600000.XX", newDesk(), 400, "BAD_REQUEST", "Invalid symbol format"},
		{"%20", newDesk(), 400, "BAD_REQUEST", "Invalid symbol format"},
		{"%00%ff%22", newDesk(), 400, "BAD_REQUEST", "Invalid symbol format"},
		{"sh600000%2fx", newDesk(), 400, "BAD_REQUEST", "Invalid symbol format"},
		{strings.Repeat("9", 5000), newDesk(), 400, "BAD_REQUEST", "Invalid symbol format"},
		{"600000", failing(wrap(quotes.ErrUnavailable, errors.New("tencent: connection refused"))), 502, "DATA_FETCH_ERROR", "tencent: connection refused"},
		{"600000", failing(wrap(quotes.ErrRefusedRow, errors.New("high below low"))), 502, "DATA_FETCH_ERROR", "high below low"},
		{"600000", failing(wrap(quotes.ErrUnavailable, context.DeadlineExceeded)), 504, "TIMEOUT", "no provider has a current quote"},
		{"600000", failing(wrap(quotes.ErrUnavailable, slow{errors.New("i/o timeout")})), 504, "TIMEOUT", "i/o timeout"},
		{"600000", failing(wrap(quotes.ErrUnavailable, context.Canceled)), 503, "SERVICE_UNAVAILABLE", "given up"},
		{"600000", &desk{results: map[etl.Symbol]quotes.Result{bank: {}}}, 502, "DATA_FETCH_ERROR", "no provider has a current quote"},
		{"600000", failing(errors.New(strings.Repeat("银", 10_000))), 502, "DATA_FETCH_ERROR", "银..."},
	} {
		w := ask(newServer(t, c.desk, nil), "GET", stock+c.symbol, "")
		r := httptest.NewRequest("GET", stock+c.symbol, nil)
		// A path that is no UTF-8 cannot come back byte by byte.
		e := wantError(t, w, c.status, c.code, strings.ToValidUTF8(r.URL.Path, "\ufffd"))
		if text := e["message"].(string); !strings.Contains(text, c.text) || len(text) > 1100 {
			t.Errorf("%.20s: message %.200q, want %q in it", c.symbol, text, c.text)
		}
	}
}

// TestTimeout holds that providers get the time of the configuration and no more.
func TestTimeout(t *testing.T) {
	t.Parallel()
	d := &desk{get: func(ctx context.Context, _ etl.Symbol) quotes.Result {
		<-ctx.Done()
		return quotes.Result{Err: fmt.Errorf("%w: %w", quotes.ErrUnavailable, ctx.Err())}
	}}
	s := newServer(t, d, func(c *door.Config) { c.Timeout = time.Millisecond })
	wantError(t, ask(s, "GET", stock+"600000", ""), 504, "TIMEOUT", stock+"600000")
	w := ask(s, "POST", "/api/v1/realtime/batch", `{"symbols":["600000"]}`)
	wantError(t, w, 504, "TIMEOUT", "/api/v1/realtime/batch")
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query string
		want  quotes.Ask
		fail  []any // loc of the errors; nil for none
		warn  int
	}{
		{"", quotes.Ask{}, nil, 0},
		{"?force_refresh=true", quotes.Ask{Fresh: true}, nil, 0},
		{"?force_refresh=FALSE&stale=yes", quotes.Ask{Stale: true}, nil, 0},
		{"?force_refresh=1&stale=0", quotes.Ask{Fresh: true}, nil, 0},
		{"?forcerefresh=1&x=2", quotes.Ask{}, nil, 2},
		{"?force_refresh=maybe", quotes.Ask{}, []any{[]any{"query", "force_refresh"}}, 0},
		{"?force_refresh=&stale=2", quotes.Ask{}, []any{[]any{"query", "force_refresh"}, []any{"query", "stale"}}, 0},
		{"?stale=true&stale=false", quotes.Ask{}, []any{[]any{"query", "stale"}}, 0},
		{"?stale=%zz", quotes.Ask{}, []any{[]any{"query"}}, 0},
		{"?a;b", quotes.Ask{}, []any{[]any{"query"}}, 0},
	} {
		d := newDesk()
		w := ask(newServer(t, d, nil), "GET", stock+"600000"+c.query, "")
		if c.fail != nil {
			e := wantError(t, w, 422, "VALIDATION_ERROR", stock+"600000")
			var locs []any
			for _, one := range e["details"].(object)["errors"].([]any) {
				locs = append(locs, one.(object)["loc"])
			}
			if diff := cmp.Diff(c.fail, locs); diff != "" {
				t.Errorf("%s: %s", c.query, diff)
			}
			continue
		}
		o := decode(t, w)
		meta := o["metadata"].(object)
		if got, _ := d.last(); got != c.want || meta["force_refresh"] != c.want.Fresh || len(meta["warnings"].([]any)) != c.warn {
			t.Errorf("%s: asked %+v, want %+v; metadata %v", c.query, got, c.want, meta)
		}
	}
}

// TestMarketStatus walks through a trading day, a holiday and a weekday nobody
// knows yet.
func TestMarketStatus(t *testing.T) {
	t.Parallel()
	calendar := schedules.Embedded()
	for at, want := range map[string]string{
		"2026-09-23 09:14": "closed", "2026-09-23 09:15": "pre_market", "2026-09-23 09:29": "pre_market", "2026-09-23 09:30": "open",
		"2026-09-23 11:29": "open", "2026-09-23 11:30": "closed", "2026-09-23 13:00": "open", "2026-09-23 14:58": "open",
		"2026-09-23 15:00": "after_hours", "2026-09-23 15:10": "after_hours", "2026-09-23 15:35": "after_hours", "2026-09-23 15:36": "closed",
		"2026-10-05 10:00": "closed", "2026-09-26 10:00": "closed",
		"2027-06-02 09:20": "pre_market", "2027-06-02 10:00": "open", "2027-06-02 12:00": "closed", "2027-06-02 14:00": "open", "2027-06-02 15:10": "after_hours", "2027-06-02 20:00": "closed",
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", at, schedules.Shanghai)
		if err != nil {
			t.Fatal(err)
		}
		text := string(web.Entry("600000", quotes.Result{Quote: quote(bank)}, calendar, now.UTC()))
		if !strings.Contains(text, `"market_status":"`+want+`"`) || !strings.Contains(text, fmt.Sprintf(`"is_trading_hours":%t`, want == "open")) {
			t.Errorf("%s: want %s in %s", at, want, text)
		}
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newServer(t, newDesk(), nil))
	defer server.Close()
	got := map[string]http.Header{}
	for _, method := range []string{"GET", "HEAD"} {
		r, _ := http.NewRequest(method, server.URL+"/health", nil)
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		answer.Header.Del("Date")
		got[method] = answer.Header
	}
	if !reflect.DeepEqual(got["GET"], got["HEAD"]) {
		t.Errorf("HEAD differs from GET: %v", got)
	}
}
