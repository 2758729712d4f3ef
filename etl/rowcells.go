package etl

import (
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/schedules"
)

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

// appendText appends a text; the empty one becomes null.
func appendText(b *array.RecordBuilder, column int, s string) {
	if s == "" {
		b.Field(column).AppendNull()
		return
	}
	appendString(b, column, s)
}

// appendInstant appends an instant; the zero Time becomes null.
func appendInstant(b *array.RecordBuilder, column int, t time.Time) {
	if t.IsZero() {
		b.Field(column).AppendNull()
		return
	}
	appendTime(b, column, t)
}

// textAt is a text of a record, valid as long as the record.
func textAt(r arrow.Record, column, row int) string {
	return r.Column(column).(*array.String).Value(row)
}

// dayAt is a date of a record; null is 0.
func dayAt(r arrow.Record, column, row int) schedules.Day {
	if c := r.Column(column).(*array.Date32); c.IsValid(row) {
		return schedules.Day(c.Value(row))
	}
	return 0
}

// timeAt is an instant of a record; null is the zero Time.
func timeAt(r arrow.Record, column, row int) time.Time {
	if c := r.Column(column).(*array.Timestamp); c.IsValid(row) {
		return time.UnixMicro(int64(c.Value(row))).UTC()
	}
	return time.Time{}
}
