package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"barkeep/etl"
	"barkeep/schedules"
)

// report is the summary of a run; its JSON is what --json prints.
type report struct {
	Job  string         `json:"job"`
	From *schedules.Day `json:"from,omitempty"`
	To   *schedules.Day `json:"to,omitempty"`

	Rows int64 `json:"rows"` // committed by this run
	traffic
	Missing     int       `json:"missing"` // cells that should exist and do not
	MissingWhy  []etl.Gap `json:"missing_why"`
	Quarantined int       `json:"quarantined"`
	Explained   int       `json:"explained"` // cells without a bar that the table absences explains
	Absent      int       `json:"absent"`    // of them, those that this run has found
	// LastDay is the newest day that should have bars; it is sealed when nothing of it
	// is missing.
	LastDay *etl.LastDay `json:"last_day,omitempty"`
	// Revisions is what a run of revisions has found. There missing counts the bars
	// that did not come, whether the lake has them or not.
	Revisions *revised `json:"revisions,omitempty"`

	Expected     int   `json:"expected"`  // cells that should exist
	Committed    int   `json:"committed"` // of them, there before the run
	Commits      int   `json:"commits"`
	Files        int   `json:"files"`
	BytesWritten int64 `json:"bytes_written"`
	// Provisional compares the bars that have come with the quotes that stood
	// for them since the close.
	Provisional []comparison `json:"provisional,omitempty"`
	Calendar    []string     `json:"calendar_disagreements,omitempty"`
}

func (r *report) scope(s etl.Scope) { r.From, r.To = &s.From, &s.To }

// outcome takes over what the pipeline has done.
func (r *report) outcome(o etl.Outcome) {
	r.Missing, r.Quarantined = o.MissingCells(), o.Quarantined
	r.MissingWhy = append(r.MissingWhy, o.Missing...)
	r.Expected, r.Committed, r.Failed = o.Expected, o.Before, o.Failed
	r.Explained, r.Absent, r.LastDay = o.Explained, o.Absent, o.Last
	for _, c := range o.Commits {
		r.Rows += c.Rows
		r.Files += c.Files
		r.BytesWritten += c.Bytes
	}
	r.Commits = len(o.Commits)
}

func (r *report) tally() tally { return tally{r.Rows, r.Bytes, r.Requests} }

// verdict turns the report and the error of a run into the command's error.
func (r *report) verdict(err error) error {
	if err != nil {
		if r.Rows > 0 {
			return partialError{err}
		}
		return err
	}
	if r.Missing > 0 {
		return partialError{}
	}
	return nil
}

// writeSummary prints the summary of a job as one JSON object.
func writeSummary(w io.Writer, summary any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(summary); err != nil {
		return fmt.Errorf("print the summary: %w", err)
	}
	return nil
}

// write prints the report for people.
func (r *report) write(w io.Writer) {
	span := ""
	if r.From != nil && *r.From <= *r.To {
		span = fmt.Sprintf(" %s..%s", r.From, r.To)
	}
	fmt.Fprintf(w, "%s%s: %s, %s, %s received, %.1f s\n",
		r.Job, span, plural(int(r.Rows), "row"), plural(int(r.Requests), "request"), size(r.Bytes), r.Seconds)
	if r.Commits > 0 {
		fmt.Fprintf(w, "  written      %s, %s, %s\n", plural(r.Files, "file"), size(r.BytesWritten), plural(r.Commits, "commit"))
	}
	r.writeBars(w)
	if r.Quarantined > 0 {
		fmt.Fprintf(w, "  quarantined  %s; see table quarantine\n", plural(r.Quarantined, "row"))
	}
	for _, c := range r.Provisional {
		fmt.Fprintf(w, "  provisional  %s of %s bars of %s differ from the day's last quotes\n", count(int64(c.Differences)), count(int64(c.Compared)), c.Date)
		for _, e := range c.Examples {
			fmt.Fprintf(w, "               %s\n", e)
		}
	}
	r.traffic.write(w)
}

// writeBars tells which bars there are and which there are not.
func (r *report) writeBars(w io.Writer) {
	lacking := "missing    "
	switch {
	case r.Revisions != nil:
		lacking = "not fetched"
		r.Revisions.write(w)
	case r.Expected > 0:
		fmt.Fprintf(w, "  complete     %s of %s bars (%s were there before)\n",
			count(int64(r.Expected-r.Missing-r.Explained)), count(int64(r.Expected)), count(int64(r.Committed)))
	}
	if r.Explained > 0 {
		fmt.Fprintf(w, "  explained    %s that the vendor does not have, %s of them found now; see table absences\n",
			plural(r.Explained, "bar"), count(int64(r.Absent)))
	}
	for _, g := range r.MissingWhy {
		fmt.Fprintf(w, "  %s  %s of %s, %s..%s: %s\n", lacking, plural(g.Cells, "bar"),
			securities(g.Symbols, g.Example), g.First, g.Last, g.Reason)
	}
	if l := r.LastDay; l != nil && l.Missing > 0 && r.Revisions == nil {
		names := make([]string, len(l.Holes))
		for i, h := range l.Holes {
			names[i] = h.Symbol.String()
		}
		text := strings.Join(names, ", ")
		if more := l.Missing - len(names); more > 0 {
			text += fmt.Sprintf(" and %s more", count(int64(more)))
		}
		fmt.Fprintf(w, "  unsealed     %s lacks %s: %s\n", l.Day, text, l.Holes[0].Reason)
	}
}
