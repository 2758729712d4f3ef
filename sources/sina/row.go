package sina

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"barkeep/etl"
	"barkeep/sources/fields"
)

// plainFields is how many fields a row has without a trailer. Source:
// specification of the quote sources, 2.3 to 2.5.
const plainFields = 33

// fieldName names what a field holds, for errors.
func fieldName(number int) string {
	switch {
	case number >= 10 && number < 30 && number%2 == 0:
		return "a quantity of the book"
	case number >= 10 && number < 30:
		return "a price of the book"
	case number < plainFields:
		return [...]string{0: "name", 1: "open", 2: "previous close", 3: "last", 4: "high", 5: "low", 6: "best bid", 7: "best ask",
			8: "volume", 9: "amount", 30: "date", 31: "time", 32: "status"}[number]
	}
	return "after-hours trading"
}

// lot is the unit of the volume of Shanghai's indices, in shares. Those of
// Shenzhen and Beijing come in shares.
const lot = 100

// reader reads the rows of one answer.
type reader struct {
	names    *fields.Names
	received time.Time
	date     [10]byte  // of the row before, and
	midnight time.Time // when it began
}

// read turns the row of a symbol into q. It returns false when Sina says that it
// has no such security, and otherwise why the row must not be served.
func (r *reader) read(s etl.Symbol, row []byte, q *etl.Quote) (known bool, reason string) {
	nan := math.NaN()
	*q = etl.Quote{Symbol: s, Source: "sina", Fetched: r.received,
		LimitUp: nan, LimitDown: nan, Turn: nan, PeTTM: nan, PB: nan, FloatCap: nan, MarketCap: nan}
	name, at := cell(row, 0)
	bid, ask, at := prices(row, at, q)
	date, next := cell(row, at)
	clock, next := cell(row, next)
	status, next := cell(row, next)
	if string(status) == "-1" {
		return false, ""
	}
	if next >= 0 {
		var ok bool
		if q.Time, ok = r.time(date, clock); !ok {
			next = bad(at)
		}
	}
	if next = afterHours(row, next, q); next < 0 {
		return true, badCell(row, next)
	}
	if len(name) == 0 {
		return true, "it has no name"
	}
	var err error
	if q.Name, err = r.names.Text(name); err != nil {
		return true, err.Error()
	}
	if !same(bid, q.Bids[0].Price) || !same(ask, q.Asks[0].Price) {
		return true, fmt.Sprintf("fields 6 and 7, %v and %v, do not repeat the best bid and ask, %v and %v", bid, ask, q.Bids[0].Price, q.Asks[0].Price)
	}
	if s.Index() && q.Amount > maxAverage*float64(q.Volume) {
		q.Volume *= lot
	}
	if !settle(q, status, clock) {
		return true, fmt.Sprintf("the status %.10q has no known meaning", status)
	}
	return true, q.Problem()
}

// maxAverage is what a share of an index's members may cost on average, in CNY.
// The volume of an index is in lots, as specified, but rows of Shenzhen's were
// seen in shares; lots would cost a hundred times as much.
const maxAverage = 200

// prices reads the numbers of a row, fields 1 to 29. Source: specification of
// the quote sources, 2.3.
func prices(row []byte, at int, q *etl.Quote) (bid, ask float64, next int) {
	q.Open, at = price(row, at)
	q.Preclose, at = price(row, at)
	q.Last, at = price(row, at)
	q.High, at = price(row, at)
	q.Low, at = price(row, at)
	bid, at = price(row, at)
	ask, at = price(row, at)
	q.Volume, at = quantity(row, at)
	q.Amount, at = amount(row, at)
	for i := range q.Bids {
		q.Bids[i].Quantity, at = quantity(row, at)
		q.Bids[i].Price, at = price(row, at)
	}
	for i := range q.Asks {
		q.Asks[i].Quantity, at = quantity(row, at)
		q.Asks[i].Price, at = price(row, at)
	}
	return bid, ask, at
}

// time joins a date and a time. Nearly all rows of an answer have one date.
func (r *reader) time(date, clock []byte) (time.Time, bool) {
	if r.midnight.IsZero() || len(clock) != 8 || clock[2] != ':' || clock[5] != ':' || string(date) != string(r.date[:]) {
		at, ok := fields.DateTime(date, clock)
		if !ok {
			return at, false
		}
		r.midnight, ok = fields.DateTime(date, []byte("00:00:00"))
		copy(r.date[:], date)
		return at, ok
	}
	hours, minutes, seconds := pair(clock), pair(clock[3:]), pair(clock[6:])
	if hours > 23 || minutes > 59 || seconds > 59 {
		return time.Time{}, false
	}
	return r.midnight.Add(time.Duration(hours*3600+minutes*60+seconds) * time.Second), true
}

// pair returns the value of two digits, or something above 99.
func pair(b []byte) int {
	tens, ones := b[0]-'0', b[1]-'0'
	if tens > 9 || ones > 9 {
		return 100
	}
	return int(tens)*10 + int(ones)
}

// afterHours reads D|shares|yuan from the first cell of a trailer, if there is
// one: trailers of other forms have no known meaning. Source: specification of
// the quote sources, 2.5.
func afterHours(row []byte, at int, q *etl.Quote) (next int) {
	if at < 0 || at > len(row) || !bytes.HasPrefix(row[at:], []byte("D|")) {
		return at
	}
	text, next := cell(row, at)
	shares, yuan, _ := bytes.Cut(text[2:], []byte("|"))
	volumeOK, amountOK := true, true
	if len(shares) > 0 {
		q.AfterHoursVolume, volumeOK = fields.Integer(shares)
	}
	if len(yuan) > 0 {
		q.AfterHoursAmount, amountOK = fields.Decimal(yuan)
	}
	if !volumeOK || !amountOK || q.AfterHoursVolume < 0 || q.AfterHoursAmount < 0 {
		return bad(at)
	}
	return next
}

// same reports whether two prices are equal or both none.
func same(a, b float64) bool { return a == b || a != a && b != b }
