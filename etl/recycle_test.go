package etl_test

import (
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
)

// A slice of a record keeps its memory when the record itself is released and
// others are built: only memory that nobody refers to is used again.
func TestSlicesOutliveTheirRecord(t *testing.T) {
	const rows = 3000 // columns large enough to be recycled
	first := batch(goodBars(rows))
	kept := first.Record.NewSlice(10, 20)
	wantSymbol := kept.Column(1).(*array.String).Value(0)
	wantClose := kept.Column(5).(*array.Float64).Value(0)
	first.Record.Release()
	for range 8 {
		other := goodBars(rows)
		for i := range other.Close {
			other.Close[i], other.Symbols[i] = -1, other.Symbols[0]
		}
		batch(other).Record.Release()
	}
	if got := kept.Column(1).(*array.String).Value(0); got != wantSymbol {
		t.Errorf("symbol of the kept row became %s, was %s", got, wantSymbol)
	}
	if got := kept.Column(5).(*array.Float64).Value(0); got != wantClose {
		t.Errorf("close of the kept row became %v, was %v", got, wantClose)
	}
	kept.Release()
}

// After the first records, building and releasing more allocates no columns.
func TestReleasedMemoryIsUsedAgain(t *testing.T) {
	const rows = 3000
	build := func() { batch(goodBars(rows)).Record.Release() }
	build()
	perRun := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			build()
		}
	}).AllocedBytesPerOp()
	// The race detector lets the pool forget a quarter of what it is given.
	if all := int64(rows * (14*8 + 8)); perRun > all*3/4 {
		t.Errorf("%d bytes allocated for a record of about %d", perRun, all)
	}
}
