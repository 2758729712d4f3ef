package main

import (
	"fmt"
	"io"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

// factorsReport is the summary of a run of adjust-factors; its JSON is what --json
// prints.
type factorsReport struct {
	Job  string `json:"job"`
	Rows int64  `json:"rows"` // factors committed by this run, new and changed ones
	traffic
	Findings findings `json:"findings"`

	Bars        int64     `json:"bars"`      // stored bars that were looked at
	BarsRead    int64     `json:"bars_read"` // of them, those not known from an earlier run
	ExDates     int       `json:"ex_dates"`  // that the bars show
	Factors     int       `json:"factors"`   // known now
	Agreed      int       `json:"agreed"`    // of them, those that the prices of the bars prove
	Unproven    int       `json:"unproven"`  // those that the bars say nothing of
	Missing     int       `json:"missing"`   // ex-dates whose factor is still to come
	MissingWhy  []etl.Gap `json:"missing_why"`
	Quarantined int       `json:"quarantined"`
	Commits     int       `json:"commits"`
}

func (r *factorsReport) commits(list []lake.Commit) {
	r.Commits, r.Rows = len(list), 0
	for _, c := range list {
		r.Rows += c.Rows
	}
}

func (r *factorsReport) missing(gaps []etl.Gap) {
	r.MissingWhy, r.Missing = gaps, 0
	for _, g := range gaps {
		r.Missing += g.Cells
	}
}

func (r *factorsReport) proof(p etl.FactorProof, known int) {
	r.Factors, r.Agreed, r.Unproven = known, p.Agreed, p.Unproven
}

// verdict turns the report and the error of a run into the command's error.
func (r *factorsReport) verdict(err error) error {
	switch {
	case err != nil && r.Rows > 0:
		return partialError{err}
	case err == nil && r.Missing > 0:
		return partialError{}
	}
	return err
}

func (r *factorsReport) tally() tally { return tally{r.Rows, r.Bytes, r.Requests} }

// write prints the report for people.
func (r *factorsReport) write(w io.Writer) {
	fmt.Fprintf(w, "%s: %s, %s, %s received, %.1f s\n", r.Job, plural(int(r.Rows), "row"), plural(int(r.Requests), "request"), size(r.Bytes), r.Seconds)
	fmt.Fprintf(w, "  ex-dates     %s in %s bars\n", count(int64(r.ExDates)), count(r.Bars))
	fmt.Fprintf(w, "  factors      %s known, %s proven by prices, %s beyond what the bars tell\n",
		count(int64(r.Factors)), count(int64(r.Agreed)), count(int64(r.Unproven)))
	for _, g := range r.MissingWhy {
		fmt.Fprintf(w, "  missing      %s of %s, %s..%s: %s\n", plural(g.Cells, "factor"), securities(g.Symbols, g.Example), g.First, g.Last, g.Reason)
	}
	if r.Quarantined > 0 {
		fmt.Fprintf(w, "  quarantined  %s; see table quarantine\n", plural(r.Quarantined, "row"))
	}
	r.Findings.write(w)
	r.traffic.write(w)
}
