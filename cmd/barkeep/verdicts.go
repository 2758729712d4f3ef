package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

// looked is which versions of tables some rules have looked at.
type looked struct {
	tables   string // which tables: one that was made anew is another
	versions int64  // the sum of their versions, which grows with each change of one of them
	more     bool   // the rules have looked at something else besides
}

// lookedAt returns the present versions of tables.
func lookedAt(ctx context.Context, l *lake.Lake, tables ...etl.Table) (at looked, err error) {
	ids := sha256.New()
	for _, t := range tables {
		snapshot, err := l.Table(t).Snapshot(ctx)
		if err != nil {
			return at, err
		}
		fmt.Fprintln(ids, snapshot.ID)
		at.versions += snapshot.Version + 1
	}
	at.tables = hex.EncodeToString(ids.Sum(nil)[:8])
	return at, nil
}

// keepVerdicts appends what a job's rules have found in a table to the table checks,
// unless that was done for the same versions of what they have looked at.
func keepVerdicts(ctx context.Context, l *lake.Lake, list []etl.Verdict, of etl.Table, job string, at looked) error {
	if len(list) == 0 || at.versions == 0 {
		return nil
	}
	now := time.Now()
	rows := etl.VerdictRows(list, runID(job), of.Name, now)
	info := lake.Info{Job: job, Engine: engine()}
	if !at.more {
		info.AppID, info.AppVersion = job+" of "+of.Name+" "+at.tables, at.versions
	}
	if err := appendRows(ctx, l.Table(etl.Checks), rows, info); err != nil && !errors.Is(err, lake.ErrCommitted) {
		return err
	}
	return nil
}

// runID names a run, or a change by hand, in the tables checks and revisions.
func runID(job string) string { return job + " " + time.Now().UTC().Format(time.RFC3339) }
