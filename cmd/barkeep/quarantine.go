package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/spf13/cobra"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// refusedRows is what runs know of the table quarantine.
type refusedRows struct {
	known    map[string]bool // raw texts of all rows
	cells    *etl.Cells      // of the rows meant for daily_bars
	released map[string]bool // raw texts of rows that were released
}

// readQuarantine reads the refused rows, and which of earlier ones were released.
func readQuarantine(ctx context.Context, l *lake.Lake, days []schedules.Day) (refusedRows, error) {
	rows := refusedRows{map[string]bool{}, etl.NewCells(days), map[string]bool{}}
	err := eachRefused(ctx, l, func(r refusedRow) error {
		rows.known[r.Raw] = true
		if r.table == etl.DailyBars.Name {
			rows.cells.Add(r.Symbol, r.Day)
		}
		return nil
	})
	if err != nil {
		return rows, err
	}
	rows.released, err = released(ctx, l)
	return rows, err
}

// refusedRow is a row of the table quarantine and the table it was meant for.
type refusedRow struct {
	etl.Refused
	table string
}

// refusedColumns are the columns that tell rows of the quarantine apart.
var refusedColumns = []string{"table_name", "symbol", "date", "reason", "raw", "request", "source", "fetched_at"}

// refusedAt reads a row of refusedColumns.
func refusedAt(r arrow.Record, i int, symbols *etl.SymbolReader) (refusedRow, error) {
	text := func(column int) string { return strings.Clone(r.Column(column).(*array.String).Value(i)) }
	symbol, err := symbols.Parse(r.Column(1).(*array.String).Value(i))
	return refusedRow{etl.Refused{
		Symbol: symbol, Day: schedules.Day(r.Column(2).(*array.Date32).Value(i)), Reason: text(3), Raw: text(4), Request: text(5),
		Source: text(6), Fetched: r.Column(7).(*array.Timestamp).Value(i).ToTime(arrow.Microsecond)}, text(0)}, err
}

