//go:build cgo

package proof_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"barkeep/sinks/duckdb"
)

// live takes one step: an event, or one that is cut short by a fault.
func (h *historian) live() string {
	e, way := h.next(), ""
	worlds := append([]world{h.holds}, e.becomes...)
	f := newFault(h.l.Dir(), 1+h.random.IntN(60), crash)
	if h.random.IntN(5) == 0 {
		way = ways[h.random.IntN(len(ways))]
		f.way = way
		h.l.Disk().Before = f.before
	}
	err := e.do(h.tb.Context(), h.l)
	h.l.Disk().Before = nil
	if !f.struck() {
		way = ""
	}
	h.counts[e.name]++
	if way != "" {
		h.counts[way]++
	}
	switch {
	case err == nil:
		worlds = worlds[len(worlds)-1:]
	case way == "" || !errors.Is(err, errDied):
		h.tb.Fatalf("%s: %v", e.name, err)
	}
	if way != "" || h.random.IntN(10) == 0 {
		h.l = openLake(h.l.Dir()) // as a new process finds it
	}
	h.compare(worlds)
	if e.name == "publish" {
		h.publishes(err == nil)
	}
	if way != "" || e.name == "publish" || e.name == "vacuum" {
		h.catalog()
	}
	return fmt.Sprintf("%s %s %v", e.name, way, err)
}

// compare finds out which of the worlds the lake is, and takes it over.
func (h *historian) compare(worlds []world) {
	h.tb.Helper()
	found := map[string][]string{}
	for _, t := range tables {
		rows, state, err := rowsOfLog(h.l.Dir(), t)
		if err != nil {
			h.tb.Fatal(err)
		}
		checkFiles(h.tb, state)
		found[t.Name] = rows
	}
	for _, w := range worlds {
		if sameTables(found, textsOf(w)) {
			h.holds = w
			return
		}
	}
	for _, t := range tables {
		for i, w := range worlds {
			h.tb.Errorf("%s against world %d of %d: %s", t.Name, i+1, len(worlds), difference(found[t.Name], texts(t, w[t.Name])))
		}
	}
	h.tb.FailNow()
}

// publishes notes that the catalog shows what the lake holds, or may.
func (h *historian) publishes(done bool) {
	if done {
		h.published, h.certain = nil, true
	}
	h.published = append(h.published, textsOf(h.holds))
}

// catalog makes sure that the catalog shows what the lake held when it was
// published.
func (h *historian) catalog() {
	h.tb.Helper()
	shown, err := rowsOfCatalog(filepath.Join(h.l.Dir(), duckdb.CatalogName), tables)
	switch {
	case err != nil && h.certain:
		h.tb.Fatalf("the catalog: %v", err)
	case err != nil:
		return
	}
	if !slices.ContainsFunc(h.published, func(p map[string][]string) bool { return sameTables(p, shown) }) {
		h.tb.Fatal("the catalog shows what was not published")
	}
	h.published, h.certain = []map[string][]string{shown}, true
}

func textsOf(w world) map[string][]string {
	rows := map[string][]string{}
	for _, t := range tables {
		rows[t.Name] = texts(t, w[t.Name])
	}
	return rows
}
