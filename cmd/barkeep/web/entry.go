package web

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

// Market knows what the exchanges do; *schedules.Calendar is one.
type Market interface {
	Moment(time.Time) schedules.Moment
}

// Entry returns the JSON object of one result, as the batch route has it: a
// quote's fields, or symbol and error. The symbol is shown as it was written; m
// and now tell the state of the market.
func Entry(written string, r quotes.Result, m Market, now time.Time) json.RawMessage {
	return appendResult(nil, written, &r, marketStatus(m, now), now)
}

// appendResult writes what Entry returns.
func appendResult(dst []byte, written string, r *quotes.Result, market string, now time.Time) []byte {
	if p := problemOf(r); p != nil {
		return appendErrorEntry(dst, written, p, now)
	}
	dst = append(dst, '{')
	dst = appendQuote(dst, written, r, market, now)
	return append(dst, '}')
}

// appendErrorEntry writes the entry of a symbol that has no quote. Source:
// specification of QuantDB's public behaviour, 3.2.
func appendErrorEntry(dst []byte, written string, p *problem, now time.Time) []byte {
	dst = append(dst, `{"symbol":`...)
	dst = appendString(dst, written)
	dst = append(dst, `,"error":`...)
	dst = appendString(dst, p.message)
	dst = append(dst, `,"error_code":`...)
	dst = appendString(dst, codeOf(p.status))
	dst = append(dst, `,"cache_hit":false,"timestamp":`...)
	dst = appendTime(dst, now, isoMillis)
	return append(dst, '}')
}

// appendQuote writes the fields of a quote without the braces around them.
func appendQuote(dst []byte, written string, r *quotes.Result, market string, now time.Time) []byte {
	q := r.Quote
	dst = append(dst, `"symbol":`...)
	dst = appendString(dst, written)
	dst = append(dst, `,"id":"`...)
	dst = q.Symbol.Append(dst)
	dst = append(dst, `","name":`...)
	dst = appendString(dst, q.Name)
	dst = appendPrices(dst, q)
	dst = append(dst, `,"volume":`...)
	dst = strconv.AppendInt(dst, q.Volume, 10)
	dst = appendField(dst, `,"turnover":`, q.Amount, 2)
	dst = appendField(dst, `,"amount":`, q.Amount, 2)
	dst = append(dst, `,"after_hours_volume":`...)
	dst = strconv.AppendInt(dst, q.AfterHoursVolume, 10)
	dst = appendField(dst, `,"after_hours_amount":`, q.AfterHoursAmount, 2)
	dst = appendBook(dst, q)
	dst = appendField(dst, `,"limit_up":`, q.LimitUp, 4)
	dst = appendField(dst, `,"limit_down":`, q.LimitDown, 4)
	dst = appendField(dst, `,"turnover_rate":`, q.Turn, 4)
	dst = appendField(dst, `,"market_cap":`, q.MarketCap, 2)
	dst = appendField(dst, `,"circulating_market_cap":`, q.FloatCap, 2)
	dst = appendField(dst, `,"pe_ratio":`, q.PeTTM, 4)
	dst = appendField(dst, `,"pb_ratio":`, q.PB, 4)
	return appendState(dst, r, market, now)
}

func appendField(dst []byte, key string, v float64, decimals int) []byte {
	return appendNumber(append(dst, key...), v, decimals)
}

// appendPrices writes prices and what follows from them. Prices of the mainland
// exchanges have at most four decimals, those of indices.
func appendPrices(dst []byte, q *etl.Quote) []byte {
	change, percent := q.Change()
	if math.IsInf(percent, 0) {
		percent = math.NaN()
	}
	dst = appendField(dst, `,"price":`, q.Last, 4)
	dst = appendField(dst, `,"current_price":`, q.Last, 4)
	dst = appendField(dst, `,"open":`, q.Open, 4)
	dst = appendField(dst, `,"high":`, q.High, 4)
	dst = appendField(dst, `,"low":`, q.Low, 4)
	dst = appendField(dst, `,"prev_close":`, q.Preclose, 4)
	dst = appendField(dst, `,"previous_close":`, q.Preclose, 4)
	dst = appendField(dst, `,"change":`, change, 4)
	dst = appendField(dst, `,"pct_change":`, percent, 4)
	dst = appendField(dst, `,"change_percent":`, percent, 4)
	return appendField(dst, `,"amplitude":`, (q.High-q.Low)/q.Preclose*100, 4)
}

