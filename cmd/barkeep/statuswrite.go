package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"barkeep/schedules/jobs"
)

// write prints the health for people: the tables, what stands around them, and in
// the last line what is wrong.
func (h *health) write(w io.Writer, p paint) {
	fmt.Fprintf(w, "%s, %s\n", p.bold(h.Lake), clockText(h.At))
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, "  %-12s %s\n", label, fmt.Sprintf(format, args...))
	}
	h.Bars.write(line, p)
	if len(h.Tables) > 0 {
		fmt.Fprintf(w, "\n  %-15s %8s %14s %6s %8s %6s  %-22s  %s\n", "table", "version", "rows", "files", "size", "tail", "days", "committed")
	}
	for _, t := range h.Tables {
		days, mark := "", ""
		if t.First != 0 {
			days = fmt.Sprintf("%s..%s", t.First, t.Last)
		}
		if t.Due {
			mark = p.doubt(" fold")
		}
		fmt.Fprintf(w, "  %-15s %8d %14s %6d %8s %6s  %-22s  %s%s\n", t.Name, t.Version, count(t.Rows), t.Files, size(t.Bytes),
			fmt.Sprintf("%d/%d", t.Tail, t.TailMax), days, clockText(t.Committed), mark)
	}
	fmt.Fprintln(w)
	h.writeData(line, p)
	h.writeSurroundings(line, p)
	for _, t := range h.Warnings {
		line("warning", "%s%s", p.doubt(t.Text), t.help())
	}
	h.writeVerdict(w, p)
}

// writeVerdict prints the last line.
func (h *health) writeVerdict(w io.Writer, p paint) {
	if h.Healthy {
		fmt.Fprintln(w, p.good("healthy"))
		return
	}
	for _, t := range h.Problems[1:] {
		fmt.Fprintf(w, "  %-12s %s%s\n", "problem", p.bad(t.Text), t.help())
	}
	fmt.Fprintf(w, "%s: %s%s\n", p.bad("not healthy"), h.Problems[0].Text, h.Problems[0].help())
}

func (t trouble) help() string {
	if t.Command == "" {
		return ""
	}
	return "; try: " + t.Command
}

func (c *coverage) write(line func(string, string, ...any), p paint) {
	if c.First == 0 {
		line("daily bars", "%s", p.bad(c.Why))
		return
	}
	sealed := p.bad("no day looked at")
	if c.Sealed != 0 {
		sealed = p.good(c.Sealed.String())
		if c.Sealed < c.Due {
			sealed = p.doubt(c.Sealed.String())
		}
	}
	line("sealed to", "%s of %s, the last day published", sealed, c.Due)
	if c.Why != "" {
		line("not later", "%s", c.Why)
	}
	text := fmt.Sprintf("%s of %s bars of %s..%s", count(int64(c.Present)), count(int64(c.Expected)), c.From, c.To)
	if c.Explained > 0 {
		text += fmt.Sprintf(", %s absent for a known reason", count(int64(c.Explained)))
	}
	line("complete", "%s", text)
	for _, h := range c.Holes {
		more := ""
		if h.Quarantined > 0 {
			more = fmt.Sprintf(", %d in quarantine", h.Quarantined)
		}
		line("missing", "%s  %s, such as %s%s", p.bad(h.Date.String()), missingOf(h.Missing, h.Expected), h.Example, more)
	}
	if more := c.HoleDays - len(c.Holes); more > 0 {
		line("missing", "and on %s before", plural(more, "day"))
	}
	line("history", "%s stored and %s expected since %s", count(c.StoredAll), count(c.ExpectedAll), c.First)
}

// writeData prints what was refused and what was found.
func (h *health) writeData(line func(string, string, ...any), p paint) {
	if h.Quarantine.Rows == 0 {
		line("quarantine", "empty")
	}
	for _, r := range h.Quarantine.Reasons {
		line("quarantine", "%s  %s: %s", p.doubt(count(int64(r.Rows))), r.Table, r.Reason)
	}
	if len(h.Findings) == 0 {
		line("findings", "none in the newest run")
	}
	for _, f := range h.Findings {
		line("findings", "%s  %s (%s): %s", count(f.Rows), f.Rule, f.Severity, f.Sample)
	}
}

// writeSurroundings prints budget, runs, calendar and disk.
func (h *health) writeSurroundings(line func(string, string, ...any), p paint) {
	line("budget", "%s of %s requests used today, %s left", count(int64(h.Budget.Used)), count(int64(h.Budget.Limit)), count(int64(h.Budget.Left)))
	if until := h.Budget.BannedUntil; until != nil {
		line("banned", "until %s: %s", p.bad(clockText(*until)), h.Budget.BanReason)
	}
	for _, r := range h.Runs {
		outcome := p.good(string(r.Outcome))
		if r.Outcome != jobs.Done {
			outcome = p.bad(string(r.Outcome))
		}
		line("run", "%-15s %s, %s rows, ended %s after %s", r.Job, outcome, count(r.Rows), clockText(r.Ended), r.Ended.Sub(r.Began).Round(100*time.Millisecond))
	}
	for _, job := range slices.Sorted(maps.Keys(h.Next)) {
		line("next", "%-15s %s", job, clockText(h.Next[job]))
	}
	line("calendar", "to %s, %s", h.Calendar.Horizon, plural(h.Calendar.Left, "day"))
	if h.Disk.Known {
		line("disk", "%s of %s free", size(h.Disk.Free), size(h.Disk.Total))
	}
}
