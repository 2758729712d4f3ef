package etl

// The vendor's price columns all have these units.
const (
	unitPrice = "CNY/share" // index rows: points
	unitYuan  = "CNY"
	unitShare = "share"
	unitPct   = "%"
)

// DailyBars is the table daily_bars: one row per security and trading day from
// listing to delisting, suspended days included. Prices are as traded, never
// adjusted. Source: specification of Baostock, 8.2 and 8.3.
var DailyBars = Table{
	Name:    "daily_bars",
	Comment: "daily bars, prices as traded (unadjusted)",
	Year:    "date",
	Sort:    []string{"symbol", "date"},
	Unique:  true,
	Columns: []Column{
		{Name: "date", Type: Date, Comment: "trading day, Asia/Shanghai"},
		{Name: "symbol", Type: String, Comment: "such as sh600000"},
		{Name: "open", Type: Float64, Unit: unitPrice},
		{Name: "high", Type: Float64, Unit: unitPrice},
		{Name: "low", Type: Float64, Unit: unitPrice},
		{Name: "close", Type: Float64, Unit: unitPrice},
		{Name: "preclose", Type: Float64, Unit: unitPrice, Comment: "the exchange's reference price: ex-right on ex-dates, the offer price on the first day"},
		{Name: "volume", Type: Int64, Unit: unitShare, Comment: "0 while suspended"},
		{Name: "amount", Type: Float64, Unit: unitYuan, Comment: "0 while suspended"},
		{Name: "turn", Type: Float64, Nullable: true, Unit: unitPct, Comment: "volume in per cent of the floating shares; null while suspended"},
		{Name: "traded", Type: Bool, Comment: "false on a suspended day"},
		{Name: "pct_chg", Type: Float64, Nullable: true, Unit: unitPct, Comment: "(close / preclose - 1) x 100; 0 while suspended"},
		{Name: "pe_ttm", Type: Float64, Nullable: true, Comment: "price / earnings, trailing twelve months"},
		{Name: "pb_mrq", Type: Float64, Nullable: true, Comment: "price / book, most recent quarter"},
		{Name: "ps_ttm", Type: Float64, Nullable: true, Comment: "price / sales, trailing twelve months"},
		{Name: "pcf_ncf_ttm", Type: Float64, Nullable: true, Comment: "price / net cash flow, trailing twelve months"},
		{Name: "is_st", Type: Bool, Comment: "under risk warning (ST, *ST)"},
		{Name: "source", Type: String, Comment: "which vendor sent the row"},
		{Name: "fetched_at", Type: Timestamp, Comment: "when the answer arrived"},
	},
}

// Instruments is the table instruments: every security and index the vendor
// lists, delisted ones included, and what he said of each before. A row was the
// known one from fetched_at until valid_to; those without valid_to are the list
// of now.
var Instruments = Table{
	Name:    "instruments",
	Comment: "securities and indices, delisted ones included, with their history",
	Sort:    []string{"symbol", "fetched_at"},
	Unique:  true,
	Columns: []Column{
		{Name: "symbol", Type: String, Comment: "such as sh600000"},
		{Name: "name", Type: String, Comment: "the vendor's short name, byte for byte"},
		{Name: "kind", Type: String, Comment: "stock, index, etf, bond or other"},
		{Name: "board", Type: String, Comment: "main, chinext, star, bse, or empty for what is no stock"},
		{Name: "listed", Type: Date, Nullable: true, Comment: "first day of listing"},
		{Name: "delisted", Type: Date, Nullable: true, Comment: "the vendor's outDate; null while listed"},
		{Name: "source", Type: String, Comment: "which vendor sent the row"},
		{Name: "fetched_at", Type: Timestamp, Comment: "when the list arrived that first said so: the row is valid from then on"},
		{Name: "industry", Type: String, Nullable: true, Comment: "the vendor's name of the industry, byte for byte; null when unknown"},
		{Name: "industry_classification", Type: String, Nullable: true, Comment: "the scheme that the industry is named by"},
		{Name: "valid_to", Type: Timestamp, Nullable: true, Comment: "when the list arrived that no longer said so; null while valid"},
		{Name: "seen_at", Type: Timestamp, Nullable: true, Comment: "when the newest list arrived that said so; null in rows from before there was a history"},
	},
}

