package parquet_test

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/parquet"
)

// quotes makes up n snapshots, 30 seconds apart, of some securities as records
// of 5,200 rows at most, and the order that sorts them by symbol and time.
func quotes(securities, n int) ([]arrow.Record, []parquet.Row) {
	rng := rand.New(rand.NewPCG(20240102, 30))
	now := make([]etl.Quote, securities)
	for i := range now {
		q := etl.NoQuote(etl.MakeSymbol(etl.Shanghai, 600000+i*3))
		q.Name, q.Source, q.Phase = "证券"+q.Symbol.String()[5:], "tencent", schedules.PhaseMorning
		q.Preclose = decimals(10*math.Exp(rng.NormFloat64()*0.8), 2)
		q.Last, q.Open, q.High, q.Low = q.Preclose, q.Preclose, q.Preclose, q.Preclose
		q.LimitUp, q.LimitDown = decimals(q.Preclose*1.1, 2), decimals(q.Preclose*0.9, 2)
		now[i] = q
	}
	at := time.Date(2024, 1, 2, 1, 30, 0, 0, time.UTC)
	var batches []arrow.Record
	for range n {
		at = at.Add(30 * time.Second)
		for i := range now {
			if i%40 != 7 { // the others are suspended
				trade(&now[i], rng, at, 1e8*float64(1+i%17))
			}
			now[i].Fetched = at.Add(time.Duration(i/60) * 40 * time.Millisecond)
		}
		batches = append(batches, etl.QuoteRows(now, schedules.MakeDay(2024, time.January, 2)))
	}
	order := make([]parquet.Row, 0, securities*n)
	for i := range securities {
		for b := range batches {
			order = append(order, parquet.Row{Batch: uint32(b), Row: uint32(i)})
		}
	}
	return batches, order
}

// trade moves a quote 30 seconds on.
func trade(q *etl.Quote, rng *rand.Rand, at time.Time, shares float64) {
	q.Time = at.Add(-time.Duration(rng.IntN(8)) * time.Second)
	q.Last = min(q.LimitUp, max(q.LimitDown, decimals(q.Last+float64(rng.IntN(5)-2)/100, 2)))
	q.High, q.Low = max(q.High, q.Last), min(q.Low, q.Last)
	traded := int64(rng.ExpFloat64() * 300)
	q.Volume += 100 * traded
	q.Amount = decimals(q.Amount+float64(100*traded)*q.Last, 0)
	q.Turn = decimals(float64(q.Volume)/shares*100, 2)
	q.PeTTM, q.PB = decimals(q.Last*1.7, 2), decimals(q.Last/3, 2)
	q.FloatCap, q.MarketCap = decimals(q.Last*shares, 2), decimals(q.Last*shares*1.3, 2)
	for i := range q.Bids {
		q.Bids[i] = etl.Level{Price: decimals(q.Last-float64(i+1)/100, 2), Quantity: 100 * int64(1+rng.ExpFloat64()*400)}
		q.Asks[i] = etl.Level{Price: decimals(q.Last+float64(i+1)/100, 2), Quantity: 100 * int64(1+rng.ExpFloat64()*400)}
	}
	if q.Last == q.LimitUp {
		q.Asks = [5]etl.Level{}
		for i := range q.Asks {
			q.Asks[i].Price = math.NaN()
		}
	}
}

func TestRoundTripQuotes(t *testing.T) {
	batches, order := quotes(300, 20)
	cfg := parquet.DefaultConfig()
	cfg.RowGroupRows = 4096
	path, s := write(t, etl.Quotes, batches, order, cfg)
	if s.Rows != 6000 {
		t.Errorf("%d rows, want 6000", s.Rows)
	}
	sameRows(t, batches, order, readAll(t, memory.DefaultAllocator, path, etl.Quotes, nil))
}

// BenchmarkQuotes writes and reads one row group of quotes: 480 snapshots of 256
// securities, which come by snapshot and lie in the file by symbol.
func BenchmarkQuotes(b *testing.B) {
	batches, order := quotes(256, 480)
	cfg := parquet.DefaultConfig()
	cfg.Parallel = 1
	b.Run("write/parallel=1", func(b *testing.B) { benchmarkTable(b, etl.Quotes, batches, order, cfg) })
	cfg.Parallel = 2
	b.Run("write/parallel=2", func(b *testing.B) { benchmarkTable(b, etl.Quotes, batches, order, cfg) })
	b.Run("read", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "quotes.parquet")
		if _, err := writeFile(context.Background(), path, etl.Quotes, batches, order, cfg); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if err := parquet.Read(context.Background(), path, etl.Quotes, nil, func(arrow.Record) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(order))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}
