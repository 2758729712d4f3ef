package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// disk is every change this package makes to the file system. Tests put a
// fault before the n-th of them.
type disk struct {
	fault func(op, path string) error // nil outside tests

	mu     sync.Mutex
	synced map[string]bool // directories whose own entry is known to be on disk
}

func newDisk() *disk { return &disk{synced: map[string]bool{}} }

func (d *disk) before(op, path string) error {
	if d.fault == nil {
		return nil
	}
	return d.fault(op, path)
}

// mkdir makes a directory and what is missing above it, and makes sure that
// the entry survives a power failure, whoever created it.
func (d *disk) mkdir(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mkdirLocked(dir)
}

func (d *disk) mkdirLocked(dir string) error {
	if err := d.before("mkdir", dir); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o755)
	switch parent := filepath.Dir(dir); {
	case errors.Is(err, fs.ErrNotExist) && parent != dir:
		if err := d.mkdirLocked(parent); err != nil {
			return err
		}
		return d.mkdirLocked(dir)
	case errors.Is(err, fs.ErrExist):
		if d.synced[dir] {
			return nil
		}
	case err != nil:
		return err
	}
	if err := d.syncDir(filepath.Dir(dir)); err != nil {
		return err
	}
	d.synced[dir] = true
	return nil
}

// write makes a new file with its content on disk. After an error the file may
// be there in part.
func (d *disk) write(path string, content []byte) (err error) {
	if err := d.before("create", path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := d.before("write", path); err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return err
	}
	if err := d.before("fsync", path); err != nil {
		return err
	}
	return f.Sync()
}

// link gives a finished file its final name and fails with fs.ErrExist if the
// name is taken. Renaming would replace the other writer's commit.
func (d *disk) link(from, to string) error {
	if err := d.before("link", to); err != nil {
		return err
	}
	return os.Link(from, to)
}

func (d *disk) rename(from, to string) error {
	if err := d.before("rename", to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// remove deletes a file; one that is gone already is no error.
func (d *disk) remove(path string) error {
	if err := d.before("remove", path); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir makes the names in a directory survive a power failure.
func (d *disk) syncDir(dir string) (err error) {
	if err := d.before("fsync", dir); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil // directories cannot be flushed there; NTFS journals names
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("flush directory %s: %w", dir, err)
	}
	return nil
}

// replace writes content under a temporary name and renames it over the
// target, which is only right for files that are hints or caches.
func (d *disk) replace(dir, purpose, name string, content []byte) error {
	tmp := filepath.Join(dir, tmpName(purpose))
	err := d.write(tmp, content)
	if err == nil {
		err = d.rename(tmp, filepath.Join(dir, name))
	}
	if err != nil {
		return errors.Join(err, d.remove(tmp))
	}
	return d.syncDir(dir)
}
