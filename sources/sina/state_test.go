package sina_test

import (
	"math"
	"testing"
	"time"

	"barkeep/etl"
)

// TestStatus reads every code with a row as it is found with it.
func TestStatus(t *testing.T) {
	for code, want := range map[string]etl.QuoteStatus{
		"01": etl.Suspended, "02": etl.Suspended, "03": etl.Suspended, "04": etl.Suspended, "05": etl.Suspended, "06": etl.Suspended,
		"07": etl.Suspended, "08": etl.Suspended, "09": etl.Suspended, "-2": etl.NotListed, "-3": etl.Delisted,
	} {
		q := one(t, share(1), still(code).text())
		if q.Status != want || q.Preclose != 9.55 || q.Name != "样例停牌" || q.Time.IsZero() {
			t.Errorf("%s: %+v", code, q)
		}
		for _, price := range []float64{q.Last, q.Open, q.High, q.Low, q.Bids[0].Price, q.Asks[4].Price} {
			if !math.IsNaN(price) {
				t.Errorf("%s: a price of %v", code, price)
			}
		}
	}
	r := live()
	r.status = "04"
	if q := one(t, share(1), r.text()); q.Status != etl.Suspended || q.Last != 10.12 {
		t.Errorf("halted in the session: %+v", q)
	}
	r = still("-1")
	if answer, missing := take(wire(t, statement(share(1), r.text())), share(1)); len(answer.Unknown) != 1 || len(answer.Quotes)+len(answer.Refused)+len(missing) > 0 {
		t.Errorf("no such security: %+v", answer)
	}
	r = still("-3") // as it is after years, with an old date and an odd time
	r.preclose, r.date, r.clock = 0, "2022-11-18", "11:45:01"
	if q := one(t, share(1), r.text()); q.Status != etl.Delisted || !math.IsNaN(q.Preclose) || !q.Time.Equal(time.Date(2022, 11, 18, 3, 45, 1, 0, time.UTC)) {
		t.Errorf("delisted: %+v", q)
	}
	r = live() // left the market
	r.date, r.clock = "2022-06-22", "15:00:03"
	if q := one(t, share(1), r.text()); q.Status != etl.Trading || !q.Time.Equal(time.Date(2022, 6, 22, 7, 0, 3, 0, time.UTC)) {
		t.Errorf("an old row: %+v", q)
	}
}

// TestBeforeTheFirstTrade reads rows without open and last.
func TestBeforeTheFirstTrade(t *testing.T) {
	virtual := [2][5]level{{{34400, 8.308}, {100, 0}}, {{34400, 8.308}}}
	apart := [2][5]level{{{42000, 8.3}, {7500, 8.29}}, {{3100, 8.35}, {100, 8.4}}}
	bidsOnly := [2][5]level{{{42000, 8.3}}, {}}
	for name, tc := range map[string]struct {
		clock  string
		book   [2][5]level
		last   float64 // as printed
		status etl.QuoteStatus
		want   float64 // NaN = none
	}{
		"virtual price":         {"09:16:15", virtual, 0, etl.CallAuction, 8.308},
		"already in last":       {"09:16:15", virtual, 8.308, etl.CallAuction, 8.308},
		"nothing matches":       {"09:16:15", apart, 0, etl.CallAuction, math.NaN()},
		"nobody sells":          {"09:24:57", bidsOnly, 0, etl.CallAuction, math.NaN()},
		"no orders":             {"09:15:00", [2][5]level{}, 0, etl.CallAuction, math.NaN()},
		"virtual, printed late": {"09:25:03", virtual, 0, etl.CallAuction, 8.308},
		"not traded yet":        {"09:41:45", apart, 0, etl.Trading, math.NaN()},
		"after the auction":     {"09:25:00", apart, 0, etl.Trading, math.NaN()},
		"before the auction":    {"09:14:59", [2][5]level{}, 0, etl.Trading, math.NaN()},
	} {
		r := row{name: "样例", preclose: 8.375, last: tc.last, amount: "0.000", bids: tc.book[0], asks: tc.book[1], date: "2026-07-22", clock: tc.clock, status: "00"}
		q := one(t, share(1), r.text())
		if q.Status != tc.status || !equal(q.Last, tc.want) || !math.IsNaN(q.Open) || q.Volume != 0 || q.Preclose != 8.375 {
			t.Errorf("%s: %+v", name, q)
		}
		if q.Bids[1].Quantity != tc.book[0][1].quantity {
			t.Errorf("%s: the second bid is %+v", name, q.Bids[1])
		}
	}
}

// TestClosingAuction reads a row whose book has become virtual.
func TestClosingAuction(t *testing.T) {
	r := live()
	r.clock = "14:58:03"
	r.bids, r.asks = [5]level{{5000, 10.11}}, [5]level{{5000, 10.11}, {300, 0}}
	if q := one(t, share(1), r.text()); q.Status != etl.Trading || q.Last != 10.12 || q.Asks[1].Quantity != 300 {
		t.Errorf("%+v", q)
	}
}

// TestLimits reads rows with an empty side and a book that ends at the limit.
func TestLimits(t *testing.T) {
	r := live()
	r.last, r.high = 11, 11
	r.asks = [5]level{}
	if q := one(t, share(1), r.text()); q.Last != 11 || !math.IsNaN(q.Asks[0].Price) || q.Asks[0].Quantity != 0 || !math.IsNaN(q.LimitUp) {
		t.Errorf("limit-up: %+v", q)
	}
	r = live()
	r.last, r.low = 9, 9
	r.bids = [5]level{}
	if q := one(t, share(1), r.text()); !math.IsNaN(q.Bids[0].Price) || q.Asks[4].Quantity != 7700 {
		t.Errorf("limit-down: %+v", q)
	}
}
