package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// write prints the account for people, on one screen.
func (r *account) write(w io.Writer, p paint) {
	name := ""
	if r.Security != nil {
		name = " " + r.Security.Name
	}
	verdict := p.good(r.Verdict)
	switch {
	case r.Present && len(r.Checks.Broken) > 0:
		verdict = p.doubt(r.Verdict)
	case !r.Present:
		verdict = p.bad(r.Verdict)
	}
	fmt.Fprintf(w, "%s on %s, %s: %s\n", p.bold(r.Symbol.String()+name), r.Date, r.Date.Weekday(), verdict)
	if r.Command != "" {
		fmt.Fprintf(w, "  to fetch it  %s\n", r.Command)
	}
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, "  %-12s %s\n", label, fmt.Sprintf(format, args...))
	}
	if r.Present {
		r.writeRow(w)
		r.writeOrigin(line)
		r.writeChecks(line, p)
	}
	for _, c := range r.Noted {
		line("noted", "%s (%s), checked %s: %s", c.Rule, c.Severity, clockText(c.Checked), c.Sample)
	}
	for _, c := range r.Quarantine {
		line("quarantine", "%s: %s; request %s, arrived %s", p.bad(c.Reason), c.Raw, c.Request, clockText(c.Fetched))
	}
	if c := r.Absence; c != nil {
		line("absence", "%s; request %s, source %s, seen %s", c.Reason, c.Request, c.Source, clockText(c.Seen))
	}
	for _, c := range r.Revisions {
		line("revised", "%s %s -> %s, seen %s", c.Column, cellText(c.Old), cellText(c.New), clockText(c.Seen))
	}
	r.writePlace(line, p)
	for _, warning := range r.Warnings {
		line("warning", "%s", p.bad(warning))
	}
}

// writeRow prints the columns in two columns, with their units.
func (r *account) writeRow(w io.Writer) {
	var cells []string
	for _, c := range etl.DailyBars.Columns {
		if c.Name != "date" && c.Name != "symbol" && c.Name != "source" && c.Name != "fetched_at" {
			cells = append(cells, strings.TrimRight(fmt.Sprintf("%-12s %s %s", c.Name, valueText(r.Bar[c.Name]), c.Unit), " "))
		}
	}
	half := (len(cells) + 1) / 2
	for i := range half {
		right := ""
		if i+half < len(cells) {
			right = cells[i+half]
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %-38s %s", cells[i], right), " "))
	}
}

func (r *account) writeOrigin(line func(string, string, ...any)) {
	o := r.Origin
	line("arrived", "%s from %s", clockText(o.Fetched), o.Source)
	if o.Request != "" {
		line("request", "%s", o.Request)
	}
	line("file", "%s, %s rows, %s", o.File, count(o.FileRows), size(o.FileBytes))
	if c := o.Commit; c != nil {
		line("commit", "%s", c)
	} else {
		line("commit", "the log no longer tells which one added the file; version %d was read", o.Table)
	}
	if o.Brought != nil && o.Brought.Version != o.Commit.Version {
		line("brought by", "%s", o.Brought)
	}
}

// String names the commit.
func (c *commitSaid) String() string {
	by := c.Engine
	if c.Job != "" {
		by = "job " + c.Job
	}
	return fmt.Sprintf("version %d at %s, %s by %s", c.Version, clockText(c.Time), c.Operation, by)
}

func (r *account) writeChecks(line func(string, string, ...any), p paint) {
	c := r.Checks
	text := fmt.Sprintf("passes %s", plural(len(c.Passed), "rule"))
	if len(c.Unjudged) > 0 {
		text += fmt.Sprintf("; cannot be judged by %s", strings.Join(c.Unjudged, ", "))
	}
	line("checks", "%s", text)
	for _, b := range c.Broken {
		line("breaks", "%s (%s): %s", p.bad(b.Rule), b.Severity, b.Finding)
	}
	if p := r.Previous; p != nil && r.Bar["preclose"] != p.Close {
		line("reference", "preclose %s is not the close before, %s: an ex-date, or another reference price", valueText(r.Bar["preclose"]), valueText(p.Close))
	}
}

// writePlace prints what lies around the bar.
func (r *account) writePlace(line func(string, string, ...any), p paint) {
	for _, n := range []struct {
		label string
		bar   *nearBar
	}{{"previous", r.Previous}, {"next", r.Next}} {
		if b := n.bar; b != nil {
			how := ""
			if !b.Traded {
				how = ", suspended"
			}
			line(n.label, "%s close %s, preclose %s, volume %s%s", b.Date, valueText(b.Close), valueText(b.Preclose), count(b.Volume), how)
		}
	}
	if r.Stored.Bars > 0 {
		line("stored", "%s of it, %s..%s", plural(r.Stored.Bars, "bar"), r.Stored.First, r.Stored.Last)
	} else if r.Security != nil {
		line("stored", "no bar of it")
	}
	if s := r.Security; s != nil {
		line("security", "%s", s)
	}
	if s := r.Suspended; s != nil {
		line("suspended", "%s..%s, %s", s.Since, s.Last, plural(s.Bars, "bar"))
	}
	if s := r.Warned; s != nil {
		line("risk warning", "%s..%s, %s", s.Since, s.Last, plural(s.Bars, "bar"))
	}
	if r.Limit != nil {
		line("limits", "%s", r.Limit)
	}
	if f := r.Factor; f != nil && f.ExDate != 0 {
		line("factor", "back %s, fore %s, since the ex-date %s", f.Back, f.Fore, f.ExDate)
	} else if f != nil {
		line("factor", "back %s: no ex-date up to the day", f.Back)
	} else if r.Present {
		line("factor", "no adjust factor of it is stored")
	}
	line("day", "%s", r.Day.text(p))
}

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
	case d.Status != schedules.Open.String():
		return "no trading day is known there (" + d.Status + ")"
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
