package sina_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources"
	"barkeep/sources/sina"
)

// TestWholeMarket asks for 5560 symbols in 7 requests at once, with raw commas.
func TestWholeMarket(t *testing.T) {
	var all sync.WaitGroup
	all.Add(7)
	v := &vendor{t: t}
	v.list = func(http.ResponseWriter, *http.Request, []string) bool {
		all.Done()
		all.Wait() // for all seven: they would never come one by one
		return false
	}
	p := v.start(nil)
	symbols := shares(5560)
	answer, err := p.Quotes(t.Context(), symbols)
	if err != nil {
		t.Fatal(err)
	}
	check(t, answer, symbols)
	if p.Name() != "sina" || answer.Requests != 7 || answer.Bytes < 5560*200 {
		t.Errorf("%s: %d requests, %d bytes", p.Name(), answer.Requests, answer.Bytes)
	}
	for _, request := range v.sent() {
		if n := strings.Count(request, ","); n < 793 || n > 794 || strings.Contains(request, "%") {
			t.Errorf("a request with %d commas: %.60s", n, request)
		}
	}
	if !slices.IsSortedFunc(answer.Quotes, func(a, b etl.Quote) int { return int(a.Symbol) - int(b.Symbol) }) {
		t.Error("the quotes are not in the asked order")
	}
}

func TestFewSymbols(t *testing.T) {
	v := &vendor{t: t}
	p := v.start(func(c *sina.Config) { c.BaseURL += "/"; c.Batch = 2; c.Parallel = 1 })
	answer, err := p.Quotes(t.Context(), nil)
	if err != nil || answer.Requests != 0 {
		t.Errorf("nothing asked: %d requests, %v", answer.Requests, err)
	}
	symbols := shares(3)
	answer, err = p.Quotes(t.Context(), symbols)
	if err != nil || answer.Requests != 2 {
		t.Errorf("%d requests, %v", answer.Requests, err)
	}
	check(t, answer, symbols)
	if want := []string{"/list=sz003000", "/list=sz003001,sz003002"}; !slices.Equal(v.sent(), want) {
		t.Errorf("requests %q, want %q", v.sent(), want)
	}
	answer, err = p.Quotes(t.Context(), []etl.Symbol{symbols[0], 0})
	if err == nil || !strings.Contains(err.Error(), "symbol 2") || len(answer.Quotes) != 1 {
		t.Errorf("no security: %d quotes, %v", len(answer.Quotes), err)
	}
}

// TestFailedChunk: one failing request of several loses its own symbols.
func TestFailedChunk(t *testing.T) {
	for name, tc := range map[string]struct {
		fail func(v *vendor, w http.ResponseWriter, symbols []string)
		text string
	}{
		"502": {func(_ *vendor, w http.ResponseWriter, _ []string) { http.Error(w, "overseas", http.StatusBadGateway) }, "502"},
		"cut off": {func(v *vendor, w http.ResponseWriter, symbols []string) {
			w.Header().Set("Content-Length", "10000")
			v.serve(w, symbols)
		}, "EOF"},
		"no answer": {func(*vendor, http.ResponseWriter, []string) { panic(http.ErrAbortHandler) }, "closed without an answer"},
		"web page":  {func(_ *vendor, w http.ResponseWriter, _ []string) { io.WriteString(w, "<html>Wartung") }, `begins with "<html>Wartung"`},
		"empty":     {func(*vendor, http.ResponseWriter, []string) {}, "holds none of them"},
		"too long":  {func(_ *vendor, w http.ResponseWriter, _ []string) { io.WriteString(w, strings.Repeat(" ", 2<<20)) }, "longer than 1048576 bytes"},
	} {
		v := &vendor{t: t}
		v.list = func(w http.ResponseWriter, r *http.Request, symbols []string) bool {
			if symbols[0] != "sz003002" {
				return false
			}
			tc.fail(v, w, symbols)
			return true
		}
		p := v.start(func(c *sina.Config) { c.Batch = 2 })
		answer, err := p.Quotes(t.Context(), shares(6))
		if err == nil || !strings.Contains(err.Error(), tc.text) || !strings.Contains(err.Error(), "2 symbols from sz003002 to sz003003") || answer.Requests != 3 {
			t.Errorf("%s: %d requests, %v", name, answer.Requests, err)
		}
		check(t, answer, shares(6), 2, 3)
	}
}

