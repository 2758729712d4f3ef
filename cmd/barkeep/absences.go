package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/spf13/cobra"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// absent reads which cells of the days have an absence.
func absent(ctx context.Context, l *lake.Lake, days []schedules.Day) (*etl.Cells, error) {
	cells := etl.NewCells(days)
	err := all(ctx, l.Table(etl.Absences), func(r arrow.Record) error {
		list, err := etl.ReadAbsences(r)
		for _, a := range list {
			cells.Add(a.Symbol, a.Day)
		}
		return err
	})
	return cells, err
}

func (a *app) absencesCommand() *cobra.Command {
	var flags selectionFlags
	c := &cobra.Command{
		Use:   "absences",
		Short: "list, declare and withdraw bars that do not exist",
		Long: `Absences lists the bars that should exist and do not: the vendor, asked for the
security alone, has no row of the day. An absence explains a hole, so that a day is
complete without the bar. Absent bars are asked for again by revisions, and by
daily-bars with --again; a bar that comes overrules its absence.`,
		Example: `  barkeep absences --from 2024-01-01
  barkeep absences declare --symbols 600001 --date 2024-01-09 --reason "the exchange has none either"
  barkeep absences withdraw --symbols 600001`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listAbsences(cmd.Context(), flags) },
	}
	flags.add(c, false)
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON object a line")
	c.AddCommand(a.declareCommand(), a.withdrawCommand())
	return c
}

func (a *app) declareCommand() *cobra.Command {
	var flags selectionFlags
	c := &cobra.Command{
		Use:   "declare --symbols SYMBOLS --date DAY --reason TEXT",
		Short: "declare bars that should exist to be absent",
		Long: `Declare explains holes that no answer explains. Only bars that should exist by the
vendor's lists, and that the lake does not have, can be declared absent.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case len(flags.symbols) == 0 || flags.date == "" && (flags.from == "" || flags.to == ""):
				return usage("say which bars: --symbols, and --date or --from and --to")
			case strings.TrimSpace(flags.reason) == "":
				return usage("say why they are absent: --reason")
			}
			return a.declare(cmd.Context(), flags)
		},
	}
	flags.add(c, false)
	c.Flags().Lookup("reason").Usage = "why there is no bar, in words"
	return c
}

func (a *app) withdrawCommand() *cobra.Command {
	var flags selectionFlags
	c := &cobra.Command{
		Use:   "withdraw",
		Short: "take absences back, so that the bars are missing again",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.withdraw(cmd.Context(), flags) },
	}
	flags.add(c, true)
	return c
}

// listAbsences prints the chosen absences, by symbol and day.
func (a *app) listAbsences(ctx context.Context, flags selectionFlags) error {
	return a.listing(flags, "There are no absences.", func(l *lake.Lake, show show) error {
		return all(ctx, l.Table(etl.Absences), func(r arrow.Record) error {
			list, err := etl.ReadAbsences(r)
			for _, b := range list {
				err = errors.Join(err, show(etl.BarKey{Symbol: b.Symbol, Day: b.Day}, b.Reason, map[string]any{"symbol": b.Symbol,
					"date": b.Day, "reason": b.Reason, "request": b.Request, "source": b.Source, "seen_at": b.Seen}, absenceText(b)))
			}
			return err
		})
	})
}

func absenceText(b etl.Absence) string {
	asked := b.Source
	if b.Request != "" {
		asked += ", asked for " + b.Request
	}
	return fmt.Sprintf("%s %s  %s (%s, %s)", b.Symbol, b.Day, b.Reason, asked, b.Seen.In(schedules.Shanghai).Format("2006-01-02 15:04"))
}

// oldLake opens a lake that is there.
func (a *app) oldLake() (configs.Config, *lake.Lake, error) {
	u, err := a.newUpkeep(context.Background(), nil)
	if err != nil {
		return configs.Config{}, nil, err
	}
	return u.cfg, u.lake, nil
}

// changeBars does something to the tables of bars while no other job does.
func (a *app) changeBars(ctx context.Context, do func(configs.Config, *lake.Lake) error) error {
	cfg, l, err := a.oldLake()
	if err != nil {
		return err
	}
	release, err := l.Lock(jobDailyBars)
	if err != nil {
		return err
	}
	err = do(cfg, l)
	return errors.Join(err, a.publish(context.WithoutCancel(ctx), l, cfg), release())
}
