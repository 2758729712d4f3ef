package market

import (
	"time"

	"barkeep/etl"
)

// show writes the state at a moment of the script's day.
func (s *script) show(m *moment, out *Instant) {
	s.describe(m, out)
	last := int64(0)
	switch {
	case s.status == etl.NotListed, s.shell == EmptyShell:
		out.Time = time.Unix(s.since, 0).UTC()
		if s.oddly > 0 && m.midnight+int64(m.second) >= s.oddly {
			out.Time = time.Unix(s.oddly, 0).UTC()
		}
	case s.status == etl.Suspended:
		out.Time = m.time(resetAt)
	case s.shell == FullShell:
		old := moment{day: s.day, midnight: s.day.At(0, 0).Unix(), second: dayOver}
		last = s.showOver(&old, out)
	case m.second < auctionAt:
		out.Time = m.time(resetAt)
	case m.second < openAt:
		last = s.showOpeningAuction(m, out)
	case m.second < morningAt:
		last = s.showOpen(m, out)
	case m.second < closingAt, m.second < closeAt && s.minutes == continuousMinutes:
		last = s.showTrading(m, out)
	case m.second < closeAt:
		last = s.showClosingAuction(m, out)
	default:
		last = s.showOver(m, out)
	}
	s.value(last, out)
}

// showOpeningAuction writes virtual prices that find their way from preclose
// to the open. An index has no auction, and a fund that trades late has no
// orders in it.
func (s *script) showOpeningAuction(m *moment, out *Instant) int64 {
	out.Time = m.time(auctionAt)
	if s.kind == Index {
		return 0
	}
	out.Status = etl.CallAuction
	if s.first >= 0 {
		return 0
	}
	second := m.second - auctionAt
	second -= second % quoteSeconds
	out.Time = m.time(auctionAt + second)
	h := mix(s.key, uint64(2000+second))
	left := int64(openAt - auctionAt - second)
	const all = openAt - auctionAt
	price := s.open + (s.preclose-s.open)*left/all + s.preclose*int64(normal[h&(quantiles-1)])/one*left/(all*200)
	price = max(roundTo(max(price, 0), s.tick), s.tick)
	if s.up > 0 {
		price = min(max(price, s.down), s.up)
	}
	s.showAuction(out, price, s.opening*(all-left+60)/(all+60), h>>12)
	return price
}

// showOpen writes the result of the opening auction.
func (s *script) showOpen(m *moment, out *Instant) int64 {
	out.Time = m.time(openAt)
	if s.first >= 0 {
		s.showBook(out, 0, 0)
		return 0
	}
	w := s.begin()
	s.showTrades(out, &w, s.open, s.opening, s.spent(&w))
	s.showBook(out, s.open, 0)
	return s.open
}

// showTrading writes a moment of continuous trading: the last quote that was
// made by then, or that of 11:30 during lunch.
func (s *script) showTrading(m *moment, out *Instant) int64 {
	offset := int(s.life >> 50 % quoteSeconds)
	seconds := traded(m.second)
	if seconds < offset {
		return s.showOpen(m, out)
	}
	const lastOfMorning = morningSeconds/quoteSeconds - 1
	quote := (seconds - offset) / quoteSeconds
	if m.second < afternoonAt {
		quote = min(quote, lastOfMorning)
	}
	out.Time = m.time(tradedAt(quote*quoteSeconds + offset))
	if m.second >= lunchAt && quote == lastOfMorning {
		out.Time = m.time(lunchAt)
	}
	minute := quote / quotesPerMinute
	if minute < s.first {
		s.showBook(out, 0, 1+quote)
		return 0
	}
	last := s.showMinute(out, minute, quote%quotesPerMinute)
	s.showBook(out, last, 1+quote)
	return last
}

// showMinute writes the trades up to the n-th quote of a minute of continuous
// trading and returns its price.
func (s *script) showMinute(out *Instant, minute, n int) int64 {
	w := s.seek(minute)
	amount := s.spent(&w)
	for w.minute < minute {
		if w.minute == minute-1 {
			amount = s.spent(&w)
		}
		w.step()
	}
	part := int64(n + 1)
	last, volume, after := w.price, w.volume, s.spent(&w)
	if part < quotesPerMinute {
		h := mix(s.key, uint64(minute)<<16|uint64(n)<<8|7)
		last = w.before + (w.price-w.before)*part/quotesPerMinute + s.tick*(int64(h%3)-1)
		last = min(max(roundTo(last, s.tick), min(w.before, w.price)), max(w.before, w.price))
		d := w.volume - w.earlier
		volume = w.earlier + d*part/quotesPerMinute
		if d > 0 {
			after = amount + fraction(after-amount, volume-w.earlier, d)
		}
		after = after / s.tick * s.tick // no trade has a fraction of it
	}
	s.showTrades(out, &w, last, volume, after)
	return last
}

// showClosingAuction writes virtual prices on the way to the close; they are
// no trades. An index stands still.
func (s *script) showClosingAuction(m *moment, out *Instant) int64 {
	last := s.showMinute(out, s.minutes-1, quotesPerMinute-1)
	out.Time = m.time(closingAt)
	if s.kind == Index {
		return last
	}
	second := m.second - closingAt
	second -= second % quoteSeconds
	out.Time = m.time(closingAt + second)
	const all = closeAt - closingAt
	price := s.end + roundTo(max(s.close-s.end, s.end-s.close)*int64(second)/all, s.tick)*int64(sign(s.close-s.end))
	out.Last = inYuan(price)
	if s.up > 0 && (price >= s.up || price <= s.down) {
		s.showBook(out, price, 9000+second)
		return price
	}
	s.showAuction(out, price, s.closing*int64(second+20)/(all+20), mix(s.key, uint64(9000+second)))
	return price
}

func sign(v int64) int {
	if v < 0 {
		return -1
	}
	return 1
}

// showOver writes the bar, and the trading after hours.
func (s *script) showOver(m *moment, out *Instant) int64 {
	w := walk{s, place{high: s.high, low: s.low}}
	s.showTrades(out, &w, s.close, s.volume, s.amount)
	s.showBook(out, s.close, 8000)
	out.Time = m.time(closeAt)
	if s.fixedVolume == 0 || m.second < afterHoursAt {
		return s.close
	}
	minute := (min(m.second, afterHoursEnd) - afterHoursAt) / 60
	const minutes = (afterHoursEnd - afterHoursAt) / 60
	volume := s.fixedVolume
	if minute < minutes {
		volume = s.fixedVolume * int64(minute) / minutes
	}
	if minute > 0 {
		out.Time = m.time(afterHoursAt + minute*60)
	}
	out.AfterHoursVolume, out.AfterHoursExact = volume, volume*s.close
	out.AfterHoursAmount = inYuan(out.AfterHoursExact)
	return s.close
}
