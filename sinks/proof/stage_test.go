//go:build cgo

package proof_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/sinks/duckdb"
)

// stage is a prepared lake that can be set up again and again.
type stage struct {
	scenario
	dir       string
	backup    string
	states    []map[string][]string // the rows of each table, sorted
	published map[string][]string   // what the catalog shows before; nil without one
}

func newStage(t *testing.T, s scenario) *stage {
	t.Helper()
	top := scratch(t)
	g := &stage{scenario: s, dir: filepath.Join(top, "lake"), backup: filepath.Join(top, "backup")}
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, w := range s.worlds(s.prepare(t, openLake(g.dir))) {
		rows := map[string][]string{}
		for _, table := range tables {
			rows[table.Name] = texts(table, w[table.Name])
		}
		g.states = append(g.states, rows)
	}
	catalog := filepath.Join(g.dir, duckdb.CatalogName)
	if _, err := os.Stat(catalog); err == nil {
		if g.published, err = rowsOfCatalog(catalog, tables); err != nil {
			t.Fatal(err)
		}
	}
	restore(t, g.dir, g.backup)
	return g
}

// points counts the changes that the operation makes. Then the machine dies, and
// what the operation reported has to be there all the same.
func (g *stage) points(t *testing.T) int {
	t.Helper()
	restore(t, g.backup, g.dir)
	f := newFault(g.dir, math.MaxInt, power)
	l := openLake(g.dir)
	l.Disk().Before = f.before
	if err := errors.Join(g.run(t.Context(), l), f.lose()); err != nil {
		t.Fatal(err)
	}
	g.check(t, true)
	g.runAgain(t)
	if t.Failed() {
		t.Fatal("after a power failure when the operation was through")
	}
	return f.count
}

// interrupt lets the n-th change fail and looks at what is left, twice. It returns
// false when there were fewer changes this time: a process that has published once
// makes some of them no more.
func (g *stage) interrupt(t *testing.T, way string, n int) bool {
	t.Helper()
	restore(t, g.backup, g.dir)
	f := newFault(g.dir, n, way)
	l := openLake(g.dir)
	l.Disk().Before = f.before
	err := g.run(t.Context(), l)
	if err != nil && !errors.Is(err, errDied) {
		t.Error("the cause is not in the error")
	}
	g.check(t, err == nil)
	g.runAgain(t)
	if t.Failed() {
		t.Fatalf("%s at point %d, %s; the operation said: %v", way, n, f.met, err)
	}
	return f.struck()
}

// check holds what is on disk against the states that are allowed; done says
// that the operation reported success.
func (g *stage) check(t *testing.T, done bool) {
	t.Helper()
	found := map[string][]string{}
	for _, table := range tables {
		rows, state, err := rowsOfLog(g.dir, table)
		if err != nil {
			t.Error(err)
			return
		}
		found[table.Name] = rows
		checkFiles(t, state)
	}
	at := slices.IndexFunc(g.states, func(s map[string][]string) bool { return sameTables(s, found) })
	switch {
	case at < 0:
		t.Error("the lake is in none of the states that it may be in")
		for i, s := range g.states {
			for _, table := range tables {
				t.Logf("against state %d, %s: %s", i, table.Name, difference(found[table.Name], s[table.Name]))
			}
		}
	case done && at != len(g.states)-1:
		t.Errorf("the operation reported success and the lake is in state %d of %d", at, len(g.states)-1)
	}
	g.checkCatalogs(t)
	checkTable(t, g.dir, g.table, true)
}

// runAgain is the next run of the program.
func (g *stage) runAgain(t *testing.T) {
	t.Helper()
	l := openLake(g.dir)
	if err := g.run(t.Context(), l); err != nil {
		t.Errorf("the next run: %v", err)
		return
	}
	last := g.states[len(g.states)-1]
	rows, _, err := rowsOfLog(g.dir, g.table)
	if err != nil {
		t.Errorf("after the next run: %v", err)
	}
	same(t, "after the next run, "+g.table.Name, rows, last[g.table.Name])
	checkTable(t, g.dir, g.table, *everyWay)
	if g.settled != nil {
		g.settled(t, openLake(g.dir))
	}
}

func sameTables(a, b map[string][]string) bool {
	return !slices.ContainsFunc(tables, func(t etl.Table) bool { return !slices.Equal(a[t.Name], b[t.Name]) })
}

// checkFiles makes sure that the live files are there with the size the log says.
func checkFiles(tb testing.TB, state *deltaTable) {
	tb.Helper()
	for relative, f := range state.files {
		info, err := os.Stat(filepath.Join(state.dir, relative))
		if err != nil {
			tb.Error(err)
		} else if info.Size() != f.Size {
			tb.Errorf("%s has %d bytes, the log says %d", relative, info.Size(), f.Size)
		}
	}
}
