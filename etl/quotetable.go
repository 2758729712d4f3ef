package etl

// Quotes is the table quotes: one row per security and snapshot of the market.
// It is partitioned by the trading day whose quotes the snapshot shows. Source:
// specification of the quote sources, 10.
var Quotes = Table{
	Name:    "quotes",
	Comment: "snapshots of realtime quotes",
	Day:     "date",
	Sort:    []string{"symbol", "fetched_at"},
	Columns: append([]Column{
		{Name: "date", Type: Date, Comment: "trading day whose session the snapshot shows, Asia/Shanghai"},
		{Name: "symbol", Type: String, Comment: "such as sh600000"},
		{Name: "name", Type: String, Comment: "the provider's short name, byte for byte"},
		{Name: "status", Type: String, Comment: "trading, call_auction, suspended, delisted or not_listed"},
		{Name: "phase", Type: String, Comment: "phase of the market at fetched_at"},
		{Name: "time", Type: Timestamp, Nullable: true, Comment: "the quote's own time"},
		{Name: "last", Type: Float64, Nullable: true, Unit: unitPrice, Comment: "virtual in a call auction"},
		{Name: "open", Type: Float64, Nullable: true, Unit: unitPrice},
		{Name: "high", Type: Float64, Nullable: true, Unit: unitPrice},
		{Name: "low", Type: Float64, Nullable: true, Unit: unitPrice},
		{Name: "preclose", Type: Float64, Nullable: true, Unit: unitPrice, Comment: "the exchange's reference price, adjusted on ex-dates"},
		{Name: "volume", Type: Int64, Unit: unitShare, Comment: "without after-hours trading"},
		{Name: "amount", Type: Float64, Unit: unitYuan, Comment: "without after-hours trading"},
		{Name: "after_hours_volume", Type: Int64, Unit: unitShare, Comment: "at the fixed closing price"},
		{Name: "after_hours_amount", Type: Float64, Unit: unitYuan},
		{Name: "limit_up", Type: Float64, Nullable: true, Unit: unitPrice, Comment: "null when unknown or none"},
		{Name: "limit_down", Type: Float64, Nullable: true, Unit: unitPrice, Comment: "null when unknown or none"},
		{Name: "turn", Type: Float64, Nullable: true, Unit: unitPct, Comment: "volume in per cent of the floating shares"},
		{Name: "pe_ttm", Type: Float64, Nullable: true, Comment: "price / earnings, trailing twelve months"},
		{Name: "pb", Type: Float64, Nullable: true, Comment: "price / book"},
		{Name: "float_cap", Type: Float64, Nullable: true, Unit: unitYuan, Comment: "value of the floating shares"},
		{Name: "market_cap", Type: Float64, Nullable: true, Unit: unitYuan, Comment: "value of all shares"},
	}, append(bookColumns(),
		Column{Name: "source", Type: String, Comment: "which provider sent the row"},
		Column{Name: "fetched_at", Type: Timestamp, Comment: "when the answer arrived"},
	)...),
}

// bookColumns are bid1, bid1_volume ... ask5, ask5_volume.
func bookColumns() []Column {
	columns := make([]Column, 0, 20)
	for _, side := range []string{"bid", "ask"} {
		for _, level := range []string{"1", "2", "3", "4", "5"} {
			columns = append(columns,
				Column{Name: side + level, Type: Float64, Nullable: true, Unit: unitPrice, Comment: "null when the level is empty"},
				Column{Name: side + level + "_volume", Type: Int64, Unit: unitShare})
		}
	}
	return columns
}
