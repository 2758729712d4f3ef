package etl_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
)

var quoteDay = schedules.MakeDay(2026, 11, 20)

// oddFloats are what a float column must bring back bit for bit.
var oddFloats = []float64{0, math.Copysign(0, -1), math.NaN(), 12.34, -3.21, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1)}

// someQuotes returns n quotes of every state, with odd values.
func someQuotes(n int) []etl.Quote {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	float := func() float64 { return oddFloats[rng.IntN(len(oddFloats))] }
	quotes := make([]etl.Quote, n)
	for i := range quotes {
		q := etl.NoQuote(etl.MakeSymbol(etl.Exchange(1+i%3), i*37%1_000_000))
		q.Name = []string{"浦发银行", "万  科Ａ", "*ST样例", "", "a\x00b"}[i%5]
		q.Status, q.Phase = etl.QuoteStatus(i%5), schedules.Phase(i%11)
		q.Source = []string{"tencent", "sina", "eastmoney"}[i/10%3]
		q.Fetched = time.UnixMicro(1795318392299396 + int64(i)).UTC()
		if i%4 != 0 {
			q.Time = time.UnixMicro(1795318380000000 - int64(i)*1e6).UTC()
		}
		for _, f := range []*float64{&q.Last, &q.Open, &q.High, &q.Low, &q.Preclose, &q.Amount, &q.LimitUp, &q.LimitDown,
			&q.AfterHoursAmount, &q.Turn, &q.PeTTM, &q.PB, &q.FloatCap, &q.MarketCap, &q.Bids[0].Price, &q.Bids[4].Price, &q.Asks[0].Price, &q.Asks[2].Price} {
			*f = float()
		}
		q.Volume, q.AfterHoursVolume = rng.Int64N(1e12), rng.Int64N(1e6)-5
		q.Bids[1].Quantity, q.Asks[4].Quantity = rng.Int64N(1e9), math.MinInt64
		quotes[i] = q
	}
	return quotes
}

// exact writes a quote so that every bit counts but those of NaN.
func exact(q etl.Quote) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %q %v %v %q %v %v %d %d", q.Symbol, q.Name, q.Status, q.Phase, q.Source, q.Time, q.Fetched, q.Volume, q.AfterHoursVolume)
	for _, f := range []float64{q.Last, q.Open, q.High, q.Low, q.Preclose, q.Amount, q.LimitUp, q.LimitDown,
		q.AfterHoursAmount, q.Turn, q.PeTTM, q.PB, q.FloatCap, q.MarketCap} {
		fmt.Fprintf(&b, " %b/%v", f, math.Signbit(f) && f == f)
	}
	return b.String() + fmt.Sprint(q.Bids, q.Asks)
}

func wantQuotes(t *testing.T, got, want []etl.Quote) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d quotes, want %d", len(got), len(want))
	}
	for i := range want {
		if exact(got[i]) != exact(want[i]) {
			t.Fatalf("quote %d\n got %s\nwant %s", i, exact(got[i]), exact(want[i]))
		}
	}
}

func TestQuoteRowsRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 7, 64, 3000} {
		quotes := someQuotes(n)
		r := etl.QuoteRows(quotes, quoteDay)
		noNulls(t, r, etl.Quotes)
		got, err := etl.QuotesFrom(r)
		if err != nil {
			t.Fatal(err)
		}
		wantQuotes(t, got, quotes)
		wantQuotes(t, quotes, someQuotes(n)) // they are only read
		if n == 3000 {
			part := r.NewSlice(1001, 2002)
			middle, err := etl.QuotesFrom(part)
			if err != nil {
				t.Fatal(err)
			}
			wantQuotes(t, middle, quotes[1001:2002])
			part.Release()
		}
		r.Release()
		etl.QuoteRows(someQuotes(n+1), quoteDay).Release() // memory that is used again does not show
		wantQuotes(t, got, quotes)
	}
}

