package baostock

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
)

// TradeDates returns the vendor's calendar of every calendar day in [from, to],
// ascending. The vendor answers with fewer days, or none, past the last it has
// published.
func (c *Client) TradeDates(ctx context.Context, from, to schedules.Day) ([]schedules.VendorDay, error) {
	name := fmt.Sprintf("trade dates %s..%s", from, to)
	var days []schedules.VendorDay
	err := c.table(ctx, wire.TradeDates, name, []string{"calendar_date", "is_trading_day"}, func(cells [][]byte) error {
		day, ok := parseDay(cells[0])
		open, ok2 := parseFlag(cells[1])
		switch {
		case !ok || !ok2 || open > 1:
			return fmt.Errorf("%q is no day of a calendar", cells)
		case day < from || day > to:
			return fmt.Errorf("%s lies outside the days asked for", day)
		case len(days) > 0 && day <= days[len(days)-1].Day:
			return fmt.Errorf("%s comes after %s", day, days[len(days)-1].Day)
		}
		days = append(days, schedules.VendorDay{Day: day, Open: open == 1})
		return nil
	}, from.String(), to.String())
	return days, err
}

// Published reports whether the vendor has data for a trading day: its list of
// the day's securities is empty before the bars are in. Source: specification
// of Baostock, 8.7 and section 9.
func (c *Client) Published(ctx context.Context, day schedules.Day) (bool, error) {
	rows := 0
	err := c.table(ctx, wire.AllStock, fmt.Sprintf("securities of %s", day), []string{"code"}, func([][]byte) error {
		rows++
		return nil
	}, day.String())
	return rows > 0, err
}

// Instruments returns every security and index the vendor lists, delisted ones
// included, sorted by symbol.
func (c *Client) Instruments(ctx context.Context) (etl.Universe, error) {
	var list []etl.Instrument
	want := []string{"code", "code_name", "ipoDate", "outDate", "type"}
	err := c.table(ctx, wire.StockBasic, "list of securities", want, func(cells [][]byte) error {
		symbol, err := etl.ParseSymbol(string(cells[0]))
		if err != nil {
			return err
		}
		listed, ok := optionalDay(cells[2])
		delisted, ok2 := optionalDay(cells[3])
		if !ok || !ok2 {
			return fmt.Errorf("%s: listing %q .. %q are no dates", symbol, cells[2], cells[3])
		}
		kind := etl.Other
		if len(cells[4]) == 1 && cells[4][0] >= '1' && cells[4][0] <= '5' {
			kind = etl.Kind(cells[4][0] - '0')
		}
		list = append(list, etl.Instrument{Symbol: symbol, Name: string(cells[1]), Kind: kind, Listed: listed, Delisted: delisted})
		return nil
	}, "", "")
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, &etl.DataError{Where: "list of securities", Problem: "the answer is empty"}
	}
	return etl.MakeUniverse(list)
}

func optionalDay(b []byte) (schedules.Day, bool) {
	if len(b) == 0 {
		return 0, true
	}
	return parseDay(b)
}

// table asks a paged query and calls row with the wanted columns of every row.
func (c *Client) table(ctx context.Context, t wire.Type, name string, want []string, row func([][]byte) error, args ...string) error {
	list, _, err := c.pages(ctx, t, name, args...)
	if err != nil {
		return err
	}
	for n, p := range list {
		if err := eachOf(p, fmt.Sprintf("%s, page %d", name, n+1), want, row); err != nil {
			return err
		}
	}
	return nil
}

// eachOf calls row with the wanted columns of every row of a page.
func eachOf(p page, where string, want []string, row func([][]byte) error) error {
	at := make([]int, len(want))
	for i, column := range want {
		at[i] = slices.IndexFunc(p.columns, func(s string) bool { return strings.EqualFold(s, column) })
		if at[i] < 0 {
			return &etl.DataError{Where: where, Problem: fmt.Sprintf("column %s is missing from %q", column, p.columns)}
		}
	}
	cells := make([][]byte, len(want))
	err := eachRow(p.payload, func(all [][]byte) error {
		if len(all) != len(p.columns) {
			return fmt.Errorf("a row has %d cells for %d columns", len(all), len(p.columns))
		}
		for i, j := range at {
			cells[i] = all[j]
		}
		return row(cells)
	})
	if err != nil {
		return &etl.DataError{Where: where, Problem: err.Error()}
	}
	return nil
}
