package etl

import (
	"fmt"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/schedules"
)

// Where the columns of the table Quotes lie in a Quote, by name: all but date,
// which no quote has, and symbol, whose text does not exist beforehand.
var (
	quoteStrings = map[string]func(*Quote) string{
		"name":   func(q *Quote) string { return q.Name },
		"status": func(q *Quote) string { return q.Status.String() },
		"phase":  func(q *Quote) string { return q.Phase.String() },
		"source": func(q *Quote) string { return q.Source },
	}

	quoteFloats = bookFields(map[string]func(*Quote) *float64{
		"last":               func(q *Quote) *float64 { return &q.Last },
		"open":               func(q *Quote) *float64 { return &q.Open },
		"high":               func(q *Quote) *float64 { return &q.High },
		"low":                func(q *Quote) *float64 { return &q.Low },
		"preclose":           func(q *Quote) *float64 { return &q.Preclose },
		"amount":             func(q *Quote) *float64 { return &q.Amount },
		"after_hours_amount": func(q *Quote) *float64 { return &q.AfterHoursAmount },
		"limit_up":           func(q *Quote) *float64 { return &q.LimitUp },
		"limit_down":         func(q *Quote) *float64 { return &q.LimitDown },
		"turn":               func(q *Quote) *float64 { return &q.Turn },
		"pe_ttm":             func(q *Quote) *float64 { return &q.PeTTM },
		"pb":                 func(q *Quote) *float64 { return &q.PB },
		"float_cap":          func(q *Quote) *float64 { return &q.FloatCap },
		"market_cap":         func(q *Quote) *float64 { return &q.MarketCap },
	}, "", func(l *Level) *float64 { return &l.Price })

	quoteInts = bookFields(map[string]func(*Quote) *int64{
		"volume":             func(q *Quote) *int64 { return &q.Volume },
		"after_hours_volume": func(q *Quote) *int64 { return &q.AfterHoursVolume },
	}, "_volume", func(l *Level) *int64 { return &l.Quantity })

	quoteTimes = map[string]func(*Quote) *time.Time{
		"time":       func(q *Quote) *time.Time { return &q.Time },
		"fetched_at": func(q *Quote) *time.Time { return &q.Fetched },
	}
)

// bookFields adds the ten columns of one field of the order book.
func bookFields[T any](fields map[string]func(*Quote) *T, suffix string, of func(*Level) *T) map[string]func(*Quote) *T {
	for i := range 5 {
		fields[fmt.Sprintf("bid%d%s", i+1, suffix)] = func(q *Quote) *T { return of(&q.Bids[i]) }
		fields[fmt.Sprintf("ask%d%s", i+1, suffix)] = func(q *Quote) *T { return of(&q.Asks[i]) }
	}
	return fields
}

// QuoteRows makes a record of the table Quotes, one row a quote in their order,
// all of one trading day. In a nullable column NaN and the zero Time become
// null. Times are cut to microseconds. The quotes are only read; the record
// shares nothing with them.
func QuoteRows(quotes []Quote, day schedules.Day) arrow.Record {
	columns := make([]arrow.Array, len(Quotes.Columns))
	for i, c := range Quotes.Columns {
		switch c.Type {
		case Date:
			columns[i] = quoteDates(len(quotes), day)
		case String:
			if c.Name == "symbol" {
				columns[i] = quoteSymbols(quotes)
			} else {
				columns[i] = quoteTexts(quotes, quoteStrings[c.Name])
			}
		case Float64:
			columns[i] = floatArray(quoteValues(quotes, quoteFloats[c.Name]), c.Nullable)
		case Int64:
			columns[i] = fixed(arrow.PrimitiveTypes.Int64, quoteValues(quotes, quoteInts[c.Name]))
		case Timestamp:
			columns[i] = quoteInstants(quotes, quoteTimes[c.Name], c.Nullable)
		}
	}
	record := array.NewRecord(quoteSchema, columns, int64(len(quotes)))
	for _, c := range columns {
		c.Release()
	}
	return record
}

var quoteSchema = Quotes.Schema()

// quoteValues copies one field of all quotes.
func quoteValues[T any](quotes []Quote, field func(*Quote) *T) []T {
	values := column[T](len(quotes))
	for i := range quotes {
		values[i] = *field(&quotes[i])
	}
	return values
}

func quoteDates(n int, day schedules.Day) arrow.Array {
	dates := column[arrow.Date32](n)
	for i := range dates {
		dates[i] = arrow.Date32(day)
	}
	return fixed(arrow.FixedWidthTypes.Date32, dates)
}

// quoteInstants is the array of a time; in a nullable column the zero Time is null.
func quoteInstants(quotes []Quote, field func(*Quote) *time.Time, nullable bool) arrow.Array {
	values, nulls := column[int64](len(quotes)), 0
	valid := make([]byte, bitutil.BytesForBits(int64(len(quotes))))
	for i := range quotes {
		t := field(&quotes[i])
		if nullable && t.IsZero() {
			values[i] = 0
			nulls++
			continue
		}
		values[i] = t.UnixMicro()
		valid[i>>3] |= 1 << (i & 7)
	}
	if nulls == 0 {
		return fixed(arrow.FixedWidthTypes.Timestamp_us, values)
	}
	return columnArray(arrow.FixedWidthTypes.Timestamp_us, len(values), nulls, memory.NewBufferBytes(valid), buffer(values))
}

// quoteTexts is the array of a text.
func quoteTexts(quotes []Quote, field func(*Quote) string) arrow.Array {
	size := 0
	for i := range quotes {
		size += len(field(&quotes[i]))
	}
	text, offsets := column[byte](size)[:0], column[int32](len(quotes)+1)
	for i := range quotes {
		offsets[i] = int32(len(text))
		text = append(text, field(&quotes[i])...)
	}
	offsets[len(quotes)] = int32(len(text))
	return columnArray(arrow.BinaryTypes.String, len(quotes), 0, nil, buffer(offsets), buffer(text))
}

// quoteSymbols is the array of the symbols, whose texts are made here.
func quoteSymbols(quotes []Quote) arrow.Array {
	const width = 8
	text := column[byte](width * len(quotes))[:0]
	for i := range quotes {
		text = quotes[i].Symbol.Append(text)
	}
	return stringArray(text, width, len(quotes))
}
