package baostock

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
)

var factorColumns = []string{"code", "dividOperateDate", "foreAdjustFactor", "backAdjustFactor", "adjustFactor"}

// FactorsOn returns the adjust factors of every security that goes ex on a day.
// It is one request, 9C, however many there are. None at all is a true answer; so
// it is before 18:00 of the day, when they are not published yet.
//
// A row of another day, and a cell that is no code, date or number of at most six
// decimals, refuse the whole answer with an etl.DataError. A row that belongs here
// and cannot be true, with a factor of 0 or a second row of its security, is
// returned with a flaw; see etl.FactorAnswer.
func (c *Client) FactorsOn(ctx context.Context, day schedules.Day) (etl.FactorAnswer, error) {
	a := etl.FactorAnswer{Request: etl.FactorRequest{From: day, To: day}.String(), Source: source}
	p, _, err := c.whole(ctx, wire.FactorDay, a.Request, day.String())
	if err != nil {
		return etl.FactorAnswer{}, err
	}
	a.Fetched = time.Now()
	if err := eachOf(p, a.Request, factorColumns, factorRow(&a, 0, day, day)); err != nil {
		return etl.FactorAnswer{}, err
	}
	a.Judge()
	return a, nil
}

// Factors returns the adjust factors of one security with ex-dates in [from, to],
// request 15. The forward factors are those of now, whatever to is. Errors and
// flaws are those of FactorsOn; a row of another security refuses the answer too.
func (c *Client) Factors(ctx context.Context, symbol etl.Symbol, from, to schedules.Day) (etl.FactorAnswer, error) {
	a := etl.FactorAnswer{Request: etl.FactorRequest{Symbol: symbol, From: from, To: to}.String(), Source: source}
	err := c.table(ctx, wire.AdjustFactor, a.Request, factorColumns, factorRow(&a, symbol, from, to),
		code(symbol), from.String(), to.String())
	if err != nil {
		return etl.FactorAnswer{}, err
	}
	a.Fetched = time.Now()
	a.Judge()
	return a, nil
}

// factorRow appends rows to an answer; symbol 0 stands for all securities.
func factorRow(a *etl.FactorAnswer, symbol etl.Symbol, from, to schedules.Day) func(cells [][]byte) error {
	return func(cells [][]byte) error {
		f := etl.Factor{}
		var ok bool
		if f.Symbol, ok = parseCode(cells[0]); !ok {
			return fmt.Errorf("%.40q is no code of a security", cells[0])
		}
		if f.Date, ok = parseDay(cells[1]); !ok {
			return fmt.Errorf("%s: %.40q is no ex-date", f.Symbol, cells[1])
		}
		switch {
		case symbol != 0 && f.Symbol != symbol:
			return fmt.Errorf("a row is of %s, we asked for %s", f.Symbol, symbol)
		case f.Date < from || f.Date > to:
			return fmt.Errorf("%s: the ex-date %s lies outside the days asked for", f.Symbol, f.Date)
		}
		for i, to := range [...]*int64{&f.Fore, &f.Back, &f.Adjust} {
			if *to, ok = parseMillionths(cells[2+i]); !ok {
				return fmt.Errorf("%s %s: %s %.40q is no number of at most six decimals", f.Symbol, f.Date, factorColumns[2+i], cells[2+i])
			}
		}
		a.Factors = append(a.Factors, f)
		a.Raw = append(a.Raw, string(bytes.Join(cells, []byte{','})))
		return nil
	}
}

// parseMillionths reads a plain decimal with at most six decimals and twelve
// digits before them, in millionths. Empty is etl.EmptyInt.
func parseMillionths(b []byte) (int64, bool) {
	if len(b) == 0 {
		return etl.EmptyInt, true
	}
	negative := b[0] == '-'
	if negative {
		b = b[1:]
	}
	before, after, point := bytes.Cut(b, []byte{'.'})
	if len(before) == 0 || len(before) > 12 || len(after) > 6 || point && len(after) == 0 {
		return 0, false
	}
	v := int64(0)
	for i := range len(before) + 6 {
		digit := byte('0')
		if i < len(before) {
			digit = before[i]
		} else if i -= len(before); i < len(after) {
			digit = after[i]
		}
		if digit -= '0'; digit > 9 {
			return 0, false
		}
		v = v*10 + int64(digit)
	}
	if negative {
		v = -v
	}
	return v, true
}
