//go:build cgo

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"
	"golang.org/x/sync/errgroup"

	"barkeep/sinks/lake"
)

// prepare reads the lake and starts DuckDB, which takes about as long, at the
// same time. After an error, start may have succeeded nevertheless.
func prepare(ctx context.Context, l *lake.Lake, start func() error) (views []view, content []string, err error) {
	var starting errgroup.Group
	starting.Go(start)
	views, err = readViews(ctx, l)
	if err == nil {
		content, err = contentSQL(views)
	}
	return views, content, errors.Join(err, starting.Wait())
}

// readViews takes one snapshot of each table that has a view.
func readViews(ctx context.Context, l *lake.Lake) ([]view, error) {
	views := make([]view, len(tables))
	for i, t := range tables {
		table := l.Table(t)
		snap, err := table.Snapshot(ctx)
		if err != nil {
			return nil, err
		}
		views[i] = view{table: t, dir: table.Dir(), snap: snap}
		if err := views[i].compareFiles(); err != nil {
			return nil, fmt.Errorf("view %s: %w", t.Name, err)
		}
	}
	return views, nil
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
	oldest, err := columnsOf(slices.MinFunc(files, byAge).Path)
	if err != nil {
		return err
	}
	newest, err := columnsOf(slices.MaxFunc(files, byAge).Path)
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

// columnsOf reads the names of a Parquet file's columns from its footer.
func columnsOf(path string) (names []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("a file of the newest version is missing; barkeep verify tells more: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("%s is not a readable Parquet file; barkeep verify tells more: %w", path, err)
	}
	for _, field := range file.Schema().Fields() {
		names = append(names, field.Name())
	}
	return names, nil
}
