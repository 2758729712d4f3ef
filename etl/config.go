package etl

import (
	"time"

	"barkeep/schedules"
)

// Config is the section "daily_bars" of the configuration.
type Config struct {
	From        schedules.Day `yaml:"from"` // first day wanted when a run does not say
	ETF         bool          `yaml:"etf"`
	Index       bool          `yaml:"index"`
	CommitRows  int           `yaml:"commit_rows"`  // rows gathered before a commit
	CommitEvery time.Duration `yaml:"commit_every"` // longest time between commits while rows arrive
	AbsentAfter int           `yaml:"absent_after"` // days after which a bar that the vendor does not have counts as absent
}

// DefaultConfig returns a complete lake of stocks, committed at least every
// 500,000 rows or 60 s, and absences after a week.
func DefaultConfig() Config {
	return Config{From: schedules.MakeDay(1990, 12, 19), CommitRows: 500_000, CommitEvery: time.Minute, AbsentAfter: 7}
}

// Validate returns every problem as a KeyError.
func (c Config) Validate() error {
	var e KeyErrors
	e.Check(c.From >= schedules.MakeDay(1990, 12, 19), "from", "no exchange traded before 1990-12-19")
	e.Check(c.CommitRows >= 1000 && c.CommitRows <= 2_000_000, "commit_rows", "must lie in 1000..2000000; every row takes about 250 bytes of memory until it is committed")
	e.Check(c.CommitEvery >= time.Second, "commit_every", "must be at least 1s")
	e.Check(c.AbsentAfter >= 1 && c.AbsentAfter <= 3650, "absent_after", "must lie in 1..3650 days")
	return e.Err()
}
