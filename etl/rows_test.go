package etl_test

import (
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
)

func value(r arrow.Record, table etl.Table, column string, row int) string {
	return r.Column(table.Index(column)).ValueStr(row)
}

// noNulls checks the promise of the columns that are not nullable.
func noNulls(t *testing.T, r arrow.Record, table etl.Table) {
	t.Helper()
	if !r.Schema().Equal(table.Schema()) {
		t.Fatalf("schema %s", r.Schema())
	}
	for i, c := range table.Columns {
		if !c.Nullable && r.Column(i).NullN() > 0 {
			t.Errorf("%s, which is not nullable, holds nulls", c.Name)
		}
	}
}

func TestInstrumentRows(t *testing.T) {
	u := universe([]etl.Instrument{
		{Symbol: sym(t, "sh600000"), Name: "浦发银行", Kind: etl.Stock, Listed: schedules.MakeDay(1999, 11, 10)},
		{Symbol: sym(t, "sh600001"), Name: "邯郸钢铁", Kind: etl.Stock, Listed: schedules.MakeDay(1998, 1, 22), Delisted: schedules.MakeDay(2009, 12, 29)},
		{Symbol: sym(t, "sz300750"), Name: "*ST 时 代", Kind: etl.Stock},
		{Symbol: sym(t, "sh000001"), Name: "", Kind: etl.Index},
		{Symbol: sym(t, "sz159001"), Name: "货币ETF", Kind: etl.ETF, Listed: schedules.MakeDay(2013, 9, 16)},
		{Symbol: sym(t, "sz123001"), Name: "蓝标转债", Kind: etl.Bond},
		{Symbol: sym(t, "sh700001"), Name: "x", Kind: etl.Other},
		{Symbol: sym(t, "bj920000"), Name: "安徽凤凰", Kind: etl.Stock, Listed: schedules.MakeDay(1969, 12, 31)},
	})
	r := instrumentRows(u, "baostock", fetched)
	defer r.Release()
	noNulls(t, r, etl.Instruments)
	list, at, err := etl.ReadInstruments(r)
	if err != nil || !slices.Equal(list, []etl.Instrument(u)) || !at.Equal(fetched) {
		t.Errorf("comes back as %v, fetched %s, %v", list, at, err)
	}
	i := slices.IndexFunc(u, func(in etl.Instrument) bool { return in.Symbol == sym(t, "sh600001") })
	for column, want := range map[string]string{
		"symbol": "sh600001", "name": "邯郸钢铁", "kind": "stock", "board": "main", "listed": "1998-01-22", "delisted": "2009-12-29",
		"source": "baostock", "fetched_at": "2026-06-30 17:35:00.000123Z",
	} {
		if got := value(r, etl.Instruments, column, i); got != want {
			t.Errorf("%s is %s, want %s", column, got, want)
		}
	}
	if got := value(r, etl.Instruments, "delisted", i-1); got != "(null)" {
		t.Errorf("delisted is %s while listed, want null", got)
	}
}

// Rows of several days may stand together: the newest says when the list is from.
func TestReadInstrumentsFindsTheNewestTime(t *testing.T) {
	newer := instrumentRows(universe(stocks(1)), "baostock", fetched)
	older := instrumentRows(universe(etfs(1)), "baostock", fetched.Add(-time.Hour))
	defer newer.Release()
	defer older.Release()
	columns := make([]arrow.Array, newer.NumCols())
	for i := range columns {
		var err error
		if columns[i], err = array.Concatenate([]arrow.Array{newer.Column(i), older.Column(i)}, memory.DefaultAllocator); err != nil {
			t.Fatal(err)
		}
	}
	both := array.NewRecord(newer.Schema(), columns, 2)
	defer both.Release()
	if list, at, err := etl.ReadInstruments(both); len(list) != 2 || !at.Equal(fetched) || err != nil {
		t.Errorf("%v, fetched %s, %v", list, at, err)
	}
	none := instrumentRows(nil, "baostock", fetched)
	defer none.Release()
	if list, at, err := etl.ReadInstruments(none); len(list) != 0 || !at.IsZero() || err != nil {
		t.Errorf("no rows: %v, %s, %v", list, at, err)
	}
}

