package quotes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"barkeep/etl"
)

// Config is the section "quotes" of the configuration.
type Config struct {
	Providers []string `yaml:"providers"` // in the order of preference

	TTL        time.Duration `yaml:"ttl"`         // of a quote that can change
	QuietTTL   time.Duration `yaml:"quiet_ttl"`   // in the lunch break, from 09:25 to 09:30, and after the close of a row that is not the day's last
	UnknownTTL time.Duration `yaml:"unknown_ttl"` // of the answer that there is no such security

	HedgeAfter time.Duration `yaml:"hedge_after"` // a provider that has not answered by then gets a rival; 0 = never
	Timeout    time.Duration `yaml:"timeout"`     // of one load, over all providers
	MaxLag     time.Duration `yaml:"max_lag"`     // behind the clock, in continuous trading, a provider's newest time may be
	Breaker    Breaker       `yaml:"breaker"`

	MaxEntries int `yaml:"max_entries"` // symbols kept
}

// Breaker says when a failing provider is left alone, and how long.
type Breaker struct {
	Failures int           `yaml:"failures"` // in a row; a provider that says it blocks us is left alone at once
	Wait     time.Duration `yaml:"wait"`     // then one request tries whether it is back
}

// knownProviders are the names a configuration may use.
var knownProviders = []string{"tencent", "sina", "eastmoney"}

// DefaultConfig asks Tencent first, whose rows say most, then Sina, then
// Eastmoney, which has no order book. Lifetimes are the upper bounds users of
// such caches know: 30 s while the market is open, 60 s while it is not.
// Source: compatibility specification, 10.
func DefaultConfig() Config {
	return Config{
		Providers: slices.Clone(knownProviders),
		TTL:       30 * time.Second, QuietTTL: time.Minute, UnknownTTL: 10 * time.Minute,
		HedgeAfter: 2 * time.Second, Timeout: 30 * time.Second, MaxLag: 5 * time.Minute,
		Breaker:    Breaker{Failures: 3, Wait: time.Minute},
		MaxEntries: 20_000,
	}
}

// Validate returns every problem as an etl.KeyError.
func (c Config) Validate() error {
	var e etl.KeyErrors
	e.Check(len(c.Providers) > 0, "providers", "must name one of "+strings.Join(knownProviders, ", "))
	for i, name := range c.Providers {
		e.Check(slices.Contains(knownProviders, name), "providers", fmt.Sprintf("%q is none of %s", name, strings.Join(knownProviders, ", ")))
		e.Check(!slices.Contains(c.Providers[:i], name), "providers", fmt.Sprintf("%q stands there twice", name))
	}
	e.Check(c.TTL > 0 && c.TTL <= time.Hour, "ttl", "must be longer than nothing and at most 1h")
	e.Check(c.QuietTTL > 0 && c.QuietTTL <= time.Hour, "quiet_ttl", "must be longer than nothing and at most 1h")
	e.Check(c.UnknownTTL > 0 && c.UnknownTTL <= 24*time.Hour, "unknown_ttl", "must be longer than nothing and at most 24h")
	e.Check(c.HedgeAfter >= 0, "hedge_after", "must not be negative; 0 switches it off")
	e.Check(c.Timeout > 0 && c.Timeout <= 10*time.Minute, "timeout", "must be longer than nothing and at most 10m")
	e.Check(c.HedgeAfter < c.Timeout || c.Timeout <= 0, "hedge_after", "must be shorter than timeout")
	e.Check(c.MaxLag >= time.Second && c.MaxLag <= time.Hour, "max_lag", "must lie in 1s..1h")
	e.Check(c.Breaker.Failures >= 1 && c.Breaker.Failures <= 1000, "breaker.failures", "must lie in 1..1000")
	e.Check(c.Breaker.Wait > 0, "breaker.wait", "must be longer than nothing")
	e.Check(c.MaxEntries >= 1 && c.MaxEntries <= 1_000_000, "max_entries", "must lie in 1..1000000")
	return e.Err()
}
