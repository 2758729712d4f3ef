package market

import (
	"slices"

	"barkeep/schedules"
)

// floatShares returns the floating shares of a security on a trading day of
// its life.
func (g *Generated) floatShares(security int, day schedules.Day) int64 {
	at, _ := slices.BinarySearch(g.days, day)
	p := &g.profiles[security]
	s := g.stateBefore(security, int32(at))
	var x session
	g.step(p, &s, int32(at), &x)
	return s.float
}
