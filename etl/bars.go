package etl

import (
	"math"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/schedules"
)

// BarBuilder collects daily bars column by column and hands them over as an
// Arrow record without copying: its slices become the record's buffers. A
// decoder grows it to the rows it is about to write, stores by index, and cuts
// it back with SetLen if fewer came.
//
// In a nullable column NaN stands for null. In any other column NaN, EmptyInt
// and EmptyFlag stand for an empty cell, which Record reports as a flaw.
type BarBuilder struct {
	Days    []schedules.Day
	Symbols []Symbol

	Open, High, Low, Close, Preclose []float64 // CNY/share
	Volume                           []int64   // shares
	Amount                           []float64 // CNY
	Turn                             []float64 // %, nullable
	Traded                           []uint8   // 0 or 1
	PctChg                           []float64 // %, nullable
	PeTTM, PbMRQ, PsTTM, PcfNcfTTM   []float64 // nullable
	IsST                             []uint8   // 0 or 1
}

// Marks of an empty cell in columns that have no NaN.
const (
	EmptyInt  = math.MinInt64
	EmptyFlag = 2
)

func (b *BarBuilder) floats() [12]*[]float64 {
	return [...]*[]float64{&b.Open, &b.High, &b.Low, &b.Close, &b.Preclose, &b.Amount,
		&b.Turn, &b.PctChg, &b.PeTTM, &b.PbMRQ, &b.PsTTM, &b.PcfNcfTTM}
}

// Len returns the number of rows.
func (b *BarBuilder) Len() int { return len(b.Days) }

// SetLen changes the number of rows; new rows hold anything.
func (b *BarBuilder) SetLen(n int) {
	b.Days = resize(b.Days, n)
	b.Symbols = resize(b.Symbols, n)
	b.Volume = resize(b.Volume, n)
	b.Traded = resize(b.Traded, n)
	b.IsST = resize(b.IsST, n)
	for _, column := range b.floats() {
		*column = resize(*column, n)
	}
}

func resize[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	longer := column[T](max(n, 2*len(s)))
	copy(longer, s)
	return longer[:n]
}

// Batch ends the building: it brings suspended days into their one form,
// reports rows with empty cells as flaws, and returns everything as a Batch. The
// builder must not be used afterwards.
func (b *BarBuilder) Batch(source string, fetched time.Time) Batch {
	flaws := b.settle()
	n := b.Len()
	columns := []arrow.Array{
		fixed(arrow.FixedWidthTypes.Date32, daysAsDates(b.Days)),
		b.symbolArray(),
		floatArray(b.Open, false), floatArray(b.High, false), floatArray(b.Low, false),
		floatArray(b.Close, false), floatArray(b.Preclose, false),
		fixed(arrow.PrimitiveTypes.Int64, b.Volume),
		floatArray(b.Amount, false),
		floatArray(b.Turn, true),
		flagArray(b.Traded),
		floatArray(b.PctChg, true),
		floatArray(b.PeTTM, true), floatArray(b.PbMRQ, true), floatArray(b.PsTTM, true), floatArray(b.PcfNcfTTM, true),
		flagArray(b.IsST),
		constantString(source, n),
		constantTime(fetched, n),
	}
	record := array.NewRecord(barSchema, columns, int64(n))
	for _, c := range columns {
		c.Release()
	}
	return Batch{Record: record, Symbols: b.Symbols, Days: b.Days, Flaws: flaws, Source: source, Fetched: fetched}
}

var barSchema = DailyBars.Schema()

// settle applies the rule of suspended days - null turn, volume 0, amount 0,
// pct_chg 0 - and finds rows with empty cells. Source: specification of
// Baostock, 8.3.
func (b *BarBuilder) settle() (flaws []Flaw) {
	for i, traded := range b.Traded {
		if traded == 0 {
			b.Turn[i] = math.NaN()
			if b.Volume[i] == EmptyInt {
				b.Volume[i] = 0
			}
			if b.Amount[i] != b.Amount[i] {
				b.Amount[i] = 0
			}
			if b.PctChg[i] != b.PctChg[i] {
				b.PctChg[i] = 0
			}
		}
		// One sum finds any NaN at the cost of five additions.
		sum := b.Open[i] + b.High[i] + b.Low[i] + b.Close[i] + b.Preclose[i] + b.Amount[i]
		if sum != sum || b.Volume[i] == EmptyInt || traded > 1 || b.IsST[i] > 1 {
			flaws = append(flaws, Flaw{i, b.emptyColumn(i) + " is empty"})
			b.blank(i)
		}
	}
	return flaws
}

