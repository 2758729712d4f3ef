package conformance_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
	"barkeep/sources/quotes/conformance"
)

// states are the securities of a small market of our own.
var states = map[string]etl.QuoteStatus{
	"sz000001": etl.Trading, "sz000002": etl.Trading, "sh600000": etl.CallAuction,
	"sh600001": etl.Suspended, "sz000003": etl.Delisted, "sh603999": etl.NotListed,
}

// serve answers with a line for each symbol: its text and its status, or ?.
func serve(w http.ResponseWriter, r *http.Request) {
	for text := range strings.SplitSeq(r.URL.Query().Get("q"), ",") {
		if status, ok := states[text]; ok {
			fmt.Fprintf(w, "%s %s\n", text, status)
		} else {
			fmt.Fprintf(w, "%s ?\n", text)
		}
	}
}

// honest is a provider that passes.
type honest struct{ baseURL string }

func (honest) Name() string { return "honest" }

func (h honest) Quotes(ctx context.Context, symbols []etl.Symbol) (a etl.QuoteAnswer, err error) {
	symbols = slices.Compact(slices.Sorted(slices.Values(symbols)))
	if len(symbols) == 0 {
		return a, nil
	}
	texts := make([]string, len(symbols))
	for i, s := range symbols {
		texts[i] = s.String()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.baseURL+"/?q="+strings.Join(texts, ","), nil)
	if err != nil {
		return a, err
	}
	a.Requests = 1
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return a, err
	}
	a.Bytes = int64(len(body))
	lines := bufio.NewScanner(strings.NewReader(string(body)))
	for lines.Scan() {
		text, state, _ := strings.Cut(lines.Text(), " ")
		s, err := etl.ParseSymbol(text)
		if err != nil {
			return a, err
		}
		if status, ok := etl.ParseQuoteStatus(state); ok {
			a.Quotes = append(a.Quotes, quote(s, status))
		} else {
			a.Unknown = append(a.Unknown, s)
		}
	}
	return a, lines.Err()
}

func quote(s etl.Symbol, status etl.QuoteStatus) etl.Quote {
	q := etl.NoQuote(s)
	q.Name, q.Source, q.Status, q.Preclose = "样例股份", "honest", status, 10
	q.Fetched = time.Now().UTC()
	q.Time = q.Fetched
	return q
}

func list(t *testing.T, texts ...string) []etl.Symbol {
	var symbols []etl.Symbol
	for _, text := range texts {
		s, err := etl.ParseSymbol(text)
		if err != nil {
			t.Fatal(err)
		}
		symbols = append(symbols, s)
	}
	return symbols
}

func TestHonestProviderPasses(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(serve))
	defer server.Close()
	m := conformance.Market{
		BaseURL: server.URL, Day: schedules.DayOf(time.Now()), MaxRequests: 1,
		Trading:   list(t, "sz000001", "sz000002", "sh600000"),
		Suspended: list(t, "sh600001"), Delisted: list(t, "sz000003"), NotListed: list(t, "sh603999"),
		Unknown: list(t, "sz003997", "sz003996"),
	}
	m.All = slices.Concat(m.Trading, m.Suspended, m.Delisted, m.NotListed, m.Unknown)
	conformance.Run(t, m, func(baseURL string) quotes.Provider { return honest{baseURL} })
}

func TestProblems(t *testing.T) {
	symbols := list(t, "sz000001", "sz000002", "sz000003")
	for _, tc := range []struct {
		spoil func(*etl.QuoteAnswer)
		want  string // empty: nothing
	}{
		{func(*etl.QuoteAnswer) {}, ""},
		{func(a *etl.QuoteAnswer) { a.Unknown = list(t, "sz000001") }, "again"},
		{func(a *etl.QuoteAnswer) { a.Quotes = append(a.Quotes, a.Quotes[0]) }, "again"},
		{func(a *etl.QuoteAnswer) { a.Unknown = list(t, "sz000009") }, "not asked for"},
		{func(a *etl.QuoteAnswer) { a.Refused = []etl.RefusedQuote{{Symbol: symbols[2]}} }, "without a reason"},
		{func(a *etl.QuoteAnswer) {
			a.Refused = []etl.RefusedQuote{{Symbol: symbols[2], Reason: "x", Raw: "\xb0"}}
		}, "no UTF-8"},
		{func(a *etl.QuoteAnswer) { a.Requests = 0 }, "0 requests"},
		{func(a *etl.QuoteAnswer) { a.Quotes[1].Source = "tencent" }, "source"},
		{func(a *etl.QuoteAnswer) { a.Quotes[1].Name = "\xb0" }, "name"},
		{func(a *etl.QuoteAnswer) { a.Quotes[1].Fetched = time.Now().UTC().Add(time.Hour) }, "fetched"},
		{func(a *etl.QuoteAnswer) { a.Quotes[1].Time = time.Time{} }, "no time"},
		{func(a *etl.QuoteAnswer) { a.Quotes[1].Time = time.Now().In(schedules.Shanghai) }, "UTC"},
		{func(a *etl.QuoteAnswer) { a.Quotes[1].Last = 0 }, "sz000002"},
		{func(a *etl.QuoteAnswer) { a.Quotes[1].Preclose = math.Inf(1) }, "sz000002"},
	} {
		sent := time.Now()
		a := etl.QuoteAnswer{Quotes: []etl.Quote{quote(symbols[0], etl.Trading), quote(symbols[1], etl.Trading)}, Requests: 1, Bytes: 1}
		tc.spoil(&a)
		got := conformance.Problems("honest", symbols, &a, sent, time.Now())
		if tc.want == "" && len(got) != 0 || tc.want != "" && (len(got) != 1 || !strings.Contains(got[0], tc.want)) {
			t.Errorf("want %q, got %q", tc.want, got)
		}
	}
}
