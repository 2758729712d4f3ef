package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// passKeys is how many keys are held at once, 8 bytes each.
const passKeys = 4 << 20

// namedKeys bounds how many keys that come twice are looked up.
const namedKeys = 10_000

// addDuplicate notes keys that come twice. No file is taken out for it, because no
// rule tells which of the rows is right.
func (f *file) addDuplicate(rows int64, problem string, args ...any) {
	finding := Finding{Table: f.table.Name, File: f.Relative, Version: f.Added, Severity: Error, Check: CheckDuplicate,
		Problem: fmt.Sprintf(problem, args...), Rows: rows,
		Remedy: "No rule tells which of the rows is right, so nothing is taken out: compare them"}
	f.findings = append(f.findings, finding)
}

// unique looks for keys that are in more than one file.
func (r *run) unique(ctx context.Context, files []*file) error {
	if len(r.table.Stored().Sort) == 0 {
		return nil
	}
	for _, group := range overlapping(files) {
		d := &duplicates{stored: r.table.Stored(), table: r.table.Definition(), files: group, pairs: map[[2]int]*pair{}}
		if err := d.find(ctx); err != nil {
			return err
		}
		r.report.Findings = append(r.report.Findings, d.findings()...)
	}
	return nil
}

// overlapping groups the files that may share a key with another. A file whose rows
// are not in order forms a group of its own at least.
func overlapping(files []*file) [][]*file {
	files = slices.DeleteFunc(slices.Clone(files), func(f *file) bool { return len(f.keys) == 0 || f.footer.NumRows == 0 })
	group := make([]int, len(files)) // the first file of each one's group
	for i := range group {
		group[i] = i
	}
	root := func(i int) int {
		for group[i] != i {
			group[i] = group[group[i]]
			i = group[i]
		}
		return i
	}
	for i, f := range files {
		for j := range i {
			if f.meets(files[j]) {
				a, b := root(i), root(j)
				group[max(a, b)] = min(a, b)
			}
		}
	}
	members := make([][]*file, len(files))
	for i, f := range files {
		members[root(i)] = append(members[root(i)], f)
	}
	return slices.DeleteFunc(members, func(g []*file) bool { return len(g) == 0 || len(g) == 1 && !g[0].unsorted })
}

// meets says that the bounds of two files overlap in every column of the key.
func (f *file) meets(o *file) bool {
	if f.Day != o.Day {
		return false // the day is a column of the key, or parts the table as one would
	}
	for i, name := range f.stored.Sort {
		a, b := f.keys[i], o.keys[i]
		if !a.Valid || !b.Valid {
			continue
		}
		if f.stored.Columns[f.stored.Index(name)].Type == etl.String {
			if a.MinString > b.MaxString || b.MinString > a.MaxString {
				return false
			}
		} else if a.MinInt > b.MaxInt || b.MinInt > a.MaxInt {
			return false
		}
	}
	return true
}

// duplicates looks for keys that come twice in a group of files.
type duplicates struct {
	stored, table etl.Table
	files         []*file

	rows  int64 // beyond the first of each key
	pairs map[[2]int]*pair
}

// pair is what two files share; a file and itself if a key comes twice in it.
type pair struct {
	keys  int64
	first string
}

// find goes over the keys in as many passes as memory asks for, then names what
// came twice.
func (d *duplicates) find(ctx context.Context) error {
	rows := int64(0)
	for _, f := range d.files {
		rows += f.footer.NumRows
	}
	passes := uint64((rows + passKeys - 1) / passKeys)
	twice := map[uint64]bool{}
	numbers := make([]uint64, 0, rows/int64(max(passes, 1))*9/8)
	for pass := range passes {
		numbers = numbers[:0]
		err := d.scan(ctx, func(_ int, _ arrow.Record, hashes []uint64) {
			for _, h := range hashes {
				if passes == 1 || h%passes == pass {
					numbers = append(numbers, h)
				}
			}
		})
		if err != nil {
			return err
		}
		slices.Sort(numbers)
		for i := 1; i < len(numbers); i++ {
			if numbers[i] == numbers[i-1] {
				d.rows++
				if len(twice) < namedKeys {
					twice[numbers[i]] = true
				}
			}
		}
	}
	if len(twice) == 0 {
		return nil
	}
	return d.lookUp(ctx, twice)
}

// occurrence is a key in a file.
type occurrence struct {
	file int
	key  string
}

// lookUp finds the files of the keys that came twice, and compares the keys
// themselves.
func (d *duplicates) lookUp(ctx context.Context, twice map[uint64]bool) error {
	found := map[uint64][]occurrence{}
	return d.scan(ctx, func(at int, batch arrow.Record, hashes []uint64) {
		for row, h := range hashes {
			if !twice[h] {
				continue
			}
			key := keyText(batch, row)
			if first := slices.IndexFunc(found[h], func(o occurrence) bool { return o.key == key }); first >= 0 {
				where := [2]int{found[h][first].file, at}
				p := d.pairs[where]
				if p == nil {
					p = &pair{first: key}
					d.pairs[where] = p
				}
				p.keys++
				continue
			}
			found[h] = append(found[h], occurrence{at, key})
		}
	})
}

// scan reads the key columns of all files.
func (d *duplicates) scan(ctx context.Context, each func(file int, batch arrow.Record, hashes []uint64)) error {
	var hashes []uint64
	for at, f := range d.files {
		err := parquet.Read(ctx, f.Path, d.stored, d.stored.Sort, func(batch arrow.Record) error {
			hashes = hashKeys(batch, hashes)
			each(at, batch, hashes)
			return nil
		})
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was whole a moment ago: vacuumed, or the next run finds it missing
		}
		if err != nil {
			return fmt.Errorf("compare keys: %w", err)
		}
	}
	return nil
}

func (d *duplicates) findings() []Finding {
	var found []Finding
	var where [][2]int
	for w := range d.pairs {
		where = append(where, w)
	}
	slices.SortFunc(where, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	for _, w := range where {
		p, a, b := d.pairs[w], d.files[w[0]], d.files[w[1]]
		atLeast := ""
		if d.rows > namedKeys {
			atLeast = "at least "
		}
		if a == b && !a.unsorted {
			continue // said already, of rows that follow one another
		}
		f := Finding{Table: d.table.Name, File: b.Relative, Version: b.Added, Severity: Error, Check: CheckDuplicate, Rows: p.keys,
			Problem: fmt.Sprintf("%s%d of its keys are also in %s, such as %s; that file came with %s, this one with %s",
				atLeast, p.keys, a.Relative, p.first, came(a.Added), came(b.Added)),
			Remedy: fmt.Sprintf("No rule tells which row is right, so nothing is taken out: compare them with %s", d.query(p.first))}
		if a == b {
			f.Problem = fmt.Sprintf("%s%d of its rows repeat the key of another row in it, such as %s", atLeast, p.keys, p.first)
		}
		found = append(found, f)
	}
	return found
}

func came(version int64) string {
	if version < 0 {
		return "a version whose commit is gone"
	}
	return fmt.Sprintf("version %d", version)
}

// query returns the command that shows the rows of a key.
func (d *duplicates) query(key string) string {
	var where []string
	for word := range strings.SplitSeq(key, " ") {
		name, value, _ := strings.Cut(word, "=")
		where = append(where, name+" = '"+value+"'")
	}
	return fmt.Sprintf("barkeep sql \"SELECT * FROM %s WHERE %s\"", d.table.Name, strings.Join(where, " AND "))
}
