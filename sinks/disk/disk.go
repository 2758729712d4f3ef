// Package disk is every change that the sinks make to the file system: few
// operations, each of which survives a power failure when it returns, and each
// announced to a hook, so that a test can let the process die before any of them.
//
// Nothing here overwrites a file that readers rely on: data and commits are made
// under temporary names and linked or renamed to names never used before. Replace
// is for what is a hint, a cache or a catalog, and is atomic.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// Disk changes the file system. The zero Disk is ready to use, from several
// goroutines at once.
type Disk struct {
	// Before, if set, is called before every change with what it is (create,
	// write, fsync, mkdir, link, rename, remove, chtimes) and the path. Its error
	// takes the place of the change. It is set before the first use.
	Before func(op, path string) error

	mu     sync.Mutex
	synced map[string]bool // directories whose own entry is known to be on disk
}

func (d *Disk) before(op, path string) error {
	if d.Before == nil {
		return nil
	}
	return d.Before(op, path)
}

// Mkdir makes a directory and what is missing above it, and makes sure that
// the entry survives a power failure, whoever created it.
func (d *Disk) Mkdir(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mkdir(dir)
}

func (d *Disk) mkdir(dir string) error {
	if err := d.before("mkdir", dir); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o755)
	switch parent := filepath.Dir(dir); {
	case errors.Is(err, fs.ErrNotExist) && parent != dir:
		if err := d.mkdir(parent); err != nil {
			return err
		}
		return d.mkdir(dir)
	case errors.Is(err, fs.ErrExist):
		if info, serr := os.Stat(dir); serr == nil && !info.IsDir() {
			return fmt.Errorf("%s is in the way: it must be a directory and is a file", dir)
		}
		if d.synced[dir] {
			return nil
		}
	case err != nil:
		return err
	}
	if err := d.SyncDir(filepath.Dir(dir)); err != nil {
		return err
	}
	if d.synced == nil {
		d.synced = map[string]bool{}
	}
	d.synced[dir] = true
	return nil
}

// Write makes a new file with its content on disk. After an error the file may
// be there in part.
func (d *Disk) Write(path string, content []byte) (err error) {
	f, err := d.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Sync()
}

// Link gives a finished file a further name and fails with fs.ErrExist if the
// name is taken. Renaming would replace another writer's commit.
func (d *Disk) Link(from, to string) error {
	if err := d.before("link", to); err != nil {
		return err
	}
	return os.Link(from, to)
}

// Rename gives a file its final name. A file that has the name already is
// replaced, and whoever has it open keeps it.
func (d *Disk) Rename(from, to string) error {
	if err := d.before("rename", to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// Remove deletes a file; one that is gone already is no error.
func (d *Disk) Remove(path string) error {
	if err := d.before("remove", path); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Sync flushes the content of a file that somebody else wrote.
func (d *Disk) Sync(path string) error {
	if err := d.before("fsync", path); err != nil {
		return err
	}
	return flush(path)
}

// SyncDir makes the names in a directory survive a power failure.
func (d *Disk) SyncDir(dir string) error {
	if err := d.before("fsync", dir); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil // directories cannot be flushed there; NTFS journals names
	}
	if err := flush(dir); err != nil {
		return fmt.Errorf("flush directory %s: %w", dir, err)
	}
	return nil
}

func flush(path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

// Replace makes content the content of the file at path: it is written to tmp, in
// the same directory, and renamed. After an error path has its old content.
func (d *Disk) Replace(tmp, path string, content []byte) error {
	err := d.Write(tmp, content)
	if err == nil {
		err = d.Rename(tmp, path)
	}
	if err != nil {
		return errors.Join(err, d.Remove(tmp))
	}
	return d.SyncDir(filepath.Dir(path))
}
