package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// comparison tells how the vendor's bars of a day differ from the provisional
// ones, which were the day's last quotes.
type comparison struct {
	Date        schedules.Day `json:"date"`
	Compared    int           `json:"compared"`    // securities that have both
	Differences int           `json:"differences"` // of them, those that differ beyond rounding
	Examples    []string      `json:"examples"`
}

// observation is the comparison as the table checks keeps it.
func (c comparison) verdict() etl.Verdict {
	o := etl.Verdict{Rule: "provisional", Severity: etl.Warn, Checked: int64(c.Compared), Found: int64(c.Differences)}
	if c.Differences > 0 {
		o.First, o.Last, o.Sample = c.Date, c.Date, c.Date.String()+" "+c.Examples[0]
	}
	return o
}

// maxExamples is how many differences a report spells out.
const maxExamples = 5

// provisional are the last quotes of a day, by symbol.
type provisional struct {
	day    schedules.Day
	quotes map[etl.Symbol]etl.Quote
}

// provisionals reads the quotes that stand for bars which are not committed yet:
// of every day in question the last snapshot after the close.
func provisionals(ctx context.Context, l *lake.Lake, missing *etl.Cells) ([]provisional, error) {
	if missing.Len() == 0 {
		return nil, nil
	}
	table := l.Table(etl.Quotes)
	snapshot, err := table.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var list []provisional
	for files := snapshot.Files; len(files) > 0; {
		day := files[0].Day
		end := slices.IndexFunc(files, func(f lake.File) bool { return f.Day != day })
		if end < 0 {
			end = len(files)
		}
		part := *snapshot
		part.Files, files = files[:end], files[end:]
		if !slices.Contains(missing.Days(), day) {
			continue
		}
		p := provisional{day, map[etl.Symbol]etl.Quote{}}
		err := eachQuotes(ctx, table, part.Newest(1), func(quotes []etl.Quote) {
			for _, q := range quotes {
				final := over(q.Phase) && schedules.DayOf(q.Time) == day && (q.Status == etl.Trading || q.Status == etl.Suspended)
				if final && missing.Has(q.Symbol, day) {
					p.quotes[q.Symbol] = q
				}
			}
		})
		if err != nil {
			return nil, err
		}
		if len(p.quotes) > 0 {
			list = append(list, p)
		}
	}
	return list, nil
}

// compare reads the bars that have been committed for a day since.
func (p provisional) compare(ctx context.Context, l *lake.Lake) (c comparison, err error) {
	c = comparison{Date: p.day, Examples: []string{}}
	table := l.Table(etl.DailyBars)
	snapshot, err := table.Snapshot(ctx)
	if err != nil {
		return c, err
	}
	columns := []string{"symbol", "date", "open", "high", "low", "close", "preclose", "volume", "amount"}
	err = table.ScanDays(ctx, snapshot, columns, parquet.Days{Column: "date", First: p.day, Last: p.day}, func(r arrow.Record) error {
		for i, d := range r.Column(1).(*array.Date32).Date32Values() {
			if schedules.Day(d) != p.day {
				continue
			}
			symbol, err := etl.ParseSymbol(r.Column(0).(*array.String).Value(i))
			if err != nil {
				return &etl.DataError{Where: "table daily_bars", Problem: err.Error()}
			}
			if q, ok := p.quotes[symbol]; ok {
				c.add(&q, r, i)
			}
		}
		return nil
	})
	return c, err
}

// add compares one bar, whose prices begin at column 2, with a quote.
func (c *comparison) add(q *etl.Quote, r arrow.Record, row int) {
	c.Compared++
	bar := func(column int) float64 { return r.Column(column).(*array.Float64).Value(row) }
	volume := float64(r.Column(7).(*array.Int64).Value(row))
	prices := []struct {
		name      string
		bar, live float64
	}{
		{"open", bar(2), q.Open}, {"high", bar(3), q.High}, {"low", bar(4), q.Low}, {"close", bar(5), q.Last}, {"preclose", bar(6), q.Preclose},
	}
	found := ""
	for _, p := range prices {
		// A suspended security has a bar of its preclose and a quote without
		// prices.
		if !math.IsNaN(p.live) && math.Abs(p.bar-p.live) > 1e-6 && found == "" {
			found = fmt.Sprintf("%s %g, provisional %g", p.name, p.bar, p.live)
		}
	}
	// Providers round to lots and to whole yuan, and none says whether the bars
	// count after-hours trading.
	if found == "" && beyond(volume, float64(q.Volume), float64(q.AfterHoursVolume), 50) {
		found = fmt.Sprintf("volume %.0f, provisional %d", volume, q.Volume)
	}
	if found == "" && beyond(bar(8), q.Amount, q.AfterHoursAmount, 1) {
		found = fmt.Sprintf("amount %.2f, provisional %.2f", bar(8), q.Amount)
	}
	if found == "" {
		return
	}
	c.Differences++
	if len(c.Examples) < maxExamples {
		c.Examples = append(c.Examples, q.Symbol.String()+": "+found)
	}
}

// beyond reports whether a bar's sum is neither the quote's nor that with
// after-hours trading, within a tolerance.
func beyond(bar, quote, after, tolerance float64) bool {
	return math.Abs(bar-quote) > tolerance && math.Abs(bar-quote-after) > 2*tolerance
}
