package simulator

import (
	"log/slog"
	"regexp"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// Config says how the server behaves. DefaultConfig is the vendor's real
// server without its slowness.
type Config struct {
	// Version is what the server puts into the header of its answers.
	Version string `yaml:"version"`
	// Accounts maps user names to passwords.
	Accounts map[string]string `yaml:"accounts"`

	// Latency passes between the arrival of a request and its answer, as on
	// a long line: requests sent ahead wait side by side, not one after the
	// other.
	Latency time.Duration `yaml:"latency"`
	// RowLatency is the server's own work per row of an answer; the answers of
	// one connection wait for each other.
	RowLatency time.Duration `yaml:"row_latency"`
	// ReadAhead is how many requests of a connection are read while another
	// one is being answered.
	ReadAhead int `yaml:"read_ahead"`
	// DropPipelined makes the server forget every request that arrived before
	// the answer to the previous one was sent.
	DropPipelined bool `yaml:"drop_pipelined"`
	// OneConnection makes the server reset a connection that logs in while
	// another one of the same address is logged in.
	OneConnection bool `yaml:"one_connection"`
	// IdleTimeout closes a connection on which nothing was asked for so long.
	IdleTimeout time.Duration `yaml:"idle_timeout"`

	// OldServer knows no whole-market queries (98, 9A, 9C).
	OldServer bool `yaml:"old_server"`
	// PageCap bounds the rows of a page whatever was asked; 0: no bound.
	PageCap int `yaml:"page_cap"`
	// CalendarEndsToday cuts the trading calendar at the day of the query
	// instead of at the end of its year.
	CalendarEndsToday bool `yaml:"calendar_ends_today"`

	// Now is the server's clock: it decides what is published. Nil is the
	// clock of a replayed market, or else the real time.
	Now func() time.Time `yaml:"-"`
	// BarsReady and FactorsReady are when a trading day's bars and adjust
	// factors are published.
	BarsReady    schedules.Clock `yaml:"bars_ready"`
	FactorsReady schedules.Clock `yaml:"factors_ready"`
	// Calendar answers the trading calendar. Nil is the embedded one.
	Calendar *schedules.Calendar `yaml:"-"`

	// Faults are what goes wrong, and Seed decides it where chance does.
	Faults []Fault `yaml:"faults"`
	Seed   uint64  `yaml:"seed"`

	// OnExchange is called for every request just before its answer is sent,
	// from the connection's goroutine. Nil for none.
	OnExchange func(Exchange) `yaml:"-"`
	// Log receives one line per request at level debug. Nil for none.
	Log *slog.Logger `yaml:"-"`
}

// DefaultConfig returns the vendor's settings. Sources: specification of
// Baostock, 2.3 (version), 6.1 (account), 6.5 (idle time), 9 (publication).
func DefaultConfig() Config {
	return Config{
		Version:      "00.9.00",
		Accounts:     map[string]string{"anonymous": "123456"},
		ReadAhead:    64,
		IdleTimeout:  30 * time.Minute,
		BarsReady:    schedules.DailyBarsReady,
		FactorsReady: 18 * 60,
		Seed:         1,
	}
}

var versionForm = regexp.MustCompile(`^[0-9.]{7}$`)

// Validate reports every bad value at once.
func (c Config) Validate() error {
	var errs etl.KeyErrors
	errs.Check(versionForm.MatchString(c.Version), "version", "must be 7 digits and dots, as in 00.9.00")
	errs.Check(len(c.Accounts) > 0, "accounts", "must hold at least one account")
	errs.Check(c.Latency >= 0, "latency", "must not be negative")
	errs.Check(c.RowLatency >= 0, "row_latency", "must not be negative")
	errs.Check(c.ReadAhead >= 1 && c.ReadAhead <= 4096, "read_ahead", "must be 1 to 4096")
	errs.Check(c.IdleTimeout > 0, "idle_timeout", "must be positive")
	errs.Check(c.PageCap >= 0, "page_cap", "must not be negative")
	for _, f := range c.Faults {
		if err := f.validate(); err != nil {
			errs = append(errs, &etl.KeyError{Key: "faults", Problem: err.Error()})
		}
	}
	return errs.Err()
}
