//go:build cgo

package duckdb

import (
	"fmt"

	"barkeep/etl"
	"barkeep/schedules"
)

// Views that the ones of completeness share.
const (
	marketDays = liveSchema + ".market_days" // date, year
	securities = liveSchema + ".securities"  // symbol, kind, begins, ends
	numbered   = liveSchema + ".numbered"    // the same and n, from 1
)

// coverageSQL returns the statements that make the views of what is there and what
// is not. They count the cells that etl.Expected expects.
func coverageSQL() []string {
	sql := []string{
		"CREATE OR REPLACE VIEW " + marketDays + " AS " + marketDaysQuery(),
		"CREATE OR REPLACE VIEW " + securities + " AS " + listedQuery() + " AND " + expectedKind,
		"CREATE OR REPLACE VIEW " + numbered + " AS SELECT *, CAST(row_number() OVER (ORDER BY symbol) AS INTEGER) AS n FROM (" + listedQuery() + ")",
		newView("coverage", coverageQuery()),
		"COMMENT ON VIEW coverage IS " + quote("the bars of each trading day, from the first in daily_bars to the last that the vendor has published by now (17:30): "+
			"those that should exist, by instruments and trading_days, and what became of them"),
		newView("coverage_by_symbol", bySymbolQuery()),
		"COMMENT ON VIEW coverage_by_symbol IS " + quote("as coverage, per security"),
		missingMacro,
		"COMMENT ON MACRO TABLE missing_bars IS " + quote("the bars from since to til, both included, that should exist and for which there is neither a row in daily_bars nor in absences; "+
			"a year of a market takes a second, and few days much less"),
		newView("daily_bars_sealed", `SELECT b.* FROM daily_bars b JOIN (SELECT date, "year" FROM coverage WHERE sealed) c ON b.date = c.date AND b."year" = c."year"`),
		"COMMENT ON VIEW daily_bars_sealed IS " + quote("daily_bars of sealed days only, see coverage; a condition on year makes it fast"),
	}
	sql = append(sql, columnComments("daily_bars_sealed", etl.DailyBars)...)
	for _, c := range [][3]string{
		{"coverage", "date", "trading day, Asia/Shanghai"},
		{"coverage", "expected", "securities that should have a bar: listed on the day and not delisted up to it; stocks, and indices or funds if daily_bars has half of them; none of Beijing"},
		{"coverage", "present", "of those, how many have one, traded or suspended"},
		{"coverage", "explained", "of the others, how many have a row in absences"},
		{"coverage", "missing", "expected - present - explained; missing_bars(date, date) names them"},
		{"coverage", "sealed", "nothing is missing"},
		{"coverage", "sealed_at", "when the last bar or absence that the day needed arrived; null while it is not sealed; a bar that was fetched anew moves it"},
		{"coverage", "why", "in words; null when every bar is there"},
		{"coverage", yearColumn, "calendar year of date; a condition on it skips the files of other years"},
		{"coverage_by_symbol", "first_date", "first day with an expected bar"},
		{"coverage_by_symbol", "last_date", "last day with an expected bar"},
		{"coverage_by_symbol", "expected", "trading days from first_date to last_date"},
		{"coverage_by_symbol", "present", "of those, how many have a bar"},
		{"coverage_by_symbol", "explained", "of the others, how many have a row in absences"},
		{"coverage_by_symbol", "missing", "expected - present - explained"},
		{"coverage_by_symbol", "why", "in words; null when every bar is there"},
	} {
		sql = append(sql, commentOn(c[0], c[1], c[2]))
	}
	return sql
}

// marketDaysQuery: barkeep's own calendar counts, as far as it goes. Eight hours
// are Shanghai's distance from UTC since 1992.
func marketDaysQuery() string {
	const shanghai, minute = int64(8 * 60), int64(60_000_000)
	offset := (shanghai - int64(schedules.DailyBarsReady)) * minute
	return fmt.Sprintf(`SELECT date, CAST(year(date) AS INTEGER) AS "year" FROM trading_days
	WHERE coalesce(calendar_says, is_trading_day) AND date >= %s()
		AND date <= greatest(%s(), CAST(make_timestamp(epoch_us(%s()) + (%d)) AS DATE))`, firstBarDay, lastBarDay, moment, offset)
}

