package etl

import (
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/schedules"
)

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
