package eastmoney

import (
	"fmt"
	"time"

	"barkeep/etl"
	"barkeep/sources"
)

// Config is the section "eastmoney" of the configuration.
type Config struct {
	BaseURL  string        `yaml:"base_url"`  // scheme, host and perhaps a path
	Batch    int           `yaml:"batch"`     // symbols per request, at most
	PageSize int           `yaml:"page_size"` // rows asked per page of the market; the vendor sends as many as it likes
	Parallel int           `yaml:"parallel"`  // requests at once
	Pause    time.Duration `yaml:"pause"`     // from the start of one request to the start of the next
	Budget   int           `yaml:"budget"`    // requests in any five minutes; more are refused here
	Timeout  time.Duration `yaml:"timeout"`   // for one answer, from the connection to the last byte
}

const vendor = "https://push2.eastmoney.com"

// DefaultConfig stays below what is said to get an address blocked: 5 requests
// per second, 200 per minute, 300 in five minutes, several at once. Source:
// specification of the quote sources, 6.4, 7 and 9.
func DefaultConfig() Config {
	return Config{BaseURL: vendor, Batch: 200, PageSize: 200, Parallel: 1,
		Pause: 350 * time.Millisecond, Budget: 280, Timeout: 15 * time.Second}
}

// maxBatch keeps an address below 8 kB.
const maxBatch = 800

// Validate returns every problem as an etl.KeyError.
func (c Config) Validate() error {
	var e etl.KeyErrors
	e.Check(sources.WebAddress(c.BaseURL), "base_url", fmt.Sprintf("%q is not an address such as %s", c.BaseURL, vendor))
	e.Check(c.Batch >= 1 && c.Batch <= maxBatch, "batch", fmt.Sprintf("must lie in 1..%d symbols; up to 300 are known to work", maxBatch))
	e.Check(c.PageSize >= 1 && c.PageSize <= 10_000, "page_size", "must lie in 1..10000 rows")
	e.Check(c.Parallel >= 1 && c.Parallel <= 8, "parallel", "must lie in 1..8; 10 are said to get an address blocked")
	e.Check(c.Pause >= 0, "pause", "must not be negative")
	e.Check(c.Budget >= 1 && c.Budget <= 100_000, "budget", "must lie in 1..100000 requests in five minutes; 300 are said to get an address blocked")
	e.Check(c.Timeout > 0, "timeout", "must be longer than nothing")
	return e.Err()
}
