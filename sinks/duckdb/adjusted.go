//go:build cgo

package duckdb

import (
	"slices"
	"strings"

	"barkeep/etl"
)

// product is a function that multiplies a price of four decimals by a factor of
// six, exactly. One product of the Float64 that are nearest to both, rounded to
// ten decimals, is exact below 100,000 yuan: three roundings are wrong by less than
// 0.4 of the last decimal there. Above, decimals are multiplied, at four times the
// cost. What no true price can be, 99 million yuan and more, is null, because a
// number that does not fit would end the whole query.
const product = liveSchema + ".product"

const productMacro = "CREATE OR REPLACE MACRO " + product + `(price, factor) AS
	CASE WHEN abs(price * factor) <= 1e5 THEN CAST(price * factor AS DECIMAL(18,10))
		WHEN abs(price * factor) <= 99e6
		THEN CAST(CAST(price AS DECIMAL(18,4)) * CAST(factor AS DECIMAL(18,6)) AS DECIMAL(18,10)) END`

// quotient is a function for back / newest, rounded to six decimals as the vendor
// does: in whole millionths, then one division of exact numbers, which is the
// Float64 nearest to the text. Source: specification of Baostock, 8.4.
const quotient = liveSchema + ".quotient"

const quotientMacro = "CREATE OR REPLACE MACRO " + quotient + `(back, newest) AS
	CAST((CAST(round(back * 1e6) AS HUGEINT) * 1000000 + CAST(round(newest * 1e6) AS HUGEINT) // 2)
		// CAST(round(newest * 1e6) AS HUGEINT) AS DOUBLE) / 1e6`

// adjustedPrices are the columns that a factor multiplies.
var adjustedPrices = []string{"open", "high", "low", "close", "preclose"}

const adjustedUnit = unitAdjusted + "; preclose too, by the factor of its own day: on an ex-date close / preclose is the day's return"

const unitAdjusted = "CNY/share, the price as traded x factor, exactly: 4 decimals x 6 decimals are 10"

// adjustedSQL returns the statements that make the views of adjusted prices.
func adjustedSQL() []string {
	known := newestFactors("")
	sql := []string{productMacro, quotientMacro,
		newView("daily_bars_hfq", adjustedBars("daily_bars", byYear(intervals(known, "back_factor", "")))),
		"COMMENT ON VIEW daily_bars_hfq IS " + quote("daily_bars with backward-adjusted prices, as the vendor prints them: "+
			"x back_factor of the newest ex-date up to the day, 1 before the first; history does not change"),
		newView("daily_bars_qfq", adjustedBars("daily_bars", byYear(intervals(known, "fore_factor", quotient+"(1, newest)")))),
		"COMMENT ON VIEW daily_bars_qfq IS " + quote("daily_bars with forward-adjusted prices, as the vendor prints them: "+
			"x fore_factor of the newest ex-date up to the day, 1 / the newest back_factor before the first; "+
			"every new ex-date changes all history, see adjusted(as_of)"),
		"CREATE OR REPLACE MACRO adjusted(as_of, known_at := NULL) AS TABLE\n" + adjustedBars(
			`(SELECT * FROM daily_bars WHERE date <= CAST(as_of AS DATE) AND "year" <= year(CAST(as_of AS DATE)))`,
			byYear(intervals(newestFactors("WHERE date <= CAST(as_of AS DATE) AND (known_at IS NULL OR fetched_at <= known_at)"),
				quotient+"(back_factor, newest)", quotient+"(1, newest)"))),
		"COMMENT ON MACRO TABLE adjusted IS " + quote("daily_bars up to the day as_of with prices forward-adjusted as on that day: "+
			"x back_factor of the newest ex-date up to the bar's day / back_factor of the newest ex-date up to as_of, the quotient rounded to six decimals; "+
			"ex-dates after as_of do not count, nor do factors that arrived after known_at. The same as_of gives the same prices for ever, "+
			"unless the vendor corrects a back_factor, which known_at shuts out"),
	}
	for _, view := range []string{"daily_bars_hfq", "daily_bars_qfq"} {
		sql = append(sql, columnComments(view, etl.DailyBars)...)
		for _, column := range adjustedPrices {
			text := unitAdjusted
			if column == "preclose" {
				text = adjustedUnit
			}
			sql = append(sql, commentOn(view, column, text))
		}
		sql = append(sql, commentOn(view, "factor", "that the prices are multiplied by; six decimals"),
			commentOn(view, "volume", "share; as traded, not adjusted"))
	}
	return sql
}

// newestFactors are the newest versions of all factors.
func newestFactors(where string) string {
	return `(SELECT symbol, date, arg_max(fore_factor, fetched_at) AS fore_factor, arg_max(back_factor, fetched_at) AS back_factor
	FROM adjust_factors ` + where + ` GROUP BY symbol, date)`
}

// intervals are the days [since, til) of each security on which a factor holds. The
// factor may refer to newest, which is the back_factor of the newest ex-date. Before
// the first ex-date first is the factor; where it is empty there is no interval.
func intervals(known, factor, first string) string {
	query := `SELECT symbol, date AS since, lead(date, 1, ` + never + `) OVER (PARTITION BY symbol ORDER BY date) AS til, ` + factor + ` AS factor
	FROM (SELECT *, last_value(back_factor) OVER (PARTITION BY symbol ORDER BY date
		ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS newest FROM ` + known + `)`
	if first == "" {
		return query
	}
	return query + `
	UNION ALL SELECT symbol, ` + always + `, til, ` + first + ` FROM (SELECT symbol, min(date) AS til, arg_max(back_factor, date) AS newest
		FROM ` + known + ` GROUP BY symbol)`
}

// byYear cuts intervals at the ends of years. A bar then finds its factor by
// symbol and year in a hash table, among one or two, which takes a third of the
// time of finding it among all of its symbol.
func byYear(intervals string) string {
	return `SELECT symbol, since, til, factor, CAST(unnest(range(greatest(year(since), year(` + firstBarDay + `())),
		least(year(til), year(` + lastBarDay + `())) + 1)) AS INTEGER) AS "year" FROM (` + intervals + `)`
}

// adjustedBars are the bars with their prices multiplied. The factors of other
// years than a condition asks for are left out, as are the bars.
func adjustedBars(bars, factors string) string {
	columns := make([]string, 0, len(etl.DailyBars.Columns)+2)
	for _, c := range etl.DailyBars.Columns {
		name := ident(c.Name)
		if slices.Contains(adjustedPrices, c.Name) {
			name = product + "(" + name + ", factor) AS " + name
		}
		columns = append(columns, name)
	}
	columns = append(columns, ident(yearColumn), "factor")
	return "SELECT " + strings.Join(columns, ", ") + ` FROM (SELECT b.*, coalesce(f.factor, 1) AS factor
	FROM ` + bars + ` b LEFT JOIN (` + factors + `) f
	ON b.symbol = f.symbol AND b."year" = f."year" AND b.date >= f.since AND b.date < f.til)`
}
