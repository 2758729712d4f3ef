package lake

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Rewrite puts new files in the place of live ones, in one commit that changes no
// row: for compaction. The caller has made sure that fresh holds exactly the rows
// of old; files from NewFile.Finish belong to this commit and to no other.
//
// Appends that come first do not matter. When somebody else took one of the old
// files out, the error matches ErrConflict and nothing was committed; the fresh
// files are the caller's to drop, unless the error says that the commit may have
// taken place, see Uncertain.
func (t *Table) Rewrite(ctx context.Context, base *Snapshot, old, fresh []File, info Info) (Commit, error) {
	c := &change{operation: "OPTIMIZE", removes: old, keepsRows: true, parameters: map[string]string{"predicate": "[]"}}
	return t.takeOut(ctx, base, c, fresh, info)
}

// Remove takes live files out of the table, rows and all, in one commit: for files
// that are damaged and whose rows will be fetched again. They stay on disk until
// vacuum. Errors as in Rewrite.
func (t *Table) Remove(ctx context.Context, base *Snapshot, old []File, info Info) (Commit, error) {
	c := &change{operation: "DELETE", removes: old, parameters: map[string]string{"predicate": "[]"}}
	return t.takeOut(ctx, base, c, nil, info)
}

func (t *Table) takeOut(ctx context.Context, base *Snapshot, c *change, fresh []File, info Info) (Commit, error) {
	start := time.Now()
	if base.Version < 0 || len(c.removes) == 0 {
		return Commit{}, fmt.Errorf("rewrite table %s: there is no file to take out", t.table.Name)
	}
	if err := checkDefinition(t.table); err != nil {
		return Commit{}, err
	}
	commit := Commit{Files: fresh}
	for _, f := range fresh {
		c.adds = append(c.adds, f.add)
		commit.Rows += f.Rows
		commit.Bytes += f.Bytes
	}
	c.info, c.metrics = info, writeMetrics(&commit, info)
	c.metrics["numRemovedFiles"] = strconv.Itoa(len(c.removes))
	version, err := t.publish(ctx, base.state, c)
	if err != nil {
		return Commit{}, err
	}
	commit.Version = version
	t.finish(ctx, base.state, &commit, start)
	return commit, nil
}

// Uncertain says whether a commit that failed may nevertheless be in the log: then
// its new files must stay, and a new Snapshot tells.
func Uncertain(err error) bool { return errors.Is(err, errUncertain) }
