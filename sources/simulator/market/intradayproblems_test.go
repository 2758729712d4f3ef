package market_test

import (
	"math"
	"time"

	"barkeep/etl"
	"barkeep/sources/simulator/market"
)

// problems checks what holds at every instant. Source: specification of the
// quote sources, 12, and of the market, 6.
func problems(q *market.Instant, when time.Time) (out []string) {
	want := func(ok bool, problem string) {
		if !ok {
			out = append(out, problem)
		}
	}
	want(!q.Time.After(when) && !q.Time.IsZero() && q.Time.Location() == time.UTC, "time is zero, later than now or not UTC")
	want(q.Outer+q.Inner == q.Volume, "outer and inner are not the volume")
	want(q.Amount == float64(q.AmountExact)/1e4, "amount and its exact form differ")
	want(q.AfterHoursVolume == 0 || q.AfterHoursExact == q.AfterHoursVolume*fixed(q.Last), "after-hours amount")
	want(q.Name != "" && q.Board != "", "no name or board")
	traded := q.Status == etl.Trading && q.Volume > 0
	if q.Shell == market.FullShell {
		traded = true
	}
	want(traded == (fixed(q.Open) > 0) && traded == (fixed(q.High) > 0) && traded == (fixed(q.Low) > 0), "open, high or low without a trade, or none with one")
	if !traded {
		want(q.Volume == 0 && q.AmountExact == 0, "volume without a trade")
		want(q.Status == etl.CallAuction || math.IsNaN(q.Last), "last without a trade")
	}
	if q.Status == etl.CallAuction && !math.IsNaN(q.Last) || traded && q.Auction {
		auction(q, want)
	}
	if traded {
		trades(q, want)
	}
	book(q, traded, want)
	if q.LimitUp > 0 && !math.IsNaN(q.Last) {
		want(q.LimitDown <= q.Last && q.Last <= q.LimitUp, "last past a limit")
	}
	return out
}

// trades checks the figures of a security that has traded.
func trades(q *market.Instant, want func(bool, string)) {
	last, open, high, low := fixed(q.Last), fixed(q.Open), fixed(q.High), fixed(q.Low)
	want(low <= last && last <= high && low <= open && open <= high, "last or open outside of low and high")
	if q.LimitUp > 0 {
		want(fixed(q.LimitDown) <= low && high <= fixed(q.LimitUp), "low or high past a limit")
	}
	tick := int64(100)
	switch q.Kind {
	case market.Fund:
		tick = 10
	case market.Index:
		tick = 1
	}
	for _, p := range []int64{last, open, high, low, fixed(q.Preclose)} {
		want(p%tick == 0, "a price is not on the grid")
	}
	if q.Kind != market.Index { // a daily amount may be cut to the fen
		want(q.AmountExact >= q.Volume*low-100 && q.AmountExact <= q.Volume*high, "average price outside of low and high")
		want(q.FloatShares > 0 && q.TotalShares >= q.FloatShares, "shares")
		want(q.Turn == float64(q.Volume)/float64(q.FloatShares)*100, "turn")
	}
}

func auction(q *market.Instant, want func(bool, string)) {
	want(q.Auction && q.Bids[0].Price == q.Last && q.Asks[0].Price == q.Last && q.Bids[0].Quantity == q.Asks[0].Quantity && q.Bids[0].Quantity > 0,
		"level 1 of an auction is not the virtual price on both sides")
	want(math.IsNaN(q.Bids[1].Price) && math.IsNaN(q.Asks[1].Price) && (q.Bids[1].Quantity > 0) != (q.Asks[1].Quantity > 0),
		"level 2 of an auction is not the unmatched quantity of one side")
	for i := 2; i < 5; i++ {
		want(q.Bids[i].Quantity == 0 && q.Asks[i].Quantity == 0, "an auction has more than two levels")
	}
}

// book checks the order book outside of auctions.
func book(q *market.Instant, traded bool, want func(bool, string)) {
	if q.Auction {
		return
	}
	for i := range 5 {
		for _, l := range []etl.Level{q.Bids[i], q.Asks[i]} {
			want(math.IsNaN(l.Price) == (l.Quantity == 0) && !(l.Price <= 0), "a level has a price without a quantity, or no price")
			if q.LimitUp > 0 {
				want(!(l.Price > q.LimitUp) && !(l.Price < q.LimitDown), "a level past a limit")
			}
		}
		if i > 0 {
			want(!(q.Bids[i].Price >= q.Bids[i-1].Price) && !(q.Asks[i].Price <= q.Asks[i-1].Price), "levels do not fall and rise")
			want(q.Bids[i].Quantity == 0 || q.Bids[i-1].Quantity > 0, "a hole in the bids")
			want(q.Asks[i].Quantity == 0 || q.Asks[i-1].Quantity > 0, "a hole in the asks")
		}
	}
	want(!(q.Bids[0].Price >= q.Asks[0].Price), "bid 1 is not below ask 1")
	if traded && q.Kind != market.Index {
		want((q.Asks[0].Quantity == 0) == (q.Last == q.LimitUp), "an empty ask side is not a last at limit-up")
		want((q.Bids[0].Quantity == 0) == (q.Last == q.LimitDown), "an empty bid side is not a last at limit-down")
	}
}
