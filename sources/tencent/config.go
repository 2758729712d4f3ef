package tencent

import (
	"fmt"
	"time"

	"barkeep/etl"
	"barkeep/sources"
)

// Config is the section "tencent" of the configuration.
type Config struct {
	BaseURL  string        `yaml:"base_url"` // of the quotes
	RankURL  string        `yaml:"rank_url"` // of the market's list; empty = the vendor's, or base_url if that is another
	Batch    int           `yaml:"batch"`    // symbols per request
	Parallel int           `yaml:"parallel"` // requests at once
	Timeout  time.Duration `yaml:"timeout"`  // for one answer
}

// The vendor's hosts. Source: specification of the quote sources, 4.1 and 5.
const (
	quoteURL = "https://qt.gtimg.cn"
	rankURL  = "https://proxy.finance.qq.com"
)

// DefaultConfig returns what fetches the whole market in seven requests at once:
// 900 symbols are the most that a request is known to have carried.
func DefaultConfig() Config {
	return Config{BaseURL: quoteURL, Batch: 900, Parallel: 7, Timeout: 8 * time.Second}
}

// Validate returns every problem as an etl.KeyError.
func (c Config) Validate() error {
	var e etl.KeyErrors
	e.Check(sources.WebAddress(c.BaseURL), "base_url", fmt.Sprintf("%q is not an address such as %s", c.BaseURL, quoteURL))
	e.Check(c.RankURL == "" || sources.WebAddress(c.RankURL), "rank_url", fmt.Sprintf("%q is not an address such as %s", c.RankURL, rankURL))
	e.Check(c.Batch >= 1 && c.Batch <= 2000, "batch", "must lie in 1..2000")
	e.Check(c.Parallel >= 1 && c.Parallel <= 64, "parallel", "must lie in 1..64")
	e.Check(c.Timeout > 0, "timeout", "must be longer than nothing")
	return e.Err()
}

// rank returns where the market's list is.
func (c Config) rank() string {
	switch {
	case c.RankURL != "":
		return c.RankURL
	case c.BaseURL == quoteURL:
		return rankURL
	}
	return c.BaseURL
}
