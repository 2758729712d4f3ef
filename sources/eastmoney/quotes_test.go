package eastmoney_test

import (
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/sources"
	"barkeep/sources/eastmoney"
	"barkeep/sources/quotes"
)

var _ quotes.Provider = (*eastmoney.Provider)(nil)

func TestFewSymbolsAreOneBatch(t *testing.T) {
	rows, _ := shares(8)
	index := security(1, "000001", 2870)
	f := &fake{rows: append(rows, index, security(0, "000001", 70), security(0, "899050", 300))}
	p := start(t, f)
	asked := []etl.Symbol{symbol("sh000001"), symbol("sz000001"), symbol("bj920003"), symbol("bj899050"), symbol("sh600002")}
	a, err := p.Quotes(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	if n, _, _ := settled(t, a, asked); n != 5 || a.Requests != 1 || a.Bytes < 1000 {
		t.Fatalf("%+v", a)
	}
	if got := f.asked[0].Get("secids"); got != "1.000001,0.000001,0.920003,0.899050,1.600002" || f.asked[0].Get("fltt") != "2" {
		t.Errorf("asked for %s", got)
	}
	for _, q := range a.Quotes {
		want := map[string]float64{"sh000001": 38.80, "sz000001": 10.80, "bj920003": 10.13, "bj899050": 13.10, "sh600002": 10.12}[q.Symbol.String()]
		if q.Last != want || q.Source != "eastmoney" || q.Fetched.IsZero() || !q.Time.Equal(afternoon) || q.Status != etl.Trading {
			t.Errorf("%v: %+v", q.Symbol, q)
		}
		if !math.IsNaN(q.LimitUp) || !math.IsNaN(q.LimitDown) || !math.IsNaN(q.Bids[0].Price) || !math.IsNaN(q.Asks[4].Price) {
			t.Errorf("%v has a book or limits: %+v", q.Symbol, q)
		}
	}
}

func TestNothingAskedNothingSent(t *testing.T) {
	f := &fake{}
	p := start(t, f)
	impossible := []etl.Symbol{etl.MakeSymbol(etl.Shenzhen, 920000), etl.MakeSymbol(etl.Beijing, 1), 0}
	a, err := p.Quotes(t.Context(), impossible)
	if _, unknown, _ := settled(t, a, impossible); err != nil || unknown != 3 || len(f.asked) != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := p.Quotes(t.Context(), nil); err != nil || a.Requests != 0 {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestUnknownSecurities(t *testing.T) {
	rows, known := shares(150)
	missing := []etl.Symbol{symbol("sh601234"), symbol("sz002222"), symbol("bj920999")}
	for name, c := range map[string]struct {
		asked    []etl.Symbol
		unknown  int
		requests int
	}{
		"one alone":       {missing[:1], 1, 1},
		"several alone":   {missing, 3, 2},
		"among the known": {slices.Insert(slices.Clone(known), 40, missing...), 3, 2},
	} {
		p := start(t, &fake{rows: rows})
		a, err := p.Quotes(t.Context(), c.asked)
		n, unknown, refused := settled(t, a, c.asked)
		if err != nil || n != len(c.asked)-c.unknown || unknown != c.unknown || refused != 0 || a.Requests != c.requests {
			t.Errorf("%s: %d quotes, %d unknown, %d refused, %d requests, %v", name, n, unknown, refused, a.Requests, err)
		}
		for _, s := range a.Unknown {
			if !slices.Contains(missing, s) {
				t.Errorf("%s: %v is taken for unknown", name, s)
			}
		}
	}
}

func TestTheCapOfBatchesIsFoundOut(t *testing.T) {
	rows, known := shares(400)
	asked := append(slices.Clone(known), symbol("sh601234"))
	f := &fake{rows: rows, batchCap: 60}
	p := start(t, f)
	a, err := p.Quotes(t.Context(), asked)
	if n, unknown, _ := settled(t, a, asked); err != nil || n != 400 || unknown != 1 {
		t.Fatalf("%d quotes, %d unknown, %v", n, unknown, err)
	}
	if a.Requests > 3+6+2 {
		t.Errorf("%d requests", a.Requests)
	}
	f.reset()
	if a, err = p.Quotes(t.Context(), known); err != nil || a.Requests != 7 || len(a.Quotes) != 400 {
		t.Errorf("the next time: %d requests for %d quotes, %v", a.Requests, len(a.Quotes), err)
	}
}

func TestHalfABatchIsAskedForAgain(t *testing.T) {
	rows, known := shares(150)
	f := &fake{rows: rows}
	f.fault = func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n == 1 {
			answer(w, 0, 150, rows[:70])
		}
		return n == 1
	}
	p := start(t, f)
	a, err := p.Quotes(t.Context(), known)
	if n, _, _ := settled(t, a, known); err != nil || n != 150 || a.Requests > 3 {
		t.Errorf("%d quotes, %d requests, %v", n, a.Requests, err)
	}
	if a, err := p.Quotes(t.Context(), known); err != nil || a.Requests != 1 {
		t.Errorf("the accident was taken for a cap: %d requests, %v", a.Requests, err)
	}
}

func TestHalfABatchTwiceProvesNothing(t *testing.T) {
	rows, known := shares(150)
	f := &fake{rows: rows}
	f.fault = func(n int, w http.ResponseWriter, r *http.Request) bool {
		switch n {
		case 2: // half of the second batch, as if that were all
			answer(w, 0, 20, rows[50:70])
		case 4: // half of what is asked for again, as announced
			answer(w, 0, 30, rows[70:80])
		default:
			return false
		}
		return true
	}
	p := start(t, f, func(c *eastmoney.Config) { c.Batch = 50 })
	a, err := p.Quotes(t.Context(), known)
	if n, unknown, _ := settled(t, a, known); err != nil || n != 150 || unknown != 0 || a.Requests != 5 {
		t.Errorf("%d quotes, %d unknown, %d requests, %v", n, unknown, a.Requests, err)
	}
}

func TestUnknownSecuritiesAreNoCap(t *testing.T) {
	rows, known := shares(100)
	f := &fake{rows: rows}
	p := start(t, f, func(c *eastmoney.Config) { c.Batch = 50 })
	asked := slices.Insert(slices.Clone(known[:98]), 20, symbol("sh601234"))
	asked = append(asked, symbol("sz002222")) // one in each batch
	if a, err := p.Quotes(t.Context(), asked); err != nil || len(a.Quotes) != 98 || len(a.Unknown) != 2 || a.Requests != 3 {
		t.Errorf("%d quotes, %d unknown, %d requests, %v", len(a.Quotes), len(a.Unknown), a.Requests, err)
	}
	if a, err := p.Quotes(t.Context(), known); err != nil || a.Requests != 2 {
		t.Errorf("then %d requests, %v", a.Requests, err)
	}
}

func TestAVendorThatLeavesEverythingOutIsNotChased(t *testing.T) {
	_, known := shares(2000)
	f := &fake{}
	f.fault = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		answer(w, 0, 500, nil)
		return true
	}
	a, err := start(t, f).Quotes(t.Context(), known)
	if err == nil || !strings.Contains(err.Error(), "2000 of 2000 symbols were left out") || len(a.Unknown) != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	if a.Requests > 10+3*(4*10+8) || a.Requests != len(f.asked) {
		t.Errorf("%d requests counted, %d came", a.Requests, len(f.asked))
	}
}

func TestAnAddressTooLongIsShortened(t *testing.T) {
	rows, known := shares(120)
	f := &fake{rows: rows}
	f.fault = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if len(r.URL.Query().Get("secids")) > 500 {
			w.WriteHeader(http.StatusRequestURITooLong)
			return true
		}
		return false
	}
	a, err := start(t, f).Quotes(t.Context(), known)
	if n, _, _ := settled(t, a, known); err != nil || n != 120 {
		t.Errorf("%d quotes, %v", n, err)
	}
}

