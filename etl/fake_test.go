package etl_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
)

// vendor is a source in memory: it has a bar of every instrument on every
// trading day from listing to the day before delisting, with the exceptions
// below.
type vendor struct {
	universe etl.Universe
	workers  int
	absent   map[cell]bool          // no row
	wrong    map[cell]bool          // a row whose high is below its low
	empty    map[schedules.Day]bool // days it does not have yet
	extra    map[cell]bool          // a row outside listing and delisting
	// fault is asked before the n-th request, from 1, is answered; nil for none.
	fault func(ctx context.Context, n int, q etl.Request) error
	// garbled answers do not decode.
	garbled func(q etl.Request) bool

	mu    sync.Mutex
	asked []etl.Request
}

func (v *vendor) Concurrency() int { return max(v.workers, 1) }
func (v *vendor) Fetch(ctx context.Context, q etl.Request) (etl.Answer, error) {
	v.mu.Lock()
	v.asked = append(v.asked, q)
	n := len(v.asked)
	v.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("send %s: %w", q, err)
	}
	if v.fault != nil {
		if err := v.fault(ctx, n, q); err != nil {
			return nil, err
		}
	}
	return answer{v, q, time.Now()}, nil
}

// requests returns what was asked so far, in order.
func (v *vendor) requests() []etl.Request {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.asked)
}

// count returns how many requests of a shape were asked so far.
func (v *vendor) count(shape etl.Shape) (n int) {
	for _, q := range v.requests() {
		if q.Shape == shape {
			n++
		}
	}
	return n
}

func (v *vendor) has(in etl.Instrument, d schedules.Day) bool {
	c := cell{in.Symbol, d}
	if v.extra[c] {
		return true
	}
	return !v.absent[c] && !v.empty[d] && d >= in.Listed && (in.Delisted == 0 || d < in.Delisted) && in.Symbol.Exchange() != etl.Beijing
}

// answer is made when it is decoded, as a real one is.
type answer struct {
	v       *vendor
	q       etl.Request
	arrived time.Time
}

func (a answer) Bytes() int { return 100 }
func (a answer) Release()   {}

func (a answer) Decode() (etl.Batch, error) {
	if a.v.garbled != nil && a.v.garbled(a.q) {
		return etl.Batch{}, &etl.DataError{Where: a.q.String(), Problem: "17 columns instead of 18"}
	}
	var b etl.BarBuilder
	for _, in := range a.v.universe {
		switch {
		case a.q.Shape == etl.MarketDay && in.Kind != etl.Stock,
			a.q.Shape == etl.ETFDay && in.Kind != etl.ETF,
			a.q.Shape == etl.SecurityRange && in.Symbol != a.q.Symbol:
			continue
		}
		for d := a.q.From; d <= a.q.To; d++ {
			if !slices.Contains(june, d) || !a.v.has(in, d) {
				continue
			}
			i := b.Len()
			b.SetLen(i + 1)
			fill(&b, i, in.Symbol, d)
			if a.v.wrong[cell{in.Symbol, d}] {
				b.High[i] = 1
			}
		}
	}
	batch := b.Batch("baostock", a.arrived)
	batch.Raw = func(row int) string { return raw(batch.Symbols[row], batch.Days[row]) }
	return batch, nil
}

func fill(b *etl.BarBuilder, i int, s etl.Symbol, d schedules.Day) {
	good := goodBars(1)
	b.Days[i], b.Symbols[i] = d, s
	b.Open[i], b.High[i], b.Low[i], b.Close[i], b.Preclose[i] = good.Open[0], good.High[0], good.Low[0], good.Close[0], good.Preclose[0]
	b.Volume[i], b.Amount[i], b.Turn[i], b.Traded[i], b.PctChg[i], b.IsST[i] = good.Volume[0], good.Amount[0], 1, 1, 2, 0
	b.PeTTM[i], b.PbMRQ[i], b.PsTTM[i], b.PcfNcfTTM[i] = 1, 2, 3, 4
}

// raw is the text of a row as the vendor sent it.
func raw(s etl.Symbol, d schedules.Day) string { return fmt.Sprintf("%s,%s", d, s) }

// table is an appender in memory.
type table struct {
	schema  *arrow.Schema
	commits [][]cell               // keys of the rows of every commit, in order
	raws    []string               // of quarantined rows
	at      []time.Time            // when each commit was made
	before  func(commit int) error // asked before the n-th commit, from 1; nil for nothing
}

func (t *table) Append(ctx context.Context, batches []arrow.Record) (etl.Commit, error) {
	if err := ctx.Err(); err != nil {
		return etl.Commit{}, err
	}
	if t.before != nil {
		if err := t.before(len(t.commits) + 1); err != nil {
			return etl.Commit{}, err
		}
	}
	var rows []cell
	for _, r := range batches {
		if !r.Schema().Equal(t.schema) {
			return etl.Commit{}, errors.New("another schema")
		}
		symbols := r.Column(r.Schema().FieldIndices("symbol")[0]).(*array.String)
		days := r.Column(r.Schema().FieldIndices("date")[0]).(*array.Date32)
		for i := range int(r.NumRows()) {
			s, err := etl.ParseSymbol(symbols.Value(i))
			if err != nil {
				return etl.Commit{}, err
			}
			rows = append(rows, cell{s, schedules.Day(days.Value(i))})
		}
		if i := r.Schema().FieldIndices("raw"); len(i) > 0 {
			for row := range int(r.NumRows()) {
				t.raws = append(t.raws, r.Column(i[0]).ValueStr(row))
			}
		}
	}
	if len(rows) == 0 {
		return etl.Commit{}, errors.New("a commit of nothing")
	}
	t.commits, t.at = append(t.commits, rows), append(t.at, time.Now())
	return etl.Commit{Version: int64(len(t.commits)), Files: 1, Rows: int64(len(rows)), Bytes: 100}, nil
}

// rows returns the keys of all committed rows, in order.
func (t *table) rows() []cell { return slices.Concat(t.commits...) }

// sizes returns the number of rows of every commit.
func (t *table) sizes() []int {
	list := []int{}
	for _, c := range t.commits {
		list = append(list, len(c))
	}
	return list
}
