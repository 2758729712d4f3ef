package sina

import (
	"math"

	"barkeep/etl"
)

// settle sets the status of q and drops prices that are none in it. It returns
// false for a status it does not know. Source: specification of the quote
// sources, 2.4 and 2.6.
func settle(q *etl.Quote, status, clock []byte) bool {
	switch string(status) {
	case "00":
		q.Status = etl.Trading
		if q.Volume == 0 && q.Open != q.Open && !q.Symbol.Index() {
			auction(q, clock)
		}
		return true
	case "01", "02", "03", "04", "05", "06", "07", "08", "09":
		q.Status = etl.Suspended
		if q.Volume > 0 {
			return true // it was halted during the session
		}
	case "-2":
		q.Status = etl.NotListed
	case "-3":
		q.Status = etl.Delisted
	default:
		return false
	}
	nan := math.NaN()
	q.Last, q.Open, q.High, q.Low = nan, nan, nan, nan
	return true
}

// auction looks for an opening call auction in a row without a trade: its
// virtual price is both the best bid and the best ask, or its time is 09:15 to
// 09:25. Source: specification of the quote sources, 2.6; of the market, 2.
func auction(q *etl.Quote, clock []byte) {
	virtual := q.Bids[0].Price == q.Asks[0].Price // never of two NaN
	if !virtual && (string(clock) < "09:15:00" || string(clock) >= "09:25:00") {
		return
	}
	q.Status = etl.CallAuction
	if virtual && q.Last != q.Last {
		q.Last = q.Bids[0].Price
	}
}