// eachRefused reads the table quarantine row by row, by symbol and day within each
// of its files.
func eachRefused(ctx context.Context, l *lake.Lake, yield func(refusedRow) error) error {
	table := l.Table(etl.Quarantine)
	snapshot, err := table.Snapshot(ctx)
	if err != nil || len(snapshot.Files) == 0 {
		return err
	}
	var symbols etl.SymbolReader
	return table.Scan(ctx, snapshot, refusedColumns, nil, func(r arrow.Record) error {
		for i := range int(r.NumRows()) {
			row, err := refusedAt(r, i, &symbols)
			if err == nil {
				err = yield(row)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *app) quarantineCommand() *cobra.Command {
	var flags selectionFlags
	list := func(cmd *cobra.Command, _ []string) error { return a.listQuarantine(cmd.Context(), flags) }
	c := &cobra.Command{
		Use:   "quarantine",
		Short: "list, release and drop rows that were refused",
		Long: `Quarantine lists the rows that arrived and were refused by a rule. Bars whose row is
here are missing, and are the first that the next run of daily-bars asks for.`,
		Example: `  barkeep quarantine --date 2024-01-09
  barkeep quarantine release --symbols 600001 --date 2024-01-09
  barkeep quarantine drop --reason "high is below low" --yes`,
		Args: cobra.NoArgs,
		RunE: list,
	}
	flags.add(c, false)
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON object a line")
	listing := &cobra.Command{Use: "list", Short: "list rows that were refused", Args: cobra.NoArgs, RunE: list}
	flags.add(listing, false)
	listing.Flags().BoolVar(&a.json, "json", false, "print one JSON object a line")
	c.AddCommand(listing, a.releaseCommand(), a.dropCommand())
	return c
}

func (a *app) dropCommand() *cobra.Command {
	var flags selectionFlags
	c := &cobra.Command{
		Use:   "drop",
		Short: "take refused rows out of the quarantine",
		Long: `Drop takes rows out of the table quarantine. The table as it was can be read with
barkeep sql --as-of while vacuum keeps its files. A row that arrives again and still
breaks a rule is refused again.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.drop(cmd.Context(), flags) },
	}
	flags.add(c, true)
	return c
}

// listQuarantine prints the chosen rows.
func (a *app) listQuarantine(ctx context.Context, flags selectionFlags) error {
	picked, err := flags.parse()
	if err != nil {
		return err
	}
	_, l, err := a.oldLake()
	if err != nil {
		return err
	}
	out := json.NewEncoder(a.out)
	out.SetEscapeHTML(false)
	return eachRefused(ctx, l, func(r refusedRow) error {
		if !picked.holds(r.Symbol, r.Day, r.Reason) {
			return nil
		}
		if a.json {
			return out.Encode(map[string]any{"table": r.table, "symbol": r.Symbol, "date": r.Day, "reason": r.Reason,
				"raw": r.Raw, "request": r.Request, "source": r.Source, "fetched_at": r.Fetched})
		}
		_, err := fmt.Fprintf(a.out, "%s %s  %s: %s\n  %s\n", r.Symbol, r.Day, r.table, r.Reason, r.Raw)
		return err
	})
}

// drop takes the chosen rows out.
func (a *app) drop(ctx context.Context, flags selectionFlags) error {
	picked, err := flags.parse()
	if err != nil {
		return err
	}
	if !picked.narrow && !flags.all {
		return errUnchosen
	}
	if err := a.sure(flags, "The chosen rows are taken out of the quarantine."); err != nil {
		return err
	}
	return a.changeBars(ctx, func(_ configs.Config, l *lake.Lake) error {
		n, err := dropRefused(ctx, l, "quarantine-drop", func(r refusedRow) bool { return picked.holds(r.Symbol, r.Day, r.Reason) })
		if err == nil {
			fmt.Fprintf(a.out, "dropped %s\n", plural(n, "row"))
		}
		return err
	})
}

var errUnchosen = usageError{errors.New("say which rows: --symbols, --date, --from, --to, --reason, or --all")}

// dropRefused takes rows out of the table quarantine, in one commit.
func dropRefused(ctx context.Context, l *lake.Lake, job string, chosen func(refusedRow) bool) (int, error) {
	done, err := l.Table(etl.Quarantine).Edit(ctx, lake.Edit{
		Columns: refusedColumns,
		Judge: func(r arrow.Record, fates []lake.Fate) error {
			var symbols etl.SymbolReader
			for i := range fates {
				row, err := refusedAt(r, i, &symbols)
				if err != nil {
					return err
				}
				if chosen(row) {
					fates[i] = lake.Drop
				}
			}
			return nil
		},
	}, lake.Info{Job: job, Engine: engine()})
	return int(done.Dropped), err
}

// A released row is kept in the table checks, under a rule of its own, with its text
// at the end: when it comes again, it is not refused again.
const (
	ruleReleased = "released"
	rawMark      = "; row: "
)

// observeReleased is what the table checks keeps of a released row.
func observeReleased(r refusedRow) etl.Observation {
	return etl.Observation{Rule: ruleReleased, Severity: etl.Warn, Checked: 1, Found: 1, First: r.Day, Last: r.Day,
		Sample: r.Symbol.String() + " " + r.Day.String() + ": kept although " + r.Reason + rawMark + r.Raw}
}

// released reads the texts of all rows that were released.
func released(ctx context.Context, l *lake.Lake) (map[string]bool, error) {
	texts := map[string]bool{}
	table := l.Table(etl.Checks)
	snapshot, err := table.Snapshot(ctx)
	if err != nil || len(snapshot.Files) == 0 {
		return texts, err
	}
	err = table.Scan(ctx, snapshot, []string{"rule", "sample"}, nil, func(r arrow.Record) error {
		rules, samples := r.Column(0).(*array.String), r.Column(1).(*array.String)
		for i := range int(r.NumRows()) {
			if rules.Value(i) != ruleReleased {
				continue
			}
			if _, raw, ok := strings.Cut(samples.Value(i), rawMark); ok {
				texts[strings.Clone(raw)] = true
			}
		}
		return nil
	})
	return texts, err
}

// runID names a change that a user makes by hand.
func runID(job string) string { return job + " " + time.Now().UTC().Format(time.RFC3339) }
