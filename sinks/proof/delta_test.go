//go:build cgo

package proof_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// deltaFile is a live file as the log has it.
type deltaFile struct {
	Path            string             `json:"path"` // encoded
	PartitionValues map[string]*string `json:"partitionValues"`
	Size            int64              `json:"size"`
	DataChange      *bool              `json:"dataChange"`
	Stats           string             `json:"stats"`
}

// deltaTable is a table at one version as the Delta protocol alone tells it:
// nothing of this reading is shared with sinks/lake.
type deltaTable struct {
	dir     string
	version int64
	files   map[string]deltaFile // by decoded path
	txns    map[string]int64
}

type deltaAction struct {
	Add    *deltaFile `json:"add"`
	Remove *struct {
		Path              string `json:"path"`
		DeletionTimestamp *int64 `json:"deletionTimestamp"`
	} `json:"remove"`
	Txn *struct {
		AppID   string `json:"appId"`
		Version int64  `json:"version"`
	} `json:"txn"`
}

const newest = -1

// start says where a reading begins.
type start int

const (
	anyStart       start = iota // where _last_checkpoint points, or at version 0
	fromCommits                 // at version 0
	fromCheckpoint              // at the newest checkpoint up to the version
)

func (t *deltaTable) log() string { return filepath.Join(t.dir, "_delta_log") }

// readDelta reads a table at a version. One that does not exist has version -1.
func readDelta(dir string, version int64, from start) (*deltaTable, error) {
	t := &deltaTable{dir: dir, version: -1, files: map[string]deltaFile{}, txns: map[string]int64{}}
	entries, err := os.ReadDir(t.log())
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	last, checkpoint := int64(-1), int64(-1)
	for _, e := range entries {
		digits, suffix, _ := strings.Cut(e.Name(), ".")
		v, err := strconv.ParseInt(digits, 10, 64)
		switch {
		case err != nil || len(digits) != 20:
			continue
		case suffix == "json":
			last = max(last, v)
		case suffix == "checkpoint.parquet" && (version == newest || v <= version):
			checkpoint = max(checkpoint, v)
		}
	}
	if version == newest {
		version = last
	}
	if from == anyStart {
		checkpoint, err = t.pointed(version)
	}
	if err == nil && from != fromCommits && checkpoint >= 0 {
		err = t.readCheckpoint(checkpoint)
	}
	for err == nil && t.version < version {
		err = t.readCommit(t.version + 1)
	}
	return t, err
}

// pointed returns the version in _last_checkpoint, -1 without one that helps.
func (t *deltaTable) pointed(version int64) (int64, error) {
	text, err := os.ReadFile(filepath.Join(t.log(), "_last_checkpoint"))
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return -1, err
	}
	var pointer struct {
		Version *int64 `json:"version"`
		Size    *int64 `json:"size"`
		Parts   *int64 `json:"parts"`
	}
	if err := json.Unmarshal(text, &pointer); err != nil || pointer.Version == nil || pointer.Size == nil || pointer.Parts != nil {
		return -1, fmt.Errorf("_last_checkpoint is %q: %w", text, err)
	}
	if *pointer.Version > version {
		return -1, nil
	}
	return *pointer.Version, nil
}

func (t *deltaTable) readCommit(version int64) error {
	name := fmt.Sprintf("%020d.json", version)
	text, err := os.ReadFile(filepath.Join(t.log(), name))
	if err != nil {
		return err
	}
	if !bytes.HasSuffix(text, []byte("\n")) {
		return fmt.Errorf("%s does not end in a line feed", name)
	}
	touched := map[string]bool{}
	for _, line := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		var keys map[string]json.RawMessage
		var a deltaAction
		if err := errors.Join(json.Unmarshal(line, &keys), json.Unmarshal(line, &a)); err != nil || len(keys) != 1 {
			return fmt.Errorf("%s: %s: %d keys, %w", name, line, len(keys), err)
		}
		if err := t.apply(&a, touched); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	t.version = version
	return nil
}

// apply replays an action. touched holds the paths of the commit so far.
func (t *deltaTable) apply(a *deltaAction, touched map[string]bool) error {
	encoded := ""
	switch {
	case a.Txn != nil:
		t.txns[a.Txn.AppID] = a.Txn.Version
		return nil
	case a.Add != nil:
		encoded = a.Add.Path
	case a.Remove != nil:
		encoded = a.Remove.Path
	default:
		return nil
	}
	path, err := url.PathUnescape(encoded)
	if err != nil {
		return err
	}
	_, live := t.files[path]
	switch {
	case touched[path]:
		return fmt.Errorf("%s stands twice in the commit", path)
	case a.Add != nil && live:
		return fmt.Errorf("%s is added and is live already", path)
	case a.Remove != nil && !live:
		return fmt.Errorf("%s is removed and is not live", path)
	case a.Remove != nil && a.Remove.DeletionTimestamp == nil:
		return fmt.Errorf("the removal of %s has no time", path)
	case a.Add != nil:
		t.files[path] = *a.Add
	default:
		delete(t.files, path)
	}
	touched[path] = true
	return nil
}

// paths returns the live files, absolute and sorted.
func (t *deltaTable) paths() []string {
	var list []string
	for _, relative := range slices.Sorted(maps.Keys(t.files)) {
		list = append(list, filepath.Join(t.dir, filepath.FromSlash(relative)))
	}
	return list
}
