//go:build cgo

package duckdb

import (
	"io"
	"os"
	"strconv"
	"strings"
)

// sweep removes what publishers left that died. No living one has such a file.
func (s *shelf) sweep() error {
	entries, err := os.ReadDir(s.lake.Dir())
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tmpPrefix) {
			if err := s.lake.Disk().Remove(s.path(e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeUnlisted removes catalogs that are not listed, and the logs of those who
// wrote to one. What only has such a name, and is not a database of DuckDB, is
// somebody else's and stays.
func (s *shelf) removeUnlisted(listed map[int64]bool) error {
	entries, err := os.ReadDir(s.lake.Dir())
	if err != nil {
		return err
	}
	for _, e := range entries {
		match := keptName.FindStringSubmatch(strings.TrimSuffix(e.Name(), walSuffix))
		if match == nil {
			continue
		}
		number, err := strconv.ParseInt(match[1], 10, 64)
		if err != nil {
			return err
		}
		s.next = max(s.next, number+1)
		if listed[number] || !strings.HasSuffix(e.Name(), walSuffix) && !isDatabase(s.path(e.Name())) {
			continue
		}
		if err := s.lake.Disk().Remove(s.path(e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// isDatabase says whether a file begins as those of DuckDB do: a checksum of eight
// bytes, then DUCK.
func isDatabase(path string) bool {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 12)
	_, err = io.ReadFull(f, head)
	return err == nil && string(head[8:]) == "DUCK"
}
