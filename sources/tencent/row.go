package tencent

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"barkeep/etl"
	"barkeep/sources/fields"
)

// Fields of a row, counted from 0, that are named in refusals. Source:
// specification of the quote sources, 4.3.
const (
	fCode        = 2
	fVolume      = 6
	fTime        = 30
	fTriple      = 35 // last/volume/amount in yuan
	fVolumeAgain = 36
	fStatus      = 40
	fHighAgain   = 41
	fAmount      = 57 // 1e4 yuan

	minFields = 50 // of the shortest rows, those of indices and funds
	maxRow    = 4096
)

// printed is what a row says beside the quote, for comparisons.
type printed struct {
	last, volume, change, percent float64
	high, low                     float64 // 41 and 42
	volumeText, triple, again     []byte  // 6, 35 and 36
	amount                        float64 // yuan of 57, 0 without one
}

// decode reads one statement, v_sh600000="fields, into q, all of which is
// written. It returns why the row must be refused, or "".
func decode(text []byte, symbol etl.Symbol, received time.Time, names *fields.Names, q *etl.Quote) string {
	r := row{text: text[len(`v_sh600000="`):], bad: -1}
	q.Symbol, q.Phase, q.Source, q.Fetched = symbol, 0, "tencent", received
	problem := r.decode(q, text[len(`v_sh`):len(`v_sh600000`)], names)
	if problem == "" {
		return q.Problem()
	}
	if n := bytes.Count(r.text, []byte{'~'}) + 1; n < minFields {
		return fmt.Sprintf("the row has %d fields instead of 82 to 88", n)
	}
	return problem
}

func (r *row) decode(q *etl.Quote, code []byte, names *fields.Names) string {
	if len(r.text) > maxRow {
		return fmt.Sprintf("the row has %d bytes", len(r.text))
	}
	if bytes.IndexByte(r.text, '"') >= 0 {
		return "the row holds a quotation mark: two rows have grown together"
	}
	name := r.name(code)
	if name == nil {
		return fmt.Sprintf("field %d is not the code %s", fCode, code)
	}
	var err error
	if q.Name, err = names.Text(name); err != nil {
		return err.Error()
	}
	var p printed
	if problem := r.read(q, &p); problem != "" {
		return problem
	}
	if r.bad >= 0 {
		return fmt.Sprintf("field %d cannot be read", r.bad)
	}
	if r.n < minFields {
		return "the row is too short"
	}
	if problem := p.contradiction(q); problem != "" {
		return problem
	}
	if problem := p.total(q); problem != "" {
		return problem
	}
	settle(q)
	return ""
}

// read reads the fields in their order, from 3 on.
func (r *row) read(q *etl.Quote, p *printed) string {
	var ok bool
	p.last = r.count()
	q.Last = orNone(p.last)
	q.Preclose, q.Open = r.price(), r.price()
	p.volumeText = r.next()
	if p.volume, ok = fields.Decimal(p.volumeText); !ok || !(p.volume >= 0) {
		return fmt.Sprintf("field %d is %q and no volume", fVolume, p.volumeText)
	}
	r.skip(2)
	r.book(&q.Bids)
	r.book(&q.Asks)
	r.skip(1)
	when := r.next()
	if q.Time, ok = fields.Time(when); !ok {
		return fmt.Sprintf("field %d is %q and no time", fTime, when)
	}
	p.change, p.percent = r.number(), r.number()
	q.High, q.Low = r.price(), r.price()
	p.triple, p.again = r.next(), r.next()
	r.skip(1)
	q.Turn, q.PeTTM = r.number(), r.ratio()
	status := r.next()
	if q.Status, ok = statusOf(status); !ok {
		return fmt.Sprintf("field %d is %q and no status", fStatus, status)
	}
	p.high, p.low = r.number(), r.number()
	r.skip(1)
	q.FloatCap, q.MarketCap = math.Round(r.price()*1e8), math.Round(r.price()*1e8)
	q.PB = r.ratio()
	q.LimitUp, q.LimitDown = r.limit(), r.limit()
	r.skip(8)
	p.amount = math.Round(r.count() * 1e4)
	q.AfterHoursAmount = math.Round(r.count() * 1e4)
	// In the unit of the volume: lots, until total knows better.
	q.AfterHoursVolume = r.lots()
	return ""
}

// statusOf reads field 40.
func statusOf(text []byte) (etl.QuoteStatus, bool) {
	if len(text) == 0 {
		return etl.Trading, true
	}
	switch string(bytes.TrimSpace(text)) {
	case "":
		return etl.Trading, true
	case "S":
		return etl.Suspended, true
	case "D":
		return etl.Delisted, true
	case "U":
		return etl.NotListed, true
	}
	return 0, false
}

// total sets amount and volumes. The amount is field 57, which is rounded the
// usual way, or else the third part of field 35.
func (p *printed) total(q *etl.Quote) string {
	if len(p.triple) == 0 {
		if p.amount == 0 && p.volume > 0 {
			return fmt.Sprintf("fields %d and %d, the amount, are empty", fTriple, fAmount)
		}
		q.Amount = p.amount
	} else {
		last, rest, _ := bytes.Cut(p.triple, []byte{'/'})
		volume, text, _ := bytes.Cut(rest, []byte{'/'})
		amount, ok := fields.Decimal(text)
		price, also := fields.Decimal(last)
		switch {
		case !ok || !also || !(amount >= 0) || price != p.last || !p.isVolume(volume):
			return fmt.Sprintf("field %d, %q, is not last %v, volume %s and an amount", fTriple, p.triple, p.last, p.volumeText)
		case p.amount > 0 && math.Abs(p.amount-amount) > 1:
			return fmt.Sprintf("field %d has an amount of %v yuan and field %d one of %v", fTriple, amount, fAmount, p.amount)
		case p.amount > 0:
			amount = p.amount
		}
		q.Amount = amount
	}
	unit := unitOf(q, p.volume)
	q.Volume = shares(p.volume, unit)
	q.AfterHoursVolume = q.AfterHoursVolume / lot * int64(unit)
	return ""
}

const lot = 100

// shares turns a printed volume into shares.
func shares(volume float64, unit float64) int64 { return int64(math.Round(volume * unit)) }

// unitOf returns how many shares the volume counts by: the one of 1 and 100 with
// which the average price lies between low and high. Where both do or none does,
// and for indices and bonds, the code decides: STAR volumes are shares. Source: specification of the quote
// sources, 4.4.
func unitOf(q *etl.Quote, volume float64) float64 {
	star := q.Symbol.Exchange() == etl.Shanghai && q.Symbol.Code()/2000 == 344 // 688 and 689
	ordinary, unusual := 100.0, 1.0
	if star {
		ordinary, unusual = unusual, ordinary
	}
	if volume > 0 && q.Symbol.InYuan() && !q.Averages(shares(volume, ordinary), ordinary/2) && q.Averages(shares(volume, unusual), unusual/2) {
		return unusual
	}
	return ordinary
}
