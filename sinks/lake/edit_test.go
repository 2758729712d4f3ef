package lake_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/compact"
)

// editing makes an edit of bars: those in with replace those of the same key, and
// those whose keys are in drop go.
func editing(t testing.TB, with []bar, drop ...string) lake.Edit {
	e := lake.Edit{Columns: []string{"symbol", "date"}, Replaced: int64(len(with))}
	at := map[string]int{}
	if len(with) > 0 {
		e.With = []arrow.Record{batch(t, with...)}
		for i, b := range with {
			at[b.symbol+" "+b.date] = i
		}
	}
	e.Judge = func(r arrow.Record, fates []lake.Fate) error {
		for i := range fates {
			key := r.Column(0).(*array.String).Value(i) + " " + schedules.Day(r.Column(1).(*array.Date32).Value(i)).String()
			if row, ok := at[key]; ok {
				fates[i] = lake.GiveWayTo(0, row)
			}
			if slices.Contains(drop, key) {
				fates[i] = lake.Drop
			}
		}
		return nil
	}
	return e
}

var editBefore = []bar{{"sh600000", "2023-01-03", 1}, {"sh600000", "2023-01-04", 2}, {"sz000001", "2023-01-03", 3}, {"sz000001", "2024-01-02", 4}}

func TestEdit(t *testing.T) {
	ctx := context.Background()
	table := open(t.TempDir()).Table(bars)
	appendBars(t, table, editBefore...)
	appendBars(t, table, bar{"sz000002", "2023-01-04", 5})
	before := snapshot(t, table)

	done, err := table.Edit(ctx, editing(t, []bar{{"sh600000", "2023-01-04", 20}}, "sz000001 2023-01-03"), lake.Info{Job: "test"})
	if err != nil || done.Replaced != 1 || done.Dropped != 1 || done.Version != 2 || len(done.Files) != 1 || done.Warning != nil {
		t.Fatalf("%+v, %v", done, err)
	}
	wantRows(t, sortedContent(t, table), bar{"sh600000", "2023-01-03", 1}, bar{"sh600000", "2023-01-04", 20}, bar{"sz000001", "2024-01-02", 4}, bar{"sz000002", "2023-01-04", 5})
	after := snapshot(t, table)
	if len(after.Files) != 3 || after.Files[0].Added != 2 || after.Files[1].Added != 1 || after.Files[2].Added != 0 {
		t.Errorf("the untouched files were rewritten, or the order is gone: %+v", after.Files)
	}
	// The log says that rows have changed, and the version before is still there.
	changes := 0
	for _, a := range rawCommit(t, table, 2) {
		for _, kind := range []string{"add", "remove"} {
			if f, ok := a[kind]; ok {
				changes++
				if f["dataChange"] != true {
					t.Errorf("%s without dataChange", kind)
				}
			}
		}
		if info, ok := a["commitInfo"]; ok && (info["operation"] != "UPDATE" || info["isBlindAppend"] != false) {
			t.Errorf("commitInfo %v", info)
		}
	}
	if changes != 2 {
		t.Errorf("%d files in the commit", changes)
	}
	old, err := table.SnapshotAt(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := content(t, table, old); len(got) != len(before.Files)+2 || !slices.Contains(got, "sh600000 2023-01-04 2") {
		t.Errorf("the version before holds %q", got)
	}

	// A file of which nothing stays has no successor.
	done, err = table.Edit(ctx, editing(t, nil, "sz000001 2024-01-02"), lake.Info{})
	if err != nil || done.Dropped != 1 || len(done.Files) != 0 || len(snapshot(t, table).Files) != 2 {
		t.Errorf("%+v, %v", done, err)
	}
	if info := rawCommit(t, table, 3)[0]["commitInfo"]; info["operation"] != "DELETE" {
		t.Errorf("commitInfo %v", info)
	}
	// Nothing to change is no commit.
	done, err = table.Edit(ctx, editing(t, nil, "sz999999 2024-01-02"), lake.Info{})
	if err != nil || done.Version != 3 || snapshot(t, table).Version != 3 {
		t.Errorf("%+v, %v", done, err)
	}
	checkDirectory(t, table)
}

func TestEditRefuses(t *testing.T) {
	ctx := context.Background()
	table := open(t.TempDir()).Table(bars)
	appendBars(t, table, editBefore...)
	swapped := editing(t, []bar{{"sh600000", "2023-01-04", 20}, {"sz000001", "2023-01-03", 30}})
	judge := swapped.Judge
	swapped.Judge = func(r arrow.Record, fates []lake.Fate) error {
		err := judge(r, fates)
		for i, f := range fates {
			if f == lake.GiveWayTo(0, 0) {
				fates[i] = lake.GiveWayTo(0, 1)
			}
		}
		return err
	}
	failing := editing(t, nil)
	failing.Judge = func(arrow.Record, []lake.Fate) error { return errFault }
	for name, tt := range map[string]struct {
		edit lake.Edit
		want string
	}{
		"another key": {swapped, "only a row of the same key"},
		"not there":   {editing(t, []bar{{"sh600000", "2023-01-04", 20}, {"sh600000", "2023-01-09", 20}}), "holds 1 of the 2 rows"},
		"judge":       {failing, errFault.Error()},
	} {
		_, err := table.Edit(ctx, tt.edit, lake.Info{})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "change rows of table bars") {
			t.Errorf("%s: %v", name, err)
		}
		if name == "not there" && !errors.Is(err, lake.ErrConflict) {
			t.Errorf("%v is no conflict", err)
		}
	}
	if s := snapshot(t, table); s.Version != 0 {
		t.Errorf("version %d", s.Version)
	}
	wantRows(t, sortedContent(t, table), editBefore...)
	checkDirectory(t, table)
}

