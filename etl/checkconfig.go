package etl

import "fmt"

// Severity says what becomes of a row that breaks a rule.
type Severity uint8

// The severities.
const (
	Off    Severity = iota // the rule is not looked at
	Warn                   // the row is kept, and the finding is counted
	Reject                 // the row goes to the quarantine
)

var severities = [...]string{"off", "warn", "reject"}

// String returns off, warn or reject.
func (s Severity) String() string { return severities[s] }

// MarshalText writes what String returns.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads off, warn or reject.
func (s *Severity) UnmarshalText(text []byte) error {
	for i, name := range severities {
		if string(text) == name {
			*s = Severity(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no severity: write off, warn or reject", text)
}

// CheckConfig is the section "checks" of the configuration: one severity for
// each rule, under the rule's name, and the numbers that rules compare with.
type CheckConfig struct {
	Calendar        Severity `yaml:"calendar"`
	OHLCOrder       Severity `yaml:"ohlc_order"`
	PositivePrices  Severity `yaml:"positive_prices"`
	VolumeSign      Severity `yaml:"volume_sign"`
	SuspendedVolume Severity `yaml:"suspended_volume"`
	Duplicate       Severity `yaml:"duplicate"`
	Tick            Severity `yaml:"tick"`
	Scale           Severity `yaml:"scale"`
	SuspendedPrices Severity `yaml:"suspended_prices"`
	AveragePrice    Severity `yaml:"average_price"`
	PctChg          Severity `yaml:"pct_chg"`
	PriceLimit      Severity `yaml:"price_limit"`
	Listing         Severity `yaml:"listing"`
	Repeated        Severity `yaml:"repeated"`
	PrecloseChain   Severity `yaml:"preclose_chain"`
	Jump            Severity `yaml:"jump"`
	FloatShares     Severity `yaml:"float_shares"`
	IndexRows       Severity `yaml:"index_rows"`

	PctChgTolerance float64 `yaml:"pct_chg_tolerance"` // percentage points, where more than two decimals are printed
	AmountTolerance float64 `yaml:"amount_tolerance"`  // CNY, in rule average_price
	AmountRelative  float64 `yaml:"amount_relative"`   // share of the amount, added to amount_tolerance
	ScaleFactor     float64 `yaml:"scale_factor"`      // how many times above high or below low an average price may be
	BreakDays       int     `yaml:"break_days"`        // calendar days within which no two ex-dates lie
	JumpDown        float64 `yaml:"jump_down"`         // smallest preclose / close of the day before
	JumpUp          float64 `yaml:"jump_up"`           // largest
	FloatDown       float64 `yaml:"float_down"`        // smallest floating shares / those of the day before
	FloatUp         float64 `yaml:"float_up"`          // largest
}

// DefaultCheckConfig rejects what cannot be true by itself, and warns of what
// could have a reason that is not in the data. The numbers are what 433,350
// recorded rows need, with some room. Source: specification of Baostock, 8.2;
// market rules, 4 to 6.
func DefaultCheckConfig() CheckConfig {
	return CheckConfig{
		Calendar: Reject, OHLCOrder: Reject, PositivePrices: Reject, VolumeSign: Reject,
		SuspendedVolume: Reject, Duplicate: Reject, Tick: Reject, Scale: Reject,
		SuspendedPrices: Warn, AveragePrice: Warn, PctChg: Warn, PriceLimit: Warn, Listing: Warn,
		Repeated: Warn, PrecloseChain: Warn, Jump: Warn, FloatShares: Warn, IndexRows: Warn,

		PctChgTolerance: 0.0001, AmountTolerance: 1, AmountRelative: 1e-7, ScaleFactor: 3,
		BreakDays: 7, JumpDown: 0.25, JumpUp: 1.5, FloatDown: 0.5, FloatUp: 5,
	}
}

// Validate returns every problem as a KeyError.
func (c CheckConfig) Validate() error {
	var e KeyErrors
	e.Check(c.PctChgTolerance > 0 && c.PctChgTolerance <= 1, "pct_chg_tolerance", "must be above 0 and at most 1 percentage point")
	e.Check(c.AmountTolerance >= 0 && c.AmountTolerance <= 1e6, "amount_tolerance", "must lie in 0..1000000 CNY")
	e.Check(c.AmountRelative >= 0 && c.AmountRelative < 1, "amount_relative", "must be at least 0 and below 1")
	e.Check(c.ScaleFactor > 1 && c.ScaleFactor <= 1000, "scale_factor", "must be above 1 and at most 1000")
	e.Check(c.BreakDays >= 0 && c.BreakDays <= 365, "break_days", "must lie in 0..365")
	e.Check(c.JumpDown > 0 && c.JumpDown < 1, "jump_down", "must lie between 0 and 1")
	e.Check(c.JumpUp > 1 && c.JumpUp <= 1000, "jump_up", "must be above 1 and at most 1000")
	e.Check(c.FloatDown > 0 && c.FloatDown < 1, "float_down", "must lie between 0 and 1")
	e.Check(c.FloatUp > 1 && c.FloatUp <= 1000, "float_up", "must be above 1 and at most 1000")
	return e.Err()
}

// severity returns the configured severity of a rule. Rows with an empty cell
// and rows of unknown securities cannot be stored, so these two always reject.
func (c *CheckConfig) severity(r Rule) Severity {
	return [ruleCount]Severity{
		EmptyCell: Reject, Unlisted: Reject,
		ClosedDay: c.Calendar, OHLCOrder: c.OHLCOrder, PositivePrices: c.PositivePrices, VolumeSign: c.VolumeSign,
		SuspendedVolume: c.SuspendedVolume, Duplicate: c.Duplicate, Tick: c.Tick, Scale: c.Scale,
		SuspendedPrices: c.SuspendedPrices, AveragePrice: c.AveragePrice, PctChg: c.PctChg, PriceLimit: c.PriceLimit,
		Listing: c.Listing, Repeated: c.Repeated, PrecloseChain: c.PrecloseChain, Jump: c.Jump,
		FloatShares: c.FloatShares, IndexRows: c.IndexRows,
	}[r]
}
