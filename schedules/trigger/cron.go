package trigger

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"barkeep/schedules"
)

// cronField is one field of a cron line: how the parser knows it, and what a
// person may write.
type cronField struct {
	option cron.ParseOption
	name   string
	values string
}

var cronFields = []cronField{
	{cron.Second, "second", "0 to 59"},
	{cron.Minute, "minute", "0 to 59"},
	{cron.Hour, "hour", "0 to 23"},
	{cron.Dom, "day of the month", "1 to 31"},
	{cron.Month, "month", "1 to 12 or jan to dec"},
	{cron.Dow, "day of the week", "0 (Sunday) to 6 or sun to sat"},
}

var cronParser = cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// parseCron reads a line of five fields, of six with seconds first, or a name
// such as @daily. The error names the field and its column.
func parseCron(line string) (beat, error) {
	line = strings.TrimSpace(line)
	if text, ok := strings.CutPrefix(line, "@every "); ok {
		d, err := parseInterval(text)
		return interval(d / time.Second), err
	}
	if err := checkCron(line); err != nil {
		return nil, err
	}
	parsed, err := cronParser.Parse(line)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", line, err)
	}
	s, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("%q is not a cron line: write five fields such as 35 17 * * *, or six with seconds first", line)
	}
	return daily{clock: cronClock{s}, days: func(d schedules.Day) bool { return cronDay(s, d) }}, nil
}

// checkCron holds each field apart, so that a message can say which is wrong. It
// also keeps from the parser what it panics on or reads as never.
func checkCron(line string) error {
	if strings.HasPrefix(line, "@") {
		switch line {
		case "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly":
			return nil
		}
		return fmt.Errorf("%q is no name of a schedule: write @hourly, @daily, @weekly, @monthly, @yearly or @every 10m", line)
	}
	if strings.Contains(line, "=") {
		return fmt.Errorf("%q sets a zone or a variable: leave it out, every trigger is in Asia/Shanghai", line)
	}
	fields := strings.Fields(line)
	names := cronFields
	switch len(fields) {
	case len(names):
	case len(names) - 1:
		names = names[1:]
	default:
		return fmt.Errorf("%q has %d fields: write minute, hour, day of the month, month and day of the week, or six with seconds first", line, len(fields))
	}
	column := 0
	for i, text := range fields {
		column += strings.Index(line[column:], text)
		if !cronFieldFits(names[i].option, text) {
			return fmt.Errorf("%q: field %d, the %s, at column %d is %q: write %s, as * or 5 or 1-5 or 1,3 or */2",
				line, i+1, names[i].name, column+1, text, names[i].values)
		}
		column += len(text)
	}
	return nil
}

func cronFieldFits(option cron.ParseOption, text string) bool {
	for item := range strings.SplitSeq(text, ",") {
		if item == "" || strings.ContainsAny(item, "+@") {
			return false
		}
	}
	_, err := cron.NewParser(option).Parse(text)
	return err == nil
}

// star marks a field that was written *; see cron.SpecSchedule.
const star = 1 << 63

// cronDay reports whether a line names a day. Where both days are restricted
// either will do, as in every cron.
func cronDay(s *cron.SpecSchedule, d schedules.Day) bool {
	_, month, day := d.Date()
	if s.Month>>uint(month)&1 == 0 {
		return false
	}
	dom, dow := s.Dom>>uint(day)&1 == 1, s.Dow>>uint(d.Weekday())&1 == 1
	if s.Dom&star != 0 || s.Dow&star != 0 {
		return dom && dow
	}
	return dom || dow
}

// cronClock is the part of a cron line below the day.
type cronClock struct{ *cron.SpecSchedule }

func (c cronClock) ceil(second int) (int, bool) {
	h, m, s := second/3600, second/60%60, second%60
	if has(c.Hour, h) {
		if has(c.Minute, m) {
			if s, ok := bitFrom(c.Second, s); ok {
				return h*3600 + m*60 + s, true
			}
		}
		if m, ok := bitFrom(c.Minute, m+1); ok {
			s, ok := bitFrom(c.Second, 0)
			return h*3600 + m*60 + s, ok
		}
	}
	h, ok := bitFrom(c.Hour, h+1)
	m, okM := bitFrom(c.Minute, 0)
	s, okS := bitFrom(c.Second, 0)
	return h*3600 + m*60 + s, ok && okM && okS
}

func (c cronClock) floor(second int) (int, bool) {
	h, m, s := second/3600, second/60%60, second%60
	if has(c.Hour, h) {
		if has(c.Minute, m) {
			if s, ok := bitUntil(c.Second, s); ok {
				return h*3600 + m*60 + s, true
			}
		}
		if m, ok := bitUntil(c.Minute, m-1); ok {
			s, ok := bitUntil(c.Second, 59)
			return h*3600 + m*60 + s, ok
		}
	}
	h, ok := bitUntil(c.Hour, h-1)
	m, okM := bitUntil(c.Minute, 59)
	s, okS := bitUntil(c.Second, 59)
	return h*3600 + m*60 + s, ok && okM && okS
}

func has(set uint64, i int) bool { return set>>uint(i)&1 == 1 }

// bitFrom returns the first member of a set at or after i, the star aside.
func bitFrom(set uint64, i int) (int, bool) {
	set = set &^ star >> uint(i) << uint(i)
	return bits.TrailingZeros64(set), set != 0
}

// bitUntil returns the last member at or before i; i may be -1.
func bitUntil(set uint64, i int) (int, bool) {
	set &= 1<<uint(i+1) - 1
	return bits.Len64(set) - 1, set != 0
}
