package simulator_test

import (
	"runtime"
	"testing"

	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator/market"
)

// BenchmarkMarketDay serves whole-market days of 5,200 securities in ascending
// order over a socket: stepping, rendering, compressing, sending. The client
// only reads. Compare with BenchmarkDay of package market (stepping and
// rendering) and BenchmarkDeflate (compressing).
func BenchmarkMarketDay(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	mc := market.DefaultConfig()
	mc.Stocks = 5600 // about 5,200 are listed at a time
	m, err := market.Generate(mc, schedules.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	s := start(b, config(), m)
	runtime.GC()
	runtime.ReadMemStats(&after)
	c := dial(b, s).login()
	days := schedules.Embedded().Days(schedules.MakeDay(2025, 1, 1), friday)
	requests := make([][]byte, len(days))
	for i, d := range days {
		requests[i] = frame(b, wire.MarketDay, "query_daily_history_k_AStock", "anonymous", d.String())
	}
	block := make([]byte, 1<<20)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		c.write(requests[i%len(days)])
		for i++; ; {
			n, err := c.conn.Read(block)
			if err != nil {
				b.Fatal(err)
			}
			if n >= len(wire.Marker) && string(block[n-len(wire.Marker):n]) == wire.Marker {
				break
			}
		}
	}
	st := s.Stats()
	b.ReportMetric(float64(st.Rows)/float64(st.ByType[wire.MarketDay]), "rows/day")
	b.ReportMetric(float64(st.BytesOut)/float64(st.ByType[wire.MarketDay]), "wire-B/day")
	b.ReportMetric(float64(st.Rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "market-MB")
}

// BenchmarkDeflate compresses the body of one whole-market day.
func BenchmarkDeflate(b *testing.B) {
	mc := market.DefaultConfig()
	mc.Stocks = 5600
	m, err := market.Generate(mc, schedules.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(`{"record":[`)
	for row := range m.Day(friday) {
		body = append(row.AppendJSON(body), ',')
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		wire.Deflate(body)
	}
}