// TestHalfAnAnswer: an answer that is cut short without a sign of it.
func TestHalfAnAnswer(t *testing.T) {
	v := &vendor{t: t}
	v.list = func(w http.ResponseWriter, _ *http.Request, symbols []string) bool {
		v.serve(w, symbols[:len(symbols)-1])
		io.WriteString(w, `var hq_str_`+symbols[len(symbols)-1]+`="10.1`)
		return true
	}
	answer, err := v.start(nil).Quotes(t.Context(), shares(6))
	if err == nil || !strings.Contains(err.Error(), "1 are not in the answer or cut short, such as sz003005") || answer.Requests != 1 {
		t.Errorf("%d requests, %v", answer.Requests, err)
	}
	check(t, answer, shares(6), 5)
}

// TestBlocked: after 403, 429 and 456 nothing more is sent in a call.
func TestBlocked(t *testing.T) {
	for _, status := range []int{403, 429, 456} {
		v := &vendor{t: t}
		v.list = func(w http.ResponseWriter, _ *http.Request, symbols []string) bool {
			if symbols[0] == "sz003002" {
				http.Error(w, "Kinsoku jikou desu!", status)
			}
			return symbols[0] == "sz003002"
		}
		p := v.start(func(c *sina.Config) { c.Batch, c.Parallel = 1, 1 })
		answer, err := p.Quotes(t.Context(), shares(6))
		e, ok := errors.AsType[*sources.StatusError](err)
		if !ok || e.Status != status || !e.Blocked() || !strings.Contains(err.Error(), "not asked") || answer.Requests != 3 || len(v.sent()) != 3 {
			t.Errorf("%d: %d requests, %v", status, answer.Requests, err)
		}
		check(t, answer, shares(6), 2, 3, 4, 5)
	}
}

// TestReferer: the vendor of the tests answers 403 without one, so a served
// quote shows that it came. Here it is looked at.
func TestReferer(t *testing.T) {
	v := &vendor{t: t}
	v.list = func(w http.ResponseWriter, r *http.Request, _ []string) bool {
		if r.Referer() != "https://finance.sina.com.cn/" || r.UserAgent() == "" {
			t.Errorf("header %v", r.Header)
		}
		r.Header.Del("Referer")
		return false
	}
	_, err := v.start(nil).Quotes(t.Context(), shares(1))
	if e, ok := errors.AsType[*sources.StatusError](err); !ok || e.Status != 403 || !strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("without a Referer: %v", err)
	}
}

func TestTimeoutAndCancel(t *testing.T) {
	v := &vendor{t: t}
	v.list = func(_ http.ResponseWriter, r *http.Request, _ []string) bool {
		<-r.Context().Done() // until the provider hangs up
		return true
	}
	answer, err := v.start(func(c *sina.Config) { c.Timeout = 50 * time.Millisecond }).Quotes(t.Context(), shares(2))
	if err == nil || answer.Requests != 1 {
		t.Errorf("time-out: %v", err)
	}
	check(t, answer, shares(2), 0, 1)

	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("the caller has left")
	left := &vendor{t: t, list: func(_ http.ResponseWriter, r *http.Request, _ []string) bool {
		cancel(reason)
		<-r.Context().Done()
		return true
	}}
	answer, err = left.start(func(c *sina.Config) { c.Batch, c.Parallel = 1, 1 }).Quotes(ctx, shares(4))
	if !errors.Is(err, reason) || answer.Requests != 1 {
		t.Errorf("cancelled: %d requests, %v", answer.Requests, err)
	}
	check(t, answer, shares(4), 0, 1, 2, 3)
}
