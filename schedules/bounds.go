package schedules

// Bounds returns when a phase of a trading day begins and ends; the end is the
// first minute after it. PhaseClosed begins at 15:36 and ends on the next trading
// day at 09:15, before it began on the clock. ok is false for PhaseUnknown, which
// is no part of a trading day.
func (p Phase) Bounds() (begins, ends Clock, ok bool) {
	switch {
	case p == PhaseClosed:
		return dayIsFinal, auctionBegins, true
	case p == PhaseOpeningAuction:
		return auctionBegins, auctionEnds, true
	case p < PhaseUnknown:
		i := int(p - PhaseOpeningAuction)
		return phaseEnds[i-1], phaseEnds[i], true
	}
	return 0, 0, false
}
