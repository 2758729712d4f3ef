package etl

import (
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/schedules"
)

// InstrumentRows makes a record of the table Instruments.
func InstrumentRows(u Universe, source string, fetched time.Time) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, Instruments.Schema())
	defer b.Release()
	for _, in := range u {
		appendString(b, 0, in.Symbol.String())
		appendString(b, 1, in.Name)
		appendString(b, 2, in.Kind.String())
		appendString(b, 3, in.Board())
		appendDay(b, 4, in.Listed)
		appendDay(b, 5, in.Delisted)
		appendString(b, 6, source)
		appendTime(b, 7, fetched)
	}
	return b.NewRecord()
}

// ReadInstruments reads what InstrumentRows has written, and when it was fetched.
// The record's columns are those of the table, in order.
func ReadInstruments(r arrow.Record) (list []Instrument, fetched time.Time, err error) {
	text := func(column, row int) string { return r.Column(column).(*array.String).Value(row) }
	day := func(column, row int) schedules.Day {
		if c := r.Column(column).(*array.Date32); c.IsValid(row) {
			return schedules.Day(c.Value(row))
		}
		return 0
	}
	for i := range int(r.NumRows()) {
		symbol, err := ParseSymbol(text(0, i))
		if err != nil {
			return nil, time.Time{}, &DataError{"table instruments", err.Error()}
		}
		list = append(list, Instrument{
			Symbol: symbol, Name: strings.Clone(text(1, i)), Kind: ParseKind(text(2, i)),
			Listed: day(4, i), Delisted: day(5, i),
		})
		at := time.UnixMicro(int64(r.Column(7).(*array.Timestamp).Value(i)))
		if at.After(fetched) {
			fetched = at
		}
	}
	return list, fetched, nil
}

// CalendarRows makes a record of the table TradingDays from the vendor's days,
// beside what our own calendar says of each.
func CalendarRows(days []schedules.VendorDay, calendar *schedules.Calendar, source string, fetched time.Time) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, TradingDays.Schema())
	defer b.Release()
	for _, d := range days {
		appendDay(b, 0, d.Day)
		b.Field(1).(*array.BooleanBuilder).Append(d.Open)
		if status := calendar.Status(d.Day); status == schedules.Unknown {
			b.Field(2).AppendNull()
		} else {
			b.Field(2).(*array.BooleanBuilder).Append(status == schedules.Open)
		}
		appendString(b, 3, source)
		appendTime(b, 4, fetched)
	}
	return b.NewRecord()
}

// ReadCalendar reads what CalendarRows has written.
func ReadCalendar(r arrow.Record) []schedules.VendorDay {
	days := make([]schedules.VendorDay, r.NumRows())
	for i := range days {
		days[i] = schedules.VendorDay{
			Day:  schedules.Day(r.Column(0).(*array.Date32).Value(i)),
			Open: r.Column(1).(*array.Boolean).Value(i),
		}
	}
	return days
}

// Refused is one row of the table Quarantine.
type Refused struct {
	Symbol  Symbol
	Day     schedules.Day
	Reason  string
	Raw     string // the cells as they arrived
	Request string
	Source  string
	Fetched time.Time
}

// RefusedRows makes a record of the table Quarantine.
func RefusedRows(list []Refused, table string) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, Quarantine.Schema())
	defer b.Release()
	for _, r := range list {
		appendString(b, 0, table)
		appendString(b, 1, r.Symbol.String())
		appendDay(b, 2, r.Day)
		appendString(b, 3, r.Reason)
		appendString(b, 4, r.Raw)
		appendString(b, 5, r.Request)
		appendString(b, 6, r.Source)
		appendTime(b, 7, r.Fetched)
	}
	return b.NewRecord()
}

func appendString(b *array.RecordBuilder, column int, s string) {
	b.Field(column).(*array.StringBuilder).Append(s)
}

// appendDay appends a date; the zero Day becomes null.
func appendDay(b *array.RecordBuilder, column int, d schedules.Day) {
	if d == 0 {
		b.Field(column).AppendNull()
		return
	}
	b.Field(column).(*array.Date32Builder).Append(arrow.Date32(d))
}

func appendTime(b *array.RecordBuilder, column int, t time.Time) {
	b.Field(column).(*array.TimestampBuilder).Append(arrow.Timestamp(t.UnixMicro()))
}
