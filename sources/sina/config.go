package sina

import (
	"fmt"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/sources"
)

// Config is the section "sina" of the configuration.
type Config struct {
	BaseURL  string        `yaml:"base_url"` // of the quotes: scheme, host and perhaps a path
	NodeURL  string        `yaml:"node_url"` // of the market pages; empty = the vendor's, or base_url where that is not the vendor's
	Batch    int           `yaml:"batch"`    // symbols per request
	Parallel int           `yaml:"parallel"` // requests at once
	Timeout  time.Duration `yaml:"timeout"`  // for one answer, from the connection to the last byte
}

// The vendor's addresses. Source: specification of the quote sources, 2.1 and
// 3.1.
const (
	vendorQuotes = "https://hq.sinajs.cn"
	vendorPages  = "https://vip.stock.finance.sina.com.cn"
)

// DefaultConfig asks for the whole market in 7 requests of at most 850 symbols,
// the most that is known to be answered. Source: specification of the quote
// sources, 1.
func DefaultConfig() Config {
	return Config{BaseURL: vendorQuotes, Batch: 850, Parallel: 7, Timeout: 8 * time.Second}
}

// Validate returns every problem as an etl.KeyError.
func (c Config) Validate() error {
	var e etl.KeyErrors
	e.Check(sources.WebAddress(c.BaseURL), "base_url", fmt.Sprintf("%q is not an address such as %s", c.BaseURL, vendorQuotes))
	e.Check(c.NodeURL == "" || sources.WebAddress(c.NodeURL), "node_url", fmt.Sprintf("%q is neither empty nor an address such as %s", c.NodeURL, vendorPages))
	e.Check(c.Batch >= 1 && c.Batch <= maxBatch, "batch", fmt.Sprintf("must lie in 1..%d symbols; 850 are known to work", maxBatch))
	e.Check(c.Parallel >= 1 && c.Parallel <= 64, "parallel", "must lie in 1..64")
	e.Check(c.Timeout > 0, "timeout", "must be longer than nothing")
	return e.Err()
}

// maxBatch keeps an address below 20 kB.
const maxBatch = 2000

// pages returns the address of the market pages.
func (c Config) pages() string {
	switch {
	case c.NodeURL != "":
		return strings.TrimRight(c.NodeURL, "/")
	case strings.TrimRight(c.BaseURL, "/") == vendorQuotes:
		return vendorPages
	}
	return strings.TrimRight(c.BaseURL, "/")
}
