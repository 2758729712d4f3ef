// Package fields reads the cells that text protocols of quote providers are made
// of. Nothing allocates, names seen for the first time apart, and nothing guesses:
// what does not have the form that is described is false or an error.
//
//	price, ok := fields.Price(cell)          // 0 and nothing are NaN
//	volume, ok := fields.Integer(cell)
//	value, next, ok := fields.Cell(row, i, '~')
//	when, ok := fields.Time(cell)            // 20260722161403, in Asia/Shanghai
//	when, ok := fields.DateTime(date, clock) // 2026-07-22 and 16:14:03
//	name, err := names.Text(cell)            // GB18030, or UTF-8
//
// Numbers are exactly those of strconv.ParseFloat and strconv.ParseInt.
//
// Libraries: golang.org/x/text decodes GB18030, which the standard library does
// not.
package fields
