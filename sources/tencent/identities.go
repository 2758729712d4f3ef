package tencent

import (
	"bytes"
	"fmt"
	"math"

	"barkeep/etl"
	"barkeep/sources/fields"
)

// contradiction finds fields that repeat others, or are computed from them, and
// do not agree. Empty fields agree with everything. Outer and inner volume and
// the imbalance of the book are not compared: they come from another snapshot than
// the rest and agree with it only while the market rests. Source: specification of
// the quote sources, 12.
func (p *printed) contradiction(q *etl.Quote) string {
	switch {
	case !p.isVolume(p.again):
		return fmt.Sprintf("field %d is %s and field %d, which repeats it, is %s", fVolume, p.volumeText, fVolumeAgain, p.again)
	case differ(p.high, q.High), differ(p.low, q.Low):
		return fmt.Sprintf("high %v and low %v are repeated from field %d on as %v and %v", q.High, q.Low, fHighAgain, p.high, p.low)
	}
	// An index is computed with more digits than are printed.
	switch {
	case q.Symbol.Index():
	case math.Abs(q.Last-q.Preclose-p.change) > 0.0005:
		return fmt.Sprintf("last %v - preclose %v is not the change %v", q.Last, q.Preclose, p.change)
	case math.Abs(p.change/q.Preclose*100-p.percent) > 0.0051:
		return fmt.Sprintf("a change of %v from %v is not %v %%", p.change, q.Preclose, p.percent)
	}
	return ""
}

// differ compares a printed price, NaN if its cell is empty, with one that is NaN
// for 0.
func differ(again, price float64) bool {
	return again == again && again != price && (again != 0 || price == price)
}

// isVolume reports whether a cell repeats field 6, or is empty.
func (p *printed) isVolume(text []byte) bool {
	if len(text) == 0 || bytes.Equal(text, p.volumeText) {
		return true
	}
	v, ok := fields.Decimal(text)
	return ok && v == p.volume
}

// The opening call auction, in seconds of the day in Shanghai.
const (
	auctionBegins = (9*60 + 15) * 60
	auctionEnds   = (9*60 + 25) * 60
	shanghai      = 8 * 3600
)

// settle decides what the prices mean. A row that shows no trade is one of a
// call auction if its time is in the opening auction or both sides of its book
// stand at one price. And where nothing traded, the vendor prints the previous
// close as last: that is no price of the day. Source: specification of the quote
// sources, 4.6 and 11.
func settle(q *etl.Quote) {
	if q.Volume > 0 || q.Amount > 0 {
		return
	}
	none := math.IsNaN(q.Open) && math.IsNaN(q.High) && math.IsNaN(q.Low)
	second := (q.Time.Unix() + shanghai) % 86400
	switch {
	case q.Status != etl.Trading:
		q.Last = math.NaN()
	case none && !q.Symbol.Index() && (q.Bids[0].Price == q.Asks[0].Price || second >= auctionBegins && second < auctionEnds):
		q.Status = etl.CallAuction
		if q.Bids[0].Price != q.Asks[0].Price && q.Last == q.Preclose {
			q.Last = math.NaN()
		}
	case none && q.Last == q.Preclose:
		q.Last = math.NaN()
	}
}
