package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// account is everything known of one bar; its JSON is what why --json prints.
// What is not known, or does not apply, is null or empty.
type account struct {
	Symbol  etl.Symbol    `json:"symbol"`
	Date    schedules.Day `json:"date"`
	Present bool          `json:"present"`
	// Reason says in one word why there is no bar; see the reasons below.
	Reason  string `json:"reason,omitempty"`
	Verdict string `json:"verdict"`           // one sentence
	Command string `json:"command,omitempty"` // what would fetch a missing bar, or what would help

	Bar      map[string]any    `json:"bar"`   // by column of daily_bars
	Units    map[string]string `json:"units"` // of the columns that have one
	Origin   *origin           `json:"origin"`
	Security *listedSecurity   `json:"security"`
	Day      daySeal           `json:"day"`
	Previous *nearBar          `json:"previous"` // the stored bar before, wherever it lies
	Next     *nearBar          `json:"next"`
	Stored   storedSpan        `json:"stored"`
	// Suspended and Warned are the stretches of stored bars, suspended and under
	// risk warning, that the day lies in.
	Suspended *stretch `json:"suspended"`
	Warned    *stretch `json:"risk_warning"`

	Limit      *limitPrices    `json:"limit"`
	Factor     *factorInForce  `json:"factor"`
	Checks     *ruling         `json:"checks"`       // the rules, asked again now
	Noted      []notedCheck    `json:"noted_checks"` // what earlier runs have noted of this bar as an example
	Quarantine []quarantineRow `json:"quarantine"`
	Absence    *absenceRow     `json:"absence"`
	Revisions  []revisionRow   `json:"revisions"`
	Warnings   []string        `json:"warnings,omitempty"`
	Seconds    float64         `json:"seconds"`
}

// The reasons for which there is no bar.
const (
	whyClosed      = "closed_day"      // the exchanges do not trade
	whyUncertain   = "past_horizon"    // the calendar does not reach that far
	whyFuture      = "future"          // the day is not over
	whyUnpublished = "not_published"   // the vendor does not have it yet
	whyNoList      = "no_list"         // the lake has no list of securities
	whyUnknown     = "unknown_symbol"  // the vendor lists no such security
	whyNotListed   = "not_listed"      // before the listing
	whyDelisted    = "delisted"        // after the delisting, or on its day
	whyNotOffered  = "not_offered"     // the vendor has no bars of its kind, or not of that time
	whyOutOfScope  = "not_wanted"      // the configuration does not ask for it
	whyQuarantined = "quarantined"     // it arrived and was refused
	whyAbsent      = "absent"          // the vendor was asked and has none
	whyEmpty       = "no_bars"         // the lake has no bars at all
	whyUnfetched   = "never_fetched"   // nothing of that day has been fetched
	whyMissing     = "missing_in_part" // others of that day have been
)

func (a *app) whyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "why SYMBOL DATE",
		Short: "tell everything about one bar, or why it is not there",
		Long: `Why tells everything the lake knows of the bar of one security on one day: the row,
the file and the commit that brought it, when it arrived and by what request, the
rules it passes or breaks, revisions, the bars beside it, listing, suspension, risk
warning, limit prices, the adjust factor in force, and whether the day is complete.
Of a bar that is not there it tells the reason, and what would fetch it.

Nothing is sent and nothing is changed. The exit code is 0 whether the bar is there
or not.`,
		Example: `  barkeep why 600000 2024-05-06
  barkeep why sz.000001 20240506 --json`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			symbol, err := etl.ParseSymbol(args[0])
			if err != nil {
				return usageError{err}
			}
			day, err := schedules.ParseDay(args[1])
			if err != nil {
				return usageError{err}
			}
			r, err := a.account(cmd.Context(), symbol, day)
			if err != nil {
				return err
			}
			if a.json {
				return writeSummary(a.out, r)
			}
			r.write(a.out, a.paint())
			return nil
		},
	}
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON object")
	return c
}

// inquiry is what the account of a bar is drawn up from.
type inquiry struct {
	*account
	app      *app
	cfg      configs.Config
	lake     *lake.Lake
	calendar *schedules.Calendar
	at       time.Time
	due      schedules.Day // the last day the vendor can have published
	universe etl.Universe  // nil when the lake has no list
	versions []etl.InstrumentVersion
	history  []lightBar                       // all stored bars of the security, ascending
	rows     map[schedules.Day]map[string]any // the bar and those beside it, by column
	factors  []etl.FactorVersion
	file     lake.File // that the bar lies in
	snapshot *lake.Snapshot
}

// account draws up what the lake knows of a bar. It reads the lake and nothing
// else; nothing is printed.
func (a *app) account(ctx context.Context, symbol etl.Symbol, day schedules.Day) (*account, error) {
	start := time.Now()
	cfg, calendar, l, err := a.open()
	if err != nil {
		return nil, err
	}
	q := &inquiry{app: a, cfg: cfg, lake: l, at: now(), account: &account{
		Symbol: symbol, Date: day, Noted: []notedCheck{}, Quarantine: []quarantineRow{}, Revisions: []revisionRow{}}}
	if q.calendar, err = extended(ctx, l, calendar); err != nil {
		return nil, err
	}
	q.due = q.calendar.Published(q.at, schedules.DailyBarsReady)
	if err := q.read(ctx); err != nil {
		return nil, err
	}
	q.place()
	q.limits()
	if q.Present {
		q.judge()
		if err := q.trace(ctx); err != nil {
			return nil, err
		}
	}
	q.conclude()
	q.Seconds = time.Since(start).Seconds()
	return q.account, nil
}
