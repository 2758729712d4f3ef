package verify_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/verify"
)

// flip changes one byte of a file.
func flip(t testing.TB, path string, at int64) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	body[at] ^= 0x55
	if err := os.WriteFile(path, body, 0o644); err != nil {
		t.Fatal(err)
	}
}

// small is a table of three versions with every feature of the log: two files that
// are live, one that was rewritten, and a checkpoint. Every column type is there.
func small(t testing.TB) *lake.Table {
	table := etl.Table{Name: "daily_bars", Year: "date", Sort: []string{"symbol", "date"}, Unique: true, Columns: []etl.Column{
		{Name: "date", Type: etl.Date}, {Name: "symbol", Type: etl.String}, {Name: "close", Type: etl.Float64, Unit: "CNY/share"},
		{Name: "volume", Type: etl.Int64}, {Name: "turn", Type: etl.Float64, Nullable: true}, {Name: "traded", Type: etl.Bool}, {Name: "fetched_at", Type: etl.Timestamp},
	}}
	made := open(t, table)
	put(t, made, "sh600000 sh600004 sh600006", "2024-01-02 2024-01-03 2024-01-04")
	old := put(t, made, "sh600000 sh600004", "2024-01-05 2024-01-08")
	swap(t, made, old, rows(t, table, "sh600000 sh600004", "2024-01-05 2024-01-08"))
	return made
}

