package main

import (
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
	"barkeep/sources/simulator/market"
)

// generatedLake makes a lake of the stocks of a generated market, as it would be on
// the last day: bars, one commit a year, the lists and the factors. It is published.
func generatedLake(tb testing.TB, stocks int, from, to schedules.Day) (*lake.Lake, *market.Generated) {
	tb.Helper()
	c := market.DefaultConfig()
	c.Stocks, c.Funds = stocks, 0
	calendar := schedules.Embedded()
	m, err := market.Generate(c, calendar)
	if err != nil {
		tb.Fatal(err)
	}
	l := lake.Open(tb.TempDir(), lake.DefaultConfig())
	at := to.At(18, 0)
	put := func(t etl.Table, rows arrow.Record) {
		defer rows.Release()
		if rows.NumRows() == 0 {
			return
		}
		if _, err := l.Table(t).Append(tb.Context(), []arrow.Record{rows}, lake.Info{Job: "test"}); err != nil {
			tb.Fatal(err)
		}
	}
	var universe etl.Universe
	var factors []etl.Factor
	for i, s := range m.Securities() {
		if s.Kind != market.Stock || s.Listed > to {
			continue
		}
		in := etl.Instrument{Symbol: vendorSymbol(tb, s.Code), Name: m.Name(i, to), Kind: etl.Stock, Listed: s.Listed, Delisted: s.Delisted}
		if s.Delisted > to {
			in.Delisted = 0 // nobody knows yet
		}
		universe = append(universe, in)
		for _, e := range m.ExDates(i) {
			if e.Day <= to {
				factors = append(factors, etl.Factor{Symbol: in.Symbol, Date: e.Day, Fore: etl.One, Back: e.Back, Adjust: e.Back})
			}
		}
	}
	if universe, err = etl.MakeUniverse(universe); err != nil {
		tb.Fatal(err)
	}
	history, _, err := etl.MergeUniverse(nil, universe, nil, vendor, at)
	if err != nil {
		tb.Fatal(err)
	}
	put(etl.Instruments, etl.InstrumentVersionRows(history))
	put(etl.AdjustFactors, etl.FactorRows(factors, vendor, at))
	var days []schedules.VendorDay
	for _, d := range calendar.Days(from, to) {
		days = append(days, schedules.VendorDay{Day: d, Open: true})
	}
	put(etl.TradingDays, etl.CalendarRows(days, calendar, vendor, at))
	for year := from.Year(); year <= to.Year(); year++ {
		first, last := max(from, schedules.MakeDay(year, 1, 1)), min(to, schedules.MakeDay(year, 12, 31))
		put(etl.DailyBars, generatedBars(tb, m, first, last))
	}
	if _, err := duckdb.Publish(tb.Context(), l, duckdb.DefaultConfig()); err != nil {
		tb.Fatal(err)
	}
	return l, m
}

func vendorSymbol(tb testing.TB, code string) etl.Symbol {
	tb.Helper()
	s, err := etl.ParseSymbol(strings.Replace(code, ".", "", 1))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// generatedBars are the rows of all stocks from first to last.
func generatedBars(tb testing.TB, m *market.Generated, first, last schedules.Day) arrow.Record {
	tb.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, etl.DailyBars.Schema())
	defer b.Release()
	cells := map[string]int{"open": market.Open, "high": market.High, "low": market.Low, "close": market.Close, "preclose": market.PreClose,
		"volume": market.Volume, "amount": market.Amount, "turn": market.Turn, "pct_chg": market.PctChg, "pe_ttm": market.PeTTM,
		"pb_mrq": market.PbMRQ, "ps_ttm": market.PsTTM, "pcf_ncf_ttm": market.PcfNcfTTM}
	for i, s := range m.Securities() {
		if s.Kind != market.Stock {
			continue
		}
		symbol := vendorSymbol(tb, s.Code).String()
		for row := range m.Bars(i, first, last) {
			for k, c := range etl.DailyBars.Columns {
				switch f := b.Field(k).(type) {
				case *array.Float64Builder:
					if v, err := strconv.ParseFloat(string(row.Cell(cells[c.Name])), 64); err == nil {
						f.Append(v)
					} else if c.Nullable {
						f.AppendNull()
					} else {
						f.Append(0)
					}
				case *array.Int64Builder:
					v, _ := strconv.ParseInt(string(row.Cell(cells[c.Name])), 10, 64) // empty while suspended
					f.Append(v)
				case *array.BooleanBuilder:
					f.Append(c.Name == "traded" && row.Traded() || c.Name == "is_st" && row.Warned())
				case *array.Date32Builder:
					f.Append(arrow.Date32(row.Day))
				case *array.TimestampBuilder:
					f.Append(arrow.Timestamp(row.Day.At(18, 0).UnixMicro()))
				case *array.StringBuilder:
					f.Append(map[string]string{"symbol": symbol, "source": vendor}[c.Name])
				}
			}
		}
	}
	return b.NewRecord()
}

