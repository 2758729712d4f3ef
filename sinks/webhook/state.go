package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"barkeep/sinks/disk"
)

// maxState bounds the state file, in bytes; a full book of the longest texts is
// smaller.
const maxState = 8 << 20

// state is the form of the file.
type state struct {
	Incidents []*incident `json:"incidents"` // in the order of kind and key
}

// load fills an empty book from a file; there need not be one. What cannot be
// true is left out. The book is empty after an error.
func (b *book) load(path string, now time.Time) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read notifications: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxState+1))
	if err == nil && len(text) > maxState {
		err = fmt.Errorf("it is longer than %d bytes", maxState)
	}
	var s state
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return fmt.Errorf("read notifications in %s: %w", path, err)
	}
	for _, i := range s.Incidents {
		if i == nil || !i.Kind.known() || len(b.incidents) >= maxIncidents || now.Sub(i.Seen) > forgetAfter {
			continue
		}
		b.adopt(i)
	}
	return nil
}

// adopt takes an incident from a file; of its targets those count that there are
// now.
func (b *book) adopt(i *incident) {
	told, done := map[string]time.Time{}, map[string]bool{}
	for _, t := range b.targets {
		if at, ok := i.Told[t]; ok {
			told[t] = at
		}
		if i.Done[t] {
			done[t] = true
		}
	}
	i.Told, i.Done = told, done
	i.Key, i.Text, i.End = plain(i.Key, maxKey), plain(i.Text, maxText), plain(i.End, maxText)
	if i.Over.IsZero() || len(done) < len(b.targets) {
		b.incidents[idOf(i.Kind, i.Key)] = i
	}
}

// encode returns the content of the file.
func (b *book) encode() ([]byte, error) {
	ids := make([]string, 0, len(b.incidents))
	for id := range b.incidents {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	s := state{Incidents: make([]*incident, 0, len(ids))}
	for _, id := range ids {
		s.Incidents = append(s.Incidents, b.incidents[id])
	}
	text, err := json.MarshalIndent(s, "", " ")
	return append(text, '\n'), err
}

// tmpPrefix begins the names under which the state is written before it has its
// name.
const tmpPrefix = ".notifications.tmp-"

// store replaces the file at path.
func store(d *disk.Disk, path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := d.Mkdir(dir); err != nil {
		return fmt.Errorf("save notifications: %w", err)
	}
	if err := d.Replace(filepath.Join(dir, tmpPrefix+uuid.NewString()), path, content); err != nil {
		return fmt.Errorf("save notifications: %w", err)
	}
	return nil
}

// sweep removes what a dead process left beside the file.
func sweep(d *disk.Disk, path string) error {
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), tmpPrefix+"*"))
	for _, name := range left {
		err = errors.Join(err, d.Remove(name))
	}
	return err
}
