//go:build cgo

package duckdb

import (
	"slices"
	"strings"

	"barkeep/etl"
)

// What the views that derive from others read besides those. The newest day of
// quotes has views of its own, because every file in a list is looked up whenever
// a view over it is bound; and its date is a literal, by which DuckDB leaves out
// files of other days.
const (
	newestQuotes = "newest_quotes"                   // the files of the newest day
	recentQuotes = "recent_quotes"                   // the last few of those
	newestDay    = liveSchema + ".newest_quotes_day" // a function

	// recentFiles is how many files are few: so many snapshots nearly always hold
	// every symbol that is still quoted, and are read in a fraction of the time
	// that looking into all files takes.
	recentFiles = 8
)

// liveQuotesSQL makes them, and with them the view of the table Quotes, those of
// a snapshot that has files. Each holds the one before, so that every path is
// written once: reading them takes DuckDB longest.
func liveQuotesSQL(quotes view) ([]string, error) {
	files := quotes.snap.Files
	day, newest := quotes.snap.NewestDay()
	split := []int{len(files) - len(newest.Newest(recentFiles).Files), len(files) - len(newest.Files), 0}
	sql, end, inner := []string{newestDayMacro(quote(day.String()))}, len(files), ""
	for i, name := range []string{recentQuotes, newestQuotes, etl.Quotes.Name} {
		var queries []string
		if begin := split[i]; begin < end {
			part, err := quotes.part(files[begin:end])
			if err != nil {
				return nil, err
			}
			query, err := part.query()
			if err != nil {
				return nil, err
			}
			queries, end = append(queries, query), begin
		}
		if inner != "" {
			queries = append(queries, "FROM "+inner)
		}
		sql, inner = append(sql, liveView(name, strings.Join(queries, " UNION ALL "))), live(name)
	}
	return sql, nil
}

func newestDayMacro(literal string) string {
	return "CREATE OR REPLACE MACRO " + newestDay + "() AS CAST(" + literal + " AS DATE)"
}

// derivedSQL returns the statements that make the views which derive from others.
func derivedSQL() []string {
	place := func(name string) int {
		return slices.IndexFunc(tables, func(t etl.Table) bool { return t.Name == name })
	}
	quotes := place(etl.Quotes.Name)
	if quotes < 0 || place(etl.DailyBars.Name) < 0 || place(etl.Instruments.Name) < 0 {
		return nil
	}
	return append(slices.Concat(universeSQL(), truthSQL()),
		liveView(newestQuotes, emptyQuery(tables[quotes])),
		liveView(recentQuotes, emptyQuery(tables[quotes])),
		newestDayMacro("NULL"),
		newView("latest_quotes", latestQuotes),
		"COMMENT ON VIEW latest_quotes IS "+quote("the newest row of each symbol in quotes of the newest day, by fetched_at; columns as in quotes"),
		newView("provisional_bars", provisionalBars("quotes")),
		"COMMENT ON VIEW provisional_bars IS "+quote("daily bars made from the last quotes of each day after its close, "+
			"in columns as in daily_bars; volume and amount are without after-hours trading"),
		commentOn("provisional_bars", "pb_mrq", "always null: the providers of quotes do not say by which quarter's book"),
		newView("daily_bars_live", liveBars()),
		"COMMENT ON VIEW daily_bars_live IS "+quote("daily_bars, and for the newest day of quotes the provisional_bars it still lacks; columns as in daily_bars"),
		commentOn("daily_bars_live", "provisional", "true: made from a quote, and replaced when the vendor's bar arrives"),
	)
}

// universeSQL returns the statements that show the history of instruments: all of
// it, and through a macro the securities listed on a day, as they were known at a
// time. Who backtests without the delisted ones sees only survivors.
func universeSQL() []string {
	return []string{
		newView("instruments_history", "FROM "+live(etl.Instruments.Name)),
		"COMMENT ON VIEW instruments_history IS " + quote("all that was ever known of each security: a row holds from fetched_at until valid_to"),
		`CREATE OR REPLACE MACRO universe(d, known_at := NULL) AS TABLE
	SELECT * FROM instruments_history
	WHERE listed <= d AND (delisted IS NULL OR delisted > d)
		AND CASE WHEN known_at IS NULL THEN valid_to IS NULL
			ELSE fetched_at <= known_at AND (valid_to IS NULL OR valid_to > known_at) END`,
	}
}

// latestQuotes finds the time of each symbol's newest row in two narrow columns of
// all files first. The whole rows are then nearly always in the last few files;
// the others are read again only for the symbols that are not, and by their times
// DuckDB leaves out most row groups. A symbol has one row even if two arrived at
// once. The views must do without WITH, and without IN for more than one column:
// DuckDB 1.0 cannot read the one and does not know the other.
var latestQuotes = "FROM (SELECT q.* FROM " + live(recentQuotes) + " q SEMI JOIN (" + newestTimes + ") n USING (symbol, fetched_at) UNION ALL" +
	" SELECT q.* FROM " + live(newestQuotes) + " q SEMI JOIN (SELECT * FROM (" + newestTimes + ") ANTI JOIN " +
	live(recentQuotes) + ` r USING (symbol, fetched_at)) n USING (symbol, fetched_at))
	QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY "time" DESC NULLS LAST, volume DESC) = 1`

