//go:build cgo

package duckdb

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"barkeep/etl"
)

// hiveKeyAbove says whether a directory above the table's partitions looks
// like a partition of one of its columns, as in /backup/date=2024-01-02/lake.
// DuckDB would take the column's values from there.
func hiveKeyAbove(t etl.Table, dir string) bool {
	for part := range strings.SplitSeq(filepath.ToSlash(dir), "/") {
		key, _, found := strings.Cut(part, "=")
		if !found {
			continue
		}
		column := func(c etl.Column) bool { return strings.EqualFold(c.Name, key) }
		if strings.EqualFold(key, splitOf(t).column) || slices.ContainsFunc(t.Columns, column) {
			return true
		}
	}
	return false
}

var escapeGlob = strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]")

// literalPattern returns the pattern that matches path alone: DuckDB takes
// every path for a pattern, and a lake in a directory named a*b would show the
// files of its neighbour axb as well.
func literalPattern(path string) (string, error) {
	if !strings.ContainsAny(path, "*?[") {
		return path, nil
	}
	if strings.ContainsRune(path, '\\') {
		return "", fmt.Errorf("%s: %w", path, errPath)
	}
	return escapeGlob.Replace(path), nil
}

var errPath = errors.New(`DuckDB cannot read a path with a backslash as well as *, ? or [ in it; ` +
	`move the lake to a directory with a plainer name`)
