//go:build cgo

package duckdb

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/parquet-go/parquet-go"
	"golang.org/x/sync/errgroup"

	"barkeep/sinks/lake"
)

// reader takes the snapshot of one table.
type reader func(ctx context.Context, t *lake.Table) (*lake.Snapshot, error)

// newest reads the newest version.
func newest(ctx context.Context, t *lake.Table) (*lake.Snapshot, error) { return t.Snapshot(ctx) }

// readViews takes one snapshot of each table that has a view.
func readViews(ctx context.Context, l *lake.Lake, read reader) ([]view, error) {
	views := make([]view, len(tables))
	var reading errgroup.Group
	for i, t := range tables {
		reading.Go(func() error {
			table := l.Table(t)
			snap, err := read(ctx, table)
			if err != nil {
				return err
			}
			views[i] = view{table: t, dir: table.Dir(), snap: snap}
			if err := views[i].compareFiles(); err != nil {
				return fmt.Errorf("view %s: %w", t.Name, err)
			}
			return nil
		})
	}
	return views, reading.Wait()
}

// readHistories reads what the table commits shows.
func readHistories(ctx context.Context, l *lake.Lake, views []view) error {
	var reading errgroup.Group
	for i := range views {
		if v := &views[i]; v.snap.Version >= 0 {
			reading.Go(func() error { return v.readHistory(ctx, l.Table(v.table)) })
		}
	}
	return reading.Wait()
}

// readHistory reads the newest commits up to the version that the view shows.
func (v *view) readHistory(ctx context.Context, t *lake.Table) error {
	last, err := t.History(ctx, 1)
	if err != nil || len(last) == 0 {
		return err
	}
	later := max(last[0].Version-v.snap.Version, 0)
	entries, err := t.History(ctx, int(later)+commitsShown)
	if err != nil {
		return err
	}
	v.history = slices.DeleteFunc(entries, func(e lake.Entry) bool {
		return e.Version > v.snap.Version || e.Version <= v.snap.Version-commitsShown
	})
	return nil
}

// compareFiles finds out whether the definition grew while files were written.
// Columns are only ever added, at the end, so the oldest and the newest file
// tell.
func (v *view) compareFiles() error {
	files := v.snap.Files
	if len(files) == 0 {
		return nil
	}
	byAge := func(a, b lake.File) int { return a.Modified.Compare(b.Modified) }
	oldest, err := footers.columns(slices.MinFunc(files, byAge).Path)
	if err != nil {
		return err
	}
	newest, err := footers.columns(slices.MaxFunc(files, byAge).Path)
	if err != nil {
		return err
	}
	for _, c := range v.table.Columns {
		if c.Name == v.table.Day {
			continue // it comes from the path
		}
		inOld, inNew := slices.Contains(oldest, c.Name), slices.Contains(newest, c.Name)
		if !inOld && !inNew {
			v.lacking = append(v.lacking, c.Name)
		}
		v.mixed = v.mixed || inOld != inNew
	}
	return nil
}

// footers remembers the columns of files, which never change.
var footers footerCache

type footerCache struct {
	mu    sync.Mutex
	known map[footerKey][]string
}

type footerKey struct {
	path     string
	bytes    int64
	modified time.Time
}

// columns returns the names of a Parquet file's columns.
func (c *footerCache) columns(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("a file of this version is missing; barkeep verify tells more: %w", err)
	}
	key := footerKey{path, info.Size(), info.ModTime()}
	c.mu.Lock()
	names, known := c.known[key]
	c.mu.Unlock()
	if known {
		return names, nil
	}
	if names, err = columnsOf(path, info.Size()); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	const few = 256
	if c.known == nil || len(c.known) >= few {
		c.known = map[footerKey][]string{}
	}
	c.known[key] = names
	return names, nil
}

// columnsOf reads them from the footer.
func columnsOf(path string, bytes int64) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("a file of this version is missing; barkeep verify tells more: %w", err)
	}
	defer f.Close()
	file, err := parquet.OpenFile(f, bytes, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("%s is not a readable Parquet file; barkeep verify tells more: %w", path, err)
	}
	var names []string
	for _, field := range file.Schema().Fields() {
		names = append(names, field.Name())
	}
	return names, nil
}
