package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/spf13/cobra"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/sinks/lake"
)

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
	return a.listing(flags, "The quarantine is empty.", func(l *lake.Lake, show show) error {
		return eachRefused(ctx, l, func(r refusedRow) error {
			object := map[string]any{"table": r.table, "symbol": r.Symbol, "date": r.Day, "reason": r.Reason,
				"raw": r.Raw, "request": r.Request, "source": r.Source, "fetched_at": r.Fetched}
			text := fmt.Sprintf("%s %s  %s: %s\n  %s", r.Symbol, r.Day, r.table, r.Reason, r.Raw)
			return show(etl.BarKey{Symbol: r.Symbol, Day: r.Day}, r.Reason, object, text)
		})
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
	if err := a.sure(flags, "The chosen rows are taken out of the quarantine"); err != nil {
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