func TestBans(t *testing.T) {
	hijack := func(w http.ResponseWriter, text string) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(c, text)
		c.Close()
	}
	rows, known := shares(350)
	for name, answer := range map[string]func(w http.ResponseWriter){
		"closed connection": func(w http.ResponseWriter) { hijack(w, "") },
		"zero bytes":        func(w http.ResponseWriter) {},
		"403":               func(w http.ResponseWriter) { w.WriteHeader(403) },
		"429":               func(w http.ResponseWriter) { w.WriteHeader(429) },
	} {
		f := &fake{rows: rows}
		f.fault = func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n >= 2 { // the first answer is good
				answer(w)
			}
			return n >= 2
		}
		p := start(t, f, func(c *eastmoney.Config) { c.Batch = 50 })
		a, err := p.Quotes(t.Context(), known)
		e, ok := errors.AsType[*eastmoney.BannedError](err)
		if !ok || !errors.Is(err, etl.ErrRefused) || !e.Blocked() || !strings.Contains(err.Error(), "banned this address") {
			t.Errorf("%s: %v", name, err)
		}
		if n, unknown, _ := settled(t, a, known); n != 50 || unknown != 0 || a.Requests != 2 {
			t.Errorf("%s: %d quotes, %d unknown, %d requests", name, n, unknown, a.Requests)
		}
		// A wrapper that repeats what may help must not repeat this.
		tries := 0
		sources.Retry{Max: 3}.Do(t.Context(), func() error { tries++; return err })
		if tries != 1 {
			t.Errorf("%s: repeated %d times", name, tries)
		}
	}
}