func TestReadInstrumentsRefusesWhatIsNoSymbol(t *testing.T) {
	r := instrumentRows(etl.Universe{{Name: "nobody"}}, "baostock", fetched) // the zero Symbol
	defer r.Release()
	if list, _, err := etl.ReadInstruments(r); err == nil || list != nil {
		t.Errorf("%v, %v", list, err)
	}
}

func TestCalendarRows(t *testing.T) {
	cal := schedules.Embedded()
	days := []schedules.VendorDay{
		{Day: schedules.MakeDay(2026, 6, 18), Open: true},
		{Day: schedules.MakeDay(2026, 6, 19), Open: true}, // the vendor is wrong
		{Day: schedules.MakeDay(2026, 6, 20)},
		{Day: schedules.MakeDay(2027, 1, 4), Open: true}, // past the horizon
		{Day: schedules.MakeDay(2027, 1, 2)},             // so is this one, but it is a Saturday
		{Day: schedules.MakeDay(1990, 12, 18)},           // before the first
		{Day: schedules.MakeDay(1969, 12, 31)},
	}
	r := etl.CalendarRows(days, cal, "baostock", fetched)
	defer r.Release()
	noNulls(t, r, etl.TradingDays)
	if got := etl.ReadCalendar(r); !slices.Equal(got, days) {
		t.Errorf("comes back as %v", got)
	}
	for i, want := range []string{"true", "false", "false", "(null)", "false", "(null)", "(null)"} {
		if got := value(r, etl.TradingDays, "calendar_says", i); got != want {
			t.Errorf("%s: calendar_says is %s, want %s", days[i].Day, got, want)
		}
	}
	if got := value(r, etl.TradingDays, "source", 0) + " " + value(r, etl.TradingDays, "fetched_at", 0); got != "baostock 2026-06-30 17:35:00.000123Z" {
		t.Errorf("source and fetched_at are %s", got)
	}
}

func TestRefusedRows(t *testing.T) {
	list := []etl.Refused{
		{sym(t, "sz000001"), june[3], "high is below low", "2026-06-04,sz.000001,1,,", "market-day 2026-06-04", "baostock", fetched},
		{sym(t, "sh600000"), june[0], "open is empty", "", "sh600000 2026-06-01..2026-06-02", "other", fetched.Add(time.Second)},
	}
	r := etl.RefusedRows(list, "daily_bars")
	defer r.Release()
	noNulls(t, r, etl.Quarantine)
	want := [][]string{
		{"daily_bars", "sz000001", "2026-06-04", "high is below low", "2026-06-04,sz.000001,1,,", "market-day 2026-06-04", "baostock", "2026-06-30 17:35:00.000123Z"},
		{"daily_bars", "sh600000", "2026-06-01", "open is empty", "", "sh600000 2026-06-01..2026-06-02", "other", "2026-06-30 17:35:01.000123Z"},
	}
	for i := range want {
		for j, c := range etl.Quarantine.Columns {
			if got := r.Column(j).ValueStr(i); got != want[i][j] {
				t.Errorf("row %d: %s is %q, want %q", i, c.Name, got, want[i][j])
			}
		}
	}
	if _, ok := r.Column(2).(*array.Date32); !ok || r.NumRows() != 2 {
		t.Errorf("%v", r)
	}
}

// instrumentRows is a table that knows no past: every security is valid since
// fetched.
func instrumentRows(u etl.Universe, source string, fetched time.Time) arrow.Record {
	list := make([]etl.InstrumentVersion, len(u))
	for i, in := range u {
		list[i] = etl.InstrumentVersion{Instrument: in, Source: source, From: fetched, Seen: fetched}
	}
	return etl.InstrumentVersionRows(list)
}
