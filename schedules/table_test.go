package schedules_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"barkeep/schedules"
)

func TestTableIsItsOwnOutput(t *testing.T) {
	var out bytes.Buffer
	n, err := schedules.Embedded().WriteTo(&out)
	if err != nil || n != int64(out.Len()) {
		t.Fatalf("WriteTo = %d, %v after %d bytes", n, err, out.Len())
	}
	source, err := os.ReadFile("closures.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), source) {
		t.Errorf("WriteTo differs from closures.txt:\n%s", out.String())
	}
}

func TestWriteToReportsErrors(t *testing.T) {
	if _, err := schedules.Embedded().WriteTo(brokenWriter{}); !errors.Is(err, errBroken) {
		t.Errorf("error %v, want %v", err, errBroken)
	}
}

var errBroken = errors.New("disk full")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestParseCalendar(t *testing.T) {
	const table = "\ufeff# a comment\r\n\r\n" +
		"2026 from 12-28  12-31 # New Year's Eve\r\n" +
		"2027 01-01 10-01..10-05 until 10-10\r\n"
	c, err := schedules.ParseCalendar(strings.NewReader(table), "mine.txt")
	if err != nil {
		t.Fatal(err)
	}
	if c.First().String() != "2026-12-28" || c.Horizon().String() != "2027-10-10" {
		t.Errorf("reach %s to %s", c.First(), c.Horizon())
	}
	for date, want := range map[string]schedules.Status{
		"2026-12-25": schedules.Unknown,
		"2026-12-28": schedules.Open,
		"2026-12-31": schedules.Closed,
		"2027-01-01": schedules.Closed,
		"2027-01-02": schedules.Closed,
		"2027-01-04": schedules.Open,
		"2027-10-05": schedules.Closed,
		"2027-10-06": schedules.Open,
		"2027-10-11": schedules.Unknown,
	} {
		if got := c.Status(day(t, date)); got != want {
			t.Errorf("Status(%s) = %s, want %s", date, got, want)
		}
	}
}

func TestParseCalendarReportsEverything(t *testing.T) {
	const table = `2020 01-01 02-30
2021 from 06-01 10-07..10-01 05-01
banana
2021 01-01..01-04 01-04 14-01
2023 until 03-01 04-05 until
2024 until 01-02 until 01-03 01-01
2025 from 06-01 until 05-01
`
	_, err := schedules.ParseCalendar(strings.NewReader(table), "bad.txt")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`bad.txt:1: "02-30" is not a date of 2020`,
		"bad.txt:2: the range 10-07..10-01 ends before it begins",
		"bad.txt:2: 05-01 is a weekend",
		"bad.txt:2: only the first line may say from",
		`bad.txt:3: "banana" is not a year`,
		"bad.txt:4: 2021-01-04 is listed twice",
		`bad.txt:4: "14-01" is not a date of 2021`,
		"bad.txt:4: 2021 follows 2021",
		"bad.txt:5: 2023 follows 2021",
		"bad.txt:5: until needs a date",
		"bad.txt:5: 2023-04-05 is outside the days this line covers, 2023-01-01 to 2023-03-01",
		"bad.txt:5: only the last line may say until",
		"bad.txt:6: until is said twice",
		"bad.txt:7: 2025 ends on 2025-05-01, before it begins on 2025-06-01",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("got:\n%v", err)
	}
}

func TestParseCalendarRefuses(t *testing.T) {
	for name, table := range map[string]string{
		"empty":    "# nothing\n",
		"too long": strings.Repeat("#", 1<<20+1),
	} {
		if c, err := schedules.ParseCalendar(strings.NewReader(table), "x"); err == nil || c != nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := schedules.ParseCalendar(brokenReader{}, "x"); !errors.Is(err, errBroken) {
		t.Errorf("error %v, want %v", err, errBroken)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }

// FuzzParseCalendar: whatever is accepted is written and read back to the same
// calendar, and answers at its edges without a panic.
func FuzzParseCalendar(f *testing.F) {
	source, err := os.ReadFile("closures.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(source)
	f.Add([]byte("2026 from 12-28 12-31\n2027 01-01 10-01..10-05 until 10-10\n"))
	f.Add([]byte("2026 until 01-03 from 01-03"))
	f.Add([]byte("2024 02-29 12-28..12-31\n2025 01-01\n"))
	f.Fuzz(func(t *testing.T, table []byte) {
		c, err := schedules.ParseCalendar(bytes.NewReader(table), "fuzz")
		if err != nil {
			return
		}
		var out bytes.Buffer
		if _, err := c.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		again, err := schedules.ParseCalendar(&out, "again")
		if err != nil {
			t.Fatal(err)
		}
		for d := c.First() - 8; d <= c.Horizon()+8; d++ {
			if again.Status(d) != c.Status(d) {
				t.Fatalf("%s is %s, then %s", d, c.Status(d), again.Status(d))
			}
			c.Next(d)
			c.Prev(d)
		}
		if got := len(c.Days(c.First(), c.Horizon())); got != c.Count(c.First()-9, c.Horizon()+9) {
			t.Fatalf("Days and Count differ: %d", got)
		}
	})
}

func FuzzParseDay(f *testing.F) {
	for _, seed := range []string{"2024-01-02", "20240102", "2024/01/02", "2024.01.02", " 0000-01-01 ", "2023-02-29", "2024-1-2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := schedules.ParseDay(text)
		if err != nil {
			if d != 0 {
				t.Fatalf("%q: day %s with an error", text, d)
			}
			return
		}
		again, err := schedules.ParseDay(d.String())
		if err != nil || again != d {
			t.Fatalf("%q is %s, then %s, %v", text, d, again, err)
		}
		y, m, day := d.Date()
		if schedules.MakeDay(y, m, day) != d || schedules.DayOf(d.At(12, 0)) != d {
			t.Fatalf("%q: %s does not survive its own parts", text, d)
		}
	})
}

func TestParseClock(t *testing.T) {
	for text, want := range map[string]schedules.Clock{"00:00": 0, "09:30": 570, " 17:30 ": schedules.DailyBarsReady, "23:59": 1439} {
		got, err := schedules.ParseClock(text)
		if err != nil || got != want {
			t.Errorf("ParseClock(%q) = %s, %v", text, got, err)
		}
		if got.String() != strings.TrimSpace(text) {
			t.Errorf("%q prints as %s", text, got)
		}
	}
	for _, text := range []string{"", "24:00", "9:30", "1730", "17:60", "17:30:00", "5pm"} {
		if got, err := schedules.ParseClock(text); err == nil {
			t.Errorf("ParseClock(%q) = %s", text, got)
		}
	}
}
