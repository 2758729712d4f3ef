package lake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"github.com/google/uuid"
)

// fields lists the keys of an action, true for those that must be there. Source:
// Delta protocol, "Actions".
type fields map[string]bool

var knownActions = map[string]fields{
	"commitInfo":         nil, // free form
	"domainMetadata":     nil,
	"cdc":                nil,
	"checkpointMetadata": nil,
	"sidecar":            nil,
	"protocol":           {"minReaderVersion": true, "minWriterVersion": true, "readerFeatures": false, "writerFeatures": false},
	"metaData": {"id": true, "name": false, "description": false, "format": true, "schemaString": true, "partitionColumns": true,
		"configuration": true, "createdTime": false},
	"txn": {"appId": true, "version": true, "lastUpdated": false},
	"add": {"path": true, "partitionValues": true, "size": true, "modificationTime": true, "dataChange": true, "stats": false, "tags": false,
		"deletionVector": false, "baseRowId": false, "defaultRowCommitVersion": false, "clusteringProvider": false},
	"remove": {"path": true, "deletionTimestamp": true, "dataChange": true, "extendedFileMetadata": false, "partitionValues": false, "size": false,
		"stats": false, "tags": false, "deletionVector": false, "baseRowId": false, "defaultRowCommitVersion": false},
}

// commit reads one commit line by line and applies what can be read.
func (c *logChecker) commit(version int64) error {
	name := commitName(version)
	body, err := os.ReadFile(filepath.Join(c.table.log, name))
	if errors.Is(err, fs.ErrNotExist) {
		c.lose(LogProblem{Check: CheckHole, File: inLog(name), Version: version, Problem: fmt.Sprintf("commit %d is missing", version)})
		return nil
	}
	if err != nil {
		c.lose(LogProblem{Check: CheckDamaged, File: inLog(name), Version: version, Problem: fmt.Sprintf("commit %d cannot be read: %v", version, err)})
		return nil
	}
	if n := len(body); n > 0 && body[n-1] != '\n' {
		c.add(LogProblem{Check: CheckDamaged, Warning: true, File: inLog(name), Version: version,
			Problem: fmt.Sprintf("commit %d does not end with a line break: its end may have been cut off", version),
			Remedy:  "compare it with a copy of the lake"})
	}
	one, lines := commitOnce{checker: c, version: version, seen: map[string]int{}}, 0
	for number, line := range bytes.Split(body, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		lines++
		one.line = number + 1
		if err := one.apply(line); err != nil {
			c.lose(LogProblem{Check: CheckDamaged, File: inLog(name), Line: number + 1, Version: version,
				Problem: fmt.Sprintf("commit %d is damaged in line %d: %v", version, number+1, err)})
		}
	}
	if lines == 0 {
		c.lose(LogProblem{Check: CheckDamaged, File: inLog(name), Version: version, Problem: fmt.Sprintf("commit %d is empty", version)})
	}
	return nil
}

// commitOnce is one commit being read: what may come once in it came at line
// seen[what].
type commitOnce struct {
	checker *logChecker
	version int64
	line    int
	seen    map[string]int
}

// apply replays a line as the readers here do, which pass over much; what breaks a
// rule of the protocol without stopping them is a problem all the same. The error
// is what stops them.
func (o *commitOnce) apply(line []byte) error {
	c := o.checker
	a, odd := strictAction(line)
	if odd == nil && a != nil {
		odd = o.check(a)
	}
	var decoded *action
	if err := decodeAction(line, func(a *action) error { decoded = a; return nil }); err != nil {
		return err
	}
	if err := o.replay(decoded); err != nil {
		return err
	}
	if odd != nil {
		c.suspect = true
		c.add(LogProblem{Check: CheckDamaged, File: inLog(commitName(o.version)), Line: o.line, Version: o.version,
			Problem: fmt.Sprintf("commit %d is damaged in line %d: %v; some readers stop at it, others pass over it", o.version, o.line, odd),
			Remedy:  fmt.Sprintf("restore %s from a copy of the lake", inLog(commitName(o.version)))})
	}
	return nil
}

// check looks at what a line means beside the others.
func (o *commitOnce) check(a *action) error {
	c := o.checker
	if a.Add != nil {
		if err := c.table.checkAdd(a.Add); err != nil {
			return err
		}
	}
	if a.Remove != nil && c.known && !c.suspect {
		if path, err := unescapePath(a.Remove.Path); err == nil {
			if _, live := c.state.adds[path]; !live {
				return fmt.Errorf("it removes %s, which is not in the table", path)
			}
		}
	}
	return o.once(a)
}

