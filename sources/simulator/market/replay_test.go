package market_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"barkeep/schedules"
	"barkeep/schedules/recorded"
	"barkeep/sources/simulator/market"
)

// replayRecorded replays the recorded bars, once for all tests.
func replayRecorded(t testing.TB) *market.Replayed {
	t.Helper()
	dir := filepath.Join(recorded.Dir(t), "baostock", "bars")
	replayOnce.Do(func() { replayed, replayError = market.Replay(dir) })
	if replayError != nil {
		t.Fatal(replayError)
	}
	return replayed
}

var (
	replayOnce  sync.Once
	replayed    *market.Replayed
	replayError error
)

const (
	oneA = "2024-01-02,sh.600001,10.0000,10.5000,9.9000,10.2000,10.0000,1000,10200.0000,3,0.100000,1,2.000000,1.000000,,,,0\n"
	oneB = "2024-01-03,sh.600001,8.2000,8.3000,8.0000,8.1000,8.1600,2000,16300.0000,3,0.200000,1,-0.735300,1.000000,,,,0\n"
	twoA = "2024-01-02,sz.000002,5.0000,5.0000,5.0000,5.0000,5.0000,,,3,,0,,,,,,1\n"
)

// lay writes files of bars, gzipped where the name says so.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		data := []byte(text)
		if strings.HasSuffix(name, ".gz") {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			if _, err := z.Write(data); err != nil {
				t.Fatal(err)
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			data = b.Bytes()
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReplay(t *testing.T) {
	m, err := market.Replay(lay(t, map[string]string{
		"sh.600001.csv.gz": market.Header + "\n" + oneA + oneB,
		"sz.000002.csv":    market.Header + "\n" + twoA,
		"manifest.csv":     "code,rows\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	day, _ := schedules.ParseDay("2024-01-02")
	one, two := m.Securities()[0], m.Securities()[1]
	if one.Listed != day || one.Delisted != 0 || two.Delisted != day+1 || m.Last() != day+1 {
		t.Errorf("securities %+v %+v", one, two)
	}
	if got := m.Now().Format("2006-01-02 15:04 -0700"); got != "2024-01-03 20:00 +0800" {
		t.Errorf("the clock stands at %s", got)
	}
	var rows []string
	for row := range m.Day(day) {
		rows = append(rows, string(row.Text())+"\n")
	}
	if strings.Join(rows, "") != oneA+twoA {
		t.Errorf("day: %q", rows)
	}
	rows = nil
	for row := range m.Bars(0, day+1, day+100) {
		rows = append(rows, string(row.Text())+"\n")
	}
	if strings.Join(rows, "") != oneB {
		t.Errorf("bars: %q", rows)
	}
	// 10.2 / 8.16 = 1.25
	if x := m.ExDates(0); len(x) != 1 || x[0].Back != 1250000 || x[0].Day != day+1 {
		t.Errorf("ex-dates %+v", x)
	}
}

// TestReplayRefuses checks that errors name the file and the line.
func TestReplayRefuses(t *testing.T) {
	head := market.Header + "\n"
	for name, x := range map[string]struct{ text, want string }{
		"header":     {"date,code\n" + oneA, "line 1"},
		"empty":      {head, "holds no row"},
		"cut":        {head + oneA + oneB[:50], "line 3"},
		"order":      {head + oneB + oneA, "line 3: 2024-01-02 after 2024-01-03"},
		"twice":      {head + oneA + oneA, "line 3"},
		"other code": {head + twoA, `line 2: code "sz.000002"`},
		"cells":      {head + strings.Replace(oneA, ",0\n", "\n", 1), "line 2"},
		"date":       {head + strings.Replace(oneA, "2024-01-02", "2024-02-30", 1), `line 2: date "2024-02-30"`},
		"date form":  {head + strings.Replace(oneA, "2024-01-02", "2024/01/02", 1), "line 2: date"},
		"price":      {head + strings.Replace(oneA, "10.2000", "x", 1), "line 2: preclose"},
		"quotes":     {head + strings.Replace(oneA, "1000,", "\"1000\",", 1), "line 2"},
	} {
		dir := lay(t, map[string]string{"sh.600001.csv": x.text})
		_, err := market.Replay(dir)
		if err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), "sh.600001") {
			t.Errorf("%s: error %v, want the file and %q", name, err, x.want)
		}
	}
	if _, err := market.Replay(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no file named like") {
		t.Errorf("empty folder: %v", err)
	}
	dir := lay(t, map[string]string{"sh.600001.csv": head + oneA, "sh.600001.csv.gz": head + oneA})
	if _, err := market.Replay(dir); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("two files of one code: %v", err)
	}
}

// TestReplayRecorded gives every recorded cell back.
func TestReplayRecorded(t *testing.T) {
	dir := filepath.Join(recorded.Dir(t), "baostock", "bars")
	m := replayRecorded(t)
	rows := 0
	for i, s := range m.Securities() {
		f, err := os.Open(filepath.Join(dir, s.Code+".csv.gz"))
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		got := append(make([]byte, 0, len(want)), market.Header+"\n"...)
		for row := range m.Bars(i, s.First, s.Last) {
			got = append(append(got, row.Text()...), '\n')
			rows++
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: cells differ", s.Code)
		}
	}
	t.Logf("%d securities, %d rows, last day %s", len(m.Securities()), rows, m.Last())
}

// TestReplayFactors compares derived factors with recorded ones.
func TestReplayFactors(t *testing.T) {
	dir := filepath.Join(recorded.Dir(t), "baostock")
	text, err := os.ReadFile(filepath.Join(dir, "reference", "adjust_factor_sh.600000_20260927.csv"))
	if err != nil {
		t.Fatal(err)
	}
	m := replayRecorded(t)
	derived := map[string]int64{}
	for _, x := range m.ExDates(market.Find(m.Securities(), "sh.600000")) {
		derived[x.Day.String()] = x.Back
	}
	same, off := 0, 0
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		cells := strings.Split(line, ",")
		if cells[1] > m.Last().String() {
			continue
		}
		want, _ := market.ParseFixed([]byte(cells[3]), 6)
		switch got := derived[cells[1]]; {
		case got == want:
			same++
		case got == want+1, got == want-1: // the vendor's own chain rounds differently now and then
			off++
		default:
			t.Errorf("%s: factor %d, recorded %d", cells[1], got, want)
		}
	}
	if off > 4 || same < 20 {
		t.Errorf("%d factors equal the recorded ones, %d are off by one unit", same, off)
	}
	t.Logf("%d factors equal, %d off by 0.000001", same, off)
}
