package schedules

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

//go:embed closures.txt
var closures string

// embedded is parsed on first use; a test holds that the table is in order.
var embedded = sync.OnceValue(func() *Calendar {
	c, err := ParseCalendar(strings.NewReader(closures), "closures.txt")
	if err != nil {
		panic("schedules: the embedded table is broken: " + err.Error())
	}
	return c
})

// Embedded returns the calendar of the product's own table, 1990-12-19 to
// 2026-12-31. Every call returns the same Calendar.
func Embedded() *Calendar { return embedded() }

// WriteTo writes the calendar as a table that ParseCalendar reads back to the
// same calendar, headed by the explanation of the format.
func (c *Calendar) WriteTo(w io.Writer) (int64, error) {
	var out bytes.Buffer
	for line := range strings.Lines(closures) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		out.WriteString(line)
	}
	out.WriteByte('\n')
	for year := c.first.Year(); year <= c.last.Year(); year++ {
		c.writeYear(&out, year)
	}
	n, err := out.WriteTo(w)
	if err != nil {
		return n, fmt.Errorf("write calendar: %w", err)
	}
	return n, nil
}

func (c *Calendar) writeYear(w *bytes.Buffer, year int) {
	from, to := MakeDay(year, time.January, 1), MakeDay(year, time.December, 31)
	fmt.Fprintf(w, "%04d", year)
	if from < c.first {
		from = c.first
		fmt.Fprintf(w, "  from %s", monthDay(from))
	}
	if to > c.last {
		to = c.last
		fmt.Fprintf(w, "  until %s", monthDay(to))
	}
	for d := from; d <= to; d++ {
		if weekend(d) || c.isOpen(d) {
			continue
		}
		begin, end := d, d
		for ; d <= to && !c.isOpen(d); d++ {
			if !weekend(d) {
				end = d
			}
		}
		fmt.Fprintf(w, "  %s", monthDay(begin))
		if end > begin {
			fmt.Fprintf(w, "..%s", monthDay(end))
		}
	}
	fmt.Fprintln(w)
}

func monthDay(d Day) string {
	_, m, day := d.Date()
	return fmt.Sprintf("%02d-%02d", m, day)
}
