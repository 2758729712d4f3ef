package jobs

import "time"

// Config is one job of the configuration. Of Cron, At and Every at most one is
// given; with none of them the job runs by hand, or after others.
type Config struct {
	Run      string        `yaml:"run"`       // which work; empty: that of the job's own name
	Cron     string        `yaml:"cron"`      // robfig/cron syntax, with or without seconds, in Asia/Shanghai
	At       string        `yaml:"at"`        // 17:35, or an offset from the market's clock: close+2h35m, open-15m
	Every    string        `yaml:"every"`     // an interval: 30s while trading, 10m
	On       string        `yaml:"on"`        // trading-days, trading-hours or every-day
	After    []string      `yaml:"after"`     // runs when one of these has ended well
	Timeout  time.Duration `yaml:"timeout"`   // 0: none
	Retry    time.Duration `yaml:"retry"`     // the first wait after a run that did not end well; 0: no retry
	RetryMax time.Duration `yaml:"retry_max"` // the longest wait
	Until    string        `yaml:"until"`     // HH:MM, when retries end
	CatchUp  bool          `yaml:"catch_up"`  // make good what passed while nothing ran
	Enabled  bool          `yaml:"enabled"`
}
