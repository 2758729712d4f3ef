package market

import (
	"barkeep/etl"
	"barkeep/schedules"
)

// Instant is what the exchange knows of one security at one moment: the truth
// that every provider renders in its own way. Prices are on the security's
// tick grid.
//
// The Quote's Time is when the security's quote last changed, UTC; Fetched and
// Source are empty. Its states:
//
//   - Trading: live, or final after the close. Last, Open, High and Low are
//     NaN and the book is empty from the reset at 09:00 to 09:15, and the four
//     prices until a late first trade.
//   - CallAuction: 09:15 to 09:25. Last is virtual, or NaN where no orders
//     match; Open, High and Low are NaN.
//   - Suspended: only Preclose and the limits.
//   - Delisted: see Shell. NotListed: only the name.
type Instant struct {
	etl.Quote

	// Auction says that Last is virtual and that the book is an auction's:
	// level 1 of both sides is the virtual price with the matched quantity,
	// level 2 of one side the unmatched quantity without a price. In the
	// closing auction, too, although Status is Trading there.
	Auction bool
	// Shell tells how a delisted security is still shown.
	Shell Shell

	Day    schedules.Day // the trading day that the quote shows; of a shell the last one it had
	Listed schedules.Day

	Kind     Kind
	Board    string // main, chinext, star, beijing, fund or index
	Industry string // as in Security

	AmountExact     int64 // 1e-4 CNY; Amount is the same
	AfterHoursExact int64 // 1e-4 CNY; AfterHoursAmount is the same
	Outer, Inner    int64 // shares that buyers and sellers took, shares; their sum is Volume

	FloatShares int64 // 0: unknown, as of indices
	TotalShares int64 // 0: unknown

	PeStatic, PeDynamic float64 // NaN where PeTTM is
	YearHigh, YearLow   float64 // today's High and Low, as providers show them (quote sources, 4.3); NaN without a trade
	VolumeRatio         float64 // volume per minute against the usual; NaN without a trade
}

// Shell tells how the providers show a security that has left the market.
// Source: specification of the quote sources, 2.4 and 2.6.
type Shell uint8

// The shells.
const (
	NoShell Shell = iota // the security is listed, or will be
	// EmptyShell has Preclose and nothing else.
	EmptyShell
	// FullShell is the complete last row with its old time. Sina shows it as
	// if the security were trading (status 00), Tencent not at all.
	FullShell
)