func TestFailedRequestsLoseTheirOwnSymbols(t *testing.T) {
	rows, known := shares(300)
	for name, c := range map[string]struct {
		fault     func(w http.ResponseWriter)
		temporary bool
		text      string
	}{
		"502":          {func(w http.ResponseWriter) { w.WriteHeader(502) }, true, "502"},
		"cut in JSON":  {func(w http.ResponseWriter) { io.WriteString(w, `{"rc":0,"data":{"total":50,"diff":[{"f12":"60`) }, false, "cut short"},
		"cut in JSONP": {func(w http.ResponseWriter) { io.WriteString(w, `cb({"rc":0,"data":{"total":50,"diff":[`) }, false, "cut short"},
		"cut in body": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `{"rc":0,"data":{`)
		}, true, "unexpected EOF"},
		"no data":   {func(w http.ResponseWriter) { io.WriteString(w, `{"rc":0,"data":null}`) }, false, "no data"},
		"other rc":  {func(w http.ResponseWriter) { io.WriteString(w, `{"rc":7,"data":null}`) }, false, "rc is 7"},
		"no rc":     {func(w http.ResponseWriter) { io.WriteString(w, `{}`) }, false, "no result code"},
		"HTML":      {func(w http.ResponseWriter) { io.WriteString(w, `<html>(captcha)</html>`) }, false, "not JSON"},
		"odd diff":  {func(w http.ResponseWriter) { io.WriteString(w, `{"rc":0,"data":{"total":1,"diff":7}}`) }, false, "diff"},
		"odd place": {func(w http.ResponseWriter) { io.WriteString(w, `{"rc":0,"data":{"total":1,"diff":{"x":{}}}}`) }, false, "position"},
	} {
		f := &fake{rows: rows}
		f.fault = func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n == 2 {
				c.fault(w)
			}
			return n == 2
		}
		p := start(t, f, func(c *eastmoney.Config) { c.Batch = 50 })
		a, err := p.Quotes(t.Context(), known)
		if n, unknown, _ := settled(t, a, known); n != 250 || unknown != 0 || a.Requests != 6 {
			t.Errorf("%s: %d quotes, %d unknown, %d requests", name, n, unknown, a.Requests)
		}
		if err == nil || !strings.Contains(err.Error(), c.text) || errors.Is(err, etl.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
		temporary, ok := errors.AsType[interface {
			error
			Temporary() bool
		}](err)
		if (ok && temporary.Temporary()) != c.temporary {
			t.Errorf("%s: temporary is %v", name, !c.temporary)
		}
	}
}

func TestABanAfterAFailureIsStillABan(t *testing.T) {
	rows, known := shares(300)
	f := &fake{rows: rows}
	f.fault = func(n int, w http.ResponseWriter, _ *http.Request) bool {
		switch n {
		case 1:
			w.WriteHeader(502)
		case 2:
			w.WriteHeader(403)
		}
		return n <= 2
	}
	_, err := start(t, f, func(c *eastmoney.Config) { c.Batch = 50 }).Quotes(t.Context(), known)
	tries := 0
	sources.Retry{Max: 3}.Do(t.Context(), func() error { tries++; return err })
	if _, ok := errors.AsType[*eastmoney.BannedError](err); !ok || tries != 1 || !strings.Contains(err.Error(), "502") {
		t.Errorf("repeated %d times: %v", tries, err)
	}
}

func TestThreeFailuresEndACall(t *testing.T) {
	_, known := shares(300)
	f := &fake{}
	f.fault = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(500)
		return true
	}
	a, err := start(t, f, func(c *eastmoney.Config) { c.Batch = 50 }).Quotes(t.Context(), known)
	if err == nil || len(f.asked) != 3 || a.Requests != 3 || !strings.Contains(err.Error(), "150 of 300 symbols were not asked for any more") {
		t.Errorf("%d requests, %v", len(f.asked), err)
	}
}

func TestTheBudgetEndsACall(t *testing.T) {
	rows, known := shares(300)
	f := &fake{rows: rows}
	a, err := start(t, f, func(c *eastmoney.Config) { c.Batch, c.Budget = 50, 4 }).Quotes(t.Context(), known)
	if e, ok := errors.AsType[*etl.RefusedError](err); !ok || e.Until.IsZero() || len(a.Quotes) != 200 || len(f.asked) != 4 {
		t.Errorf("%d quotes, %d requests, %v", len(a.Quotes), len(f.asked), err)
	}
}

func TestSeveralRequestsAtOnce(t *testing.T) {
	rows, known := shares(500)
	f := &fake{rows: rows, batchCap: 40}
	p := start(t, f, func(c *eastmoney.Config) { c.Parallel = 4 })
	a, err := p.Quotes(t.Context(), known)
	if n, _, _ := settled(t, a, known); err != nil || n != 500 {
		t.Errorf("%d quotes, %v", n, err)
	}
}
