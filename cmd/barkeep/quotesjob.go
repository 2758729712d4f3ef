package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sources/quotes"
)

const jobQuotes = "quotes"

// quotesReport is the summary of one snapshot; its JSON is what --json prints.
type quotesReport struct {
	Job         string        `json:"job"`
	Date        schedules.Day `json:"date"`  // the trading day the snapshot shows
	Phase       string        `json:"phase"` // of the market
	Symbols     int           `json:"symbols"`
	Rows        int64         `json:"rows"`      // committed; 0 when nothing has changed
	Unchanged   bool          `json:"unchanged"` // the snapshot equals the last one and was not written
	Cached      int           `json:"cached"`    // quotes that no provider was asked for
	Unknown     int           `json:"unknown"`   // symbols no provider knows
	Failed      int           `json:"failed"`    // symbols no provider answered
	Quarantined int           `json:"quarantined"`

	Requests     map[string]int64 `json:"requests"` // by provider
	Bytes        int64            `json:"bytes"`
	Seconds      float64          `json:"seconds"`
	FetchSeconds float64          `json:"fetch_seconds"` // of them, until the last quote was there
	Error        string           `json:"error,omitempty"`
}

// runQuotes does the job quotes: at the daemon's desk, or at one of its own.
func runQuotes(ctx context.Context, a *app, o options) (runReport, error) {
	symbols, err := parseSymbols("--symbols: ", o.list("symbols"))
	if err != nil {
		return nil, err
	}
	desk := a.desk
	if desk == nil {
		if desk, err = a.newQuoteDesk(ctx); err != nil {
			return nil, err
		}
		defer desk.cache.Close()
	}
	return desk.snapshot(ctx, symbols)
}

func (r *quotesReport) failed(err error) { r.Error = err.Error() }

func (r *quotesReport) tally() tally {
	t := tally{rows: r.Rows, bytes: r.Bytes}
	for _, n := range r.Requests {
		t.requests += n
	}
	return t
}

// snapshot takes one snapshot of the symbols, or of the whole market if none are
// named, and commits it unless it equals the last one.
func (d *quoteDesk) snapshot(ctx context.Context, symbols []etl.Symbol) (r *quotesReport, err error) {
	start := time.Now()
	moment := d.calendar.Moment(now())
	r = &quotesReport{Job: jobQuotes, Date: moment.Day, Phase: moment.Phase.String()}
	before := d.cache.Stats().Providers
	defer func() { r.finish(before, d.cache.Stats().Providers, time.Since(start)) }()
	if err := os.MkdirAll(d.lake.Dir(), 0o755); err != nil {
		return r, fmt.Errorf("the lake cannot be created: %w", err)
	}
	release, err := d.lake.Lock(jobQuotes)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if len(symbols) == 0 {
		if symbols, err = d.symbols(ctx); err != nil {
			return r, err
		}
	}
	slices.Sort(symbols)
	symbols = slices.Compact(symbols)
	r.Symbols = len(symbols)
	began := time.Now()
	results := d.cache.GetBatch(ctx, symbols, quotes.Ask{})
	r.FetchSeconds = time.Since(began).Seconds()
	rows := r.sort(results)
	verdict := quoteVerdict(ctx, symbols, results)
	if r.Failed == 0 && r.Quarantined == 0 && ctx.Err() == nil {
		verdict = nil // symbols the providers do not know are counted, and no fault
	}
	if err := d.commit(context.WithoutCancel(ctx), r, rows); err != nil {
		return r, errors.Join(err, verdict)
	}
	return r, verdict
}

// sort counts the results by kind and returns the quotes among them.
func (r *quotesReport) sort(results []quotes.Result) []etl.Quote {
	rows := make([]etl.Quote, 0, len(results))
	for _, one := range results {
		switch {
		case one.Err == nil:
			rows = append(rows, *one.Quote)
			if one.Hit {
				r.Cached++
			}
		case errors.Is(one.Err, quotes.ErrUnknown):
			r.Unknown++
		case errors.Is(one.Err, quotes.ErrRefusedRow):
			r.Quarantined++
		default:
			r.Failed++
		}
	}
	return rows
}

