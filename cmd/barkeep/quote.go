package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	colours "github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"barkeep/cmd/barkeep/web"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

func (a *app) quoteCommand() *cobra.Command {
	var ask quotes.Ask
	c := &cobra.Command{
		Use:   "quote SYMBOL...",
		Short: "show realtime quotes",
		Long: `Quote asks the quote providers for the securities named, in any usual spelling.
What cannot have changed since the lake's last snapshot, at night or on a
holiday, is shown without asking anybody.`,
		Example: `  barkeep quote 000001 600519
  barkeep quote sh000001 510300.SH --fresh --json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.quote(cmd.Context(), args, ask) },
	}
	f := c.Flags()
	f.BoolVar(&ask.Fresh, "fresh", false, "ask a provider even if nothing can have changed")
	f.BoolVar(&ask.Stale, "stale", false, "when no provider answers, show the last known quote")
	f.BoolVar(&a.json, "json", false, "print one JSON object")
	return c
}

func (a *app) quote(ctx context.Context, args []string, ask quotes.Ask) error {
	symbols, err := parseSymbols("", args)
	if err != nil {
		return err
	}
	desk, err := a.newQuoteDesk(ctx)
	if err != nil {
		return err
	}
	defer desk.cache.Close()
	results := desk.cache.GetBatch(ctx, symbols, ask)
	if a.json {
		err = writeQuotesJSON(a.out, desk, args, results)
	} else {
		writeQuotes(a.out, results, isTerminal(a.out) && os.Getenv("NO_COLOR") == "")
	}
	return errors.Join(err, quoteVerdict(ctx, symbols, results))
}

// parseSymbols reads symbols in any usual spelling; all mistakes are reported at
// once.
func parseSymbols(flag string, texts []string) ([]etl.Symbol, error) {
	var problems []error
	symbols := make([]etl.Symbol, 0, len(texts))
	for _, t := range texts {
		s, err := etl.ParseSymbol(t)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s%w", flag, err))
		}
		symbols = append(symbols, s)
	}
	if len(problems) > 0 {
		return nil, usageError{errors.Join(problems...)}
	}
	return symbols, nil
}

// quoteVerdict is the error of a command some of whose quotes could not be had:
// partial if there are others.
func quoteVerdict(ctx context.Context, symbols []etl.Symbol, results []quotes.Result) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	// One failed request is the reason for many symbols.
	var problems []error
	seen := map[string]bool{}
	for i, r := range results {
		if r.Err == nil {
			continue
		}
		if errors.Is(r.Err, quotes.ErrUnavailable) {
			if text := r.Err.Error(); !seen[text] {
				seen[text] = true
				problems = append(problems, r.Err)
			}
			continue
		}
		problems = append(problems, fmt.Errorf("%s: %w", symbols[i], r.Err))
	}
	err := errors.Join(problems...)
	if err != nil && len(problems) < len(results) {
		return partialError{err}
	}
	return err
}

// writeQuotesJSON prints {"quotes": {as written: entry}, ...} with the entries of
// the HTTP door.
func writeQuotesJSON(w io.Writer, d *quoteDesk, args []string, results []quotes.Result) error {
	entries := make(map[string]json.RawMessage, len(args))
	for i, r := range results {
		entries[args[i]] = web.Entry(args[i], r, d.calendar, now())
	}
	text, err := json.MarshalIndent(map[string]any{"quotes": entries}, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

// writeQuotes prints a table. Colour follows the market's custom: red rises,
// green falls.
func writeQuotes(w io.Writer, results []quotes.Result, colour bool) {
	t := table.NewWriter()
	t.SuppressTrailingSpaces()
	t.SetStyle(table.StyleLight)
	t.Style().Options.DrawBorder = false
	t.Style().Options.SeparateColumns = false
	t.Style().Format.Header = colours.FormatDefault
	t.AppendHeader(table.Row{"symbol", "name", "last", "change", "%", "open", "high", "low", "preclose", "volume", "amount", "time", "", "source"})
	var right []table.ColumnConfig
	for column := 3; column <= 11; column++ {
		right = append(right, table.ColumnConfig{Number: column, Align: colours.AlignRight, AlignHeader: colours.AlignRight})
	}
	t.SetColumnConfigs(right)
	rows := 0
	for _, r := range results {
		if r.Err == nil {
			t.AppendRow(quoteRow(r, colour))
			rows++
		}
	}
	if rows > 0 {
		fmt.Fprintln(w, t.Render())
	}
}

func quoteRow(r quotes.Result, colour bool) table.Row {
	q := r.Quote
	change, percent := q.Change()
	paint := func(s string) string { return s }
	if colour && change > 0 {
		paint = func(s string) string { return colours.FgRed.Sprint(s) }
	} else if colour && change < 0 {
		paint = func(s string) string { return colours.FgGreen.Sprint(s) }
	}
	return table.Row{q.Symbol, q.Name, paint(price(q.Last)), paint(signed(change, -1)), paint(signed(percent, 2)),
		price(q.Open), price(q.High), price(q.Low), price(q.Preclose), chinese(float64(q.Volume)), chinese(q.Amount),
		quoteTime(q.Time), quoteNote(r), q.Source}
}

// price writes two decimals, or as many as there are; a price that does not
// exist is a dash.
func price(v float64) string {
	if v != v {
		return "-"
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if point := strings.IndexByte(s, '.'); point < 0 || len(s)-point-1 < 2 {
		s = strconv.FormatFloat(v, 'f', 2, 64)
	}
	return s
}

func signed(v float64, decimals int) string {
	if v != v || math.IsInf(v, 0) {
		return "-"
	}
	s := price(v)
	if decimals >= 0 {
		s = strconv.FormatFloat(v, 'f', decimals, 64)
	}
	if v > 0 {
		s = "+" + s
	}
	return s
}

// chinese writes a large number in units of ten thousand (万) and a hundred
// million (亿), as the market's screens do.
func chinese(v float64) string {
	switch {
	case v >= 1e8:
		return strconv.FormatFloat(v/1e8, 'f', 2, 64) + "亿"
	case v >= 1e4:
		return strconv.FormatFloat(v/1e4, 'f', 2, 64) + "万"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// quoteTime writes the time of day of a quote of today, and the date of others.
func quoteTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	layout := "15:04:05"
	if schedules.DayOf(t) != schedules.DayOf(now()) {
		layout = "2006-01-02 15:04:05"
	}
	return t.In(schedules.Shanghai).Format(layout)
}

// quoteNote says what is not usual about a quote.
func quoteNote(r quotes.Result) string {
	var notes []string
	if r.Quote.Status != etl.Trading {
		notes = append(notes, strings.ReplaceAll(r.Quote.Status.String(), "_", " "))
	}
	if r.Stale {
		notes = append(notes, "STALE")
	}
	return strings.Join(notes, ", ")
}