// TradingDays is the table trading_days: the vendor's calendar, one row per
// calendar day, beside what barkeep's own calendar says of the day.
var TradingDays = Table{
	Name:    "trading_days",
	Comment: "the vendor's trading calendar, one row per calendar day",
	Sort:    []string{"date"},
	Unique:  true,
	Columns: []Column{
		{Name: "date", Type: Date, Comment: "calendar day, Asia/Shanghai"},
		{Name: "is_trading_day", Type: Bool, Comment: "as the vendor says"},
		{Name: "calendar_says", Type: Bool, Nullable: true, Comment: "as barkeep's own calendar says; null past its horizon"},
		{Name: "source", Type: String, Comment: "which vendor sent the row"},
		{Name: "fetched_at", Type: Timestamp, Comment: "when the answer arrived"},
	},
}

// Quarantine is the table quarantine: rows that parse but cannot be true, kept
// with their raw text.
var Quarantine = Table{
	Name:    "quarantine",
	Comment: "rows that arrived and were refused",
	Sort:    []string{"symbol", "date"},
	Columns: []Column{
		{Name: "table_name", Type: String, Comment: "the table the row was meant for"},
		{Name: "symbol", Type: String, Comment: "such as sh600000"},
		{Name: "date", Type: Date, Comment: "the row's date"},
		{Name: "reason", Type: String, Comment: "the rule it breaks"},
		{Name: "raw", Type: String, Comment: "the row as it arrived"},
		{Name: "request", Type: String, Comment: "the request it answered"},
		{Name: "source", Type: String, Comment: "which vendor sent the row"},
		{Name: "fetched_at", Type: Timestamp, Comment: "when the answer arrived"},
	},
}

// Absences is the table absences: bars that should exist by the lists and that
// the vendor, asked for them alone, does not have. They explain a hole, so that a
// day can be complete without them; a bar that comes later overrules its absence.
var Absences = Table{
	Name:    "absences",
	Comment: "bars that should exist and that the vendor does not have",
	Sort:    []string{"symbol", "date"},
	Unique:  true,
	Columns: []Column{
		{Name: "symbol", Type: String, Comment: "such as sh600000"},
		{Name: "date", Type: Date, Comment: "the trading day without a bar"},
		{Name: "reason", Type: String, Comment: "why there is none"},
		{Name: "request", Type: String, Comment: "the request that brought none"},
		{Name: "source", Type: String, Comment: "which vendor was asked; user where somebody declared it"},
		{Name: "seen_at", Type: Timestamp, Comment: "when that was"},
	},
}

// Revisions is the table revisions: cells of daily_bars that the vendor has
// changed after they were stored, one row per cell and change. daily_bars shows
// the new value; the old one is here, and in versions of the lake before it.
var Revisions = Table{
	Name:    "revisions",
	Comment: "cells of daily_bars that the vendor has changed",
	Sort:    []string{"symbol", "date", "seen_at", "column_name"},
	Unique:  true,
	Columns: []Column{
		{Name: "symbol", Type: String, Comment: "such as sh600000"},
		{Name: "date", Type: Date, Comment: "trading day of the bar"},
		{Name: "column_name", Type: String, Comment: "the column of daily_bars that changed"},
		{Name: "old_value", Type: String, Nullable: true, Comment: "what was stored, as text; null was null"},
		{Name: "new_value", Type: String, Nullable: true, Comment: "what the vendor says now"},
		{Name: "old_fetched_at", Type: Timestamp, Comment: "when the old value had arrived"},
		{Name: "seen_at", Type: Timestamp, Comment: "when the new value arrived"},
		{Name: "source", Type: String, Comment: "which vendor sent it"},
		{Name: "run", Type: String, Comment: "the run that noticed"},
	},
}

// Tables are all tables of a lake, in the order they are shown.
var Tables = []Table{DailyBars, Quotes, Instruments, TradingDays, AdjustFactors, IndexMembers, IndexLists,
	Absences, Revisions, Quarantine, Checks}
