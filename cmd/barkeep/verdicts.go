package main

import (
	"context"
	"errors"
	"time"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

// versionsOf returns the sum of the versions of tables, which grows with each change
// of one of them.
func versionsOf(ctx context.Context, l *lake.Lake, tables ...etl.Table) (sum int64, err error) {
	for _, t := range tables {
		snapshot, err := l.Table(t).Snapshot(ctx)
		if err != nil {
			return 0, err
		}
		sum += snapshot.Version + 1
	}
	return sum, nil
}

// keepVerdicts appends what a job's rules have found in a table to the table checks,
// unless that was done for the same versions of what they have looked at.
func keepVerdicts(ctx context.Context, l *lake.Lake, list []etl.Verdict, of etl.Table, job string, versions int64) error {
	if len(list) == 0 || versions == 0 {
		return nil
	}
	now := time.Now()
	rows := etl.VerdictRows(list, job+" "+now.UTC().Format(time.RFC3339), of.Name, now)
	info := lake.Info{Job: job, Engine: engine(), AppID: job + " of " + of.Name, AppVersion: versions}
	if err := appendRows(ctx, l.Table(etl.Checks), rows, info); err != nil && !errors.Is(err, lake.ErrCommitted) {
		return err
	}
	return nil
}
