package configs_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"barkeep/configs"
	"barkeep/schedules"
	"barkeep/schedules/jobs"
)

var update = flag.Bool("update", false, "write the golden files anew")

const scheduleHead = `When the default jobs are due: the next 20 times after five moments, in
Asia/Shanghai, and the last time before. The calendar is closed from 2026-01-01 to
01-04 and from 2026-02-14 to 02-23, although 2026-01-04, 02-14 and 02-28 are
working days on weekends; it ends with 2026-12-31. END: the calendar knows no more.
`

var scenes = []struct{ name, after string }{
	{"New Year", "2025-12-30T12:00"},
	{"Spring Festival", "2026-02-12T14:58"},
	{"a working Saturday", "2026-02-27T12:00"},
	{"the lunch break", "2026-07-06T11:25"},
	{"the end of the calendar", "2026-12-31T14:55"},
}

func defaultJobs(t *testing.T) []jobs.Job {
	t.Helper()
	works := map[string]jobs.Work{}
	for _, name := range configs.Works() {
		works[name] = noWork
	}
	list, err := loadProduct(t, configs.Options{}).Jobs.Build(works)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestScheduleGolden(t *testing.T) {
	text := scheduleHead
	for _, job := range defaultJobs(t) {
		text += fmt.Sprintf("\n== %s: %s\n", job.Name, job.Trigger)
		for _, scene := range scenes {
			after, err := schedules.ParseInstant(scene.after)
			if err != nil {
				t.Fatal(err)
			}
			text += fmt.Sprintf("\n%s: after %s\n%s", scene.name, after.Format("Mon 2006-01-02 15:04"), due(job.Trigger, after))
		}
	}
	const file = "testdata/schedule.golden"
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("the schedule has changed; go test -run TestScheduleGolden ./configs -update shows how:\n%s", text)
	}
}

// due writes the firings around a moment, a day at a time.
func due(tr jobs.Trigger, after time.Time) string {
	c := schedules.Embedded()
	var days []string
	last := "nothing"
	if at, ok := tr.Last(c, after); ok {
		last = brief(at, "Mon 01-02 ")
	}
	for range 20 {
		next, ok := tr.Next(c, after)
		switch {
		case !ok:
			return lines(last, append(days, "END"))
		case len(days) > 0 && schedules.DayOf(next) == schedules.DayOf(after):
			days[len(days)-1] += brief(next, " ")
		default:
			days = append(days, brief(next, "Mon 01-02 "))
		}
		after = next
	}
	return lines(last, days)
}

// brief leaves out seconds of 0.
func brief(at time.Time, layout string) string {
	if at.Second() == 0 {
		return at.Format(layout + "15:04")
	}
	return at.Format(layout + "15:04:05")
}

// lines packs days into lines of readable width.
func lines(last string, days []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  (%s)\n", last)
	width := 0
	for i, d := range days {
		switch {
		case i == 0:
			b.WriteString("  ")
		case width+len(d) > 100:
			b.WriteString("\n  ")
			width = 0
		default:
			b.WriteString(" | ")
		}
		width += len(d) + 3
		b.WriteString(d)
	}
	b.WriteByte('\n')
	return b.String()
}
