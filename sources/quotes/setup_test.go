package quotes_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

// at reads an instant as clocks in Shanghai show it.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	instant, err := time.ParseInLocation("2006-01-02 15:04:05", text, schedules.Shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func symbol(t testing.TB, text string) etl.Symbol {
	t.Helper()
	s, err := etl.ParseSymbol(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// symbols returns n symbols of Shenzhen.
func symbols(n int) []etl.Symbol {
	list := make([]etl.Symbol, n)
	for i := range list {
		list[i] = etl.MakeSymbol(etl.Shenzhen, 1+i)
	}
	return list
}

// row is a quote of a share that trades, fetched now, whose own time is own.
func row(s etl.Symbol, own time.Time) etl.Quote {
	q := etl.NoQuote(s)
	q.Name, q.Last, q.Preclose = "样例股份", 10.12, 10
	q.Time, q.Fetched = own.UTC(), time.Now().UTC()
	return q
}

// live are rows of now.
func live(list []etl.Symbol) etl.QuoteAnswer {
	a := etl.QuoteAnswer{Requests: 1, Bytes: int64(500 * len(list))}
	for _, s := range list {
		a.Quotes = append(a.Quotes, row(s, time.Now()))
	}
	return a
}

// aged are rows whose own time is own.
func aged(list []etl.Symbol, own time.Time) etl.QuoteAnswer {
	a := live(list)
	for i := range a.Quotes {
		a.Quotes[i].Time = own
	}
	return a
}

// fake is a provider that answers as it is told.
type fake struct {
	name string

	mu    sync.Mutex
	asked [][]etl.Symbol
	reply func(ctx context.Context, list []etl.Symbol) (etl.QuoteAnswer, error) // nil: live rows
}

func (f *fake) Name() string { return f.name }

func (f *fake) Quotes(ctx context.Context, list []etl.Symbol) (etl.QuoteAnswer, error) {
	f.mu.Lock()
	f.asked = append(f.asked, list)
	reply := f.reply
	f.mu.Unlock()
	if reply == nil {
		return live(list), nil
	}
	return reply(ctx, list)
}

// say sets the reply from now on.
func (f *fake) say(reply func(ctx context.Context, list []etl.Symbol) (etl.QuoteAnswer, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reply = reply
}

// calls returns how often the provider was asked, and for how many symbols.
func (f *fake) calls() (calls, symbols int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, list := range f.asked {
		symbols += len(list)
	}
	return len(f.asked), symbols
}

// after replies after a while, or when its context ends.
func after(d time.Duration, reply func(list []etl.Symbol) (etl.QuoteAnswer, error)) func(context.Context, []etl.Symbol) (etl.QuoteAnswer, error) {
	return func(ctx context.Context, list []etl.Symbol) (etl.QuoteAnswer, error) {
		select {
		case <-time.After(d):
			return reply(list)
		case <-ctx.Done():
			return etl.QuoteAnswer{Requests: 1}, context.Cause(ctx)
		}
	}
}

func answers(make func(list []etl.Symbol) etl.QuoteAnswer) func(context.Context, []etl.Symbol) (etl.QuoteAnswer, error) {
	return func(_ context.Context, list []etl.Symbol) (etl.QuoteAnswer, error) { return make(list), nil }
}

func fails(err error) func(context.Context, []etl.Symbol) (etl.QuoteAnswer, error) {
	return func(context.Context, []etl.Symbol) (etl.QuoteAnswer, error) { return etl.QuoteAnswer{Requests: 1}, err }
}

// knowsNone replies that there are no such securities.
func knowsNone(_ context.Context, list []etl.Symbol) (etl.QuoteAnswer, error) {
	return etl.QuoteAnswer{Unknown: list, Requests: 1}, nil
}

func refusesAll(_ context.Context, list []etl.Symbol) (etl.QuoteAnswer, error) {
	a := etl.QuoteAnswer{Requests: 1}
	for _, s := range list {
		a.Refused = append(a.Refused, etl.RefusedQuote{Symbol: s, Reason: "the high is below the low", Raw: "raw"})
	}
	return a, nil
}

var errDown = errors.New("connection refused")

// desk is a cache over three fake providers, inside a bubble of time.
type desk struct {
	t                        *testing.T
	ctx                      context.Context
	cache                    *quotes.Cache
	tencent, sina, eastmoney *fake
	refused                  []string // provider and symbol
	log                      bytes.Buffer
}

// inBubble runs test at the given time, with a cache that change may configure.
func inBubble(t *testing.T, start string, change func(*quotes.Config), test func(d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{t: t, ctx: t.Context(), tencent: &fake{name: "tencent"}, sina: &fake{name: "sina"}, eastmoney: &fake{name: "eastmoney"}}
		config := quotes.DefaultConfig()
		if change != nil {
			change(&config)
		}
		<-time.After(time.Until(at(t, start)))
		var err error
		d.cache, err = quotes.New(config, schedules.Embedded(), []quotes.Provider{d.eastmoney, d.tencent, d.sina}, quotes.Options{
			Log: slog.New(slog.NewTextHandler(&d.log, nil)),
			OnRefused: func(rows []etl.RefusedQuote, provider string) {
				for _, r := range rows {
					d.refused = append(d.refused, provider+" "+r.Symbol.String())
				}
			}})
		if err != nil {
			t.Fatal(err)
		}
		test(d)
		d.cache.Close()
	})
}

// wait lets time pass.
func (d *desk) wait(span time.Duration) { <-time.After(span) }

// until lets time pass until clocks in Shanghai show text.
func (d *desk) until(text string) { d.t.Helper(); <-time.After(time.Until(at(d.t, text))) }

// want checks what a result is: "hit tencent", "miss sina", "stale hit tencent",
// or the start of "unknown", "refused" or "unavailable".
func (d *desk) want(got quotes.Result, want string) {
	d.t.Helper()
	if text := show(got); text != want {
		d.t.Errorf("at %s: got %s (%v), want %s", time.Now().In(schedules.Shanghai).Format(time.DateTime), text, got.Err, want)
	}
}

func (d *desk) get(s etl.Symbol) quotes.Result { return d.cache.Get(d.ctx, s, quotes.Ask{}) }

// count checks how often providers were asked in all.
func (d *desk) count(f *fake, calls, symbols int) {
	d.t.Helper()
	if c, n := f.calls(); c != calls || n != symbols {
		d.t.Errorf("%s was asked %d times for %d symbols in all, want %d and %d", f.name, c, n, calls, symbols)
	}
}

func (d *desk) provider(name string) quotes.ProviderStats {
	for _, p := range d.cache.Stats().Providers {
		if p.Name == name {
			return p
		}
	}
	d.t.Fatalf("no provider %s", name)
	return quotes.ProviderStats{}
}

func show(r quotes.Result) string {
	var words []string
	if r.Stale {
		words = append(words, "stale")
	}
	words = append(words, map[bool]string{true: "hit", false: "miss"}[r.Hit])
	switch {
	case r.Err == nil && r.Quote != nil:
		words = append(words, r.Quote.Source)
	case r.Quote != nil:
		words = append(words, "quote and error")
	case errors.Is(r.Err, quotes.ErrUnknown):
		words = append(words, "unknown")
	case errors.Is(r.Err, quotes.ErrRefusedRow):
		words = append(words, "refused")
	case errors.Is(r.Err, quotes.ErrUnavailable):
		words = append(words, "unavailable")
	default:
		words = append(words, fmt.Sprintf("%v", r.Err))
	}
	return strings.Join(words, " ")
}

func shows(results []quotes.Result) []string {
	list := make([]string, len(results))
	for i, r := range results {
		list[i] = show(r)
	}
	return list
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
