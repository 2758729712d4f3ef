package etl_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
)

// bar is what the scanner reads of a row.
type bar struct {
	symbol          string
	day             schedules.Day
	close, preclose float64
}

var scanSchema = arrow.NewSchema([]arrow.Field{
	{Name: "traded", Type: arrow.FixedWidthTypes.Boolean}, {Name: "preclose", Type: arrow.PrimitiveTypes.Float64},
	{Name: "date", Type: arrow.FixedWidthTypes.Date32}, {Name: "symbol", Type: arrow.BinaryTypes.String},
	{Name: "close", Type: arrow.PrimitiveTypes.Float64},
}, nil)

// batchOf makes a batch; a row whose close is its preclose is suspended.
func batchOf(bars ...bar) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, scanSchema)
	defer b.Release()
	for _, r := range bars {
		b.Field(0).(*array.BooleanBuilder).Append(r.close != r.preclose)
		b.Field(1).(*array.Float64Builder).Append(r.preclose)
		b.Field(2).(*array.Date32Builder).Append(arrow.Date32(r.day))
		b.Field(3).(*array.StringBuilder).Append(r.symbol)
		b.Field(4).(*array.Float64Builder).Append(r.close)
	}
	return b.NewRecord()
}

func TestExDates(t *testing.T) {
	d := june
	s := etl.NewExDateScanner(d)
	for _, r := range []arrow.Record{
		batchOf(bar{"sh600000", d[0], 7.42, 10}), // the offer price
		batchOf(bar{"sh600000", d[1], 7.12, 7.1}, bar{"sh600000", d[2], 7.2, 7.12}, bar{"sh600001", d[0], 5, 5}, bar{"sh600001", d[2], 5, 4}),
		batchOf(bar{"sz000001", d[1], 3, 3}, bar{"sz000001", d[2], 2.9, 2.9}, bar{"sz000001", d[3], 2.9, 2.9 + 1e-12}),
		batchOf(bar{"sh600000", d[3], 7.2, 7.21}, bar{"sz000001", d[4], 1, math.NaN()}),
	} {
		if err := s.Scan(r); err != nil {
			t.Fatal(err)
		}
		r.Release()
	}
	want := []etl.ExDate{
		{Symbol: sym(t, "sh600000"), Day: d[1], After: d[0], Close: 74200, Preclose: 71000},
		{Symbol: sym(t, "sh600000"), Day: d[3], After: d[2], Close: 72000, Preclose: 72100},
		{Symbol: sym(t, "sh600001"), Day: d[2], After: d[0], Close: 50000, Preclose: 40000, Gap: true},
		{Symbol: sym(t, "sz000001"), Day: d[2], After: d[1], Close: 30000, Preclose: 29000, Suspended: true},
		{Symbol: sym(t, "sz000001"), Day: d[4], After: d[3], Close: 29000, Gap: true},
	}
	if got := s.Found(); !slices.Equal(got, want) || s.Rows() != 10 {
		t.Errorf("got\n%v\nwant\n%v\n%d rows", got, want, s.Rows())
	}
	u := universe([]etl.Instrument{
		{Symbol: sym(t, "sh600000"), Listed: d[1]}, // contradicted by the bar of d[0]
		{Symbol: sym(t, "sh600001"), Listed: d[2]}, // another security
		{Symbol: sym(t, "sz000001"), Listed: d[0]},
	})
	if got := etl.WithoutListings(want, u); len(got) != 4 || got[2].Symbol != sym(t, "sz000001") {
		t.Errorf("without listings: %v", got)
	}
	for name, tc := range map[string]struct {
		r    arrow.Record
		want string
	}{
		"twice":     {batchOf(bar{"sh600000", d[3], 7, 7}), "comes after"},
		"backwards": {batchOf(bar{"sh600003", d[3], 7, 7}, bar{"sh600003", d[2], 7, 7}), "must ascend"},
		"no symbol": {batchOf(bar{"600", d[3], 7, 7}), "not a symbol"},
		"columns":   {etl.MemberRows(nil), "lacks the columns close, date, preclose"},
	} {
		err := s.Scan(tc.r)
		var data *etl.DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// scanBatches are a market of years: days x symbols, by symbol, in batches.
func scanBatches(symbols, days, size int) (batches []arrow.Record, calendar []schedules.Day) {
	for i := range days {
		calendar = append(calendar, schedules.MakeDay(1991, 1, 1)+schedules.Day(i))
	}
	var part []bar
	for s := range symbols {
		name, last := etl.MakeSymbol(etl.Shanghai, 600000+s).String(), 10.0
		for i, d := range calendar {
			b := bar{name, d, 10 + float64((s*7+i*13)%100)/100, last}
			if i%240 == 239 {
				b.preclose -= 0.3
			}
			last = b.close
			if part = append(part, b); len(part) == size {
				batches, part = append(batches, batchOf(part...)), part[:0]
			}
		}
	}
	if len(part) > 0 {
		batches = append(batches, batchOf(part...))
	}
	return batches, calendar
}

func TestExDatesAllocateNothingPerRow(t *testing.T) {
	batches, days := scanBatches(10, 2400, 6000)
	s := etl.NewExDateScanner(days)
	n := testing.AllocsPerRun(1, func() {
		s = etl.NewExDateScanner(days)
		for _, b := range batches {
			if err := s.Scan(b); err != nil {
				t.Fatal(err)
			}
		}
	})
	if n > 250 { // batches, securities, findings; not 24,000
		t.Errorf("%v allocations for %d rows", n, s.Rows())
	}
	if got := len(s.Found()); got != 100 {
		t.Errorf("%d ex-dates, want 100", got)
	}
}

// BenchmarkExDates scans 1.2 million rows beside a plain loop that formats nothing
// and keeps nothing: the floor that reading the columns sets.
func BenchmarkExDates(b *testing.B) {
	batches, days := scanBatches(500, 2400, 64_000)
	b.Run("scanner", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s := etl.NewExDateScanner(days)
			for _, r := range batches {
				if err := s.Scan(r); err != nil {
					b.Fatal(err)
				}
			}
			if len(s.Found()) != 5000 {
				b.Fatal(len(s.Found()))
			}
		}
		b.ReportMetric(500*2400*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
	})
	b.Run("columns", func(b *testing.B) {
		for b.Loop() {
			for _, r := range batches {
				c, p := r.Column(4).(*array.Float64).Float64Values(), r.Column(1).(*array.Float64).Float64Values()
				n := 0
				for i := 1; i < len(c); i++ {
					if p[i] != c[i-1] {
						n++
					}
				}
				if n < 0 {
					b.Fatal(n)
				}
			}
		}
	})
}
