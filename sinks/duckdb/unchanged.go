//go:build cgo

package duckdb

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
)

// shows says whether the last publication shows c already and is whole, and its
// number: the script on disk is what c makes, with the files of every version by
// their names, and nobody wrote to lake.duckdb, whose copy under its number no one
// has reason to open for writing.
func (s *shelf) shows(c content) (int64, bool, error) {
	if len(s.list) == 0 {
		return 0, false, nil
	}
	last := s.list[len(s.list)-1]
	c.number, c.taken = last.Number, last.Taken
	for _, v := range c.views {
		if version, ok := last.Versions[v.table.Name]; ok != (v.snap.Version >= 0) || ok && version != v.snap.Version {
			return 0, false, nil
		}
	}
	if _, err := os.Lstat(s.path(CatalogName + walSuffix)); err == nil {
		return 0, false, nil
	}
	on, err := os.ReadFile(s.path(ScriptName))
	if err != nil {
		return 0, false, ignoreMissing(err)
	}
	script, err := c.script(s.lake.Dir())
	if err != nil || !bytes.Equal(on, script) {
		return 0, false, err
	}
	same, err := sameContent(s.path(CatalogName), s.path(nameOf(last.Number)))
	return last.Number, same, err
}

func sameContent(a, b string) (bool, error) {
	first, err := os.ReadFile(a)
	if err != nil {
		return false, ignoreMissing(err)
	}
	second, err := os.ReadFile(b)
	return bytes.Equal(first, second) && err == nil, ignoreMissing(err)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
