package quotes_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources/quotes"
)

func TestDefaultConfigIsValid(t *testing.T) {
	if err := quotes.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	for key, spoil := range map[string]func(*quotes.Config){
		"providers":        func(c *quotes.Config) { c.Providers = nil },
		"providers ":       func(c *quotes.Config) { c.Providers = []string{"sina", "yahoo"} },
		"providers  ":      func(c *quotes.Config) { c.Providers = []string{"sina", "sina"} },
		"ttl":              func(c *quotes.Config) { c.TTL = 0 },
		"quiet_ttl":        func(c *quotes.Config) { c.QuietTTL = 2 * time.Hour },
		"unknown_ttl":      func(c *quotes.Config) { c.UnknownTTL = -1 },
		"hedge_after":      func(c *quotes.Config) { c.HedgeAfter = -1 },
		"hedge_after ":     func(c *quotes.Config) { c.HedgeAfter = c.Timeout },
		"timeout":          func(c *quotes.Config) { c.Timeout = 0 },
		"max_lag":          func(c *quotes.Config) { c.MaxLag = 0 },
		"breaker.failures": func(c *quotes.Config) { c.Breaker.Failures = 0 },
		"breaker.wait":     func(c *quotes.Config) { c.Breaker.Wait = 0 },
		"max_entries":      func(c *quotes.Config) { c.MaxEntries = 0 },
	} {
		c := quotes.DefaultConfig()
		spoil(&c)
		err := c.Validate()
		var bad *etl.KeyError
		if !errors.As(err, &bad) || bad.Key != strings.TrimSpace(key) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", key, err)
		}
	}
	if err := (quotes.Config{}).Validate(); strings.Count(err.Error(), "\n") != 8 {
		t.Errorf("not every problem is reported: %v", err)
	}
}
