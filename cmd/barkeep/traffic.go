package main

import (
	"fmt"
	"io"
	"time"

	"barkeep/etl"
	"barkeep/sources"
	"barkeep/sources/baostock"
)

// finding is what one rule has found, as reports show it.
type finding struct {
	Rule   string `json:"rule"`
	Rows   int64  `json:"rows"`
	Sample string `json:"sample"`
}

// findings are those of a run.
type findings []finding

// add takes over what rules have found.
func (f *findings) add(list []etl.Verdict) {
	for _, v := range list {
		if v.Found > 0 {
			*f = append(*f, finding{v.Rule, v.Found, v.Sample})
		}
	}
}

func (f findings) write(w io.Writer) {
	for _, one := range f {
		fmt.Fprintf(w, "  finding      %s: %s, such as %s; see table checks\n", one.Rule, plural(int(one.Rows), "row"), one.Sample)
	}
}

// traffic is what a run has sent to the vendor, and how it ended; every report of a
// job that asks him has it.
type traffic struct {
	Requests       int64            `json:"requests"`         // logins and pages included
	RequestsByType map[string]int64 `json:"requests_by_type"` // by the vendor's message type
	Bytes          int64            `json:"bytes"`            // received
	Seconds        float64          `json:"seconds"`
	Budget         budget           `json:"budget"`
	Failed         []string         `json:"failed_requests,omitempty"`
	Warnings       []string         `json:"warnings,omitempty"`
	Error          string           `json:"error,omitempty"`
}

// budget is how many of the day's requests are spent.
type budget struct {
	Used  int `json:"used"`
	Limit int `json:"limit"`
}

func (t *traffic) warn(format string, args ...any) {
	t.Warnings = append(t.Warnings, fmt.Sprintf(format, args...))
}

func (t *traffic) failed(err error) { t.Error = fault(err) }

func (t *traffic) finish(c *baostock.Client, l *sources.Ledger, took time.Duration) {
	sent := c.Traffic()
	t.Requests, t.RequestsByType, t.Bytes, t.Seconds = sent.Total, sent.Requests, sent.Bytes, took.Seconds()
	if u, err := l.Usage(); err == nil {
		t.Budget = budget{u.Used, u.Limit}
	}
}

// write prints the last lines of a report.
func (t *traffic) write(w io.Writer) {
	for i, f := range t.Failed {
		if i == 3 {
			fmt.Fprintf(w, "  failed       and %d more\n", len(t.Failed)-i)
			break
		}
		fmt.Fprintf(w, "  failed       %s\n", f)
	}
	for _, warning := range t.Warnings {
		fmt.Fprintf(w, "  warning      %s\n", warning)
	}
	if t.Budget.Limit > 0 {
		fmt.Fprintf(w, "  budget       %s of %s requests used today\n", count(int64(t.Budget.Used)), count(int64(t.Budget.Limit)))
	}
}
