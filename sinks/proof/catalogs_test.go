//go:build cgo

package proof_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"barkeep/sinks/duckdb"
)

// offered returns the data files and what lies at the top of a lake, with size
// and time.
func offered(tb testing.TB, dir string) map[string]string {
	tb.Helper()
	list := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.Contains(path, "/") && !strings.HasPrefix(e.Name(), "part-") {
			return err
		}
		info, err := e.Info()
		if err == nil {
			list[path] = fmt.Sprint(info.Size(), info.ModTime().UnixNano())
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// checkCatalogs makes sure that every catalog with a final name can be read, shows
// something that was committed, and is known to a vacuum. One is not read again
// when neither it changed nor any data file that was there before.
func (g *stage) checkCatalogs(t *testing.T) {
	t.Helper()
	before, now, calm := offered(t, g.backup), offered(t, g.dir), true
	for path, stamp := range before {
		calm = calm && (now[path] == stamp || !strings.Contains(path, "/"))
	}
	known := map[string]bool{duckdb.CatalogName: true}
	list, err := openLake(g.dir).Publications()
	if err != nil {
		t.Error(err)
	}
	for _, p := range list {
		known[fmt.Sprintf("lake@%d.duckdb", p.Number)] = true
	}
	for name, stamp := range now {
		if ok, _ := filepath.Match("lake*.duckdb", name); !ok {
			continue
		}
		if !known[name] {
			t.Errorf("%s is not on the list of those whose files vacuum keeps", name)
		}
		if calm && before[name] == stamp && !*everyWay {
			continue
		}
		shown, err := rowsOfCatalog(filepath.Join(g.dir, name), tables)
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case g.published != nil && sameTables(g.published, shown):
		case !slices.ContainsFunc(g.states, func(s map[string][]string) bool { return sameTables(s, shown) }):
			t.Errorf("%s shows what was never committed", name)
		}
	}
}