func appendBook(dst []byte, q *etl.Quote) []byte {
	dst = appendField(dst, `,"bid_price":`, q.Bids[0].Price, 4)
	dst = appendField(dst, `,"ask_price":`, q.Asks[0].Price, 4)
	dst = appendSide(append(dst, `,"bids":`...), &q.Bids)
	return appendSide(append(dst, `,"asks":`...), &q.Asks)
}

func appendSide(dst []byte, side *[5]etl.Level) []byte {
	for i := range side {
		if i == 0 {
			dst = append(dst, '[')
		} else {
			dst = append(dst, ',')
		}
		dst = appendField(dst, `{"price":`, side[i].Price, 4)
		dst = append(dst, `,"volume":`...)
		dst = strconv.AppendInt(dst, side[i].Quantity, 10)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendState(dst []byte, r *quotes.Result, market string, now time.Time) []byte {
	q := r.Quote
	dst = append(dst, `,"status":"`...)
	dst = append(dst, q.Status.String()...)
	dst = append(dst, `","phase":"`...)
	dst = append(dst, q.Phase.String()...)
	dst = append(dst, `","market_status":"`...)
	dst = append(dst, market...)
	dst = append(dst, `","is_trading_hours":`...)
	dst = appendBool(dst, market == marketOpen)
	dst = append(dst, `,"source":`...)
	dst = appendString(dst, q.Source)
	dst = append(dst, `,"timestamp":`...)
	dst = appendTime(dst, q.Time, isoSeconds)
	dst = append(dst, `,"fetched_at":`...)
	dst = appendTime(dst, q.Fetched, isoMillis)
	age := math.NaN()
	if !q.Fetched.IsZero() {
		age = max(0, now.Sub(q.Fetched).Seconds())
	}
	dst = appendField(dst, `,"age_seconds":`, age, 3)
	dst = append(dst, `,"stale":`...)
	dst = appendBool(dst, r.Stale)
	dst = append(dst, `,"cache_hit":`...)
	return appendBool(dst, r.Hit)
}

// The states of the market. Source: specification of QuantDB's public
// behaviour, 3.3.
const (
	marketOpen       = "open"
	marketClosed     = "closed"
	marketPreMarket  = "pre_market"
	marketAfterHours = "after_hours"
)

// marketStatus tells whether shares trade at now. A weekday past the calendar's
// horizon goes by the clock, as if it were a trading day.
func marketStatus(m Market, now time.Time) string {
	switch m.Moment(now).Phase {
	case schedules.PhaseMorning, schedules.PhaseAfternoon, schedules.PhaseClosingAuction:
		return marketOpen
	case schedules.PhaseOpeningAuction, schedules.PhaseAuctionFixed:
		return marketPreMarket
	case schedules.PhaseSettling, schedules.PhaseAfterHours, schedules.PhaseFinal:
		return marketAfterHours
	case schedules.PhaseUnknown:
		return statusByClock(now)
	}
	return marketClosed
}

// statusByClock wants a time from 09:15 to 15:36. Source: specification of the
// market, 2.
func statusByClock(now time.Time) string {
	day := schedules.DayOf(now)
	switch {
	case now.Before(day.At(9, 30)):
		return marketPreMarket
	case now.Before(day.At(11, 30)):
		return marketOpen
	case now.Before(day.At(13, 0)):
		return marketClosed
	case now.Before(day.At(15, 0)):
		return marketOpen
	}
	return marketAfterHours
}
