package etl

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/schedules"
)

// BarStore is the table daily_bars, as a Reviser needs it.
type BarStore interface {
	Appender
	// Stored yields the stored rows of a range of days, and maybe others, in the
	// columns of DailyBars. A record is valid during the call only.
	Stored(ctx context.Context, first, last schedules.Day, yield func(arrow.Record) error) error
	// Replace puts rows of the batches in the place of those with the same keys, in
	// one commit, which is refused when one of them is not in the table.
	Replace(ctx context.Context, batches []arrow.Record, rows map[BarKey]BarRow) (Commit, error)
}

// RevisionStore is the table Revisions.
type RevisionStore interface {
	Appender
	// Known returns the revisions of a range of days that the table has.
	Known(ctx context.Context, first, last schedules.Day) ([]Revision, error)
}

// Reviser is the Appender of a Run that fetches anew what the lake may have: rows
// that it has not are appended, rows that differ from what it has take their place,
// and equal ones are left alone.
//
// The changed cells are committed to the table Revisions first, and the bars then.
// A crash in between loses nothing: the lake shows the old bars, which differ still,
// so that the next run replaces them; and that their cells are noted already it sees
// by the time at which the old row had arrived. In the other order the old values
// would be gone from both tables.
type Reviser struct {
	Bars      BarStore
	Revisions RevisionStore
	Run       string // names the run in the table Revisions

	// What has been done so far.
	Compared    int            // stored rows that were compared
	Rows        int            // rows replaced
	Cells       int            // cells changed
	Added       int64          // rows the lake did not have
	Columns     map[string]int // changed cells by column
	Examples    []Revision     // the first few
	First, Last schedules.Day  // the earliest and latest day with a change; 0 for none
}

// maxExamples is how many revisions a Reviser keeps for the report.
const maxExamples = 5

var _ Appender = (*Reviser)(nil)

// Append compares rows with the table and commits what is new or changed. The
// Commit counts the rows appended and replaced.
func (r *Reviser) Append(ctx context.Context, batches []arrow.Record) (Commit, error) {
	c, err := newComparer(batches, r.Run)
	if err != nil {
		return Commit{}, err
	}
	if err := r.Bars.Stored(ctx, c.first, c.last, c.add); err != nil {
		return Commit{}, fmt.Errorf("compare with the stored bars: %w", err)
	}
	if err := r.note(ctx, c); err != nil {
		return Commit{}, err
	}
	var done Commit
	if len(c.changed) > 0 {
		if done, err = r.Bars.Replace(ctx, batches, c.changed); err != nil {
			return Commit{}, fmt.Errorf("replace bars that the vendor has changed: %w", err)
		}
		done.Rows = int64(len(c.changed))
	}
	r.count(c)
	rows := c.unmet()
	defer func() {
		for _, part := range rows {
			part.Release()
		}
	}()
	if len(rows) == 0 {
		return done, nil
	}
	added, err := r.Bars.Append(ctx, rows)
	if err != nil {
		return done, err
	}
	r.Added += added.Rows
	return Commit{added.Version, done.Files + added.Files, done.Rows + added.Rows, done.Bytes + added.Bytes}, nil
}

// note commits the revisions that the table does not have from a run that ended
// before it replaced the bars.
func (r *Reviser) note(ctx context.Context, c *comparer) error {
	if len(c.revisions) == 0 {
		return nil
	}
	known, err := r.Revisions.Known(ctx, c.first, c.last)
	if err != nil {
		return err
	}
	type change struct {
		key        BarKey
		column     string
		old, new   Text
		oldFetched int64
	}
	of := func(v Revision) change {
		return change{BarKey{v.Symbol, v.Day}, v.Column, v.Old, v.New, v.OldFetched.UnixMicro()}
	}
	noted := map[change]bool{}
	for _, v := range known {
		noted[of(v)] = true
	}
	list := slices.DeleteFunc(slices.Clone(c.revisions), func(v Revision) bool { return noted[of(v)] })
	if len(list) == 0 {
		return nil
	}
	if err := add(ctx, r.Revisions, RevisionRows(list)); err != nil {
		return fmt.Errorf("note what the vendor has changed: %w", err)
	}
	return nil
}

func (r *Reviser) count(c *comparer) {
	if r.Columns == nil {
		r.Columns = map[string]int{}
	}
	r.Compared += len(c.met)
	r.Rows += len(c.changed)
	r.Cells += len(c.revisions)
	for _, v := range c.revisions {
		r.Columns[v.Column]++
		if r.First == 0 || v.Day < r.First {
			r.First = v.Day
		}
		r.Last = max(r.Last, v.Day)
		if len(r.Examples) < maxExamples {
			r.Examples = append(r.Examples, v)
		}
	}
}