// recommended are the settings of the README for whoever asks the published catalog.
const recommended = "SET parquet_metadata_cache = true; SET prefetch_all_parquet_files = true"

// openCatalog opens the published catalog as any user of DuckDB does.
func openCatalog(tb testing.TB, l *lake.Lake) *sql.DB {
	tb.Helper()
	db, err := sql.Open("duckdb", l.Dir()+"/"+duckdb.CatalogName+"?access_mode=READ_ONLY")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(recommended); err != nil {
		tb.Fatal(err)
	}
	return db
}

// equalWeight is the growth of one yuan that is dealt out anew every day to all
// securities of a query.
const equalWeight = `SELECT exp(sum(ln(r))) FROM (SELECT date, avg(r) AS r FROM (
	SELECT date, CAST(close AS DOUBLE) / lag(CAST(close AS DOUBLE)) OVER (PARTITION BY symbol ORDER BY date) AS r FROM daily_bars_hfq %s) WHERE r IS NOT NULL GROUP BY date)`

// Whoever takes all securities from the lake gets the market's true equal-weight
// index; whoever takes those listed today gets a better one that nobody could buy.
func TestSurvivorship(t *testing.T) {
	from, to := schedules.MakeDay(2006, time.January, 4), schedules.MakeDay(2023, time.December, 29)
	l, m := generatedLake(t, 120, from, to)

	sum, count := map[schedules.Day]float64{}, map[schedules.Day]int{}
	for i, s := range m.Securities() {
		if s.Kind != market.Stock {
			continue
		}
		begun := false
		for row := range m.Bars(i, from, to) {
			last, _ := strconv.ParseFloat(string(row.Cell(market.Close)), 64)
			before, _ := strconv.ParseFloat(string(row.Cell(market.PreClose)), 64)
			if begun { // the first day has no return: nobody held it before
				sum[row.Day] += last / before
				count[row.Day]++
			}
			begun = true
		}
	}
	truth := 0.0
	for day, n := range count {
		truth += math.Log(sum[day] / float64(n))
	}
	truth = math.Exp(truth)

	db := openCatalog(t, l)
	var all, survivors float64
	var gone int
	if err := db.QueryRow(fmt.Sprintf(equalWeight, "")).Scan(&all); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(fmt.Sprintf(equalWeight, "SEMI JOIN (SELECT symbol FROM instruments WHERE delisted IS NULL) i USING (symbol)")).Scan(&survivors); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow("SELECT count(*) FROM instruments WHERE delisted > DATE '2006-01-04'").Scan(&gone); err != nil {
		t.Fatal(err)
	}
	t.Logf("one yuan of 2006 is by the end of 2023: %.4f in truth, %.4f by all securities of the lake, %.4f by those still listed (%d were delisted)",
		truth, all, survivors, gone)
	if math.Abs(all/truth-1) > 1e-3 {
		t.Errorf("the lake's equal-weight index is %v, the market's is %v", all, truth)
	}
	if gone == 0 || math.Abs(survivors/truth-1) < 0.01 {
		t.Errorf("the test shows no bias: %d delisted, %v against %v", gone, survivors, truth)
	}
	var missing, sealed int
	if err := db.QueryRow("SELECT sum(missing)::INT, count(*) FILTER (sealed)::INT FROM coverage").Scan(&missing, &sealed); err != nil {
		t.Fatal(err)
	}
	if want := schedules.Embedded().Count(from, to); missing != 0 || sealed != want {
		t.Errorf("%d bars are missing and %d of %d days sealed", missing, sealed, want)
	}
}
