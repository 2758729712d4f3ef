package lake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	pq "github.com/parquet-go/parquet-go"

	"barkeep/sinks/parquet"
)

// checkpoint reads a checkpoint and holds it against the replay of the commits up
// to it; where these are not all there, it is what the rest is built on.
func (c *logChecker) checkpoint(cp checkpoint) {
	file := inLog(filepath.Base(cp.files[0]))
	s, err := c.readCheckpoint(cp)
	if err != nil {
		c.add(LogProblem{Check: CheckCheckpoint, Warning: c.known, File: file, Version: cp.version,
			Problem: fmt.Sprintf("the checkpoint of version %d cannot be read: %v", cp.version, err),
			Remedy:  unreadableRemedy(c.known, file, cp.version)})
		return
	}
	c.result.Checkpoints++
	c.read = append(c.read, cp.version)
	for path := range s.adds {
		c.named[path] = true
	}
	for path := range s.removes {
		c.named[path] = true
	}
	if c.known && !c.suspect {
		diffs := c.differences(s, time.Now())
		if len(diffs) == 0 {
			return
		}
		c.add(LogProblem{Check: CheckCheckpoint, File: file, Version: cp.version,
			Problem: fmt.Sprintf("the checkpoint of version %d and the commits disagree: %s", cp.version, strings.Join(shorten(diffs), "; ")),
			Remedy: "compare both with a copy of the lake; a checkpoint has checksums and a commit has none, so it is rather the commit that was changed, " +
				"and readers begin at the checkpoint"})
	}
	c.state, c.known, c.suspect = s, true, false
}

func unreadableRemedy(known bool, file string, version int64) string {
	if known {
		return fmt.Sprintf("remove %s: all its commits are there, readers use them in its place, and the next checkpoint replaces it", file)
	}
	return fmt.Sprintf("restore %s from a copy of the lake: the commits before version %d are gone", file, version)
}

// readCheckpoint looks at the structure of the footers first: the Parquet library
// makes room for whatever they count.
func (c *logChecker) readCheckpoint(cp checkpoint) (*state, error) {
	for _, path := range cp.files {
		if err := checkPages(path); err != nil {
			return nil, err
		}
	}
	return readCheckpoint(cp)
}

// checkPages reads the pages of all columns, also of those that this program does
// not use, which lets the library compare their checksums.
func checkPages(path string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("not a readable Parquet file: %v", p)
		}
	}()
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	in := bytes.NewReader(body)
	if _, _, err := parquet.ReadFooter(in, in.Size()); err != nil {
		return err
	}
	file, err := pq.OpenFile(in, in.Size(), pq.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	for _, group := range file.RowGroups() {
		for _, chunk := range group.ColumnChunks() {
			if err := checkChunk(chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkChunk(chunk pq.ColumnChunk) (err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	values := int64(0)
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		values += page.NumValues()
		pq.Release(page)
	}
	if want := chunk.NumValues(); values != want {
		return fmt.Errorf("a column has %d values where its footer says %d", values, want)
	}
	return nil
}

// shorten keeps a list readable.
func shorten(diffs []string) []string {
	const most = 3
	if len(diffs) > most {
		return append(slices.Clone(diffs[:most]), fmt.Sprintf("and %d more differences", len(diffs)-most))
	}
	return diffs
}

// differences says how a checkpoint differs from the replay of the commits, naming
// the commits.
func (c *logChecker) differences(have *state, now time.Time) []string {
	var d []string
	want := c.state
	commit := func(path string) string { return inLog(commitName(c.adds[path])) }
	if want.protocol == nil || *want.protocol != *have.protocol {
		d = append(d, "it holds another protocol than "+inLog(commitName(c.protocolAt)))
	}
	if want.metaData == nil || !sameMetaData(*want.metaData, *have.metaData) {
		d = append(d, "it holds another metaData than "+inLog(commitName(c.metaDataAt)))
	}
	for _, id := range union(want.txns, have.txns) {
		a, b := want.txns[id], have.txns[id]
		if a.Version != b.Version || a.AppID != b.AppID || !reflect.DeepEqual(a.LastUpdated, b.LastUpdated) {
			d = append(d, fmt.Sprintf("application %s is at version %d in it, and at %d by the commits", id, b.Version, a.Version))
		}
	}
	for _, path := range union(want.adds, have.adds) {
		switch a, b := want.adds[path].addFile, have.adds[path].addFile; {
		case a == nil:
			d = append(d, "it holds "+path+", which no commit adds, or one removes")
		case b == nil:
			d = append(d, fmt.Sprintf("it lacks %s, which %s adds", path, commit(path)))
		case a.Size != b.Size:
			d = append(d, fmt.Sprintf("%s has %d bytes in it, and %d in %s", path, b.Size, a.Size, commit(path)))
		case a.Stats != b.Stats:
			d = append(d, fmt.Sprintf("it has other statistics of %s than %s", path, commit(path)))
		case a.Path != b.Path || a.ModificationTime != b.ModificationTime || !sameValues(a.PartitionValues, b.PartitionValues) || !sameValues(a.Tags, b.Tags):
			d = append(d, fmt.Sprintf("it has another time, partition value or tag of %s than %s", path, commit(path)))
		}
	}
	oldest := int64(0)
	if want.metaData != nil {
		oldest = now.Add(-want.retention()).UnixMilli()
	}
	for _, path := range union(want.removes, have.removes) {
		switch a, b := want.removes[path], have.removes[path]; {
		case a == nil:
			d = append(d, "it says that "+path+" was removed, which no commit says")
		case b == nil && a.DeletionTimestamp >= oldest:
			d = append(d, fmt.Sprintf("it does not say that %s was removed, as %s does", path, inLog(commitName(c.removes[path]))))
		case b != nil && (a.DeletionTimestamp != b.DeletionTimestamp || a.Path != b.Path || b.ExtendedFileMetadata && a.Size != b.Size):
			d = append(d, fmt.Sprintf("it has another time or size of the removed %s than %s", path, inLog(commitName(c.removes[path]))))
		}
	}
	return d
}

func union[V any](a, b map[string]V) []string {
	keys := maps.Clone(a)
	if keys == nil {
		keys = map[string]V{}
	}
	maps.Copy(keys, b)
	return slices.Sorted(maps.Keys(keys))
}

// sameMetaData takes what is left out for what is empty.
func sameMetaData(a, b metaData) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Description == b.Description && a.Format.Provider == b.Format.Provider &&
		maps.Equal(a.Format.Options, b.Format.Options) && a.SchemaString == b.SchemaString && slices.Equal(a.PartitionColumns, b.PartitionColumns) &&
		maps.Equal(a.Configuration, b.Configuration) && a.CreatedTime == b.CreatedTime
}

func sameValues(a, b map[string]*string) bool {
	return maps.EqualFunc(a, b, func(x, y *string) bool { return x == nil && y == nil || x != nil && y != nil && *x == *y })
}
