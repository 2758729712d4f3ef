package etl

import (
	"fmt"
	"math"
)

// Half a lot and a yuan: what the provider that rounds most leaves open of
// volume and amount. Source: specification of the quote sources, 4.5 and 12.
const (
	volumeTolerance = 50
	amountTolerance = 1
)

// Problem returns "" for a quote that can be true, or a sentence that names the
// identity it breaks. What must hold depends on the status:
//
//   - always: prices are positive and finite or none; volume, amount and the
//     quantities of the book are not negative;
//   - Trading: bids strictly fall, asks strictly rise, the best bid is below the
//     best ask, and a level has a price exactly when it has a quantity; once
//     something traded, low <= last and open <= high, inside the price limits,
//     and of shares and funds in CNY low <= amount / volume <= high, with half a
//     lot and one yuan of tolerance;
//   - Suspended after some trade, during the session: as Trading;
//   - Suspended without one: no last, open, high and low;
//   - Delisted and NotListed: the same, no volume and no book;
//   - CallAuction: nothing more, because its prices are virtual.
//
// In the closing auction a security is Trading, with a book of virtual prices:
// the best bid equals the best ask, and a second level has a quantity without a
// price. Such a book passes, and the last price, which may be virtual, may leave
// low and high. Not required, because true quotes break it: volumes of whole
// lots, changes within the limit's percentage, a last price, positive ratios.
//
// Source: specification of the quote sources, 12; of the market, 6.
func (q *Quote) Problem() string {
	if problem := q.badNumber(); problem != "" || q.Status == CallAuction {
		return problem
	}
	traded := q.Volume > 0 || q.Amount > 0 // less than half a lot can be printed as 0
	switch q.Status {
	case Delisted, NotListed:
		if traded {
			return fmt.Sprintf("the security is %s and has a volume of %d and an amount of %v", q.Status, q.Volume, q.Amount)
		}
		if q.hasBook() {
			return fmt.Sprintf("the security is %s and has an order book", q.Status)
		}
		return q.pricesWithoutTrade()
	case Suspended:
		if !traded {
			return q.pricesWithoutTrade()
		}
	}
	virtual := q.virtualBook()
	if !virtual {
		if problem := q.badBook(); problem != "" {
			return problem
		}
	}
	if !traded {
		return ""
	}
	return q.badTrade(virtual)
}

// badNumber finds numbers that no quote can have.
func (q *Quote) badNumber() string {
	for i, price := range [...]float64{q.Last, q.Open, q.High, q.Low, q.Preclose, q.LimitUp, q.LimitDown} {
		if impossible(price) {
			name := [...]string{"last", "open", "high", "low", "preclose", "limit up", "limit down"}[i]
			return fmt.Sprintf("%s %v is no price", name, price)
		}
	}
	for i := range q.Bids {
		if b, a := &q.Bids[i], &q.Asks[i]; impossible(b.Price) || impossible(a.Price) || b.Quantity < 0 || a.Quantity < 0 {
			return fmt.Sprintf("level %d of the book, bid %d at %v and ask %d at %v, cannot be", i+1, b.Quantity, b.Price, a.Quantity, a.Price)
		}
	}
	switch {
	case q.Volume < 0 || q.AfterHoursVolume < 0:
		return fmt.Sprintf("volume %d or after-hours volume %d is negative", q.Volume, q.AfterHoursVolume)
	case !(q.Amount >= 0 && q.Amount <= math.MaxFloat64) || !(q.AfterHoursAmount >= 0 && q.AfterHoursAmount <= math.MaxFloat64):
		return fmt.Sprintf("amount %v or after-hours amount %v is no sum of money", q.Amount, q.AfterHoursAmount)
	}
	return ""
}

// impossible reports whether a price is neither positive and finite nor NaN.
func impossible(price float64) bool { return price <= 0 || price > math.MaxFloat64 }

func missing(price float64) bool { return price != price }

// pricesWithoutTrade finds prices that only a trade can make.
func (q *Quote) pricesWithoutTrade() string {
	if missing(q.Last) && missing(q.Open) && missing(q.High) && missing(q.Low) {
		return ""
	}
	return fmt.Sprintf("the security is %s without a trade and has last %v, open %v, high %v, low %v", q.Status, q.Last, q.Open, q.High, q.Low)
}

func (q *Quote) hasBook() bool {
	for i := range q.Bids {
		if !q.Bids[i].empty() || !q.Asks[i].empty() {
			return true
		}
	}
	return false
}