func (o *commitOnce) replay(a *action) error {
	c := o.checker
	switch {
	case a.Add != nil:
		if path, err := unescapePath(a.Add.Path); err == nil {
			c.named[path] = true
			c.adds[path] = o.version
		}
	case a.Remove != nil:
		if path, err := unescapePath(a.Remove.Path); err == nil {
			c.named[path] = true
			c.removes[path] = o.version
		}
	case a.Protocol != nil:
		c.protocolAt = o.version
	case a.MetaData != nil:
		c.metaDataAt = o.version
	}
	return c.state.apply(a, o.version)
}

// once refuses what the protocol allows once in a commit.
func (o *commitOnce) once(a *action) error {
	what := ""
	switch {
	case a.Protocol != nil:
		what = "protocol"
	case a.MetaData != nil:
		what = "metaData"
	case a.Txn != nil:
		what = "the transaction of " + a.Txn.AppID
	case a.Add != nil:
		what = "the file " + a.Add.Path
	case a.Remove != nil:
		what = "the file " + a.Remove.Path
	default:
		return nil
	}
	if first := o.seen[what]; first != 0 {
		return fmt.Errorf("%s is in line %d already, and may come once in a commit", what, first)
	}
	o.seen[what] = o.line
	return nil
}

// strictAction decodes a line. Go's decoder takes keys in any case and passes over
// unknown ones; other readers do not, so keys are looked at one by one.
func strictAction(line []byte) (*action, error) {
	if !utf8.Valid(line) {
		return nil, errors.New("it is not UTF-8")
	}
	var outer map[string]json.RawMessage
	if err := json.Unmarshal(line, &outer); err != nil {
		return nil, fmt.Errorf("it is not a JSON object: %w", err)
	}
	if len(outer) != 1 {
		return nil, fmt.Errorf("it holds %d actions; a line holds one", len(outer))
	}
	for name, body := range outer {
		want, known := knownActions[name]
		if !known {
			return nil, fmt.Errorf("there is no action %q", name)
		}
		var inner map[string]json.RawMessage
		if err := json.Unmarshal(body, &inner); err != nil || inner == nil {
			return nil, fmt.Errorf("%s is not an object", name)
		}
		if want == nil {
			return nil, nil
		}
		if err := want.check(name, inner); err != nil {
			return nil, err
		}
	}
	var a *action
	err := decodeAction(line, func(decoded *action) error { a = decoded; return checkAction(decoded) })
	return a, err
}

func (f fields) check(action string, have map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, known := f[name]; !known {
			return fmt.Errorf("%s has a field %q, which the protocol does not know", action, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if f[name] && (have[name] == nil || string(have[name]) == "null") {
			return fmt.Errorf("%s lacks the field %s", action, name)
		}
	}
	return nil
}

// checkAction looks at values.
func checkAction(a *action) error {
	switch {
	case a.MetaData != nil:
		if _, err := uuid.Parse(a.MetaData.ID); err != nil {
			return fmt.Errorf("the table's id %q is not a UUID", a.MetaData.ID)
		}
		if a.MetaData.Format.Provider != "parquet" {
			return fmt.Errorf("the format of the files is %q; Delta knows parquet only", a.MetaData.Format.Provider)
		}
		var schema schemaJSON
		if err := json.Unmarshal([]byte(a.MetaData.SchemaString), &schema); err != nil || schema.Type != "struct" {
			return fmt.Errorf("the schema is not one: %.60q", a.MetaData.SchemaString)
		}
	case a.Add != nil && a.Add.Size <= 0:
		return fmt.Errorf("the file %s has %d bytes", a.Add.Path, a.Add.Size)
	case a.Add != nil && a.Add.ModificationTime <= 0, a.Remove != nil && a.Remove.DeletionTimestamp <= 0:
		return errors.New("a time before 1970")
	}
	return nil
}

// checkAdd holds the partition values against the partition columns.
func (t *Table) checkAdd(a *addFile) error {
	want := t.partition.columns()
	for _, name := range want {
		if a.PartitionValues[name] == nil {
			return fmt.Errorf("the file %s has no partition value for %s", a.Path, name)
		}
		if _, err := t.partition.parse(*a.PartitionValues[name]); err != nil {
			return fmt.Errorf("the file %s: %w", a.Path, err)
		}
	}
	if len(a.PartitionValues) != len(want) {
		return fmt.Errorf("the file %s has %d partition values, the table is split by %q", a.Path, len(a.PartitionValues), want)
	}
	return nil
}
