//go:build cgo

package proof_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// The ways in which a change to the file system fails.
const (
	crash = "crash" // the process dies before the change
	torn  = "torn"  // it dies and leaves half of what it was about to flush
	power = "power" // the machine dies: what was not flushed is gone, names as well
	once  = "once"  // the change fails and the process lives on
)

var ways = []string{crash, torn, power, once}

var errDied = errors.New("injected fault")

// fault fails the n-th change to the file system in one of the ways. Its method
// before is a hook of disk.Disk.
type fault struct {
	root string // of the lake
	n    int    // from 1
	way  string

	mu    sync.Mutex
	count int
	met   string            // the change that failed
	dirty map[uint64]bool   // inodes with content that was not flushed
	names map[string][]undo // by directory: names in it that were not flushed
	order int
}

// undo takes the change of a name back.
type undo struct {
	order int
	do    func() error
}

func newFault(root string, n int, way string) *fault {
	return &fault{root: root, n: n, way: way, dirty: map[uint64]bool{}, names: map[string][]undo{}}
}

// struck says whether the change was reached.
func (f *fault) struck() bool { return f.count >= f.n }

func (f *fault) before(op, path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	switch {
	case f.count > f.n && f.way == once:
		return nil
	case f.count > f.n:
		return errDied
	case f.count < f.n && f.way == power:
		return f.remember(op, path)
	case f.count < f.n:
		return nil
	}
	f.met = op + " " + filepath.Base(path)
	switch f.way {
	case torn:
		return errors.Join(errDied, tear(op, path))
	case power:
		return errors.Join(errDied, f.lose())
	}
	return errDied
}

// tear leaves half of the content of a file that was to be flushed.
func tear(op, path string) error {
	info, err := os.Stat(path)
	switch {
	case op == "create":
		return os.WriteFile(path, nil, 0o644)
	case op == "fsync" && err == nil && info.Mode().IsRegular():
		return os.Truncate(path, info.Size()/2)
	}
	return nil
}

// remember notes what a change leaves unflushed, or what it flushes.
func (f *fault) remember(op, path string) error {
	dir := filepath.Dir(path)
	info, err := os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	switch op {
	case "mkdir", "create", "link":
		if missing {
			f.note(dir, func() error { return os.RemoveAll(path) })
		}
	case "write":
		f.dirty[inode(info)] = true
	case "rename", "remove":
		if missing {
			f.note(dir, func() error { return os.RemoveAll(path) })
			return nil
		}
		old, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f.note(dir, func() error { return putBack(path, old, info.ModTime()) })
	case "fsync":
		delete(f.dirty, inode(info))
		delete(f.names, path)
	}
	return nil
}

func (f *fault) note(dir string, do func() error) {
	f.order++
	f.names[dir] = append(f.names[dir], undo{f.order, do})
}

func putBack(path string, content []byte, at time.Time) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(path, content, 0o644), os.Chtimes(path, at, at))
}

func inode(info fs.FileInfo) uint64 {
	if info == nil {
		return 0
	}
	return info.Sys().(*syscall.Stat_t).Ino
}

// lose takes everything back that was not flushed, the last change first.
func (f *fault) lose() error {
	var all []undo
	for _, list := range f.names {
		all = append(all, list...)
	}
	for i := f.order; i > 0; i-- {
		for _, u := range all {
			if u.order != i {
				continue
			}
			if err := u.do(); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return filepath.WalkDir(f.root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err == nil && f.dirty[inode(info)] {
			err = os.Truncate(path, 0)
		}
		return err
	})
}