// TestEditUnderFaults lets every change to the file system fail, once alone and once
// with all that follow: the rows are the old ones or the new ones, and the next edit
// gets through.
func TestEditUnderFaults(t *testing.T) {
	ctx := context.Background()
	from := t.TempDir()
	appendBars(t, open(from).Table(bars), editBefore...)
	with := []bar{{"sh600000", "2023-01-04", 20}, {"sz000001", "2024-01-02", 40}}
	want := []bar{editBefore[0], with[0], with[1]}
	for _, forever := range []bool{false, true} {
		for n := 1; ; n++ {
			dir := copyDir(t, from)
			l := open(dir)
			fault, hit := faultAt(n, forever)
			l.Fault(fault)
			_, err := l.Table(bars).Edit(ctx, editing(t, with, "sz000001 2023-01-03"), lake.Info{})
			if !*hit {
				if err != nil || n < 12 {
					t.Fatalf("%d changes, error %v", n-1, err)
				}
				break
			}
			table := open(dir).Table(bars)
			switch got := sortedContent(t, table); {
			case slices.Contains(got, "sh600000 2023-01-04 2"):
				wantRows(t, got, editBefore...)
				if err == nil {
					t.Errorf("fault %d: nobody noticed", n)
				}
				if !forever && !lake.Uncertain(err) {
					checkDirectory(t, table)
				}
			default:
				wantRows(t, got, want...)
			}
			if _, err := table.Edit(ctx, editing(t, with, "sz000001 2023-01-03"), lake.Info{}); err != nil {
				t.Fatalf("fault %d: the next edit: %v", n, err)
			}
			wantRows(t, sortedContent(t, table), want...)
		}
	}
}

// TestEditBesideOthers: a compaction and an append that come first, and an edit that
// comes before a compaction, all survive.
func TestEditBesideOthers(t *testing.T) {
	ctx := context.Background()
	fold := func(table *lake.Table) {
		r, err := compact.Run(ctx, table, compact.Options{All: true})
		if err != nil || len(r.Merges) == 0 {
			t.Errorf("compaction: %+v, %v", r, err)
		}
	}
	edit := func(table *lake.Table) {
		if _, err := table.Edit(ctx, editing(t, []bar{{"sh600000", "2023-01-03", 10}}), lake.Info{}); err != nil {
			t.Errorf("edit: %v", err)
		}
	}
	added := func(table *lake.Table) { appendBars(t, table, bar{"sz000003", "2023-01-05", 7}) }
	want := []bar{{"sh600000", "2023-01-03", 10}, {"sh600000", "2023-01-04", 2}, {"sz000001", "2023-01-03", 3}}
	for name, tt := range map[string]struct{ do, meanwhile func(*lake.Table) }{
		"compaction first": {edit, fold},
		"append first":     {edit, added},
		"edit first":       {fold, edit},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			other := open(dir).Table(bars)
			appendBars(t, other, editBefore[0], editBefore[2])
			appendBars(t, other, editBefore[1])
			l, done := open(dir), false
			l.Fault(func(op, _ string) error {
				if op == "link" && !done {
					done = true
					tt.meanwhile(other)
				}
				return nil
			})
			tt.do(l.Table(bars))
			rows := want
			if name == "append first" {
				rows = append(slices.Clone(want), bar{"sz000003", "2023-01-05", 7})
			}
			wantRows(t, sortedContent(t, other), rows...)
			checkDirectory(t, other)
			if !done {
				t.Error("nothing came in between")
			}
		})
	}
}

// TestEditOfDays: a table split by day has its day in the path only.
func TestEditOfDays(t *testing.T) {
	table := open(t.TempDir()).Table(ticks)
	if _, err := table.Append(t.Context(), []arrow.Record{batchOf(t, ticks, editBefore...)}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
	e := lake.Edit{Columns: []string{"symbol"}, Files: lake.Overlaps(ticks, "date", day(t, "2023-01-03"), day(t, "2023-01-03")),
		Judge: func(r arrow.Record, fates []lake.Fate) error {
			for i := range fates {
				if r.Column(0).(*array.String).Value(i) == "sh600000" {
					fates[i] = lake.Drop
				}
			}
			return nil
		}}
	if done, err := table.Edit(t.Context(), e, lake.Info{}); err != nil || done.Dropped != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	wantRows(t, sortedContent(t, table), editBefore[1:]...)
}