var newestTimes = "SELECT symbol, max(fetched_at) AS fetched_at FROM " + live(newestQuotes) + " GROUP BY symbol"

// provisional says how the columns of daily_bars follow from a quote; those it
// does not name are null. Without any trade the day is written as daily_bars has
// it, whatever last price a provider repeats. Source: specification of Baostock, 8.3.
var provisional = map[string]string{
	"date":       "date",
	"symbol":     "symbol",
	"open":       "CASE WHEN traded THEN open ELSE preclose END",
	"high":       "CASE WHEN traded THEN high ELSE preclose END",
	"low":        "CASE WHEN traded THEN low ELSE preclose END",
	"close":      "CASE WHEN traded THEN last ELSE preclose END",
	"preclose":   "preclose",
	"volume":     "volume",
	"amount":     "amount",
	"turn":       "CASE WHEN traded THEN turn END",
	"traded":     "traded",
	"pct_chg":    "CASE WHEN traded THEN round((last / preclose - 1) * 100, 6) ELSE 0 END",
	"pe_ttm":     "pe_ttm",
	"is_st":      "contains(name, 'ST')",
	"source":     "source",
	"fetched_at": "fetched_at",
}

// provisionalBars makes daily bars of the quotes that a view holds: for each day
// and symbol of the last quote that was fetched after the close and shows that very
// day by its own time. A security that is suspended
// has a bar, with its trades if it was halted after some; one that is delisted
// or not listed has none, nor has one of a kind that daily_bars does not hold.
func provisionalBars(quotes string) string {
	columns := make([]string, 0, len(etl.DailyBars.Columns)+1)
	for _, c := range etl.DailyBars.Columns {
		if from, ok := provisional[c.Name]; ok {
			columns = append(columns, "CAST("+from+" AS "+sqlType(c.Type)+") AS "+ident(c.Name))
		} else {
			columns = append(columns, nullColumn(c))
		}
	}
	columns = append(columns, "CAST(year(date) AS INTEGER) AS "+ident(yearColumn))
	return "SELECT " + strings.Join(columns, ", ") + " FROM (" + closingQuotes(quotes) + `) q LEFT JOIN
	(SELECT symbol, kind FROM instruments) i USING (symbol)
	WHERE left(symbol, 2) || coalesce(kind, CASE WHEN left(symbol, 4) IN ('sh60', 'sh68', 'sz00', 'sz30', 'bj92') THEN 'stock' END)
		IN (` + heldKinds + ")"
}

// closingQuotes: eight hours are Shanghai's distance from UTC since 1992. A quote
// with trades whose prices contradict each other makes no bar.
func closingQuotes(quotes string) string {
	return `SELECT date, symbol, name, last, open, high, low, preclose, volume, amount, turn, pe_ttm, source, fetched_at,
		volume > 0 OR amount > 0 AS traded
	FROM ` + quotes + `
	WHERE phase IN ('settling', 'after_hours', 'final', 'closed') AND status IN ('trading', 'suspended')
		AND CAST(make_timestamp(epoch_us("time") + 28800000000) AS DATE) = date
		AND preclose > 0 AND volume >= 0 AND amount >= 0 AND isfinite(amount)
		AND CASE WHEN volume > 0 OR amount > 0
			THEN low > 0 AND low <= open AND open <= high AND low <= last AND last <= high ELSE true END
	QUALIFY row_number() OVER (PARTITION BY date, symbol ORDER BY fetched_at DESC, "time" DESC) = 1`
}

// heldKinds are the kinds of securities behind their exchange that daily_bars holds of the
// month before the newest quotes, and in any case the shares that every run of
// daily bars is about. Source: specification of Baostock, 8.5.
const heldKinds = `SELECT 'shstock' UNION SELECT 'szstock' UNION
	SELECT left(symbol, 2) || kind FROM instruments SEMI JOIN (SELECT symbol FROM daily_bars
		WHERE "year" >= year(` + newestDay + `() - 31) AND date >= ` + newestDay + `() - 31) b USING (symbol)`

// liveBars is all of daily_bars, and what it lacks of the newest day of quotes.
func liveBars() string {
	return `SELECT *, false AS provisional FROM daily_bars UNION ALL
	SELECT p.*, true AS provisional FROM (` + provisionalBars(live(newestQuotes)) + `) p ANTI JOIN
	(SELECT symbol FROM daily_bars WHERE "year" = year(` + newestDay + `()) AND date = ` + newestDay + `()) b USING (symbol)`
}
