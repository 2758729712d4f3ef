package etl

import "barkeep/schedules"

// The rules that look at one row alone, by its own cells.

var (
	highBelowLow  = &sentence{"high is below low", "high $a, low $b"}
	openOutside   = &sentence{"open lies outside low..high", "open $a, low $b, high $c"}
	closeOutside  = &sentence{"close lies outside low..high", "close $a, low $b, high $c"}
	notPositive   = &sentence{"a price is not positive", "low $a, close $b, preclose $c"}
	badVolume     = &sentence{"volume is negative", "volume $a"}
	badAmount     = &sentence{"amount is negative", "amount $a"}
	tradedInHalt  = &sentence{"shares traded on a suspended day", "volume $a"}
	unequalInHalt = &sentence{"prices differ on a suspended day", "low $a, high $b, preclose $c"}
	noTradingDay  = &sentence{" is no trading day", ""}
	notInList     = &sentence{" is not in the vendor's list of securities", ""}
	beforeListing = &sentence{"the bar is of a day before the listing", "listed $day"}
	afterDelisted = &sentence{"the bar is of a day after the delisting", "delisted $day"}
	decoderFlaw   = &sentence{}
)

// emptyCells takes over what the decoder has found.
func (s *scan) emptyCells() int {
	for _, f := range s.batch.Flaws {
		n := len(s.found)
		if s.note(f.Row, decoderFlaw, 0, 0, 0, 0); len(s.found) > n {
			s.found[n].text = f.Reason
		}
	}
	return len(s.days)
}

// unlisted finds rows of securities that are not in the universe: such a bar is
// somebody else's, or the list is older than the bar; the next run tells.
func (s *scan) unlisted() int {
	if s.securities == nil {
		return 0
	}
	for i, at := range s.at {
		if at < 0 {
			s.note(i, notInList, 0, 0, 0, 0)
		}
	}
	return len(s.at)
}

func (s *scan) closedDays() (checked int) {
	last, status := schedules.Day(-1<<31), schedules.Unknown
	for i, day := range s.days {
		if day != last {
			last, status = day, s.calendar.Status(day)
		}
		if status == schedules.Closed {
			s.note(i, noTradingDay, 0, 0, 0, 0)
		}
		if status != schedules.Unknown {
			checked++
		}
	}
	return checked
}

func (s *scan) ohlcOrder() int {
	opening, low, closing := s.opening[:len(s.high)], s.low[:len(s.high)], s.closing[:len(s.high)]
	for i, high := range s.high {
		l, o, c := low[i], opening[i], closing[i]
		if l <= o && o <= high && l <= c && c <= high {
			continue
		}
		switch {
		case high < l:
			s.note(i, highBelowLow, high, l, 0, 0)
		case o < l || o > high:
			s.note(i, openOutside, o, l, high, 0)
		default:
			s.note(i, closeOutside, c, l, high, 0)
		}
	}
	return len(s.high)
}

func (s *scan) positivePrices() int {
	preclose := s.preclose[:len(s.low)]
	for i, low := range s.low {
		if low <= 0 || preclose[i] <= 0 {
			s.note(i, notPositive, low, s.closing[i], preclose[i], 0)
		}
	}
	return len(s.low)
}

func (s *scan) volumeSign() int {
	amount := s.amount[:len(s.volume)]
	for i, volume := range s.volume {
		if volume < 0 {
			s.note(i, badVolume, float64(volume), 0, 0, 0)
		} else if amount[i] < 0 {
			s.note(i, badAmount, amount[i], 0, 0, 0)
		}
	}
	return len(s.volume)
}

func (s *scan) suspendedVolume() (checked int) {
	for i, f := range s.flags {
		if f&flagTraded != 0 {
			continue
		}
		if checked++; s.volume[i] != 0 {
			s.note(i, tradedInHalt, float64(s.volume[i]), 0, 0, 0)
		}
	}
	return checked
}

// suspendedPrices holds the one form of suspended days. Source: specification of
// Baostock, 8.3, which knows of one exception in 16,046 rows.
func (s *scan) suspendedPrices() (checked int) {
	for i, f := range s.flags {
		if f&flagTraded != 0 {
			continue
		}
		p := s.preclose[i]
		if checked++; s.opening[i] != p || s.high[i] != p || s.low[i] != p || s.closing[i] != p {
			s.note(i, unequalInHalt, s.low[i], s.high[i], p, 0)
		}
	}
	return checked
}

// listing compares with the vendor's own list. The day of delisting itself is
// left alone: what the vendor shows of it is not settled.
func (s *scan) listing() (checked int) {
	for _, r := range s.runs {
		at := s.at[r.begin]
		if at < 0 || s.securities[at].listed == 0 && s.securities[at].delisted == 0 {
			continue
		}
		checked += r.end - r.begin
		listed, delisted := s.securities[at].listed, s.securities[at].delisted
		for i := r.begin; i < r.end; i++ {
			switch day := s.days[i]; {
			case listed != 0 && day < listed:
				s.note(i, beforeListing, 0, 0, 0, listed)
			case delisted != 0 && day > delisted:
				s.note(i, afterDelisted, 0, 0, 0, delisted)
			}
		}
	}
	return checked
}
