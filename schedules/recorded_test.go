package schedules_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"barkeep/schedules"
	"barkeep/schedules/recorded"
)

// recordedLines returns the lines of a recorded file, or skips the test.
func recordedLines(t *testing.T, elem ...string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(append([]string{recorded.Dir(t)}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []string
	scanner := bufio.NewScanner(f)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestRecordedTradingDays(t *testing.T) {
	c := schedules.Embedded()
	lines := recordedLines(t, "calendar", "xshg_trading_days.txt")
	days := c.Days(c.First(), c.Horizon())
	if len(days) != len(lines) {
		t.Fatalf("%d trading days, the recorded file has %d", len(days), len(lines))
	}
	for i, line := range lines {
		if days[i].String() != line {
			t.Fatalf("trading day %d is %s, the recorded file says %s", i, days[i], line)
		}
	}
}

func TestRecordedClosures(t *testing.T) {
	c := schedules.Embedded()
	want := map[schedules.Day]bool{}
	for _, line := range recordedLines(t, "calendar", "xshg_weekday_holidays.txt") {
		want[day(t, line)] = true
	}
	for d := c.First(); d <= c.Horizon(); d++ {
		weekday := d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
		if got := weekday && c.Status(d) == schedules.Closed; got != want[d] {
			t.Errorf("%s: weekday closure %t, the recorded file says %t", d, got, want[d])
		}
	}
}

func TestRecordedVendorAgrees(t *testing.T) {
	var list []schedules.VendorDay
	for _, line := range recordedLines(t, "baostock", "reference", "trade_dates_2015-01-01_2023-12-01.csv")[1:] {
		date, open, _ := strings.Cut(line, ",")
		list = append(list, schedules.VendorDay{Day: day(t, date), Open: open == "1"})
	}
	if len(list) != 3257 {
		t.Fatalf("%d recorded days, want 3257", len(list))
	}
	c := schedules.Embedded()
	extended, differences := c.Extend("baostock", list)
	for _, d := range differences {
		t.Error(d)
	}
	if extended != c {
		t.Error("a list inside the horizon made another calendar")
	}
	list[0].Open = !list[0].Open
	if _, differences := c.Extend("baostock", list); len(differences) != 1 {
		t.Errorf("one falsified day gives %d differences", len(differences))
	}
}
