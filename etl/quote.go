package etl

import (
	"math"
	"time"

	"barkeep/schedules"
)

// Quote is what one provider says of one security at one moment, in one unit
// system whatever the provider's own: CNY, shares, per cent. A price that does
// not exist is NaN, never 0: a suspended security has no open, a side of the
// book may be empty. A Quote handed out by a cache is shared; nobody changes it.
type Quote struct {
	Symbol Symbol
	Name   string // the provider's short name, byte for byte, as UTF-8
	Status QuoteStatus
	Phase  schedules.Phase // of the market, when the quote was fetched
	Source string          // the provider: tencent, sina or eastmoney

	Time    time.Time // the quote's own time, UTC
	Fetched time.Time // when the answer arrived, UTC

	Last     float64 // CNY/share, of indices points; virtual in a call auction
	Open     float64
	High     float64
	Low      float64
	Preclose float64 // the exchange's reference price: adjusted on ex-dates

	Volume int64   // shares; without after-hours trading
	Amount float64 // CNY; without after-hours trading

	Bids, Asks [5]Level // best first

	LimitUp, LimitDown float64 // CNY/share; NaN when unknown or none

	AfterHoursVolume int64   // shares traded at the closing price, 15:05 to 15:30
	AfterHoursAmount float64 // CNY

	// NaN where the provider does not say.
	Turn      float64 // volume in per cent of the floating shares
	PeTTM     float64
	PB        float64
	FloatCap  float64 // CNY, value of the floating shares
	MarketCap float64 // CNY, value of all shares
}

// Level is one level of the order book.
type Level struct {
	Price    float64 // CNY/share; NaN when the level is empty
	Quantity int64   // shares
}

// NoQuote returns a quote in which nothing is known but the symbol.
func NoQuote(s Symbol) Quote {
	nan := math.NaN()
	q := Quote{Symbol: s, Last: nan, Open: nan, High: nan, Low: nan, Preclose: nan, LimitUp: nan, LimitDown: nan,
		Turn: nan, PeTTM: nan, PB: nan, FloatCap: nan, MarketCap: nan}
	for i := range q.Bids {
		q.Bids[i].Price, q.Asks[i].Price = nan, nan
	}
	return q
}

// Change returns last - preclose, CNY/share, and the same in per cent of
// preclose; NaN where there is no last price.
func (q *Quote) Change() (yuan, percent float64) {
	yuan = math.Round((q.Last-q.Preclose)*1e4) / 1e4
	return yuan, yuan / q.Preclose * 100
}

// QuoteStatus is the state of a security, as far as its quote tells.
type QuoteStatus uint8

// The states. A price of a security in a call auction is virtual: it is no
// trade and enters no high, low or volume.
const (
	Trading     QuoteStatus = iota // it trades, or did on its day
	CallAuction                    // opening auction; Last is virtual
	Suspended                      // listed, and does not trade today
	Delisted
	NotListed // known, and not listed yet
)

var quoteStatusNames = [...]string{"trading", "call_auction", "suspended", "delisted", "not_listed"}

// String returns trading, call_auction, suspended, delisted or not_listed.
func (s QuoteStatus) String() string {
	if int(s) < len(quoteStatusNames) {
		return quoteStatusNames[s]
	}
	return "unknown"
}

// ParseQuoteStatus reads what String writes.
func ParseQuoteStatus(text string) (QuoteStatus, bool) {
	for i, name := range quoteStatusNames {
		if name == text {
			return QuoteStatus(i), true
		}
	}
	return 0, false
}

// QuoteAnswer is what a provider answered about the symbols it was asked for. A
// symbol is in at most one of the three lists. One that is in none was not
// answered: its request failed, or half a page is missing.
type QuoteAnswer struct {
	Quotes  []Quote
	Unknown []Symbol       // the provider has no such security
	Refused []RefusedQuote // rows that parse badly or cannot be true

	Requests int   // sent, repetitions included
	Bytes    int64 // received
}

// RefusedQuote is a row of a provider that must not be served.
type RefusedQuote struct {
	Symbol Symbol
	Reason string // the rule it breaks, or what does not parse
	Raw    string // the row as it arrived, as UTF-8
}

// Error names the security and the reason.
func (r *RefusedQuote) Error() string { return r.Symbol.String() + ": " + r.Reason }

// Same reports whether two quotes of a security say the same of the market:
// everything but where and when they were had is equal, and so is their trading
// day. NaN equals NaN.
func (q *Quote) Same(o *Quote) bool {
	a, b := *q, *o
	if schedules.DayOf(a.Time) != schedules.DayOf(b.Time) {
		return false
	}
	for _, x := range []*Quote{&a, &b} {
		x.Source, x.Phase, x.Time, x.Fetched = "", 0, time.Time{}, time.Time{}
		for _, f := range []*float64{&x.Last, &x.Open, &x.High, &x.Low, &x.Preclose, &x.LimitUp, &x.LimitDown,
			&x.Turn, &x.PeTTM, &x.PB, &x.FloatCap, &x.MarketCap} {
			plain(f)
		}
		for i := range x.Bids {
			plain(&x.Bids[i].Price)
			plain(&x.Asks[i].Price)
		}
	}
	return a == b
}

// plain replaces NaN, which equals nothing, by a number that no price is.
func plain(f *float64) {
	if *f != *f {
		*f = math.Inf(-1)
	}
}
