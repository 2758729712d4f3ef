//go:build cgo

package duckdb

import (
	"slices"

	"barkeep/etl"
)

// truthSQL returns the statements that make the views of what is known, beyond the
// tables themselves.
func truthSQL() []string {
	for _, needed := range []etl.Table{etl.AdjustFactors, etl.Absences, etl.TradingDays, etl.IndexMembers} {
		if !slices.ContainsFunc(tables, func(t etl.Table) bool { return t.Name == needed.Name }) {
			return nil
		}
	}
	return slices.Concat(adjustedSQL(), coverageSQL(), memberSQL(), runsSQL())
}

// memberSQL returns the statements that make the views of membership and of risk
// warnings.
func memberSQL() []string {
	return []string{
		`CREATE OR REPLACE MACRO index_members_on(d) AS TABLE
	SELECT * FROM index_members WHERE since <= CAST(d AS DATE) AND (until IS NULL OR until > CAST(d AS DATE))`,
		"COMMENT ON MACRO TABLE index_members_on IS " + quote("the members of each index on a day, as far as lists were asked for; columns as in index_members"),
		newView("st_intervals", stIntervals),
		"COMMENT ON VIEW st_intervals IS " + quote("when securities were under risk warning (ST, *ST), by the column is_st of their bars"),
		commentOn("st_intervals", "symbol", "such as sh600000"),
		commentOn("st_intervals", "since", "day of the first bar with the warning"),
		commentOn("st_intervals", "until", "day of the first bar without it, or of delisting; null while it lasts"),
	}
}

// stIntervals looks at the securities alone that ever were under warning, and keeps
// the bars that differ from the one before: they alternate.
const stIntervals = `SELECT c.symbol, c.date AS since, coalesce(c.until, i.delisted) AS until
	FROM (SELECT symbol, date, is_st, lead(date) OVER (PARTITION BY symbol ORDER BY date) AS until
		FROM (SELECT b.symbol, b.date, b.is_st, lag(b.is_st, 1, false) OVER (PARTITION BY b.symbol ORDER BY b.date) AS was
			FROM daily_bars b SEMI JOIN (SELECT DISTINCT symbol FROM daily_bars WHERE is_st) s ON b.symbol = s.symbol)
		WHERE is_st <> was) c
	LEFT JOIN instruments i ON c.symbol = i.symbol WHERE c.is_st`