// listedQuery are the days [begins, ends) on which a bar of each security is
// expected, if its kind is. The day of delisting is not among them.
func listedQuery() string {
	first := func(k etl.Kind) string {
		return fmt.Sprintf("WHEN %s THEN DATE %s", quote(k.String()), quote(k.First().String()))
	}
	return `SELECT symbol, kind, begins, ends FROM (
		SELECT symbol, kind, greatest(coalesce(listed, ` + always + `), CASE kind ` + first(etl.ETF) + " " + first(etl.Index) + " ELSE " + always + ` END) AS begins,
			coalesce(delisted, ` + never + `) AS ends FROM instruments WHERE left(symbol, 2) <> 'bj')
	WHERE begins < ends`
}

// expectedKind is a condition. Indices and funds are fetched if somebody says so:
// it shows in the bars of the newest year. One that was fetched alone does not make
// a gap of all the others.
var expectedKind = `kind IN (SELECT ` + quote(etl.Stock.String()) + ` UNION ALL SELECT kind FROM (
		SELECT i.kind, count(*) AS listed, count(b.symbol) AS held FROM instruments i
		LEFT JOIN (SELECT DISTINCT symbol FROM daily_bars WHERE "year" >= year(` + lastBarDay + `() - 31)) b ON i.symbol = b.symbol
		WHERE i.kind IN (` + quote(etl.Index.String()) + ", " + quote(etl.ETF.String()) + `) AND i.delisted IS NULL AND left(i.symbol, 2) <> 'bj' GROUP BY i.kind)
		WHERE 2 * held >= listed)`

// bitsOf is one bit per security, set for those in the group.
const bitsOf = "bitstring_agg(n, 1, " + instruments + "())"

// coverageQuery never makes the cells: the securities that are expected on a day
// are one bit string; those that have a bar are another one; and the rest is arithmetic of bits. Each bar
// costs one look into a hash table of the securities.
func coverageQuery() string {
	return `SELECT date, expected, present, explained, missing, expected > 0 AND missing = 0 AS sealed,
		CASE WHEN expected > 0 AND missing = 0 THEN came END AS sealed_at,
		CASE WHEN expected = 0 THEN 'the table instruments has no security that was listed on this day'
			WHEN missing = expected THEN 'none of ' || format('{:,}', expected) || ' bars has arrived'
			WHEN missing > 0 THEN format('{:,}', missing) || ' of ' || format('{:,}', expected) || ' bars missing: '
				|| a.symbol || coalesce(', ' || b.symbol, '') || coalesce(', ' || c.symbol, '') || CASE WHEN missing > 3 THEN ', ...' ELSE '' END
			WHEN explained > 0 THEN format('{:,}', explained) || ' of ' || format('{:,}', expected) || ' bars do not exist at the vendor, see absences' END AS why,
		"year"
	FROM (SELECT *, CASE WHEN missing > 2 THEN bit_position('1'::BIT, set_bit(third, n2 - 1, 0)) END AS n3
	FROM (SELECT *, CASE WHEN missing > 1 THEN bit_position('1'::BIT, second) END AS n2, CASE WHEN missing > 1 THEN second END AS third
	FROM (SELECT *, CASE WHEN missing > 0 THEN set_bit(gaps, n1 - 1, 0) END AS second
	FROM (SELECT *, CASE WHEN missing > 0 THEN bit_position('1'::BIT, gaps) END AS n1
	FROM (SELECT date, "year", came, expected, expected - open AS present, open - missing AS explained, missing, gaps
	FROM (SELECT *, coalesce(bit_count(without), 0) AS open, coalesce(bit_count(gaps), 0) AS missing
	FROM (SELECT *, CASE WHEN excused IS NULL THEN without ELSE without & ~excused END AS gaps
	FROM (SELECT date, "year", came, excused, coalesce(bit_count(wanted), 0) AS expected,
		CASE WHEN held IS NULL THEN wanted ELSE wanted & ~held END AS without FROM (` + bitsQuery + `)))))))))
	LEFT JOIN ` + numbered + ` a ON a.n = n1 LEFT JOIN ` + numbered + ` b ON b.n = n2 LEFT JOIN ` + numbered + ` c ON c.n = n3`
}

// bitsQuery has for each trading day the securities that are wanted, those of which
// a bar is held, those whose absence is excused, and when the last of them came.
var bitsQuery = `SELECT d.date, d."year", wanted, p.bits AS held, e.bits AS excused, greatest(p.came, e.came) AS came
	FROM (SELECT m.date, m."year", l.bits & k.bits AS wanted FROM ` + marketDays + ` m ASOF LEFT JOIN (` + listingsQuery + `) l ON m.date >= l.day
		CROSS JOIN (SELECT ` + bitsOf + ` AS bits FROM ` + numbered + ` WHERE ` + expectedKind + `) k) d
	LEFT JOIN (SELECT b.date, b."year", ` + bitsOf + ` AS bits, max(CASE WHEN b.date >= s.begins AND b.date < s.ends THEN b.fetched_at END) AS came
		FROM daily_bars b JOIN ` + numbered + ` s ON b.symbol = s.symbol GROUP BY b.date, b."year") p ON d.date = p.date AND d."year" = p."year"
	LEFT JOIN (SELECT x.date, ` + bitsOf + ` AS bits, max(CASE WHEN x.date >= s.begins AND x.date < s.ends THEN x.seen_at END) AS came
		FROM absences x JOIN ` + numbered + ` s ON x.symbol = s.symbol GROUP BY x.date) e ON d.date = e.date`