func (l *Level) empty() bool { return missing(l.Price) && l.Quantity == 0 }

// virtualBook reports whether the book is that of a call auction: one price and
// quantity on both sides, and below it at most what finds no match. Source:
// specification of the quote sources, 4.6.
func (q *Quote) virtualBook() bool {
	b, a := &q.Bids, &q.Asks
	if b[0] != a[0] || b[0].Quantity == 0 || !missing(b[1].Price) || !missing(a[1].Price) || b[1].Quantity > 0 && a[1].Quantity > 0 {
		return false
	}
	for i := 2; i < len(b); i++ {
		if !b[i].empty() || !a[i].empty() {
			return false
		}
	}
	return true
}

// badBook finds what no book outside of a call auction has.
func (q *Quote) badBook() string {
	b, a := &q.Bids, &q.Asks
	if b[0].Price >= a[0].Price {
		return fmt.Sprintf("bid1 %v is not below ask1 %v", b[0].Price, a[0].Price)
	}
	for i := range b {
		if missing(b[i].Price) != (b[i].Quantity == 0) {
			return fmt.Sprintf("bid%d has price %v and quantity %d", i+1, b[i].Price, b[i].Quantity)
		}
		if missing(a[i].Price) != (a[i].Quantity == 0) {
			return fmt.Sprintf("ask%d has price %v and quantity %d", i+1, a[i].Price, a[i].Quantity)
		}
		if i == 0 {
			continue
		}
		if !missing(b[i].Price) && !(b[i-1].Price > b[i].Price) {
			return fmt.Sprintf("bids do not fall: bid%d is %v, bid%d is %v", i, b[i-1].Price, i+1, b[i].Price)
		}
		if !missing(a[i].Price) && !(a[i-1].Price < a[i].Price) {
			return fmt.Sprintf("asks do not rise: ask%d is %v, ask%d is %v", i, a[i-1].Price, i+1, a[i].Price)
		}
	}
	return ""
}

// badTrade finds prices that contradict each other or the amount, of a security
// that traded.
func (q *Quote) badTrade(virtual bool) string {
	switch {
	case !(q.Low <= q.High):
		return fmt.Sprintf("low %v is not below high %v", q.Low, q.High)
	case !(q.Low <= q.Open && q.Open <= q.High):
		return fmt.Sprintf("open %v is not between low %v and high %v", q.Open, q.Low, q.High)
	case missing(q.Last), !virtual && !(q.Low <= q.Last && q.Last <= q.High):
		return fmt.Sprintf("last %v is not between low %v and high %v", q.Last, q.Low, q.High)
	case q.Low < q.LimitDown:
		return fmt.Sprintf("low %v is below the limit %v", q.Low, q.LimitDown)
	case q.High > q.LimitUp:
		return fmt.Sprintf("high %v is above the limit %v", q.High, q.LimitUp)
	case q.Symbol.InYuan() && !q.Averages(q.Volume, volumeTolerance):
		return fmt.Sprintf("amount %v of volume %d is no average price between low %v and high %v", q.Amount, q.Volume, q.Low, q.High)
	}
	return ""
}

// Averages reports whether the amount, give or take one yuan, can have been paid
// for this many shares, give or take tolerance, at prices between low and high.
func (q *Quote) Averages(shares int64, tolerance float64) bool {
	v := float64(shares)
	return q.Low*(v-tolerance) <= q.Amount+amountTolerance && q.Amount-amountTolerance <= q.High*(v+tolerance)
}

// InYuan reports whether prices of a symbol are CNY per share: shares and funds,
// but no indices, bonds and B shares. Source: specification of the quote
// sources, 8.
func (s Symbol) InYuan() bool {
	head := s.Code() / 1000
	switch s.Exchange() {
	case Shanghai:
		return head >= 500 && head < 700
	case Shenzhen:
		return head < 100 || head >= 150 && head < 190 || head >= 300 && head < 310
	case Beijing:
		return !s.Index()
	}
	return false
}

// Index reports whether the code is one that the exchanges give to indices:
// sh000, sz399 and bj899. An index has no book, and its volume counts the shares
// of its members. Source: specification of the quote sources, 8.
func (s Symbol) Index() bool {
	head := s.Code() / 1000
	switch s.Exchange() {
	case Shanghai:
		return head == 0
	case Shenzhen:
		return head == 399
	case Beijing:
		return head == 899
	}
	return false
}
