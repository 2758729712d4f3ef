package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"barkeep/etl"
	"barkeep/schedules"
)

func (a *app) planCommand() *cobra.Command {
	var job string
	var o barOptions
	c := &cobra.Command{
		Use:   "plan --job NAME",
		Short: "tell what run would do, without doing it",
		Long: `Plan tells what run would ask for, how long it would take and which share of
the day's budget of requests it would spend. It reads the lake and nothing else:
nothing is sent and nothing is changed. Before the first run the securities are
not known yet, so that it can count days but no bars.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, _, err := chosen(cmd, job, planned...); err != nil {
				return err
			}
			f, err := a.forecast(cmd.Context(), job, o)
			if err != nil {
				return err
			}
			if a.json {
				return writeSummary(a.out, f)
			}
			f.write(a.out)
			return nil
		},
	}
	a.barFlags(c, &job, &o, planned...)
	return c
}

// planned lists what plan knows.
var planned = []string{jobDailyBars, jobAdjustFactors}

func (a *app) forecast(ctx context.Context, job string, o barOptions) (forecast, error) {
	if job == jobAdjustFactors {
		j, err := a.newFactorsJob()
		if err != nil {
			return forecast{}, err
		}
		return j.forecast(ctx)
	}
	j, err := a.newBarsJob(o)
	if err != nil {
		return forecast{}, err
	}
	return j.plan(ctx)
}

// plan works out the forecast from the lake alone.
func (j *barsJob) plan(ctx context.Context) (forecast, error) {
	f := forecast{Job: jobDailyBars, RequestsByType: map[string]int{}, Partitions: []int{}}
	universe, fetched, err := instruments(ctx, j.lake)
	if err != nil {
		return f, err
	}
	days, err := vendorDays(ctx, j.lake)
	if err != nil {
		return f, err
	}
	j.learn(days)
	scope, err := j.options.scope(j.cfg.DailyBars, j.calendar, time.Now())
	if err != nil {
		return f, err
	}
	f.From, f.To = scope.From, scope.To
	trading := j.calendar.Days(scope.From, scope.To)
	due := j.calendar.Published(time.Now(), schedules.DailyBarsReady)
	if j.stale(universe, fetched, days) {
		f.lists(j.cfg, max(len(universe), listedSecurities), scope, len(days) == 0)
	}
	var requests []etl.Request
	if len(universe) == 0 {
		f.Notes = append(f.Notes, "the lake has no list of securities yet, so bars cannot be counted; the first run fetches it")
		requests = blind(scope, trading)
	} else {
		if err := known(universe, scope.Symbols); err != nil {
			return f, err
		}
		have, err := committed(ctx, j.lake, trading)
		if err != nil {
			return f, err
		}
		expected := etl.Expected(universe, scope, trading)
		explained, err := absent(ctx, j.lake, trading)
		if err != nil {
			return f, err
		}
		if j.options.again {
			explained = etl.NewCells(trading)
		}
		missing := expected.Minus(have, explained)
		all, left := expected.Len(), missing.Len()
		f.Expected, f.Missing, f.Committed = &all, &left, all-expected.Minus(have).Len()
		requests = etl.Plan(missing, universe, etl.Means{PageSize: j.cfg.Baostock.PageSize, Latest: due})
	}
	return f, f.add(j, requests, trading)
}
