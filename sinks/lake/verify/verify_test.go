package verify_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/verify"
)

// TestClean: nothing is found in tables of every kind as they are written, with
// checkpoints, rewritten and removed files, and further columns.
func TestClean(t *testing.T) {
	for _, definition := range etl.Tables {
		t.Run(definition.Name, func(t *testing.T) {
			table := open(t, definition)
			clean(t, table)
			if r := run(t, table, true); r.Version != -1 || r.Files != 0 {
				t.Errorf("a table that does not exist: %+v", r)
			}
			symbols, dates := "sh600000 sz000001", "2023-12-29 2024-01-02"
			if definition.Name == "instruments" {
				dates = "2024-01-02"
			}
			if !slices.Contains(definition.Sort, "symbol") { // one row a day
				symbols = "sh600000"
			}
			put(t, table, symbols, dates)
			clean(t, table)
			for i := range 12 {
				date := fmt.Sprintf("2024-02-%02d", i+1)
				symbol := fmt.Sprintf("sh6000%02d", i+10)
				put(t, table, symbol, date)
			}
			old := put(t, table, "sh600099", "2024-03-01")
			swap(t, table, old, rows(t, table.Stored(), "sh600099", "2024-03-01"))
			clean(t, table)
			r := run(t, table, true)
			if r.Commits < 13 || r.Files < 13 || r.Rows < 13 || !r.Deep || r.Errors() != 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestGrown: older files lack a column that was added later.
func TestGrown(t *testing.T) {
	small := etl.DailyBars
	dir := t.TempDir()
	put(t, lake.Open(dir, lake.DefaultConfig()).Table(small), "sh600000", "2024-01-02 2024-01-03")
	grown := small
	grown.Columns = append(append([]etl.Column{}, small.Columns...), etl.Column{Name: "later", Type: etl.Float64, Nullable: true})
	table := lake.Open(dir, lake.DefaultConfig()).Table(grown)
	put(t, table, "sh600000", "2024-01-04 2024-01-05")
	clean(t, table)
}

// finding is what a case wants, with FILE for the data file's path.
type finding struct {
	severity      verify.Severity
	check, file   string
	problem, cure string
}

// want compares the findings, shallow and deep.
func want(t *testing.T, table *lake.Table, deep bool, file string, all ...finding) {
	t.Helper()
	got := run(t, table, deep).Findings
	for i, f := range got {
		if i >= len(all) {
			t.Errorf("unexpected: %s", f)
			continue
		}
		w := all[i]
		show := func(text string) string { return strings.ReplaceAll(text, file, "FILE") }
		if f.Severity != w.severity || f.Check != w.check || show(f.File) != w.file || show(f.Problem) != w.problem || show(f.Remedy) != w.cure {
			t.Errorf("deep %t, got\n%s %s %s\n%s\n%s\nwant\n%s %s %s\n%s\n%s", deep, f.Severity, f.Check, show(f.File), show(f.Problem), show(f.Remedy),
				w.severity, w.check, w.file, w.problem, w.cure)
		}
	}
	if len(got) < len(all) {
		t.Errorf("deep %t: missing: %+v", deep, all[len(got):])
	}
}

const (
	refetchAll = `Run "barkeep verify --repair", which takes the file out of the table, then "barkeep run --job daily-bars --from 2024-01-02 --to 2024-01-03", which asks for the missing rows only`
	refetchOne = `Run "barkeep verify --repair", which takes the file out of the table, then "barkeep run --job daily-bars --from 2024-01-02 --to 2024-01-03 --symbols sh600000", which asks for the missing rows only`
	keepQuotes = `Quotes of the past cannot be fetched again: without a copy of the file these rows are lost; all other snapshots stay. "barkeep verify --repair" takes the file out of the table, so that the rest can be queried`
)

// TestMissing: the remedy names exactly the rows the file held, as far as their
// kind can be fetched again.
func TestMissing(t *testing.T) {
	for _, c := range []struct {
		table   etl.Table
		symbols string
		remedy  string
	}{
		{etl.DailyBars, "sh600000", refetchOne},
		{etl.DailyBars, "sh600000 sh600004", refetchAll},
		{etl.Quotes, "sh600000", keepQuotes},
		{etl.Instruments, "sh600000", `Run "barkeep verify --repair", which takes the file out of the table, then "barkeep run --job daily-bars": any run fetches this table anew`},
		{etl.Quarantine, "sh600000", `The file held refused rows, which no other table contains; without a copy of it they are lost. "barkeep verify --repair" takes it out of the table, so that the rest can be queried`},
	} {
		table := open(t, c.table)
		dates := "2024-01-02 2024-01-03"
		if c.table.Name == "quotes" || c.table.Name == "instruments" {
			dates = "2024-01-02"
		}
		file := put(t, table, c.symbols, dates)
		remove(t, file.Path)
		want(t, table, true, file.Relative, finding{verify.Error, "missing", "FILE", "the file is gone", c.remedy})
		f := run(t, table, false).Findings[0]
		if f.Rows != file.Rows || f.Bytes != file.Bytes || f.Version != 0 || !f.Repairable() {
			t.Errorf("%+v", f)
		}
		if c.table.Year != "" && (f.FirstDay != day(t, "2024-01-02") || f.LastDay != day(t, "2024-01-03") || f.FirstSymbol != "sh600000") {
			t.Errorf("%+v", f)
		}
	}
}

// TestFile damages one data file in ways that a footer tells.
func TestFile(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(t *testing.T, table *lake.Table, f lake.File)
		want   finding
	}{
		"cut": {func(t *testing.T, _ *lake.Table, f lake.File) {
			if err := os.Truncate(f.Path, 1000); err != nil {
				t.Fatal(err)
			}
		}, finding{verify.Error, "size", "FILE", "the file has 1000 bytes, the log says SIZE", refetchAll}},
		"magic": {func(t *testing.T, _ *lake.Table, f lake.File) { flip(t, f.Path, f.Bytes-1) },
			finding{verify.Error, "footer", "FILE", "the file is damaged: it does not begin and end as a Parquet file does, with PAR1", refetchAll}},
		"rows": {func(t *testing.T, table *lake.Table, _ lake.File) {
			edit(t, commitFile(table, 0), `{\"numRecords\":4`, `{\"numRecords\":5`)
		}, finding{verify.Error, "rows", "FILE", "the file has 4 rows, the log says 5", refetchAll}},
		"bounds": {func(t *testing.T, table *lake.Table, _ lake.File) {
			edit(t, commitFile(table, 0), `\"date\":\"2024-01-03\"`, `\"date\":\"2024-01-02\"`)
		}, finding{verify.Error, "statistics", "FILE",
			`the column date goes from 2024-01-02 to 2024-01-03, the log says "2024-01-02" to "2024-01-02": readers would skip rows`, refetchAll}},
		"nulls": {func(t *testing.T, table *lake.Table, _ lake.File) {
			edit(t, commitFile(table, 0), `\"pe_ttm\":1,`, `\"pe_ttm\":3,`)
		}, finding{verify.Error, "statistics", "FILE", "the column pe_ttm has 1 nulls, the log says 3", refetchAll}},
		"directory": {func(t *testing.T, table *lake.Table, f lake.File) {
			dir := filepath.Join(table.Dir(), "year=2023")
			if err := errors.Join(os.Mkdir(dir, 0o755), os.Rename(f.Path, filepath.Join(dir, filepath.Base(f.Path)))); err != nil {
				t.Fatal(err)
			}
			edit(t, commitFile(table, 0), `"path":"year=2024`, `"path":"year=2023`)
		}, finding{verify.Error, "partition", "year=2023/NAME", "the log says that it belongs to year=2024, its directory is year=2023", refetchAll}},
	} {
		t.Run(name, func(t *testing.T) {
			table := open(t, etl.DailyBars)
			f := put(t, table, "sh600000 sh600004", "2024-01-02 2024-01-03")
			c.damage(t, table, f)
			c.want.problem = strings.ReplaceAll(c.want.problem, "SIZE", fmt.Sprint(f.Bytes))
			c.want.file = strings.ReplaceAll(c.want.file, "NAME", filepath.Base(f.Path))
			want(t, table, false, f.Relative, c.want)
			want(t, table, true, f.Relative, c.want)
		})
	}
}

// TestContent finds what only the values tell.
func TestContent(t *testing.T) {
	start := func(t *testing.T) (*lake.Table, lake.File) {
		table := open(t, etl.DailyBars)
		return table, put(t, table, "sh600000 sh600004", "2024-01-02 2024-01-03")
	}
	t.Run("page", func(t *testing.T) {
		table, f := start(t)
		flip(t, f.Path, 30)
		want(t, table, false, f.Relative) // only the deep look reads pages
		got := run(t, table, true).Findings
		if len(got) != 1 || got[0].Check != "checksum" || got[0].Remedy != refetchAll ||
			!strings.HasPrefix(got[0].Problem, "row group 0, column date: the page at byte ") || !strings.Contains(got[0].Problem, "and must have") {
			t.Errorf("%v", got)
		}
	})
	t.Run("unsorted", func(t *testing.T) {
		table, f := start(t)
		f = swap(t, table, f, rows(t, table.Stored(), "sh600004 sh600000", "2024-01-02 2024-01-03"))
		want(t, table, false, f.Relative, finding{verify.Error, "unsorted", "FILE", "row group 0 does not say that it is sorted by [symbol date]", refetchAll})
		want(t, table, true, f.Relative, finding{verify.Error, "unsorted", "FILE",
			"row group 0 does not say that it is sorted by [symbol date] (and 1 more problems of this kind)", refetchAll})
	})
	t.Run("partition", func(t *testing.T) {
		table, f := start(t)
		f = swap(t, table, f, rows(t, table.Stored(), "sh600000", "2023-12-29 2024-01-02"))
		for _, deep := range []bool{false, true} {
			want(t, table, deep, f.Relative, finding{verify.Error, "partition", "FILE", "its dates go from 2023-12-29 to 2024-01-02, beyond the year 2024",
				strings.NewReplacer("2024-01-02", "2023-12-29", "2024-01-03", "2024-01-02").Replace(refetchOne)})
		}
	})
	t.Run("statistics", func(t *testing.T) {
		table, f := start(t)
		edit(t, commitFile(table, 0), `\"volume\":7`, `\"volume\":6`)
		want(t, table, false, f.Relative)
		want(t, table, true, f.Relative, finding{verify.Error, "statistics", "FILE", "the column volume goes from 7 to 3007, the log says 6 to 3007: some readers answer from the log", refetchAll})
	})
	t.Run("wide statistics", func(t *testing.T) {
		table, f := start(t)
		edit(t, commitFile(table, 0), `\"symbol\":\"sh600000\"`, `\"symbol\":\"sg600000\"`)
		want(t, table, true, f.Relative, finding{verify.Warning, "statistics", "FILE",
			`the column symbol goes from "sh600000" to "sh600004", the log says "sg600000" to "sh600004": readers skip less than they could`, "Nothing needs to be done"})
	})
}

// TestDuplicates: keys twice in a file, and in two files whether or not these are
// in order; what merely overlaps is not one.
func TestDuplicates(t *testing.T) {
	const compare = `No rule tells which row is right, so nothing is taken out: compare them with barkeep sql "SELECT * FROM daily_bars WHERE symbol = '%s' AND date = '%s'"`
	t.Run("in a file", func(t *testing.T) {
		table := open(t, etl.DailyBars)
		f := put(t, table, "sh600000", "2024-01-02 2024-01-03")
		f = swap(t, table, f, rows(t, table.Stored(), "sh600000", "2024-01-02 2024-01-03 2024-01-03"))
		want(t, table, true, f.Relative, finding{verify.Error, "duplicate", "FILE",
			"the key symbol=sh600000 date=2024-01-03 comes twice in it; 1 of its rows repeat the key of the row before them",
			"No rule tells which of the rows is right, so nothing is taken out: compare them"})
	})
	t.Run("in an unsorted file", func(t *testing.T) {
		table := open(t, etl.DailyBars)
		f := put(t, table, "sh600000", "2024-01-02 2024-01-03")
		swap(t, table, f, rows(t, table.Stored(), "sh600000", "2024-01-03 2024-01-02 2024-01-03"))
		got := run(t, table, true).Findings
		if len(got) != 2 || got[1].Check != "duplicate" || got[1].Problem != "1 of its rows repeat the key of another row in it, such as symbol=sh600000 date=2024-01-03" {
			t.Errorf("%v", got)
		}
	})
	t.Run("across files", func(t *testing.T) {
		table := open(t, etl.DailyBars)
		first := put(t, table, "sh600000 sh600004", "2024-01-02 2024-01-03 2024-01-04")
		put(t, table, "sh600001 sh600002", "2024-01-02 2024-01-03") // within the bounds of both
		clean(t, table)
		second := put(t, table, "sh600000 sh600004", "2024-01-04 2024-01-05")
		want(t, table, false, first.Relative)
		want(t, table, true, first.Relative, finding{verify.Error, "duplicate", second.Relative,
			"2 of its keys are also in FILE, such as symbol=sh600000 date=2024-01-04; that file came with version 0, this one with version 2",
			fmt.Sprintf(compare, "sh600000", "2024-01-04")})
		f := run(t, table, true).Findings[0]
		if f.Rows != 2 || f.Version != 2 || f.Repairable() {
			t.Errorf("%+v", f)
		}
	})
}

// TestVacuumedMeanwhile: a file that has left the table and the disk while others
// were looked at is no finding.
func TestVacuumedMeanwhile(t *testing.T) {
	table := open(t, etl.DailyBars)
	last := put(t, table, "sh600000", "2024-01-02")
	for i := range 8 {
		put(t, table, "sh600001 sh600002 sh600003 sh600004 sh600005", fmt.Sprintf("2024-02-%02d 2024-02-%02d", 2*i+1, 2*i+2))
	}
	calls := 0
	r, err := verify.Run(context.Background(), table, verify.Options{Deep: true, Progress: func(p verify.Progress) {
		if calls++; calls == 1 {
			swap(t, table, last, rows(t, table.Stored(), "sh600000", "2024-01-02"))
			remove(t, last.Path)
		}
		if p.Files != calls || p.All != 9 || p.Table != "daily_bars" || p.Bytes > p.AllBytes {
			t.Errorf("call %d: %+v", calls, p)
		}
	}})
	if err != nil || len(r.Findings) != 0 || calls != 9 || r.Version != 8 {
		t.Errorf("%v %+v, %d calls", err, r, calls)
	}
}

// TestCancelled: the end of the context is an error, not a finding.
func TestCancelled(t *testing.T) {
	table := open(t, etl.DailyBars)
	put(t, table, "sh600000", "2024-01-02")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := verify.Run(ctx, table, verify.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestUnnamed: old data files that no commit names are one warning.
func TestUnnamed(t *testing.T) {
	table := open(t, etl.DailyBars)
	f := put(t, table, "sh600000", "2024-01-02")
	for _, name := range []string{"part-a.parquet", "part-b.parquet"} {
		path := filepath.Join(filepath.Dir(f.Path), name)
		if err := os.WriteFile(path, []byte("orphan"), 0o644); err != nil {
			t.Fatal(err)
		}
		clean(t, table) // it may be about to be committed
		old := time.Now().Add(-2 * time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		if name == "part-a.parquet" {
			want(t, table, false, f.Relative, finding{verify.Warning, "unnamed", "year=2024/part-a.parquet",
				"no commit names this file: it was left by a crash, or the newest commits are lost", "If no commit is lost, vacuum removes it"})
			remove(t, path)
			path = filepath.Join(filepath.Dir(f.Path), "part-a.parquet")
			if err := os.WriteFile(path, []byte("orphan"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
