package schedules

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxTable bounds a table read from outside; the embedded one has 3 KB.
const maxTable = 1 << 20

// ParseCalendar reads a table of closures in the format of the embedded one,
// which is explained at the table's head (see Calendar.WriteTo). The name,
// usually the file's path, is used in errors. All problems are returned at
// once, joined, each as "name:line: problem".
func ParseCalendar(r io.Reader, name string) (*Calendar, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxTable+1))
	if err != nil {
		return nil, fmt.Errorf("read calendar %s: %w", name, err)
	}
	if len(text) > maxTable {
		return nil, fmt.Errorf("%s: larger than %d bytes, which no table of closures is", name, maxTable)
	}
	p := tableParser{name: name}
	rest := strings.TrimPrefix(string(text), "\ufeff")
	for line := range strings.Lines(rest) {
		p.line++
		line, _, _ = strings.Cut(line, "#")
		if fields := strings.Fields(line); len(fields) > 0 {
			p.parseYear(fields)
		}
	}
	return p.calendar()
}

// tableYear is one line of the table.
type tableYear struct {
	line        int
	year        int
	first, last Day
	late, early bool // the line says from, until
	closed      []span
}

// span is a run of days with both ends.
type span struct{ from, to Day }

type tableParser struct {
	name     string
	line     int
	years    []tableYear
	problems []error
}

func (p *tableParser) fail(line int, format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf("%s:%d: %s", p.name, line, fmt.Sprintf(format, args...)))
}

func (p *tableParser) parseYear(fields []string) {
	year, err := strconv.Atoi(fields[0])
	if err != nil || len(fields[0]) != 4 || year < 1000 {
		p.fail(p.line, "%q is not a year: a line begins with one, such as 2024", fields[0])
		return
	}
	y := tableYear{
		line: p.line, year: year,
		first: MakeDay(year, time.January, 1), last: MakeDay(year, time.December, 31),
	}
	for i := 1; i < len(fields); i++ {
		switch word := fields[i]; word {
		case "from", "until":
			if i++; i == len(fields) {
				p.fail(p.line, "%s needs a date after it, such as 12-19", word)
				break
			}
			if d, ok := p.parseDate(year, fields[i]); ok {
				p.limit(&y, word, d)
			}
		default:
			p.parseClosure(&y, word)
		}
	}
	p.checkYear(&y)
	p.years = append(p.years, y)
}

// limit takes a line's "from" or "until".
func (p *tableParser) limit(y *tableYear, word string, d Day) {
	switch {
	case word == "from" && !y.late:
		y.first, y.late = d, true
	case word == "until" && !y.early:
		y.last, y.early = d, true
	default:
		p.fail(p.line, "%s is said twice", word)
	}
}

func (p *tableParser) parseClosure(y *tableYear, word string) {
	begin, end, isRange := strings.Cut(word, "..")
	if !isRange {
		end = begin
	}
	from, ok := p.parseDate(y.year, begin)
	to, ok2 := from, ok
	if isRange {
		to, ok2 = p.parseDate(y.year, end)
	}
	switch {
	case !ok || !ok2:
	case from > to:
		p.fail(p.line, "the range %s ends before it begins; a range over New Year is written on both years' lines", word)
	case to-from < 2 && weekend(from) && weekend(to):
		p.fail(p.line, "%s is a weekend, which is closed anyway; list Monday to Friday only", word)
	default:
		y.closed = append(y.closed, span{from, to})
	}
}

func (p *tableParser) parseDate(year int, text string) (Day, bool) {
	t, err := time.Parse("2006-01-02", fmt.Sprintf("%04d-%s", year, text))
	if err != nil {
		p.fail(p.line, "%q is not a date of %d: write MM-DD or MM-DD..MM-DD", text, year)
		return 0, false
	}
	return MakeDay(t.Date()), true
}

// checkYear checks what a line says of itself.
func (p *tableParser) checkYear(y *tableYear) {
	if y.first > y.last {
		p.fail(y.line, "%d ends on %s, before it begins on %s", y.year, y.last, y.first)
	}
	slices.SortFunc(y.closed, func(a, b span) int { return int(a.from - b.from) })
	for i, s := range y.closed {
		if s.from < y.first || s.to > y.last {
			p.fail(y.line, "%s is outside the days this line covers, %s to %s", s, y.first, y.last)
		}
		if i > 0 && s.from <= y.closed[i-1].to {
			p.fail(y.line, "%s is listed twice", s.from)
		}
	}
}

func (s span) String() string {
	if s.from == s.to {
		return s.from.String()
	}
	return s.from.String() + ".." + s.to.String()
}

// calendar checks how the lines follow each other and builds the calendar.
func (p *tableParser) calendar() (*Calendar, error) {
	for i, y := range p.years {
		if i > 0 && y.year != p.years[i-1].year+1 {
			p.fail(y.line, "%d follows %d: years ascend without a gap, one line each", y.year, p.years[i-1].year)
		}
		if y.late && i > 0 {
			p.fail(y.line, "only the first line may say from")
		}
		if y.early && i < len(p.years)-1 {
			p.fail(y.line, "only the last line may say until")
		}
	}
	if len(p.years) == 0 && len(p.problems) == 0 {
		p.problems = append(p.problems, fmt.Errorf("%s: holds no year; a line is a year and its closures, such as 2026 01-01..01-02", p.name))
	}
	if len(p.problems) > 0 {
		return nil, errors.Join(p.problems...)
	}
	c := newCalendar(p.years[0].first, p.years[len(p.years)-1].last)
	for _, y := range p.years {
		closed := y.closed
		for d := y.first; d <= y.last; d++ {
			for len(closed) > 0 && closed[0].to < d {
				closed = closed[1:]
			}
			if !weekend(d) && (len(closed) == 0 || d < closed[0].from) {
				c.setOpen(d)
			}
		}
	}
	return c, nil
}
