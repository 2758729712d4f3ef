package eastmoney

import (
	"math"
	"strings"

	"barkeep/etl"
	"barkeep/schedules"
)

// Ages of a security's latest trading day, in days.
const (
	longestBreak = 11  // between two trading days since 2008; source: specification of the market, 1.1
	longDead     = 365 // no suspension is known to last as long
)

// status tells the state of a security from the fields there are: the vendor has
// no field for it, and no book. Source: specification of the quote sources, 6.3
// and 10.
func (r *row) status(q *etl.Quote, n *numbers) etl.QuoteStatus {
	if !math.IsNaN(q.Last) {
		// A price without a first trade is what an auction would come to.
		if c := clock(q.Time); math.IsNaN(q.Open) && q.Volume == 0 && !q.Symbol.Index() && (c < 0 || c >= 9*60+15 && c < 9*60+30) {
			return etl.CallAuction
		}
		return etl.Trading
	}
	listed, traded, today := n.date("f26", r.Listed), n.date("f297", r.Traded), schedules.DayOf(q.Fetched)
	if traded == 0 && !q.Time.IsZero() && schedules.DayOf(q.Time) < today-longDead {
		traded = schedules.DayOf(q.Time)
	}
	switch {
	case listed > today:
		return etl.NotListed
	case traded != 0 && traded < today-longDead, strings.HasPrefix(q.Name, "PT"), strings.Contains(q.Name, "退"):
		return etl.Delisted
	case traded >= today-longestBreak && schedules.DayOf(q.Time) == today && clock(q.Fetched) < 9*60+30:
		return etl.Trading // the row is of the new day, whose first trade is still to come
	}
	return etl.Suspended
}
