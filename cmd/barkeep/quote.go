package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"barkeep/cmd/barkeep/web"
	"barkeep/etl"
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
		writeQuotes(a.out, results, a.paint().on)
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
		err := r.Err
		if !strings.Contains(err.Error(), symbols[i].String()) {
			err = fmt.Errorf("%s: %w", symbols[i], err)
		}
		problems = append(problems, err)
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
