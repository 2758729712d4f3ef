package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what go list says of a package.
type listed struct {
	ImportPath   string
	CgoFiles     []string
	Imports      []string
	Deps         []string
	TestImports  []string
	XTestImports []string
	Error        *struct{ Err string }
	DepsErrors   []*struct{ Err string }
}

const module = "barkeep"

// goList lists the module's packages, with cgo on or off.
func goList(t *testing.T, cgo string, patterns ...string) []listed {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("SKIPPED: the go command is needed to hold the import arrows and is not here")
	}
	fields := "-json=ImportPath,CgoFiles,Imports,Deps,TestImports,XTestImports,Error,DepsErrors"
	c := exec.Command("go", append([]string{"list", "-e", fields}, patterns...)...)
	c.Dir = "../.."
	c.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var list []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// room returns the first part of a package's path: etl, sources, ...
func room(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, module+"/"), "/")
	return name
}

// below says which rooms a room may import besides itself.
var below = map[string][]string{
	"schedules": {},
	"etl":       {"schedules"},
	"sources":   {"etl", "schedules"},
	"sinks":     {"etl", "schedules"},
	"configs":   {"sources", "sinks", "etl", "schedules"},
	"cmd":       {"configs", "sources", "sinks", "etl", "schedules"},
}

// within says which packages of its own room a package may import, where there
// is a rule.
var within = map[string][]string{
	"barkeep/sinks/parquet":            {},
	"barkeep/sinks/disk":               {},
	"barkeep/sinks/runlog":             {"barkeep/sinks/disk"},
	"barkeep/sinks/lake":               {"barkeep/sinks/parquet", "barkeep/sinks/disk"},
	"barkeep/sinks/lake/compact":       {"barkeep/sinks/lake", "barkeep/sinks/parquet"},
	"barkeep/sinks/lake/vacuum":        {"barkeep/sinks/lake"},
	"barkeep/sinks/lake/verify":        {"barkeep/sinks/lake", "barkeep/sinks/parquet"},
	"barkeep/sinks/duckdb":             {"barkeep/sinks/lake", "barkeep/sinks/parquet", "barkeep/sinks/disk"},
	"barkeep/sinks/webhook":            {"barkeep/sinks/disk"},
	"barkeep/sources/baostock/wire":    {},
	"barkeep/sources/baostock":         {"barkeep/sources", "barkeep/sources/baostock/wire"},
	"barkeep/sources/fields":           {},
	"barkeep/sources/tencent":          {"barkeep/sources", "barkeep/sources/fields"},
	"barkeep/sources/sina":             {"barkeep/sources", "barkeep/sources/fields"},
	"barkeep/sources/eastmoney":        {"barkeep/sources", "barkeep/sources/fields"},
	"barkeep/sources/quotes":           {"barkeep/sources"},
	"barkeep/sources/simulator/market": {},
	"barkeep/sources/simulator":        {"barkeep/sources/simulator/market", "barkeep/sources/baostock/wire"},
}

func ours(path string) bool { return strings.HasPrefix(path, module+"/") }

func TestImportArrows(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range goList(t, "1", "./...") {
		if p.Error != nil {
			t.Errorf("%s: %s", p.ImportPath, p.Error.Err)
		}
		from := room(p.ImportPath)
		seen[from] = true
		allowed, known := below[from]
		if !known {
			t.Errorf("%s is a room nobody knows", p.ImportPath)
			continue
		}
		for _, to := range p.Imports {
			switch {
			case !ours(to):
			case room(to) != from:
				if !slices.Contains(allowed, room(to)) {
					t.Errorf("%s imports %s: the arrows run cmd -> configs -> {sources, sinks} -> etl -> schedules", p.ImportPath, to)
				}
			case within[p.ImportPath] != nil && !slices.Contains(within[p.ImportPath], to):
				t.Errorf("%s imports %s; inside %s it may import %q", p.ImportPath, to, from, within[p.ImportPath])
			}
		}
		// Tests may reach sideways for a fixture, but never up.
		for _, to := range append(p.TestImports, p.XTestImports...) {
			if ours(to) && room(to) != from && slices.Contains(below[room(to)], from) {
				t.Errorf("a test of %s imports %s, which lies above it", p.ImportPath, to)
			}
		}
	}
	for name := range below {
		if !seen[name] {
			t.Errorf("the room %s is empty", name)
		}
	}
}

// TestOneDoorToC holds that DuckDB is the only thing that needs a C compiler,
// and sinks/duckdb the only package that knows it.
func TestOneDoorToC(t *testing.T) {
	t.Parallel()
	isDuckDB := func(path string) bool { return strings.Contains(path, "duckdb/") && !ours(path) }
	for _, p := range goList(t, "1", "./...") {
		if len(p.CgoFiles) > 0 && p.ImportPath != "barkeep/sinks/duckdb" {
			t.Errorf("%s uses cgo in %q", p.ImportPath, p.CgoFiles)
		}
		door := p.ImportPath == "barkeep/sinks/duckdb"
		for _, to := range p.Imports {
			if !door && (isDuckDB(to) || to == "C") {
				t.Errorf("%s imports %s; only sinks/duckdb may", p.ImportPath, to)
			}
		}
		// Who stands on the door has it underneath; nobody else.
		if on := door || p.ImportPath == "barkeep/configs" || p.ImportPath == "barkeep/cmd/barkeep"; on != slices.ContainsFunc(p.Deps, isDuckDB) {
			t.Errorf("%s: DuckDB among its dependencies: %t, want %t", p.ImportPath, !on, on)
		}
	}
}

// TestPureGo holds that everything but the door builds without cgo: no file is
// left out, and no dependency is missing.
func TestPureGo(t *testing.T) {
	t.Parallel()
	pure := []string{"./schedules/...", "./etl/...", "./sources/...", "./sinks/parquet/...", "./sinks/lake/...", "./sinks/webhook", "./sinks/runlog", "./configs/door", "./cmd/barkeep/web", "./cmd/barkeep/metrics"}
	list := goList(t, "0", pure...)
	if len(list) < 8 {
		t.Fatalf("go list knows only %d packages", len(list))
	}
	for _, p := range list {
		for _, e := range p.DepsErrors {
			t.Errorf("%s cannot be built without cgo: %s", p.ImportPath, e.Err)
		}
		if slices.Contains(p.Deps, "runtime/cgo") {
			t.Errorf("%s depends on cgo", p.ImportPath)
		}
	}
}