func TestQuoteRowsCells(t *testing.T) {
	q := etl.NoQuote(sym(t, "sz000001"))
	q.Name, q.Source, q.Status, q.Phase = "平安银行", "tencent", etl.Suspended, schedules.PhaseAfterHours
	q.Fetched = time.Date(2026, 11, 20, 7, 10, 0, 123456789, time.UTC)
	q.Bids[2], q.Asks[4] = etl.Level{Price: 10.12, Quantity: 300}, etl.Level{Price: 10.2, Quantity: 500}
	q.Preclose = 10.1
	r := etl.QuoteRows([]etl.Quote{q}, quoteDay)
	defer r.Release()
	for column, want := range map[string]string{
		"date": "2026-11-20", "symbol": "sz000001", "name": "平安银行", "status": "suspended", "phase": "after_hours",
		"time": "(null)", "last": "(null)", "preclose": "10.1", "limit_up": "(null)", "pb": "(null)", "amount": "0", "volume": "0",
		"bid1": "(null)", "bid3": "10.12", "bid3_volume": "300", "ask5": "10.2", "ask5_volume": "500", "ask1_volume": "0",
		"source": "tencent", "fetched_at": "2026-11-20 07:10:00.123456Z",
	} {
		if got := value(r, etl.Quotes, column, 0); got != want {
			t.Errorf("%s is %s, want %s", column, got, want)
		}
	}
}

// Memory is one piece a column, however many rows there are.
func TestQuoteRowsAllocateByColumn(t *testing.T) {
	few, many := someQuotes(100), someQuotes(5000)
	build := func(quotes []etl.Quote) float64 {
		return testing.AllocsPerRun(10, func() { etl.QuoteRows(quotes, quoteDay).Release() })
	}
	if a, b := build(few), build(many); b > a+50 {
		t.Errorf("%v allocations for 100 quotes, %v for 5000", a, b)
	}
	r := etl.QuoteRows(many, quoteDay)
	defer r.Release()
	if n := testing.AllocsPerRun(10, func() {
		if _, err := etl.QuotesFrom(r); err != nil {
			t.Error(err)
		}
	}); n > 1000 { // one for every change of the source
		t.Errorf("%v allocations to read 5000 quotes", n)
	}
}

func TestQuotesFromRefuses(t *testing.T) {
	good := etl.QuoteRows(someQuotes(4), quoteDay)
	with := func(name string, a arrow.Array) arrow.Record {
		columns := append([]arrow.Array{}, good.Columns()...)
		columns[etl.Quotes.Index(name)] = a
		fields := good.Schema().Fields()
		fields[etl.Quotes.Index(name)].Type = a.DataType()
		return array.NewRecord(arrow.NewSchema(fields, nil), columns, 4)
	}
	texts := func(list ...string) arrow.Array {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		for _, s := range list {
			if s == "null" {
				b.AppendNull()
			} else {
				b.Append(s)
			}
		}
		return b.NewArray()
	}
	renamed := good.Schema().Fields()
	renamed[5].Name = "when"
	for _, tt := range []struct {
		record arrow.Record
		want   string
	}{
		{with("symbol", texts("sh600000", "sz000001", "600000", "sh600001")), "column symbol, row 2"},
		{with("symbol", texts("sh600000", "nonsense", "sh600000", "sh600001")), "column symbol, row 1"},
		{with("status", texts("trading", "trading", "trading", "asleep")), `column status, row 3: "asleep"`},
		{with("phase", texts("lunch", "", "lunch", "lunch")), `column phase, row 1: ""`},
		{with("name", texts("a", "b", "null", "c")), "column name, row 2: is null"},
		{with("last", texts("1", "2", "3", "4")), "column last: is utf8 and must be float64"},
		{array.NewRecord(arrow.NewSchema(renamed, nil), good.Columns(), 4), "column time: the record has when"},
		{array.NewRecord(arrow.NewSchema(renamed[:3], nil), good.Columns()[:3], 4), "3 columns"},
	} {
		quotes, err := etl.QuotesFrom(tt.record)
		var data *etl.DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), tt.want) || quotes != nil {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
}

// BenchmarkQuoteRows builds the record of a whole market, and as the alternative
// the quotes back from it.
func BenchmarkQuoteRows(b *testing.B) {
	quotes := someQuotes(5500)
	b.Run("to-rows", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			etl.QuoteRows(quotes, quoteDay).Release()
		}
	})
	r := etl.QuoteRows(quotes, quoteDay)
	b.Run("from-rows", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := etl.QuotesFrom(r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
