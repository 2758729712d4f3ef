package vacuum

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"barkeep/sinks/lake"
)

// found is a file in the table's directory.
type found struct {
	relative string // to the table's directory, with slashes
	bytes    int64
	modified time.Time
}

// walk is a listing of a table's directory.
type walk struct {
	files   []found  // regular ones that may be data
	tmp     []found  // temporary files of this program
	foreign []string // what is neither
}

// maxDepth bounds how deep directories lie in each other.
const maxDepth = 16

// look lists the table's directory, and the temporary files of its log and of the
// lake's state.
func look(ctx context.Context, l *lake.Lake, t *lake.Table) (*walk, error) {
	w := &walk{}
	if err := w.dir(ctx, t.Dir(), "", 0); err != nil {
		return nil, err
	}
	for _, dir := range []string{t.LogDir(), l.StateDir()} {
		if err := w.temporary(t.Dir(), dir); err != nil {
			return nil, err
		}
	}
	byPath := func(a, b found) int { return strings.Compare(a.relative, b.relative) }
	slices.SortFunc(w.files, byPath)
	slices.SortFunc(w.tmp, byPath)
	slices.Sort(w.foreign)
	return w, nil
}

func (w *walk) dir(ctx context.Context, dir, relative string, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // gone since
	}
	if err != nil {
		return err
	}
	if depth > 0 && holdsTable(entries) || depth > maxDepth {
		w.foreign = append(w.foreign, relative+"/")
		return nil
	}
	for _, e := range entries {
		name := path.Join(relative, e.Name())
		hidden := strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "_")
		switch {
		case hidden && !lake.TemporaryName(e.Name()):
		case e.IsDir():
			if !hidden {
				err = w.dir(ctx, filepath.Join(dir, e.Name()), name, depth+1)
			}
		case !e.Type().IsRegular():
			w.foreign = append(w.foreign, name)
		default:
			err = w.file(e, name, hidden)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// holdsTable recognises a table of its own, put there by mistake.
func holdsTable(entries []os.DirEntry) bool {
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == "_delta_log" })
}

func (w *walk) file(e os.DirEntry, relative string, tmp bool) error {
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	f := found{relative, info.Size(), info.ModTime()}
	if tmp {
		w.tmp = append(w.tmp, f)
	} else {
		w.files = append(w.files, f)
	}
	return nil
}

// temporary lists the temporary files of another directory.
func (w *walk) temporary(base, dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(base, dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !lake.TemporaryName(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if err := w.file(e, path.Join(filepath.ToSlash(relative), e.Name()), true); err != nil {
			return err
		}
	}
	return nil
}
