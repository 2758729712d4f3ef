package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"barkeep/schedules"
	"barkeep/schedules/jobs"
)

func (a *app) jobsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "jobs",
		Short: "list the jobs: when they run, how they last ended, what is next",
		Long: `Jobs lists the jobs of the configuration. While a daemon (barkeep serve) works on the
lake the list is the daemon's; otherwise next is when the job would be due.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, daemon, err := a.jobStates(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return writeSummary(a.out, list)
			}
			a.writeJobs(list, daemon)
			return nil
		},
	}
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON array")
	return c
}

// jobStates asks the daemon, or works the states out from the configuration and
// the history.
func (a *app) jobStates(ctx context.Context) ([]jobs.State, *presence, error) {
	cfg, calendar, l, err := a.open()
	if err != nil {
		return nil, nil, err
	}
	if p, ok := daemonOf(l); ok {
		list, err := p.jobs(ctx)
		return list, &p, err
	}
	if calendar, err = extended(ctx, l, calendar); err != nil {
		return nil, nil, err
	}
	d := &daemon{lake: l, log: a.log, history: a.history(l)}
	d.calendar.Store(calendar)
	runner, err := d.newRunner(cfg)
	if err != nil {
		return nil, nil, err
	}
	return runner.Jobs(), nil, nil
}

// jobs asks the daemon for the states of its jobs.
func (p presence) jobs(ctx context.Context) (list []jobs.State, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/api/v1/jobs", nil)
	if err != nil {
		return nil, fmt.Errorf("jobs of the daemon: %w", err)
	}
	answer, err := p.caller().Do(request)
	if err != nil {
		return nil, fmt.Errorf("jobs of the daemon (process %d): %w", p.PID, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, problemOf(answer)
	}
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("jobs of the daemon: %w", err)
	}
	return list, nil
}

func (a *app) writeJobs(list []jobs.State, daemon *presence) {
	t := table.NewWriter()
	t.SetOutputMirror(a.out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"job", "when", "state", "last run", "next"})
	for _, j := range list {
		when, state, last, next := j.Trigger, "waits", "never", moment(j.Next)
		if len(j.After) > 0 {
			when = strings.TrimSpace(when + " after " + strings.Join(j.After, ", "))
		}
		if when == "" {
			when = "by hand"
		}
		switch {
		case j.Running:
			state = "runs since " + moment(j.Since)
		case daemon == nil:
			state = ""
		}
		if j.Last != nil {
			last = fmt.Sprintf("%s %s", moment(j.Last.Ended), j.Last.Outcome)
		}
		if j.Missed > 0 {
			state += fmt.Sprintf(", %s missed", plural(int(j.Missed), "tick"))
		}
		t.AppendRow(table.Row{j.Name, when, state, last, next})
	}
	t.Render()
	if daemon == nil {
		fmt.Fprintln(a.out, "No daemon works on this lake; start one with: barkeep serve")
		return
	}
	fmt.Fprintf(a.out, "The daemon is process %d, since %s, at http://%s\n", daemon.PID, moment(daemon.Since), daemon.HTTP)
}

// moment shows a time the way a clock in Shanghai does; the zero Time is empty.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(schedules.Shanghai).Format("2006-01-02 15:04:05")
}
