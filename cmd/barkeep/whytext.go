package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"barkeep/schedules"
)

// String tells kind, board and listing.
func (s *listedSecurity) String() string {
	parts := []string{s.Kind}
	if s.Board != "" {
		parts[0] += ", " + s.Board + " board"
	}
	switch {
	case s.Listed != 0 && s.Delisted != 0:
		parts = append(parts, fmt.Sprintf("listed %s, delisted %s", s.Listed, s.Delisted))
	case s.Listed != 0:
		parts = append(parts, fmt.Sprintf("listed %s", s.Listed))
	}
	if s.Industry != "" {
		parts = append(parts, s.Industry)
	}
	if len(s.Earlier) > 0 {
		parts = append(parts, "earlier "+strings.Join(s.Earlier, ", "))
	}
	if s.Vanished {
		parts = append(parts, "no longer in the vendor's list")
	}
	return strings.Join(parts, "; ")
}

// String tells the limit prices.
func (l *limitPrices) String() string {
	first := ""
	if l.Session > 0 {
		first = fmt.Sprintf(", session %d since the listing", l.Session)
	}
	if l.Free {
		return "none" + first
	}
	closed := ""
	if l.Closed != "" {
		closed = "; closed at the limit " + l.Closed
	}
	return fmt.Sprintf("%.2f..%.2f (-%v %% / +%v %%%s)%s", *l.Down, *l.Up, l.DownPer, l.UpPer, first, closed)
}

func (d *daySeal) text(p paint) string {
	switch {
	case d.Status == schedules.Closed.String():
		return "no trading day"
	case d.Status != schedules.Open.String():
		return "not in the calendar"
	case !d.Published:
		return "not published yet"
	case d.Sealed:
		text := p.good("sealed") + fmt.Sprintf(": %s of %s bars", count(int64(d.Present)), count(int64(d.Expected)))
		if d.Explained > 0 {
			text += fmt.Sprintf(", %s absent for a known reason", count(int64(d.Explained)))
		}
		return text
	case d.Expected == 0:
		return "no bars are expected, as far as the list of securities tells"
	}
	return p.doubt("not sealed") + fmt.Sprintf(": %s of %s bars are missing", count(int64(d.Missing)), count(int64(d.Expected)))
}

// valueText prints a value of a row as SQL shows it.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int64:
		return count(v)
	case time.Time:
		return clockText(v)
	}
	return fmt.Sprint(v)
}

func cellText(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

// clockText prints an instant as clocks in Shanghai show it.
func clockText(t time.Time) string { return t.In(schedules.Shanghai).Format("2006-01-02 15:04:05") }
