package baostock_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock"
	"barkeep/sources/simulator/market"
)

// expected returns the market's own rows for a request.
func expected(r etl.Request) []string {
	m := aMarket()
	var rows []string
	if r.Shape == etl.SecurityRange {
		code := r.Symbol.String()
		for row := range m.Bars(market.Find(m.Securities(), code[:2]+"."+code[2:]), r.From, min(r.To, today)) {
			rows = append(rows, string(row.Text()))
		}
		return rows
	}
	kind := market.Stock
	if r.Shape == etl.ETFDay {
		kind = market.Fund
	}
	for row := range m.Day(r.From) {
		if m.Securities()[row.Security].Kind == kind {
			rows = append(rows, string(row.Text()))
		}
	}
	return rows
}

// fetch asks for bars and checks every cell of the answer against the rows.
func fetch(ctx context.Context, c *baostock.Client, r etl.Request, rows []string) error {
	a, err := c.Fetch(ctx, r)
	if err != nil {
		return err
	}
	b, err := a.Decode()
	if err != nil {
		return err
	}
	defer b.Record.Release()
	if int(b.Record.NumRows()) != len(rows) || len(b.Flaws) > 0 || len(b.Symbols) != len(rows) || b.Source != "baostock" {
		return fmt.Errorf("wrong answer: %d rows, want %d; flaws %v, source %q", b.Record.NumRows(), len(rows), b.Flaws, b.Source)
	}
	if a.Bytes() < 100 {
		return fmt.Errorf("wrong answer: %d bytes on the wire", a.Bytes())
	}
	for i, text := range rows {
		if i%61 == 0 || i == len(rows)-1 { // looking for a raw row reads the answer again
			if raw := b.Raw(i); raw != text {
				return fmt.Errorf("wrong answer: row %d is %s, want %s", i, raw, text)
			}
		}
	}
	a.Release() // the batch must not need the answer's memory, which others now use
	columns := b.Record.Columns()
	for i, text := range rows {
		if err := sameRow(b, columns, i, strings.Split(text, ",")); err != nil {
			return fmt.Errorf("wrong answer: row %d of %s: %w", i, r, err)
		}
	}
	return nil
}

// columnOf is where the table has each of the vendor's columns; adjustflag has
// none.
var columnOf = func() (at [market.Columns]int) {
	names := [market.Columns]string{
		"date", "symbol", "open", "high", "low", "close", "preclose", "volume", "amount", "", "turn",
		"traded", "pct_chg", "pe_ttm", "pb_mrq", "ps_ttm", "pcf_ncf_ttm", "is_st",
	}
	for c, name := range names {
		at[c] = slices.IndexFunc(etl.DailyBars.Columns, func(c etl.Column) bool { return c.Name == name })
	}
	return at
}()

// sameRow compares the columns of a batch with the cells they were made from.
func sameRow(b etl.Batch, columns []arrow.Array, i int, cells []string) error {
	if cells[market.TradeStatus] == "0" { // suspended days have one form in the table
		cells[market.Turn] = ""
		for _, c := range []int{market.Volume, market.Amount, market.PctChg} {
			if cells[c] == "" {
				cells[c] = "0"
			}
		}
	}
	if day := b.Days[i].String(); day != cells[market.Date] {
		return fmt.Errorf("day %s, want %s", day, cells[market.Date])
	}
	if symbol := b.Symbols[i].String(); symbol[:2]+"."+symbol[2:] != cells[market.Code] {
		return fmt.Errorf("symbol %s, want %s", symbol, cells[market.Code])
	}
	for c, at := range columnOf {
		if at < 0 {
			continue
		}
		if got, want := value(columns[at], i), text(c, cells[c]); got != want {
			return fmt.Errorf("%s is %s, want %s", etl.DailyBars.Columns[at].Name, got, want)
		}
	}
	return nil
}

// text brings the vendor's text of a cell into the form of value.
func text(column int, cell string) string {
	switch column {
	case market.Date, market.Volume:
		return cell
	case market.Code:
		return strings.ReplaceAll(cell, ".", "")
	case market.TradeStatus, market.IsST:
		return strconv.FormatBool(cell == "1")
	}
	if cell == "" {
		return "null"
	}
	f, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		f = math.NaN()
	}
	return fmt.Sprint(f)
}

// value writes one cell of a record.
func value(column arrow.Array, i int) string {
	if column.IsNull(i) {
		return "null"
	}
	switch c := column.(type) {
	case *array.Date32:
		return schedules.Day(c.Value(i)).String()
	case *array.Float64:
		return fmt.Sprint(c.Value(i))
	case *array.Boolean:
		return fmt.Sprint(c.Value(i))
	}
	return column.ValueStr(i)
}

// aRange is a request for 40 days of one stock.
func aRange(t testing.TB) etl.Request {
	t.Helper()
	days := tradingDays(40)
	_, code := aStock(t, 0)
	return span(code, days[0], days[39])
}

func TestBarsEqualTheMarket(t *testing.T) {
	s := exchange(t, nil)
	c := client(t, s.Addr())
	stock, code := aStock(t, 0)
	life := aMarket().Securities()[stock]
	for _, r := range []etl.Request{
		marketDay(today),
		marketDay(schedules.MakeDay(2015, 7, 8)), // half the market was suspended
		marketDay(schedules.MakeDay(2021, 2, 18)),
		etfDay(today),
		span(code, life.First-1000, life.First+1000),
		span(code, today-1000, today+1000),
		span("sh.000001", today-30, today), // an index
		aRange(t),
	} {
		rows := expected(r)
		if len(rows) == 0 {
			t.Fatalf("the market has no rows for %s", r)
		}
		if err := fetch(t.Context(), c.Client, r, rows); err != nil {
			t.Errorf("%s: %v", r, err)
		}
	}
	if got := s.Stats(); got.Connections != 1 || got.Logins != 1 {
		t.Errorf("%d connections and %d logins for all of it, want 1 and 1", got.Connections, got.Logins)
	}
}

func TestBarsThatAreNotThere(t *testing.T) {
	_, code := aStock(t, 0)
	for _, faults := range [][]string{nil, {"empty-json"}} {
		s := exchange(t, nil, faults...)
		c := client(t, s.Addr())
		for _, r := range []etl.Request{
			marketDay(today + 3),                      // the next trading day
			marketDay(schedules.MakeDay(2026, 9, 19)), // a Saturday
			etfDay(schedules.MakeDay(2025, 12, 31)),
			span(code, today+1, today+30),
			span("sz.399999", today-30, today), // unknown: zero rows and no error
		} {
			if err := fetch(t.Context(), c.Client, r, nil); err != nil {
				t.Errorf("faults %v: %s: %v", faults, r, err)
			}
		}
	}
}
