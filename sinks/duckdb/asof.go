//go:build cgo

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// AsOf says which state of the lake is asked for. The zero AsOf is the newest.
type AsOf struct {
	Number int64     // of a publication that is kept; 0 if the Time counts
	Time   time.Time // what was committed then or before
}

// ParseAsOf reads the number of a publication, such as 17, or a time: as
// schedules.ParseInstant does, except that a bare date is the end of that day in
// Asia/Shanghai.
func ParseAsOf(text string) (AsOf, error) {
	s := strings.TrimSpace(text)
	if s != "" && strings.Trim(s, "0123456789") == "" {
		number, err := strconv.ParseInt(s, 10, 64)
		if err != nil || number < 1 {
			return AsOf{}, fmt.Errorf("%q is not the number of a publication: they begin with 1", text)
		}
		return AsOf{Number: number}, nil
	}
	at, err := schedules.ParseInstant(s)
	if err != nil {
		return AsOf{}, fmt.Errorf("%q is neither the number of a publication, such as 17, nor a date nor an instant, "+
			"such as 2026-09-28 or 2026-09-28T09:14 (Asia/Shanghai) or 2026-09-28T09:14:00+08:00", text)
	}
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		at = at.AddDate(0, 0, 1).Add(-time.Nanosecond)
	}
	return AsOf{Time: at}, nil
}

// String returns what ParseAsOf reads; empty for the newest state.
func (a AsOf) String() string {
	switch {
	case a.Number > 0:
		return fmt.Sprint(a.Number)
	case a.Time.IsZero():
		return ""
	}
	return a.Time.In(schedules.Shanghai).Format(time.RFC3339Nano)
}

// read reads the lake as of then.
func (a AsOf) read(ctx context.Context, l *lake.Lake) (content, error) {
	var c content
	take, err := newest, error(nil)
	switch {
	case a.Number > 0:
		var p lake.Publication
		if p, err = publicationOf(l, a.Number); err != nil {
			return c, err
		}
		c.number, c.taken, c.at, take = p.Number, p.Taken, p.Taken, ofPublication(p)
	case !a.Time.IsZero():
		c.at, take = a.Time, ofTime(a.Time)
	}
	if c.views, err = readViews(ctx, l, take); err != nil {
		return c, err
	}
	if a != (AsOf{}) && !slices.ContainsFunc(c.views, func(v view) bool { return v.snap.Version >= 0 }) {
		return c, &RefusedError{Found: a.String(), Reason: fmt.Sprintf("at %s in Shanghai there was no table in %s yet", c.at.In(schedules.Shanghai).Format(time.DateTime), l.Dir())}
	}
	return c, readHistories(ctx, l, c.views)
}

func publicationOf(l *lake.Lake, number int64) (lake.Publication, error) {
	list, err := l.Publications()
	if err != nil {
		return lake.Publication{}, err
	}
	var kept []string
	for _, p := range list {
		if p.Number == number {
			return p, nil
		}
		kept = append(kept, fmt.Sprintf("%d (%s)", p.Number, p.Taken.In(schedules.Shanghai).Format("2006-01-02 15:04:05")))
	}
	reason := fmt.Sprintf("there is no publication %d, and none is kept", number)
	if len(kept) > 0 {
		reason = fmt.Sprintf("publication %d is not kept; these are, with their time in Shanghai: %s", number, strings.Join(kept, ", "))
	}
	return lake.Publication{}, &RefusedError{Found: fmt.Sprint(number), Reason: reason}
}

// ofPublication reads the version that a publication shows.
func ofPublication(p lake.Publication) reader {
	return func(ctx context.Context, t *lake.Table) (*lake.Snapshot, error) {
		version, ok := p.Versions[t.Definition().Name]
		if !ok {
			return &lake.Snapshot{Version: -1}, nil
		}
		snap, err := t.SnapshotAt(ctx, version)
		if err != nil {
			return nil, err
		}
		return snap, t.Complete(ctx, snap)
	}
}

// ofTime reads the version of a time.
func ofTime(at time.Time) reader {
	return func(ctx context.Context, t *lake.Table) (*lake.Snapshot, error) {
		snap, err := t.SnapshotAsOf(ctx, at)
		if errors.Is(err, lake.ErrNotYet) {
			return &lake.Snapshot{Version: -1}, nil
		}
		if err != nil {
			return nil, err
		}
		return snap, t.Complete(ctx, snap)
	}
}
