package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

const jobRevisions = "revisions"

// revised is the part of a report that tells what the vendor has changed.
type revised struct {
	Compared int            `json:"compared"` // stored bars that were fetched again
	Bars     int            `json:"bars"`     // of them, those that had changed and were replaced
	Cells    int            `json:"cells"`    // changed cells
	Columns  map[string]int `json:"columns"`  // changed cells by column
	Added    int64          `json:"added"`    // bars that were not stored
	Vanished int            `json:"vanished"` // stored bars that the vendor does not have any more; they stay
	Examples []string       `json:"examples"`
}

// newRevisionsJob prepares a run that fetches the last days again.
func (a *app) newRevisionsJob(o barOptions) (*barsJob, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	o.days = cfg.Revisions.Days
	j, err := a.newBarsJob(o)
	if err != nil {
		return nil, err
	}
	j.name(jobRevisions)
	return j, nil
}

// revise fetches everything again and holds it against what is stored.
func (j *barsJob) revise(ctx context.Context, u etl.Universe, scope etl.Scope, expected, have *etl.Cells) error {
	run, err := j.pipeline(ctx, u, scope, expected, have)
	if err != nil {
		return err
	}
	published := func() { j.publishNow(ctx) }
	reviser := &etl.Reviser{
		Bars:      barsTable{appender{j.lake.Table(etl.DailyBars), j.info(), published}},
		Revisions: revisionsTable{appender{j.lake.Table(etl.Revisions), j.info(), nil}},
		Run:       j.id,
	}
	run.Bars, run.Committed, run.Stored, run.Again = reviser, etl.NewCells(have.Days()), have, true
	outcome, err := run.Do(ctx)
	j.app.screen.done()
	j.report.outcome(outcome)
	j.report.Committed = expected.Len() - expected.Minus(have).Len()
	j.report.Revisions = newRevised(reviser, outcome.Vanished)
	if err != nil {
		return err
	}
	return j.observe(context.WithoutCancel(ctx), []etl.Verdict{revision(reviser), vanished(reviser, outcome.Vanished)})
}

func newRevised(r *etl.Reviser, v etl.Vanished) *revised {
	part := &revised{Compared: r.Compared, Bars: r.Rows, Cells: r.Cells, Columns: r.Columns, Added: r.Added,
		Vanished: v.Cells, Examples: []string{}}
	if part.Columns == nil {
		part.Columns = map[string]int{}
	}
	for _, e := range r.Examples {
		part.Examples = append(part.Examples, revisionText(e))
	}
	if v.Cells > 0 {
		part.Examples = append(part.Examples, v.Sample)
	}
	return part
}

// revisionText writes a revision in words.
func revisionText(r etl.Revision) string {
	text := func(t etl.Text) string {
		if !t.Valid {
			return "null"
		}
		return t.Value
	}
	return fmt.Sprintf("%s %s: %s was %s, is %s", r.Symbol, r.Day, r.Column, text(r.Old), text(r.New))
}

// revision and vanished are what the table checks keeps of a run.
func revision(r *etl.Reviser) etl.Verdict {
	o := etl.Verdict{Rule: "revised", Severity: etl.Warn, Checked: int64(r.Compared), Found: int64(r.Rows), First: r.First, Last: r.Last}
	if len(r.Examples) > 0 {
		o.Sample = revisionText(r.Examples[0])
	}
	return o
}

func vanished(r *etl.Reviser, v etl.Vanished) etl.Verdict {
	return etl.Verdict{Rule: "vanished", Severity: etl.Warn, Checked: int64(r.Compared + v.Cells), Found: int64(v.Cells),
		First: v.First, Last: v.Last, Sample: v.Sample}
}

// write prints the part for people.
func (r *revised) write(w io.Writer) {
	fmt.Fprintf(w, "  revised      %s of %s compared; %s\n", plural(r.Bars, "bar"), count(int64(r.Compared)), plural(r.Cells, "cell"))
	if r.Added > 0 {
		fmt.Fprintf(w, "  added        %s\n", plural(int(r.Added), "bar"))
	}
	if r.Vanished > 0 {
		fmt.Fprintf(w, "  vanished     %s that the vendor does not have any more; kept\n", plural(r.Vanished, "bar"))
	}
	for _, e := range r.Examples {
		fmt.Fprintf(w, "               %s\n", e)
	}
}

// barsTable is the table daily_bars as a Reviser needs it.
type barsTable struct{ appender }

var _ etl.BarStore = barsTable{}

// Stored yields the rows of a range of days.
func (t barsTable) Stored(ctx context.Context, first, last schedules.Day, yield func(arrow.Record) error) error {
	snapshot, err := t.table.Snapshot(ctx)
	if err != nil || len(snapshot.Files) == 0 {
		return err
	}
	return t.table.ScanDays(ctx, snapshot, nil, parquet.Days{Column: "date", First: first, Last: last}, yield)
}

// Replace puts rows in the place of those with the same keys.
func (t barsTable) Replace(ctx context.Context, batches []arrow.Record, rows map[etl.BarKey]etl.BarRow) (etl.Commit, error) {
	first, last := schedules.Day(1<<31-1), schedules.Day(0)
	for key := range rows {
		first, last = min(first, key.Day), max(last, key.Day)
	}
	var seen etl.SymbolReader
	done, err := t.table.Edit(ctx, lake.Edit{
		Files:   lake.Overlaps(etl.DailyBars, "date", first, last),
		Columns: []string{"symbol", "date"}, With: batches, Replaced: int64(len(rows)),
		Judge: func(r arrow.Record, fates []lake.Fate) error {
			symbols, dates := r.Column(0).(*array.String), r.Column(1).(*array.Date32).Date32Values()
			for i, d := range dates {
				if day := schedules.Day(d); day >= first && day <= last {
					symbol, err := seen.Parse(symbols.Value(i))
					if err != nil {
						return err
					}
					if row, ok := rows[etl.BarKey{Symbol: symbol, Day: day}]; ok {
						fates[i] = lake.GiveWayTo(row.Batch, row.Row)
					}
				}
			}
			return nil
		},
	}, t.info)
	if err == nil && t.committed != nil {
		t.committed()
	}
	return etl.Commit{Version: done.Version, Files: len(done.Files), Rows: done.Replaced, Bytes: done.Bytes}, err
}

// revisionsTable is the table revisions as a Reviser needs it.
type revisionsTable struct{ appender }

var _ etl.RevisionStore = revisionsTable{}

// Known returns the revisions of a range of days.
func (t revisionsTable) Known(ctx context.Context, first, last schedules.Day) (list []etl.Revision, err error) {
	snapshot, err := t.table.Snapshot(ctx)
	if err != nil || len(snapshot.Files) == 0 {
		return nil, err
	}
	err = t.table.ScanDays(ctx, snapshot, nil, parquet.Days{Column: "date", First: first, Last: last}, func(r arrow.Record) error {
		part, err := etl.ReadRevisions(r)
		list = append(list, slices.DeleteFunc(part, func(v etl.Revision) bool { return v.Day < first || v.Day > last })...)
		return err
	})
	return list, err
}
