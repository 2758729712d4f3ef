package market

import (
	"math"

	"barkeep/etl"
)

// nothing is an Instant of which nothing is known.
var nothing = func() Instant {
	nan := math.NaN()
	return Instant{Quote: etl.NoQuote(0), PeStatic: nan, PeDynamic: nan, YearHigh: nan, YearLow: nan, VolumeRatio: nan}
}()

// describe writes what does not change during the day.
func (s *script) describe(m *moment, out *Instant) {
	*out = nothing
	out.Symbol, out.Name, out.Status, out.Phase, out.Shell = s.symbol, s.name, s.status, m.phase, s.shell
	out.Day, out.Listed, out.Kind, out.Board, out.Industry = s.day, s.listed, s.kind, s.board, s.industry
	out.FloatShares, out.TotalShares = s.floating, s.total
	if s.preclose > 0 {
		out.Preclose = inYuan(s.preclose)
	}
	if s.up > 0 {
		out.LimitUp, out.LimitDown = inYuan(s.up), inYuan(s.down)
	}
}

// inYuan turns 1e-4 yuan into yuan.
func inYuan(v int64) float64 { return float64(v) / yuan }

// showTrades writes what was traded.
func (s *script) showTrades(out *Instant, w *walk, last, volume, amount int64) {
	out.Last, out.Open, out.High, out.Low = inYuan(last), inYuan(s.open), inYuan(w.high), inYuan(w.low)
	out.YearHigh, out.YearLow = out.High, out.Low
	out.Volume, out.AmountExact, out.Amount = volume, amount, inYuan(amount)
	out.Outer = fraction(volume, int64(s.key>>40%200)+400, 1000)
	out.Inner = volume - out.Outer
	out.VolumeRatio = 0.4 + float64(s.key>>50%256)/100
}

// value writes what depends on the price: the ratios and the values of the
// shares. Where there is no price preclose stands for it.
func (s *script) value(last int64, out *Instant) {
	price := last
	if price == 0 {
		price = s.preclose
	}
	if s.shell == EmptyShell || price == 0 || s.status == etl.NotListed {
		return
	}
	if s.close > 0 {
		out.PeTTM = s.pe * (float64(price) / float64(s.close))
		out.PB = s.pb * (float64(price) / float64(s.close))
		out.PeStatic, out.PeDynamic = out.PeTTM*s.peStatic, out.PeTTM*s.peDynamic
	}
	if s.floating > 0 {
		out.Turn = float64(out.Volume) / float64(s.floating) * 100
		out.FloatCap = inYuan(price) * float64(s.floating)
		out.MarketCap = inYuan(price) * float64(s.total)
	}
}
