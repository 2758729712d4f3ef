package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"barkeep/sinks/duckdb"
)

// sqlOptions is how answers are printed.
type sqlOptions struct {
	asOf    string
	format  string
	maxRows int
}

func (a *app) sqlCommand() *cobra.Command {
	var o sqlOptions
	c := &cobra.Command{
		Use:   `sql ["QUERY"]`,
		Short: "ask SQL of the lake, read-only",
		Long: `Sql answers one query over the newest state of the lake: views daily_bars,
quotes, instruments, trading_days and quarantine and what derives from them, tables
files, versions and commits. Nothing can be written. With --as-of it answers over the
lake as it was at a time, or in a publication that is kept (lake@NUMBER.duckdb).
Without a query it reads statements, each ended by a semicolon, from the terminal or
from standard input.`,
		Example: `  barkeep sql "SELECT date, close FROM daily_bars WHERE symbol = 'sh600000' ORDER BY date DESC LIMIT 5"
  barkeep sql --as-of 2026-09-28 "SELECT count(*) FROM daily_bars"
  barkeep sql --format csv "SELECT * FROM instruments" > instruments.csv`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case cmd.Flags().Changed("format") && a.json && o.format != "json":
				return usage("--json and --format %s contradict each other", o.format)
			case a.json:
				o.format = "json"
			}
			if o.format != "table" && o.format != "csv" && o.format != "json" {
				return usage("--format %s: must be table, csv or json", o.format)
			}
			cfg, err := a.config()
			if err != nil {
				return err
			}
			asOf := duckdb.AsOf{}
			if o.asOf != "" {
				if asOf, err = duckdb.ParseAsOf(o.asOf); err != nil {
					return usage("--as-of: %w", err)
				}
			}
			l, err := a.openLake(cfg)
			if err != nil {
				return err
			}
			db, err := duckdb.OpenAt(cmd.Context(), l, cfg.DuckDB, asOf)
			if err != nil {
				return err
			}
			defer db.Close()
			if len(args) == 1 {
				return a.query(cmd.Context(), db, args[0], o)
			}
			return a.prompt(cmd.Context(), db, o)
		},
	}
	c.Flags().StringVar(&o.format, "format", "table", "table, csv or json")
	c.Flags().StringVar(&o.asOf, "as-of", "", "the lake as it was: the `number` of a publication, or a time such as 2026-09-28T17:00")
	c.Flags().IntVar(&o.maxRows, "max-rows", 1000, "rows shown by format table; 0 for all")
	c.Flags().BoolVar(&a.json, "json", false, "the same as --format json")
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"table", "csv", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// query runs one statement and prints its rows.
func (a *app) query(ctx context.Context, db *duckdb.DB, text string, o sqlOptions) error {
	rows, err := db.Query(ctx, strings.TrimRight(strings.TrimSpace(text), ";"))
	if err != nil {
		return err
	}
	defer rows.Close()
	return o.write(a.out, rows)
}

func (o sqlOptions) write(w io.Writer, rows *duckdb.Result) error {
	switch o.format {
	case "csv":
		return rows.WriteCSV(w)
	case "json":
		return rows.WriteJSON(w)
	}
	return rows.WriteTable(w, o.maxRows)
}

// prompt reads statements until the input ends. On a terminal a mistake is
// shown and the prompt goes on; a script ends with it.
func (a *app) prompt(ctx context.Context, db *duckdb.DB, o sqlOptions) error {
	people := isTerminal(a.in) && isTerminal(a.out)
	in, closeInput, err := a.lines(people)
	if err != nil {
		return err
	}
	defer closeInput()
	if people {
		fmt.Fprintln(a.out, "SQL over the lake. End a statement with a semicolon; Ctrl-D or exit leaves.")
	}
	var text strings.Builder
	for ctx.Err() == nil {
		line, err := in(text.Len() > 0)
		if err != nil && err != io.EOF {
			return err
		}
		word := strings.TrimRight(strings.TrimSpace(line), ";")
		if text.Len() == 0 && (word == "exit" || word == "quit" || word == ".quit") {
			return nil
		}
		if line != "" {
			text.WriteString(line + "\n")
		}
		statements, rest := split(text.String())
		if rest != "" && err == io.EOF {
			statements, rest = append(statements, rest), ""
		}
		text.Reset()
		text.WriteString(rest)
		for _, statement := range statements {
			if qerr := a.query(ctx, db, statement, o); qerr != nil {
				if !people {
					return qerr
				}
				fmt.Fprintln(a.err, qerr)
			}
		}
		if err == io.EOF {
			return nil
		}
	}
	return context.Cause(ctx)
}
