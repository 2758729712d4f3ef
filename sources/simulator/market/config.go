package market

import (
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// Config describes a generated market.
type Config struct {
	Seed   uint64 `yaml:"seed"`
	Stocks int    `yaml:"stocks"` // how many shares are listed from 1990 to the calendar's horizon, delisted ones included
	Funds  int    `yaml:"funds"`  // exchange-traded funds; the indices are always there

	// FundHistory is the first day on which funds have bars. The vendor
	// serves none before 2026-01-05 (specification of Baostock, 8.5).
	FundHistory schedules.Day `yaml:"fund_history"`
	// IndexHistory is the first day on which indices other than sh.000001
	// have bars.
	IndexHistory schedules.Day `yaml:"index_history"`
}

// maxStocks is what the boards' codes have room for.
const maxStocks = 8000

// DefaultConfig is a market of 300 shares and 30 funds.
func DefaultConfig() Config {
	return Config{
		Seed: 1, Stocks: 300, Funds: 30,
		FundHistory:  schedules.MakeDay(2026, time.January, 5),
		IndexHistory: schedules.MakeDay(2006, time.January, 4),
	}
}

// Validate reports every bad value at once.
func (c Config) Validate() error {
	var errs etl.KeyErrors
	errs.Check(c.Stocks >= 1 && c.Stocks <= maxStocks, "stocks", "must be 1 to 8000")
	errs.Check(c.Funds >= 0 && c.Funds <= 1800, "funds", "must be 0 to 1800")
	return errs.Err()
}
