package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"barkeep/schedules/jobs"
)

// work is something a job can do.
type work struct {
	name    string
	options []string // the names of those it takes
	short   string
	do      func(context.Context, *app, options) (runReport, error)
}

// works are all there are. The command run and the daemon do the same ones.
var works = []work{
	{jobInstruments, nil, "bring the lists of trading days, securities and index members up to date", runInstruments},
	{jobDailyBars, []string{"from", "to", "symbols", "etf", "index", "again"}, "fetch the daily bars that are missing", runDailyBars},
	{jobAdjustFactors, nil, "fetch the factors of new ex-dates, and prove all of them", runAdjustFactors},
	{jobRevisions, []string{"from", "to", "symbols", "etf", "index"}, "fetch the last days again, and keep what the vendor has changed", runRevisions},
	{jobQuotes, []string{"symbols"}, "take one snapshot of the market", runQuotes},
	{jobCompact, []string{"table"}, "fold small files into large sorted ones", runCompactJob},
	{jobVacuum, []string{"table"}, "remove files that no version in use needs", runVacuumJob},
}

// printable is the summary of a command; its JSON is what --json prints.
type printable interface {
	write(io.Writer)
	failed(error)
}

// runReport is the summary of a job.
type runReport interface {
	printable
	tally() tally
}

// fault is the text of an error for a summary: that something is merely missing
// is none, and is said by the summary's other parts.
func fault(err error) string {
	var partial partialError
	if errors.As(err, &partial) && partial.cause == nil {
		return ""
	}
	return err.Error()
}

// tally is what all summaries have in common.
type tally struct{ rows, bytes, requests int64 }

// workNamed finds a work.
func workNamed(name string) (work, bool) {
	i := slices.IndexFunc(works, func(w work) bool { return w.name == name })
	if i < 0 {
		return work{}, false
	}
	return works[i], true
}

func workNames() []string {
	names := make([]string, len(works))
	for i, w := range works {
		names[i] = w.name
	}
	return names
}

// check refuses options that the work does not take, or not with these values, so
// that a wrong run does not begin; mark is what stands before their names where the
// user writes them.
func (w work) check(mark string, o options) error {
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if slices.Contains(w.options, name) {
			continue
		}
		if len(w.options) == 0 {
			return usage("%s%s does not belong to the job %s, which takes no options", mark, name, w.name)
		}
		return usage("%s%s does not belong to the job %s, which takes: %s", mark, name, w.name, strings.Join(w.options, ", "))
	}
	return o.check(mark)
}

// result is what the history keeps of a run.
func result(summary runReport) jobs.Result {
	if summary == nil {
		return jobs.Result{}
	}
	t := summary.tally()
	r := jobs.Result{Rows: t.rows, Bytes: t.bytes, Requests: t.requests}
	var text bytes.Buffer
	summary.write(&text)
	r.Text = text.String()
	r.Summary, _ = json.Marshal(summary) // plain structs of numbers and texts
	return r
}

// print prints a summary as it was asked for, and hands the error on. There is no
// summary when the job did not begin.
func (a *app) print(summary printable, err error) error {
	if summary == nil {
		return err
	}
	if err != nil {
		summary.failed(err)
	}
	if a.json {
		if werr := writeSummary(a.out, summary); werr != nil {
			return werr
		}
		return err
	}
	summary.write(a.out)
	return err
}

// printRun prints what the daemon tells of a run that it has done.
func (a *app) printRun(r jobs.Run) error {
	if !a.json {
		_, err := io.WriteString(a.out, r.Text)
		return err
	}
	var text bytes.Buffer
	if err := json.Indent(&text, r.Summary, "", "  "); err != nil {
		return fmt.Errorf("print the summary: %w", err)
	}
	text.WriteByte('\n')
	_, err := text.WriteTo(a.out)
	return err
}
