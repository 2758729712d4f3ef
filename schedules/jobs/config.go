package jobs

import "time"

// Config is one job of the configuration. Of Cron, At and Every at most one is
// given; with none of them the job runs by hand, or after others. Package
// schedules/trigger says what they may hold.
type Config struct {
	Run      string        `yaml:"run" doc:"Which work is done; empty for the work of the job's own name."`
	Cron     string        `yaml:"cron" doc:"When, as a cron line in Asia/Shanghai: 35 17 * * *, with seconds in front if wanted, or @daily, @every 10m."`
	At       string        `yaml:"at" doc:"When, as a time of day or an offset from the market's clock: 17:35, close+2h35m, open-15m."`
	Every    string        `yaml:"every" doc:"When, as an interval: 10m, 30s while trading."`
	On       string        `yaml:"on" doc:"On which days: every-day (also if empty), trading-days or trading-hours. What follows the market's clock comes on trading days only."`
	After    []string      `yaml:"after" doc:"Runs, besides, when one of these jobs has ended well."`
	Timeout  time.Duration `yaml:"timeout" doc:"The longest run; what it has committed by then stays. 0s for no limit."`
	Retry    time.Duration `yaml:"retry" doc:"The wait before another try when a run did not end well. 0s for none."`
	RetryMax time.Duration `yaml:"retry_max" doc:"The longest wait, as it doubles from try to try. 0s keeps it the same."`
	Until    string        `yaml:"until" doc:"When tries end, HH:MM in Asia/Shanghai on the day the run was due. Empty for the next time it is due."`
	CatchUp  bool          `yaml:"catch_up" doc:"Whether one run makes good what came due while nothing ran."`
	Enabled  bool          `yaml:"enabled" doc:"Whether the job runs by itself; it can always be run by hand."`
}

// SetDefaults makes a job that says nothing of it enabled.
func (c *Config) SetDefaults() { c.Enabled = true }
