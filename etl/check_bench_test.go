package etl_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// believable makes rows that break no rule: stocks from sh600000 on, on
// successive trading days, in the order of whole-market answers.
func believable(stocks int, days []schedules.Day) (etl.Universe, []*etl.BarBuilder) {
	r := rand.New(rand.NewPCG(1, 2))
	u, price := make(etl.Universe, stocks), make([]float64, stocks)
	for i := range u {
		exchange, code := etl.Shanghai, 600000+i
		if i >= stocks/2 {
			exchange, code = etl.Shenzhen, 1+i-stocks/2
		}
		u[i] = etl.Instrument{Symbol: etl.MakeSymbol(exchange, code), Kind: etl.Stock, Listed: schedules.MakeDay(2001, 2, 5)}
		price[i] = float64(500 + r.IntN(5000))
	}
	var list []*etl.BarBuilder
	for _, day := range days {
		b := &etl.BarBuilder{}
		b.SetLen(stocks)
		for i, in := range u {
			b.Days[i], b.Symbols[i] = day, in.Symbol
			closing := math.Round(price[i] * (0.96 + 0.08*r.Float64()))
			b.Preclose[i], b.Open[i], b.Close[i] = price[i]/100, price[i]/100, closing/100
			b.High[i], b.Low[i] = (max(price[i], closing)+1)/100, (min(price[i], closing)-1)/100
			b.Volume[i] = int64(100_000 + r.IntN(10_000_000))
			b.Amount[i] = math.Round(float64(b.Volume[i])*(b.Open[i]+b.Close[i])/2*100) / 100
			b.Turn[i] = float64(b.Volume[i]) / 1e9 * 100
			b.PctChg[i] = math.Round((b.Close[i]/b.Preclose[i]-1)*1e6) / 1e4
			b.Traded[i], b.IsST[i] = 1, 0
			b.PeTTM[i], b.PbMRQ[i], b.PsTTM[i], b.PcfNcfTTM[i] = 1, 2, 3, 4
			price[i] = closing
		}
		list = append(list, b)
	}
	return u, list
}

// batches builds every answer; the builders must not be used again.
func batches(list []*etl.BarBuilder) (made []etl.Batch, rows int) {
	for _, b := range list {
		made = append(made, b.Batch("baostock", fetched))
		rows += len(made[len(made)-1].Days)
	}
	return made, rows
}

// bySecurity turns whole-market answers into one answer of each security.
func bySecurity(days []*etl.BarBuilder) []*etl.BarBuilder {
	list := make([]*etl.BarBuilder, days[0].Len())
	for i := range list {
		list[i] = &etl.BarBuilder{}
		for _, d := range days {
			take(list[i], d, i, i+1)
		}
	}
	return list
}

// BenchmarkCheck looks at batches as they come from a decoder: whole markets of
// 5,500 securities day after day, whose neighbors are the batches before, and
// ranges of 250 days.
//
//	go test -run '^$' -bench 'Check$' ./etl
func BenchmarkCheck(b *testing.B) {
	days := schedules.Embedded().Days(schedules.MakeDay(2024, 1, 2), schedules.MakeDay(2025, 12, 31))
	for _, way := range []struct {
		name         string
		stocks, days int
		turn         bool
	}{{"market-days", 5500, 20, false}, {"ranges", 400, 250, true}} {
		b.Run(way.name, func(b *testing.B) {
			u, list := believable(way.stocks, days[:way.days])
			if way.turn {
				list = bySecurity(list)
			}
			answers, rows := batches(list)
			c := etl.NewChecker(etl.DefaultCheckConfig(), schedules.Embedded(), u, nil)
			b.ReportAllocs()
			for b.Loop() {
				for _, a := range answers {
					if flaws := c.Check(a); len(flaws) != 0 || len(c.Findings()) != 0 {
						b.Fatalf("%v %v", flaws, c.Findings()[:1])
					}
				}
			}
			seconds := b.Elapsed().Seconds()
			b.ReportMetric(float64(rows)*float64(b.N)/seconds, "rows/s")
			b.ReportMetric(seconds*1e9/float64(rows)/float64(b.N), "ns/row")
		})
	}
}
