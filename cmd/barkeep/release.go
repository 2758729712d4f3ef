package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/spf13/cobra"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sources/baostock"
)

const jobRelease = "quarantine-release"

// maxReleased bounds the rows that one command releases, which it holds in memory.
const maxReleased = 100_000

func (a *app) releaseCommand() *cobra.Command {
	var flags selectionFlags
	c := &cobra.Command{
		Use:   "release",
		Short: "put refused bars into their table in spite of the rules",
		Long: `Release puts daily bars that a rule refused into the table daily_bars: for rows that
are true although the rule says they cannot be. They are read from their raw text by
the decoder that has read them first, noted in the table checks under the rule
"released", and taken out of the quarantine. When such a row comes again it is kept.

A row whose cells do not all have a value cannot be released, nor one of several that
contradict each other, nor one of a bar of which the table has a newer row. An older
row gives way, and what it said is noted in the table revisions.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.release(cmd.Context(), flags) },
	}
	flags.add(c, true)
	return c
}

func (a *app) release(ctx context.Context, flags selectionFlags) error {
	picked, err := flags.parse()
	if err != nil {
		return err
	}
	if !picked.narrow && !flags.all {
		return errUnchosen
	}
	if err := a.sure(flags, "The chosen rows go into daily_bars in spite of the rules they break"); err != nil {
		return err
	}
	var r release
	err = a.changeBars(ctx, func(_ configs.Config, l *lake.Lake) (err error) {
		r = release{lake: l}
		return r.run(ctx, picked)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "released %s\n", plural(len(r.done), "row"))
	for _, text := range r.refused {
		fmt.Fprintf(a.out, "  not released %s\n", text)
	}
	if len(r.refused) > 0 {
		return partialError{}
	}
	return nil
}

// release moves rows from the quarantine to daily_bars. Three commits do it, in an
// order in which nothing is lost: the bars appear, the table checks says so, and the
// rows leave the quarantine. After a crash in between the same command finishes it:
// a bar that is there with the same values is not added again. A row that takes the
// place of another one is a revision, and noted as such.
type release struct {
	lake *lake.Lake

	rows    map[etl.BarKey]refusedRow
	bars    []arrow.Record // one row each
	done    map[string]bool
	refused []string // what stays, and why
}

func (r *release) run(ctx context.Context, picked selection) error {
	r.rows, r.done = map[etl.BarKey]refusedRow{}, map[string]bool{}
	if err := r.choose(ctx, picked); err != nil {
		return err
	}
	defer func() {
		for _, b := range r.bars {
			b.Release()
		}
	}()
	if err := r.decode(); err != nil || len(r.bars) == 0 {
		return err
	}
	info, id := lake.Info{Job: jobRelease, Engine: engine()}, runID(jobRelease)
	table := barsTable{appender{r.lake.Table(etl.DailyBars), info, nil}}
	fresh, err := r.fresh(ctx, table)
	if err != nil || len(fresh) == 0 {
		return err
	}
	reviser := &etl.Reviser{Bars: table, Revisions: revisionsTable{appender{r.lake.Table(etl.Revisions), info, nil}}, Run: id}
	if _, err := reviser.Append(ctx, fresh); err != nil {
		return err
	}
	var found []etl.Verdict
	for _, row := range r.rows {
		r.done[row.Raw] = true
		found = append(found, observeReleased(row))
	}
	if err := observe(ctx, r.lake, found, id, info); err != nil {
		return err
	}
	_, err = dropRefused(ctx, r.lake, jobRelease, func(row refusedRow) bool {
		return row.table == etl.DailyBars.Name && r.done[row.Raw]
	})
	return err
}

// choose reads the chosen rows. Of bars with several different rows none is taken.
func (r *release) choose(ctx context.Context, picked selection) error {
	torn := map[etl.BarKey]bool{}
	err := eachRefused(ctx, r.lake, func(row refusedRow) error {
		if !picked.holds(row.Symbol, row.Day, row.Reason) {
			return nil
		}
		if row.table != etl.DailyBars.Name || row.Source != vendor {
			r.keep(row, "only daily bars can be released; this row was meant for "+row.table)
			return nil
		}
		key := etl.BarKey{Symbol: row.Symbol, Day: row.Day}
		if other, twice := r.rows[key]; twice && other.Raw != row.Raw {
			torn[key] = true
		}
		r.rows[key] = row
		if len(r.rows) > maxReleased {
			return usage("more than %s rows are chosen; choose fewer at a time", count(maxReleased))
		}
		return nil
	})
	for key := range torn {
		r.keep(r.rows[key], "there are several different rows of it; drop the wrong ones first")
		delete(r.rows, key)
	}
	return err
}

// keep notes why a row stays.
func (r *release) keep(row refusedRow, why string) {
	r.refused = append(r.refused, fmt.Sprintf("%s %s: %s", row.Symbol, row.Day, why))
}

// decode reads the rows' texts.
func (r *release) decode() error {
	for key, row := range r.rows {
		batch, err := baostock.ParseRow(row.Raw, row.Fetched)
		why := ""
		switch {
		case err != nil:
			why = err.Error()
		case len(batch.Flaws) > 0:
			why = batch.Flaws[0].Reason
		case batch.Symbols[0] != key.Symbol || batch.Days[0] != key.Day:
			why = fmt.Sprintf("its text is of %s %s", batch.Symbols[0], batch.Days[0])
		}
		if why != "" {
			r.keep(row, why)
			delete(r.rows, key)
			if batch.Record != nil {
				batch.Record.Release()
			}
			continue
		}
		r.bars = append(r.bars, batch.Record)
	}
	return nil
}

// fresh returns the bars that may go into the table. Where it has a row that differs
// and arrived later, the old one stays in the quarantine.
func (r *release) fresh(ctx context.Context, table barsTable) ([]arrow.Record, error) {
	held, err := etl.CompareBars(r.bars, func(first, last schedules.Day, yield func(arrow.Record) error) error {
		return table.Stored(ctx, first, last, yield)
	})
	if err != nil {
		return nil, err
	}
	var fresh []arrow.Record
	for i, b := range r.bars {
		if held[i].Older {
			r.keep(r.rows[held[i].Key], "daily_bars has a newer row of it; drop this one")
			delete(r.rows, held[i].Key)
			continue
		}
		fresh = append(fresh, b)
	}
	slices.Sort(r.refused)
	return fresh, nil
}
