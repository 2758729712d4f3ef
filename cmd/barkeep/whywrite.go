package main

import (
	"fmt"
	"io"
	"strings"

	"barkeep/etl"
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
	} else if r.Present && r.Security != nil && r.Security.Kind == etl.Stock.String() {
		line("factor", "no adjust factor of it is stored")
	}
	line("day", "%s", r.Day.text(p))
}