// commit writes what is new and publishes it.
func (d *quoteDesk) commit(ctx context.Context, r *quotesReport, rows []etl.Quote) error {
	info := lake.Info{Job: jobQuotes, Engine: engine()}
	if refused := d.refusals.take(); len(refused) > 0 {
		if err := appendRows(ctx, d.lake.Table(etl.Quarantine), etl.RefusedRows(refused, etl.Quotes.Name), info); err != nil {
			return err
		}
	}
	if r.Unchanged = len(rows) > 0 && sameQuotes(d.last, rows, d.calendar); !r.Unchanged && len(rows) > 0 {
		if err := appendRows(ctx, d.lake.Table(etl.Quotes), etl.QuoteRows(rows, r.Date), info); err != nil {
			return err
		}
		r.Rows, d.last = int64(len(rows)), rows
		if err := d.app.fold(ctx, d.cfg, d.lake, etl.Quotes); err != nil {
			d.app.log.Warn("small files were not folded, which the next snapshot or barkeep compact makes good", "error", err)
		}
	}
	// A crash between commit and publication is made good by the next tick.
	return d.app.publish(ctx, d.lake, d.cfg)
}

func appendRows(ctx context.Context, t *lake.Table, rows arrow.Record, info lake.Info) error {
	defer rows.Release()
	_, err := t.Append(ctx, []arrow.Record{rows}, info)
	return err
}

// sameQuotes reports whether two snapshots, ascending by symbol, say the same.
// Times are left out: one provider's move on through the lunch break. But the
// first snapshot after a day's close is another one than the last before it,
// because it says that these prices are the day's.
func sameQuotes(a, b []etl.Quote, c *schedules.Calendar) bool {
	if len(a) != len(b) || len(a) == 0 {
		return false
	}
	if c.Moment(a[0].Fetched).Day != c.Moment(b[0].Fetched).Day || over(a[0].Phase) != over(b[0].Phase) {
		return false
	}
	for i := range a {
		if !a[i].Same(&b[i]) {
			return false
		}
	}
	return true
}

// over reports whether the day's prices stand.
func over(p schedules.Phase) bool {
	switch p {
	case schedules.PhaseSettling, schedules.PhaseAfterHours, schedules.PhaseFinal, schedules.PhaseClosed:
		return true
	}
	return false
}

// finish counts what the providers were asked since before. While the desk serves
// others, too, some of that was for them.
func (r *quotesReport) finish(before, after []quotes.ProviderStats, took time.Duration) {
	r.Seconds = took.Seconds()
	r.Requests = map[string]int64{}
	for i, p := range after {
		r.Requests[p.Name] = p.Requests - before[i].Requests
		r.Bytes += p.Bytes - before[i].Bytes
	}
}

// write prints the report for people.
func (r *quotesReport) write(w io.Writer) {
	requests := int64(0)
	for _, n := range r.Requests {
		requests += n
	}
	fmt.Fprintf(w, "%s %s: %s, %s, %s received, %.1f s\n", r.Job, r.Date, plural(int(r.Rows), "row"), plural(int(requests), "request"), size(r.Bytes), r.Seconds)
	fmt.Fprintf(w, "  market       %s\n", r.Phase)
	if r.Unchanged {
		fmt.Fprintln(w, "  unchanged    nothing moved since the last snapshot, which is not written again")
	}
	for _, line := range []struct {
		n          int
		name, text string
	}{
		{r.Cached, "cached", "needed no request"},
		{r.Unknown, "unknown", "are not known to any provider"},
		{r.Failed, "failed", "could not be had"},
		{r.Quarantined, "quarantined", "have rows that cannot be true; see table quarantine"},
	} {
		if line.n > 0 {
			fmt.Fprintf(w, "  %-12s %s of %s securities %s\n", line.name, count(int64(line.n)), count(int64(r.Symbols)), line.text)
		}
	}
}
