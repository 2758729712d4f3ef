//go:build cgo

package duckdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"barkeep/sinks/lake"
)

// formPrefix begins the names of files that keep a form for other processes:
// LAKE/_state/catalog-form-OF-SUM.duckdb, with hashes of the statements that made
// it and of the file. It is only a cache: one whose content has another sum, such
// as half a file after a power failure, is not used.
const (
	formPrefix = "catalog-form-"
	formSuffix = ".duckdb"
)

// formOf tells the forms of two programs apart.
func formOf() string {
	return sum([]byte(strings.Join(formSQL(), ";")))
}

// readForm returns the file with the form of a catalog: a hundred and more comments
// that are always the same. When none is kept, build makes one.
func readForm(ctx context.Context, l *lake.Lake, of string, build func(path string) error) ([]byte, error) {
	if form := keptForm(l.StateDir(), of); form != nil {
		return form, ctx.Err()
	}
	path := filepath.Join(l.Dir(), tmpName("form"))
	if err := announce(l, "create", path); err != nil {
		return nil, err
	}
	if err := build(path); err != nil {
		return nil, err
	}
	form, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := sweepForms(l); err != nil {
		return nil, err
	}
	return form, l.Disk().Rename(path, filepath.Join(l.StateDir(), formPrefix+of+"-"+sum(form)+formSuffix))
}

// keptForm looks for a form that is whole.
func keptForm(dir, of string) []byte {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		rest, found := strings.CutPrefix(e.Name(), formPrefix+of+"-")
		if !found {
			continue
		}
		form, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err == nil && rest == sum(form)+formSuffix {
			return form
		}
	}
	return nil
}

// sweepForms removes the forms of other programs, and damaged ones.
func sweepForms(l *lake.Lake) error {
	entries, err := os.ReadDir(l.StateDir())
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), formPrefix) {
			if err := l.Disk().Remove(filepath.Join(l.StateDir(), e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return hex.EncodeToString(s[:16])
}

// tmpName returns a name that sweep removes.
func tmpName(of string) string {
	return fmt.Sprintf("%s%d-%s%s", tmpPrefix, os.Getpid(), uuid.NewString()[:8], strings.TrimSuffix("-"+of, "-"))
}

// announce tells the hook of the lake's disk about a change that DuckDB makes.
func announce(l *lake.Lake, op, path string) error {
	if before := l.Disk().Before; before != nil {
		return before(op, path)
	}
	return nil
}
