package etl_test

import (
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
)

// The numbers are not copied: the record's buffers are the builder's slices.
func TestBatchSharesItsColumns(t *testing.T) {
	b := goodBars(30)
	got := batch(b)
	defer got.Record.Release()
	for name, slice := range map[string][]float64{"open": b.Open, "close": b.Close, "amount": b.Amount, "turn": b.Turn, "pb_mrq": b.PbMRQ} {
		if column := got.Record.Column(etl.DailyBars.Index(name)).(*array.Float64).Float64Values(); &column[0] != &slice[0] {
			t.Errorf("%s was copied", name)
		}
	}
	if column := got.Record.Column(etl.DailyBars.Index("volume")).(*array.Int64).Int64Values(); &column[0] != &b.Volume[0] {
		t.Error("volume was copied")
	}
	if &got.Symbols[0] != &b.Symbols[0] || &got.Days[0] != &b.Days[0] {
		t.Error("the keys were copied")
	}
}

func TestBatchOfNoRows(t *testing.T) {
	var b etl.BarBuilder
	got := b.Batch("baostock", fetched)
	defer got.Record.Release()
	if got.Record.NumRows() != 0 || len(got.Flaws) != 0 || len(got.Symbols) != 0 || !got.Record.Schema().Equal(etl.DailyBars.Schema()) {
		t.Errorf("%v, flaws %v", got.Record, got.Flaws)
	}
	if flaws := checker().Check(got); len(flaws) != 0 {
		t.Errorf("Check finds %v", flaws)
	}
	for i, c := range got.Record.Columns() {
		if c.Len() != 0 {
			t.Errorf("%s has %d values", etl.DailyBars.Columns[i].Name, c.Len())
		}
	}
	cut := goodBars(5)
	cut.SetLen(0)
	if got := batch(cut); got.Record.NumRows() != 0 {
		t.Errorf("%d rows after SetLen(0)", got.Record.NumRows())
	}
}

func TestSetLenKeepsRows(t *testing.T) {
	b := goodBars(10)
	b.SetLen(5000) // a new backing
	b.SetLen(4)
	b.SetLen(6) // the old one
	if b.Len() != 6 {
		t.Fatalf("%d rows", b.Len())
	}
	got, want := batch(b), batch(goodBars(6))
	for i := range 6 {
		for _, c := range etl.DailyBars.Columns {
			if text(got, c.Name, i) != text(want, c.Name, i) {
				t.Errorf("row %d: %s is %s, want %s", i, c.Name, text(got, c.Name, i), text(want, c.Name, i))
			}
		}
	}
}

// A row without a symbol is a decoder's fault, but must not break the batch.
func TestBatchWithTheZeroSymbol(t *testing.T) {
	b := goodBars(3)
	b.Symbols[0], b.Symbols[2] = 0, 0
	got := batch(b)
	for i, want := range []string{"??000000", "sh600000", "??000000"} {
		if text(got, "symbol", i) != want {
			t.Errorf("row %d has symbol %s, want %s", i, text(got, "symbol", i), want)
		}
	}
}

// A batch is cut into slices on its way to a file.
func TestBatchSlices(t *testing.T) {
	b := goodBars(40)
	suspend(b, 11)
	b.IsST[12], b.PeTTM[13] = 1, math.NaN()
	whole := batch(b)
	part := whole.Record.NewSlice(9, 20)
	defer part.Release()
	for i := range int(part.NumRows()) {
		for c := range etl.DailyBars.Columns {
			if got, want := part.Column(c).ValueStr(i), whole.Record.Column(c).ValueStr(9+i); got != want {
				t.Errorf("row %d: %s is %s in the slice and %s in the batch", 9+i, etl.DailyBars.Columns[c].Name, got, want)
			}
		}
	}
	if n := part.Column(etl.DailyBars.Index("turn")).NullN(); n != 1 {
		t.Errorf("the slice has %d null turns, want 1", n)
	}
}

func TestConstantColumns(t *testing.T) {
	for _, source := range []string{"", "x", "baostock", strings.Repeat("長", 50)} {
		got := goodBars(3).Batch(source, fetched.In(schedules.Shanghai))
		for i := range 3 {
			if text(got, "source", i) != source {
				t.Errorf("source is %q, want %q", text(got, "source", i), source)
			}
			stamp := got.Record.Column(etl.DailyBars.Index("fetched_at")).(*array.Timestamp).Value(i)
			if stamp != arrow.Timestamp(fetched.UnixMicro()) {
				t.Errorf("fetched_at is %d, want %d: it is an instant", stamp, fetched.UnixMicro())
			}
		}
	}
}

// BenchmarkBatch builds one whole-market answer: 5,500 rows of 19 columns.
func BenchmarkBatch(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		bars := goodBars(5500)
		b.StartTimer()
		got := batch(bars)
		if len(checker().Check(got)) > 0 {
			b.Fatal("good rows are refused")
		}
		got.Record.Release()
	}
	b.ReportMetric(5500*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
