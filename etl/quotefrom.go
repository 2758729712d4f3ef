package etl

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/schedules"
)

// QuotesFrom reads what QuoteRows has written: null becomes NaN or the zero
// Time, times are UTC. The record's columns are those of the table Quotes, in
// order; the day it holds is not part of a quote. The quotes share nothing with
// the record.
//
// What QuoteRows could not have written is a DataError that names the column
// and, counted from 0, the row; then there are no quotes.
func QuotesFrom(record arrow.Record) ([]Quote, error) {
	if int(record.NumCols()) != len(Quotes.Columns) {
		return nil, quotesError("", -1, fmt.Sprintf("%d columns, and the table has %d", record.NumCols(), len(Quotes.Columns)))
	}
	quotes := make([]Quote, record.NumRows())
	for i, c := range Quotes.Columns {
		from := record.Column(i)
		switch {
		case record.ColumnName(i) != c.Name:
			return nil, quotesError(c.Name, -1, "the record has "+record.ColumnName(i)+" in its place")
		case !arrow.TypeEqual(from.DataType(), c.Type.Arrow()):
			return nil, quotesError(c.Name, -1, fmt.Sprintf("is %s and must be %s", from.DataType(), c.Type.Arrow()))
		case !c.Nullable && from.NullN() > 0:
			return nil, quotesError(c.Name, firstNull(from), "is null")
		}
		if err := readQuoteColumn(quotes, c, from); err != nil {
			return nil, err
		}
	}
	return quotes, nil
}

func firstNull(a arrow.Array) int {
	row := 0
	for a.IsValid(row) {
		row++
	}
	return row
}

// quotesError names the column unless it is empty, and the row unless it is -1.
func quotesError(column string, row int, problem string) error {
	where := "table " + Quotes.Name
	if column != "" {
		where += ", column " + column
	}
	if row >= 0 {
		where += fmt.Sprintf(", row %d", row)
	}
	return &DataError{Where: where, Problem: problem}
}

func readQuoteColumn(quotes []Quote, c Column, from arrow.Array) error {
	switch from := from.(type) {
	case *array.String:
		return readQuoteTexts(quotes, c.Name, from)
	case *array.Float64:
		field := quoteFloats[c.Name]
		for i, v := range from.Float64Values() {
			if from.IsNull(i) {
				v = math.NaN()
			}
			*field(&quotes[i]) = v
		}
	case *array.Int64:
		field := quoteInts[c.Name]
		for i, v := range from.Int64Values() {
			*field(&quotes[i]) = v
		}
	case *array.Timestamp:
		field := quoteTimes[c.Name]
		for i, v := range from.TimestampValues() {
			if from.IsValid(i) {
				*field(&quotes[i]) = time.UnixMicro(int64(v)).UTC()
			}
		}
	}
	return nil
}

// readQuoteTexts copies the texts of a column at once; the names share the copy.
func readQuoteTexts(quotes []Quote, name string, from *array.String) error {
	if from.Len() == 0 {
		return nil
	}
	source := ""
	all, offsets := string(from.ValueBytes()), from.ValueOffsets()
	for i := range quotes {
		text, q := all[offsets[i]-offsets[0]:offsets[i+1]-offsets[0]], &quotes[i]
		ok := true
		switch name {
		case "symbol":
			var err error
			if q.Symbol, err = ParseSymbol(text); err != nil {
				return quotesError(name, i, err.Error())
			}
			var canonical [8]byte
			ok = string(q.Symbol.Append(canonical[:0])) == text
		case "name":
			q.Name = text
		case "status":
			q.Status, ok = ParseQuoteStatus(text)
		case "phase":
			q.Phase, ok = schedules.ParsePhase(text)
		case "source":
			if text != source {
				source = strings.Clone(text) // there are few, and the column need not be kept for them
			}
			q.Source = source
		}
		if !ok {
			return quotesError(name, i, fmt.Sprintf("%q is not one of its values", text))
		}
	}
	return nil
}
