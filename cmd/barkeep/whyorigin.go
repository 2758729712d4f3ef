package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// origin tells where the bar lies and how it came there.
type origin struct {
	File      string      `json:"file"` // absolute
	FileRows  int64       `json:"file_rows"`
	FileBytes int64       `json:"file_bytes"`
	Table     int64       `json:"table_version"` // of daily_bars, that was read
	Commit    *commitSaid `json:"commit"`        // that added the file; null when the log no longer tells
	// Brought is the commit that brought the row first, when another one, such as a
	// compaction, has written it into the file; null when the log or the files of
	// then no longer tell.
	Brought *commitSaid `json:"brought"`
	Source  string      `json:"source"`
	Fetched time.Time   `json:"fetched_at"`
	// Request is the shape of the request that brought the row, as far as the
	// neighbours tell: rows of one answer share their fetched_at.
	Request string `json:"request,omitempty"`
}

// commitSaid is what the log says of one commit.
type commitSaid struct {
	Version   int64     `json:"version"`
	Time      time.Time `json:"time"`
	Operation string    `json:"operation"`
	Job       string    `json:"job,omitempty"`
	Engine    string    `json:"engine,omitempty"`
}

// Bounds of the search for commits: how many of the newest are looked at, and how
// many old versions are opened.
const (
	commitsSearched = 500
	versionsOpened  = 4
)

// trace finds the commits that the bar came by.
func (q *inquiry) trace(ctx context.Context) error {
	f := q.file
	q.Origin = &origin{File: f.Path, FileRows: f.Rows, FileBytes: f.Bytes, Table: q.snapshot.Version,
		Source: textCell(q.Bar, "source"), Fetched: timeCell(q.Bar, "fetched_at")}
	q.Origin.Request = q.request()
	table := q.lake.Table(etl.DailyBars)
	commits, err := table.History(ctx, commitsSearched)
	if err != nil {
		return err
	}
	slices.Reverse(commits) // oldest first
	commits = slices.DeleteFunc(commits, func(e lake.Entry) bool { return e.Version > q.snapshot.Version })
	at := slices.IndexFunc(commits, func(e lake.Entry) bool { return e.Version == f.Added })
	if at < 0 && f.Added < 0 {
		at = q.addedBy(ctx, table, commits)
	}
	if at < 0 {
		return nil
	}
	q.Origin.Commit = said(commits[at])
	return q.broughtBy(ctx, table, commits[:at+1])
}

func said(e lake.Entry) *commitSaid {
	return &commitSaid{e.Version, e.Time.In(schedules.Shanghai), e.Operation, e.Job, e.Engine}
}

// addedBy finds the commit that added the file when a checkpoint holds it, which
// does not say: the file is in that version and was written just before.
func (q *inquiry) addedBy(ctx context.Context, table *lake.Table, commits []lake.Entry) int {
	opened := 0
	for i, e := range commits {
		if e.Time.Before(q.file.Modified.Truncate(time.Millisecond)) {
			continue
		}
		if opened++; opened > versionsOpened {
			break
		}
		snapshot, err := table.SnapshotAt(ctx, e.Version)
		if err == nil && slices.ContainsFunc(snapshot.Files, func(f lake.File) bool { return f.Relative == q.file.Relative }) {
			if i == 0 && e.Version > 0 {
				return -1 // the one before may have had it, and is gone
			}
			return i
		}
	}
	return -1
}

// broughtBy finds the first commit that has the row in a file of its own, among
// those from its arrival to the one that added the file, which is the last: that
// may have copied the row as well as brought it. Files that vacuum has removed tell
// nothing.
func (q *inquiry) broughtBy(ctx context.Context, table *lake.Table, commits []lake.Entry) error {
	opened := 0
	for i, e := range commits {
		if e.Time.Before(q.Origin.Fetched.Truncate(time.Millisecond)) || !e.DataChange {
			continue
		}
		if i == len(commits)-1 {
			q.Origin.Brought = q.Origin.Commit
			return nil
		}
		if opened++; opened > versionsOpened {
			return nil
		}
		snapshot, err := table.SnapshotAt(ctx, e.Version)
		if errors.Is(err, lake.ErrGone) {
			return nil
		}
		if err != nil {
			return err
		}
		snapshot.Files = slices.DeleteFunc(snapshot.Files, func(f lake.File) bool { return f.Added != e.Version })
		switch has, err := q.contains(ctx, table, snapshot); {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case has:
			q.Origin.Brought = said(e)
			return nil
		}
	}
	return nil
}

// contains reports whether a file of the snapshot has this very row: of the
// security, the day and the time of arrival.
func (q *inquiry) contains(ctx context.Context, table *lake.Table, s *lake.Snapshot) (has bool, err error) {
	key := parquet.Key{Column: "symbol", Text: q.Symbol.String()}
	days := parquet.Days{Column: "date", First: q.Date, Last: q.Date}
	fetched := arrow.Timestamp(q.Origin.Fetched.UnixMicro())
	err = table.ScanKey(ctx, s, []string{"symbol", "date", "fetched_at"}, key, days, func(_ lake.File, r arrow.Record) error {
		symbols, dates, times := r.Column(0).(*array.String), r.Column(1).(*array.Date32), r.Column(2).(*array.Timestamp)
		for i := range symbols.Len() {
			has = has || schedules.Day(dates.Value(i)) == q.Date && times.Value(i) == fetched && symbols.Value(i) == key.Text
		}
		return nil
	})
	return has, err
}

// request tells the shape of the request by the bars beside, which arrived at the
// same moment if they were in the same answer; empty when there are none.
func (q *inquiry) request() string {
	beside, together := 0, false
	for day, row := range q.rows {
		if day != q.Date {
			beside++
			together = together || timeCell(row, "fetched_at").Equal(q.Origin.Fetched)
		}
	}
	in, listed := q.universe.Find(q.Symbol)
	switch {
	case together:
		return fmt.Sprintf("%s of %s, by the bars beside it that came with it", etl.SecurityRange, q.Symbol)
	case !listed || beside == 0:
		return ""
	case in.Kind == etl.Stock && in.Symbol.Exchange() != etl.Beijing:
		return fmt.Sprintf("%s %s, or one of this bar alone", etl.MarketDay, q.Date)
	case in.Kind == etl.ETF:
		return fmt.Sprintf("%s %s, or one of this bar alone", etl.ETFDay, q.Date)
	}
	return fmt.Sprintf("%s of %s, this bar alone", etl.SecurityRange, q.Symbol)
}