// content reads the table as readers do; "" when they cannot.
func content(table *lake.Table) string {
	snap, err := table.Snapshot(context.Background())
	if err != nil {
		return ""
	}
	var all []string
	err = table.Scan(context.Background(), snap, nil, nil, func(r arrow.Record) error {
		for row := range int(r.NumRows()) {
			var b strings.Builder
			for _, c := range r.Columns() {
				b.WriteString(c.ValueStr(row) + " ")
			}
			all = append(all, b.String())
		}
		return nil
	})
	if err != nil {
		return ""
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// names says whether a finding is about a file of the table: by its name, by the
// version that it belongs to, or among several by number.
func names(r verify.Report, relative string) bool {
	version := int64(-1)
	if base := filepath.Base(relative); strings.HasPrefix(relative, logDir) {
		fmt.Sscanf(base, "%d", &version)
	}
	return slices.ContainsFunc(r.Findings, func(f verify.Finding) bool {
		return strings.HasPrefix(f.File, relative) || version >= 0 && f.Version == version || strings.Contains(f.Problem, relative) || f.Check == "unnamed"
	})
}

// TestFlips changes one byte after the other of a data file, a commit and a
// checkpoint. In pages none goes unnoticed. In the rest those do that change
// nothing a reader can see: the rows are then the same.
func TestFlips(t *testing.T) {
	table := small(t)
	if err := table.Mark(context.Background(), "test", 1); err != nil {
		t.Fatal(err)
	}
	snap, err := table.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for v := snap.Version; v < 10; v++ {
		put(t, table, "sh600009", fmt.Sprintf("2024-03-%02d", v+1))
	}
	if _, err := os.Stat(logFile(table, checkpointName(10))); err != nil {
		t.Fatal(err)
	}
	clean(t, table)
	truth := content(table)
	data := snap.Files[0].Relative
	t.Run("data", func(t *testing.T) {
		body, err := os.ReadFile(filepath.Join(table.Dir(), data))
		if err != nil {
			t.Fatal(err)
		}
		footer := len(body) - 8 - int(binary.LittleEndian.Uint32(body[len(body)-8:]))
		pages := flips(t, table, data, truth, 0, footer, step(11))
		if pages.unseen > 0 {
			t.Errorf("%d of %d changes before the footer went unseen", pages.unseen, pages.all)
		}
		rest := flips(t, table, data, truth, footer, len(body), step(17))
		t.Logf("pages: %d of %d changes found; footer: %d of %d, the others change nothing that is read", pages.all-pages.unseen, pages.all, rest.all-rest.unseen, rest.all)
	})
	for _, name := range []string{commitName(0), commitName(2), checkpointName(10)} {
		t.Run(name, func(t *testing.T) {
			info, err := os.Stat(logFile(table, name))
			if err != nil {
				t.Fatal(err)
			}
			found := flips(t, table, logDir+name, truth, 0, int(info.Size()), step(149))
			t.Logf("%d of %d changes found, the others change nothing that is read", found.all-found.unseen, found.all)
		})
	}
}

// step is the distance of the bytes that are changed; BARKEEP_EVERY_BYTE=1 takes
// them all.
func step(usual int) int {
	if os.Getenv("BARKEEP_EVERY_BYTE") != "" {
		return 1
	}
	return usual
}

// TestPageHeader pins the bytes of a page header as they lie in files: those are
// compared byte for byte, so another encoder of the same fields would find damage
// in every old file.
func TestPageHeader(t *testing.T) {
	table := small(t)
	snap, err := table.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(snap.Files[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	const dictionary, data = "1504151815" + "2a15d4c1d9d90f3c1506150000", "1500150c151e159db1adb00a1c15121510150615061c36000000"
	if text := hex.EncodeToString(body[:80]); !strings.HasPrefix(text, "50415231"+dictionary) || !strings.Contains(text, data) {
		t.Errorf("the first pages have other headers: %s", text)
	}
}

type tally struct{ all, unseen int }

func flips(t *testing.T, table *lake.Table, relative, truth string, from, to, step int) (n tally) {
	t.Helper()
	path := filepath.Join(table.Dir(), relative)
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.WriteFile(path, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}()
	for at := from; at < to; at += step {
		damaged := slices.Clone(body)
		damaged[at] ^= 1 << (at % 7)
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		n.all++
		if r := run(t, table, true); len(r.Findings) == 0 {
			n.unseen++
			if os.Getenv("BARKEEP_EVERY_BYTE") != "" || from == 0 && !strings.HasPrefix(relative, logDir) {
				t.Logf("%s, byte %d, %q for %q: unseen", relative, at, damaged[at], body[at])
			}
			if got := content(table); got != truth {
				t.Errorf("%s, byte %d, %q for %q: other rows and no finding", relative, at, damaged[at], body[at])
			}
		} else if !names(r, relative) {
			t.Errorf("%s, byte %d, %q for %q: it is not named: %v", relative, at, damaged[at], body[at], r.Findings)
		}
	}
	return n
}

// TestRemovedFiles takes one file after the other away.
func TestRemovedFiles(t *testing.T) {
	whole := small(t)
	truth := content(whole)
	for _, relative := range filesOf(t, whole) {
		table := copyOf(t, whole)
		remove(t, filepath.Join(table.Dir(), relative))
		r := run(t, table, true)
		switch {
		case relative == logDir+commitName(2):
			// Nothing tells of the newest commit but what it added, once that is old.
		case len(r.Findings) == 0 && content(table) != truth:
			t.Errorf("%s: no finding", relative)
		case len(r.Findings) > 0 && !names(r, relative):
			t.Errorf("%s: not named: %v", relative, r.Findings)
		}
	}
}

func filesOf(t testing.TB, table *lake.Table) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(table.Dir(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		relative, err := filepath.Rel(table.Dir(), path)
		all = append(all, filepath.ToSlash(relative))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// FuzzDamage changes any file of a small table in any way: there is no panic, and
// either a finding that names the file or the same rows as before.
func FuzzDamage(f *testing.F) {
	whole := small(f)
	truth, files := content(whole), filesOf(f, whole)
	for i := range files {
		f.Add(uint8(i), uint32(60), []byte{0x80}, uint32(0))
		f.Add(uint8(i), uint32(0), []byte{}, uint32(40))
		f.Add(uint8(i), uint32(200), []byte("\xff\xff\xff\xff\x7f"), uint32(0))
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint32, change []byte, cut uint32) {
		relative := files[int(which)%len(files)]
		table := copyOf(t, whole)
		path := filepath.Join(table.Dir(), relative)
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		start := int(at) % len(body)
		damaged := slices.Clone(body)
		for i, b := range change {
			if start+i < len(damaged) {
				damaged[start+i] ^= b
			}
		}
		damaged = damaged[:len(damaged)-int(cut)%len(damaged)]
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := verify.Run(context.Background(), table, verify.Options{Deep: true})
		switch {
		case err != nil:
			t.Fatal(err)
		case len(r.Findings) == 0 && content(table) != truth && !forged(relative, damaged):
			t.Errorf("%s: other rows and no finding", relative)
		case len(r.Findings) > 0 && !names(r, relative):
			t.Errorf("%s is not named: %v", relative, r.Findings)
		}
	})
}

// forged says that what was made of a commit is a valid one, which only its author
// can tell from what it was.
func forged(relative string, body []byte) bool {
	return strings.HasSuffix(relative, ".json") && len(body) > 0 && body[len(body)-1] == '\n' && body[0] == '{'
}
