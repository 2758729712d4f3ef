package compact_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/compact"
)

// sized returns files of a year, or of a day.
func sized(year int, day schedules.Day, bytes ...int64) []lake.File {
	var files []lake.File
	for i, n := range bytes {
		files = append(files, lake.File{Relative: fmt.Sprintf("%d-%v-%02d", year, day, i), Year: year, Day: day, Bytes: n})
	}
	return files
}

func TestPlan(t *testing.T) {
	plain := etl.Table{Name: "plain", Sort: []string{"symbol"}, Columns: columns}
	yearEnd := schedules.MakeDay(2023, time.December, 31)
	cfg := compact.Config{TailFiles: 3, FileBytes: 100, MemoryBytes: 1}
	for _, tt := range []struct {
		name   string
		table  etl.Table
		files  []lake.File
		closed schedules.Day
		all    bool
		want   string // partition: positions of the picked files
	}{
		{"nothing", bars, nil, yearEnd, true, ""},
		{"one file of a closed year", bars, sized(2023, 0, 5), yearEnd, false, ""},
		{"two files of a closed year", bars, sized(2023, 0, 5, 1), yearEnd, false, "year=2023: 0 1"},
		{"the year ends a day later", bars, sized(2023, 0, 5, 1), yearEnd - 1, false, ""},
		{"a closed year and an open one", bars, append(sized(2022, 0, 1, 1), sized(2024, 0, 1, 1, 1)...), yearEnd, false, "year=2022: 0 1"},
		{"a large closed year whose files say nothing of their keys", bars, sized(2023, 0, 100, 50), yearEnd, false, "year=2023: 0 1"},
		{"an open year with as many files as it may have", bars, sized(2024, 0, 5, 1, 1), yearEnd, false, ""},
		{"big files do not count", bars, sized(2024, 0, 100, 120, 5, 1, 1), yearEnd, false, ""},
		{"one more: the smaller half, and what is no larger than it", bars, sized(2024, 0, 50, 2, 1, 1), yearEnd, false, "year=2024: 1 2 3"},
		{"a larger one stays", bars, sized(2024, 0, 50, 3, 1, 1), yearEnd, false, "year=2024: 2 3"},
		{"it goes on with each that fits", bars, sized(2024, 0, 8, 4, 2, 1, 1), yearEnd, false, "year=2024: 0 1 2 3 4"},
		{"at least as many as bring it below the limit", bars, sized(2024, 0, 1, 3, 9, 27, 81, 99), yearEnd, false, "year=2024: 0 1 2 3"},
		{"an open day", ticks, sized(0, may6, 1, 1, 1), may6 - 1, false, ""},
		{"a closed day", ticks, sized(0, may6, 1, 1, 1), may6, false, "date=2024-05-06: 0 1 2"},
		{"no partitions: never closed", plain, sized(0, 0, 1, 1), yearEnd, false, ""},
		{"no partitions: many", plain, sized(0, 0, 1, 1, 1, 1), yearEnd, false, ": 0 1 2 3"},
		{"no partitions: all", plain, sized(0, 0, 1, 1), yearEnd, true, ": 0 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			partitions, picked := compact.Plan(tt.table, tt.files, compact.Options{Config: cfg, Closed: tt.closed, All: tt.all})
			var got []string
			for i, p := range partitions {
				var at []string
				for _, f := range picked[i] {
					at = append(at, strings.TrimLeft(f.Relative[len(f.Relative)-2:], "0"))
					if at[len(at)-1] == "" {
						at[len(at)-1] = "0"
					}
				}
				got = append(got, p+": "+strings.Join(at, " "))
			}
			if s := strings.Join(got, "; "); s != tt.want {
				t.Errorf("got %q, want %q", s, tt.want)
			}
		})
	}
}

// TestTiers lets an open partition grow for a long time: files stay few, and rows
// are not rewritten often.
func TestTiers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	o := compact.Options{Config: compact.DefaultConfig()}
	for _, size := range []func(n int) int64{
		func(int) int64 { return 600_000 },
		func(int) int64 { return 1 + rng.Int64N(1_000_000) },
		func(n int) int64 { return int64(n + 1) },
		func(n int) int64 { return int64(10_000 - n) },
		func(n int) int64 { return 1 << (n % 28) },
	} {
		var files []lake.File
		var written, rewritten int64
		most := 0
		for n := range 2000 {
			f := sized(2024, 0, size(n))[0]
			f.Relative = fmt.Sprint(n)
			written += f.Bytes
			files = append(files, f)
			_, picked := compact.Plan(bars, files, o)
			if len(picked) > 0 {
				merged := lake.File{Relative: fmt.Sprint(n, "merged"), Year: 2024}
				for _, p := range picked[0] {
					merged.Bytes += p.Bytes
					files = slices.DeleteFunc(files, func(f lake.File) bool { return f.Relative == p.Relative })
				}
				rewritten += merged.Bytes
				files = append(files, merged)
			}
			small := slices.DeleteFunc(slices.Clone(files), func(f lake.File) bool { return f.Bytes >= o.FileBytes })
			most = max(most, len(small))
		}
		if most > 30 || rewritten > 5*written {
			t.Errorf("up to %d small files; %.1f times rewritten", most, float64(rewritten)/float64(written))
		}
	}
}

func TestBounds(t *testing.T) {
	long := strings.Repeat("a", 32)
	for _, tt := range []struct {
		of        etl.ColumnType
		high, low string
		want      bool
	}{
		{etl.String, "sh600000", "sh600000", false},
		{etl.String, "sh600001", "sh600000", true},
		{etl.String, "sh600000", "sh600001", false},
		{etl.String, long + "\x7f", long, false}, // a cut maximum, raised
		{etl.String, "b" + long, long, true},
		{etl.Date, "2024-01-02", "2024-01-02", false},
		{etl.Date, "2024-01-03", "2024-01-02", true},
		{etl.Timestamp, "2024-01-02T00:00:00.001Z", "2024-01-02T00:00:00.000Z", false}, // both rounded
		{etl.Timestamp, "2024-01-02T00:00:00.002Z", "2024-01-02T00:00:00.000Z", true},
		{etl.Timestamp, "yesterday", "2024-01-02T00:00:00.000Z", false},
	} {
		if got := compact.Beyond(tt.of, tt.high, tt.low); got != tt.want {
			t.Errorf("%q beyond %q: %v", tt.high, tt.low, got)
		}
	}
	for stats, want := range map[string]string{
		`{"minValues":{"symbol":"a\"b"},"maxValues":{"symbol":"c"}}`: `a"b..c`,
		`{"minValues":{"symbol":1},"maxValues":{"symbol":"c"}}`:      "",
		`{"minValues":{"symbol":"a"}}`:                               "",
		`{`:                                                          "",
	} {
		low, high, ok := compact.SpanOf(stats, "symbol")
		if ok != (want != "") || ok && low+".."+high != want {
			t.Errorf("%s: %q..%q, %v", stats, low, high, ok)
		}
	}
}

func TestConfig(t *testing.T) {
	if err := compact.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	err := compact.Config{}.Validate()
	for _, key := range []string{"tail_files", "file_bytes", "memory_bytes"} {
		if err == nil || !strings.Contains(err.Error(), key+": is 0; must be") {
			t.Errorf("no problem with %s: %v", key, err)
		}
	}
}