// emptyColumn names the first empty cell of a row.
func (b *BarBuilder) emptyColumn(i int) string {
	isNaN := math.IsNaN
	switch {
	case isNaN(b.Open[i]):
		return "open"
	case isNaN(b.High[i]):
		return "high"
	case isNaN(b.Low[i]):
		return "low"
	case isNaN(b.Close[i]):
		return "close"
	case isNaN(b.Preclose[i]):
		return "preclose"
	case b.Volume[i] == EmptyInt:
		return "volume"
	case isNaN(b.Amount[i]):
		return "amount"
	case b.Traded[i] > 1:
		return "tradestatus"
	}
	return "isST"
}

// blank makes a flawed row harmless to later arithmetic; it never reaches a table.
func (b *BarBuilder) blank(i int) {
	for _, c := range b.floats() {
		if (*c)[i] != (*c)[i] {
			(*c)[i] = 0
		}
	}
	b.Volume[i] = max(b.Volume[i], 0)
	b.Traded[i] &= 1
	b.IsST[i] &= 1
}

func daysAsDates(days []schedules.Day) []arrow.Date32 {
	dates := column[arrow.Date32](len(days))
	for i, d := range days {
		dates[i] = arrow.Date32(d)
	}
	return dates
}

func fixed[T any](t arrow.DataType, values []T) arrow.Array {
	return columnArray(t, len(values), 0, nil, buffer(values))
}

// floatArray shares the slice. In a nullable column every NaN becomes a null.
func floatArray(values []float64, nullable bool) arrow.Array {
	var valid *memory.Buffer
	nulls := 0
	if nullable && slices.ContainsFunc(values, math.IsNaN) {
		bits := make([]byte, bitutil.BytesForBits(int64(len(values))))
		for i, v := range values {
			if v == v {
				bits[i>>3] |= 1 << (i & 7)
			} else {
				values[i] = 0
				nulls++
			}
		}
		valid = memory.NewBufferBytes(bits)
	}
	return columnArray(arrow.PrimitiveTypes.Float64, len(values), nulls, valid, buffer(values))
}

func flagArray(flags []uint8) arrow.Array {
	bits := make([]byte, bitutil.BytesForBits(int64(len(flags))))
	for i, f := range flags {
		bits[i>>3] |= f << (i & 7)
	}
	return columnArray(arrow.FixedWidthTypes.Boolean, len(flags), 0, nil, memory.NewBufferBytes(bits))
}

func (b *BarBuilder) symbolArray() arrow.Array {
	const width = 8
	text := column[byte](width * len(b.Symbols))[:0]
	var last Symbol
	for i, s := range b.Symbols {
		if i > 0 && s == last {
			text = append(text, text[len(text)-width:]...)
			continue
		}
		text, last = s.Append(text), s
	}
	return stringArray(text, width, len(b.Symbols))
}

func constantString(s string, n int) arrow.Array {
	text := column[byte](n * len(s))[:0]
	for range n {
		text = append(text, s...)
	}
	return stringArray(text, len(s), n)
}

func stringArray(text []byte, width, n int) arrow.Array {
	offsets := column[int32](n + 1)
	for i := range offsets {
		offsets[i] = int32(i * width)
	}
	return columnArray(arrow.BinaryTypes.String, n, 0, nil, buffer(offsets), buffer(text))
}

func constantTime(t time.Time, n int) arrow.Array {
	values, micros := column[int64](n), t.UnixMicro()
	for i := range values {
		values[i] = micros
	}
	return fixed(arrow.FixedWidthTypes.Timestamp_us, values)
}
