package lake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/sinks/parquet"
)

// Edit says what becomes of rows that are in a table: each one stays, goes, or
// gives way to another row of the same key.
type Edit struct {
	// Files says which files may hold rows that do not stay; nil stands for all.
	Files func(File) bool
	// Columns are what Judge looks at. In a table split by a Date column of its own
	// that column is not among the files' and cannot be named.
	Columns []string
	// With holds the rows that take the place of others, in the columns of
	// Table.Stored. Other rows may be among them.
	With []arrow.Record
	// Replaced is how many rows must give way. Where the table holds fewer of them,
	// or more, nothing is committed and the error matches ErrConflict.
	Replaced int64
	// Judge writes down what becomes of the rows of a record of Columns; all of
	// fates is Keep before. It is called more than once for the same rows.
	Judge func(r arrow.Record, fates []Fate) error
}

// Fate is what becomes of a row. The zero Fate is Keep.
type Fate struct{ row parquet.Row }

// Keep lets a row stay, and Drop takes it out of the table.
var (
	Keep = Fate{}
	Drop = Fate{parquet.Row{Batch: math.MaxUint32}}
)

// GiveWayTo puts a row of Edit.With in a row's place.
func GiveWayTo(batch, row int) Fate {
	return Fate{parquet.Row{Batch: uint32(batch) + 1, Row: uint32(row)}}
}

// Edited is what an Edit has done.
type Edited struct {
	Commit
	Replaced, Dropped int64 // rows; with neither there was no commit
}

// editAttempts is how often an edit begins anew because somebody else, compaction
// most likely, took out a file that it had rewritten.
const editAttempts = 5

// Edit rewrites the files that hold rows which do not stay, and puts the new files
// in their place in one commit. All other rows, and the order of all, are as before.
// Appends and compactions may come at the same time: an append is left alone, and
// after a compaction the edit begins anew. The old files stay on disk until vacuum,
// so that the table can be read as it was. After an error the table is as it was,
// unless Uncertain says otherwise.
func (t *Table) Edit(ctx context.Context, e Edit, info Info) (done Edited, err error) {
	for range editAttempts {
		var base *Snapshot
		if base, err = t.Snapshot(ctx); err != nil {
			break
		}
		if done, err = t.editOnce(ctx, base, e, info); err == nil || Uncertain(err) || !errors.Is(err, ErrConflict) || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return Edited{}, fmt.Errorf("change rows of table %s: %w", t.table.Name, err)
	}
	return done, nil
}

func (t *Table) editOnce(ctx context.Context, base *Snapshot, e Edit, info Info) (Edited, error) {
	w := &editor{table: t, edit: e}
	for _, f := range base.Files {
		if e.Files != nil && !e.Files(f) {
			continue
		}
		if err := w.file(ctx, f); err != nil {
			return Edited{}, errors.Join(err, t.DropUncommitted(w.fresh))
		}
	}
	if w.replaced != e.Replaced {
		err := &ConflictError{Table: t.table.Name, Version: base.Version,
			Found: fmt.Sprintf("holds %d of the %d rows that were to be replaced", w.replaced, e.Replaced)}
		return Edited{}, errors.Join(err, t.DropUncommitted(w.fresh))
	}
	done := Edited{Commit: Commit{Version: base.Version}, Replaced: w.replaced, Dropped: w.dropped}
	if len(w.old) == 0 {
		return done, nil
	}
	c := &change{operation: "UPDATE", removes: w.old, parameters: map[string]string{"predicate": "[]"}}
	if w.replaced == 0 {
		c.operation = "DELETE"
	}
	info.Metrics = maps.Clone(info.Metrics)
	if info.Metrics == nil {
		info.Metrics = map[string]string{}
	}
	info.Metrics["numUpdatedRows"], info.Metrics["numDeletedRows"] = strconv.FormatInt(w.replaced, 10), strconv.FormatInt(w.dropped, 10)
	var err error
	if done.Commit, err = t.takeOut(ctx, base, c, w.fresh, info); err != nil {
		if !Uncertain(err) {
			err = errors.Join(err, t.DropUncommitted(w.fresh))
		}
		return Edited{}, err
	}
	return done, nil
}