// changes are the securities that begin or end on a day, of each such day.
var changes = `(SELECT day, year(day) * 12 + month(day) AS m, ` + bitsOf + ` AS bits
		FROM (SELECT unnest([begins, ends]) AS day, n FROM ` + numbered + `) GROUP BY day)`

// listingsQuery has the securities that are listed from a day on, of each day on
// which that changes: all changes up to then, each of which turns its bit over. They
// are summed up by month first, which takes a quarter of the time that one window
// over all days does. (To shift a string of ones by the number of those listed
// takes longer than either: DuckDB shifts bit by bit.)
var listingsQuery = `SELECT d.day, CASE WHEN b.bits IS NULL THEN d.bits ELSE xor(b.bits, d.bits) END AS bits
	FROM (SELECT day, m, bit_xor(bits) OVER (PARTITION BY m ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS bits FROM ` + changes + `) d
	JOIN (SELECT m, bit_xor(bits) OVER (ORDER BY m ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bits
		FROM (SELECT m, bit_xor(bits) AS bits FROM ` + changes + ` GROUP BY m)) b ON d.m = b.m`

// bySymbolQuery counts the trading days of a security as the difference of two
// ranks.
func bySymbolQuery() string {
	const ranked = "(SELECT date, row_number() OVER (ORDER BY date) AS r FROM " + marketDays + ")"
	return `SELECT s.symbol, s.first_date, s.last_date, s.expected, coalesce(p.n, 0) AS present, coalesce(e.n, 0) AS explained,
		s.expected - coalesce(p.n, 0) - coalesce(e.n, 0) AS missing,
		CASE WHEN s.expected > coalesce(p.n, 0) + coalesce(e.n, 0)
				THEN format('{:,}', s.expected - coalesce(p.n, 0) - coalesce(e.n, 0)) || ' of ' || format('{:,}', s.expected) || ' bars missing'
			WHEN e.n > 0 THEN format('{:,}', e.n) || ' of ' || format('{:,}', s.expected) || ' bars do not exist at the vendor, see absences' END AS why
	FROM (SELECT f.symbol, f.date AS first_date, l.date AS last_date, l.r - f.r + 1 AS expected
		FROM (SELECT s.symbol, s.ends, m.date, m.r FROM ` + securities + ` s ASOF JOIN ` + ranked + ` m ON s.begins <= m.date) f
		ASOF JOIN ` + ranked + ` l ON f.ends > l.date) s
	LEFT JOIN (SELECT b.symbol, count(*) AS n FROM daily_bars b JOIN ` + securities + ` s ON b.symbol = s.symbol AND b.date >= s.begins AND b.date < s.ends
		JOIN ` + marketDays + ` m ON b.date = m.date GROUP BY b.symbol) p ON s.symbol = p.symbol
	LEFT JOIN (SELECT x.symbol, count(*) AS n FROM absences x JOIN ` + securities + ` s ON x.symbol = s.symbol AND x.date >= s.begins AND x.date < s.ends
		JOIN ` + marketDays + ` m ON x.date = m.date
		ANTI JOIN daily_bars b ON x.symbol = b.symbol AND x.date = b.date GROUP BY x.symbol) e ON s.symbol = e.symbol
	WHERE s.expected > 0`
}

const missingMacro = `CREATE OR REPLACE MACRO missing_bars(since, til) AS TABLE
	SELECT c.symbol, c.date FROM (SELECT s.symbol, m.date FROM ` + securities + ` s JOIN ` + marketDays + ` m ON m.date >= s.begins AND m.date < s.ends
		WHERE m.date >= CAST(since AS DATE) AND m.date <= CAST(til AS DATE)) c
	ANTI JOIN (SELECT symbol, date FROM daily_bars WHERE "year" >= year(CAST(since AS DATE)) AND "year" <= year(CAST(til AS DATE))
		AND date >= CAST(since AS DATE) AND date <= CAST(til AS DATE)) b ON c.symbol = b.symbol AND c.date = b.date
	ANTI JOIN absences x ON c.symbol = x.symbol AND c.date = x.date`
