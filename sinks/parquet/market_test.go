package parquet_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/parquet"
)

// bar is one row of the made-up market.
type bar struct {
	day                            schedules.Day
	symbol                         etl.Symbol
	open, high, low, close, before float64
	volume                         int64
	amount, turn, change           float64
	ratios                         [4]float64
	traded, st                     bool
}

// market makes up believable bars of n securities on the given number of days
// from 2024-01-02 on, weekends left out: a random walk in ticks of 0.01, round
// lots, 4 to 6 decimals as the vendor sends them, some suspended days. The
// bars come sorted by day, then symbol, as answers for whole days do.
func market(securities, days int) []bar {
	rng := rand.New(rand.NewPCG(20240102, 7))
	var bars []bar
	for s := range securities {
		symbol := etl.MakeSymbol(etl.Shanghai, 600000+s*3)
		before := math.Round(200*math.Exp(rng.NormFloat64()*0.8)*10) / 200
		shares := 1e8 * math.Exp(rng.NormFloat64())
		scale := [4]float64{rng.Float64() * 10, rng.Float64(), rng.Float64() * 3, rng.Float64()*40 - 20}
		day := schedules.MakeDay(2024, time.January, 2)
		for range days {
			for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
				day++
			}
			b := bar{day: day, symbol: symbol, before: before, st: s%29 == 3, traded: rng.IntN(50) != 0}
			b.walk(rng, shares)
			for i, k := range scale {
				b.ratios[i] = decimals(b.close*k, 6)
			}
			bars = append(bars, b)
			before = b.close
			day++
		}
	}
	slices.SortStableFunc(bars, func(a, b bar) int { return cmp.Compare(a.day, b.day) })
	return bars
}

// walk moves the price one day on.
func (b *bar) walk(rng *rand.Rand, shares float64) {
	tick := func(x float64) float64 { return max(0.01, decimals(x, 2)) }
	if !b.traded {
		b.open, b.high, b.low, b.close = b.before, b.before, b.before, b.before
		return
	}
	move := func(sd float64) float64 { return max(-0.1, min(0.1, rng.NormFloat64()*sd)) }
	b.open = tick(b.before * (1 + move(0.006)))
	b.close = tick(b.before * (1 + move(0.02)))
	b.high = tick(max(b.open, b.close) * (1 + math.Abs(move(0.008))))
	b.low = tick(min(b.open, b.close) * (1 - math.Abs(move(0.008))))
	b.volume = int64(shares * 0.01 * math.Exp(rng.NormFloat64()*0.7))
	b.amount = decimals(float64(b.volume)*(b.open+b.close)/2, 2)
	b.turn = decimals(float64(b.volume)/shares*100, 4)
	b.change = decimals((b.close/b.before-1)*100, 4)
}

// decimals rounds as a vendor that sends text does.
func decimals(x float64, n int) float64 {
	v, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'f', n, 64), 64)
	return v
}

// batchesOf returns the bars as batches of etl.DailyBars of the given number
// of rows, as decoded answers come, and the order that sorts them by symbol,
// then day.
func batchesOf(mem memory.Allocator, bars []bar, rows int) ([]arrow.Record, []parquet.Row) {
	b := array.NewRecordBuilder(mem, etl.DailyBars.Schema())
	defer b.Release()
	var batches []arrow.Record
	for i, bar := range bars {
		bar.appendTo(b, arrow.Timestamp(1_744_020_000_000_000+int64(len(batches))*300_000))
		if (i+1)%rows == 0 || i+1 == len(bars) {
			batches = append(batches, b.NewRecord())
		}
	}
	index := make([]int, len(bars))
	for i := range index {
		index[i] = i
	}
	slices.SortStableFunc(index, func(a, b int) int { return cmp.Compare(bars[a].symbol, bars[b].symbol) })
	order := make([]parquet.Row, len(bars))
	for i, at := range index {
		order[i] = parquet.Row{Batch: uint32(at / rows), Row: uint32(at % rows)}
	}
	return batches, order
}

func (b *bar) appendTo(to *array.RecordBuilder, at arrow.Timestamp) {
	floats := func(first int, values ...float64) {
		for i, v := range values {
			to.Field(first + i).(*array.Float64Builder).Append(v)
		}
	}
	to.Field(0).(*array.Date32Builder).Append(arrow.Date32(b.day))
	to.Field(1).(*array.StringBuilder).Append(b.symbol.String())
	floats(2, b.open, b.high, b.low, b.close, b.before)
	to.Field(7).(*array.Int64Builder).Append(b.volume)
	floats(8, b.amount)
	if b.traded {
		floats(9, b.turn)
	} else {
		to.Field(9).AppendNull()
	}
	to.Field(10).(*array.BooleanBuilder).Append(b.traded)
	floats(11, b.change)
	floats(12, b.ratios[:]...)
	to.Field(16).(*array.BooleanBuilder).Append(b.st)
	to.Field(17).(*array.StringBuilder).Append("baostock")
	to.Field(18).(*array.TimestampBuilder).Append(at)
}

func release(batches []arrow.Record) {
	for _, b := range batches {
		b.Release()
	}
}
