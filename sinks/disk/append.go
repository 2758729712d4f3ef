package disk

import (
	"errors"
	"os"
	"path/filepath"
)

// Append adds p to the end of the file at path, which is made if it is missing, in
// one write, and makes it survive a power failure. After an error the file is as it
// was, unless cutting it back failed as well. Writers take turns by themselves.
func (d *Disk) Append(path string, p []byte) (err error) {
	if err := d.before("write", path); err != nil {
		return err
	}
	_, missing := os.Stat(path)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := f.Write(p); err != nil {
		return errors.Join(err, f.Truncate(info.Size()))
	}
	file := File{disk: d, f: f}
	if err := file.Sync(); err != nil {
		return errors.Join(err, f.Truncate(info.Size()))
	}
	if missing != nil {
		return d.SyncDir(filepath.Dir(path))
	}
	return nil
}
