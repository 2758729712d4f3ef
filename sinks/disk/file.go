package disk

import "os"

// File is a new file being written.
type File struct {
	disk *Disk
	f    *os.File
}

// Create makes a file that must not exist.
func (d *Disk) Create(path string) (*File, error) {
	if err := d.before("create", path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	return &File{disk: d, f: f}, nil
}

// Write appends p.
func (f *File) Write(p []byte) (int, error) {
	if err := f.disk.before("write", f.f.Name()); err != nil {
		return 0, err
	}
	return f.f.Write(p)
}

// Sync makes the content survive a power failure.
func (f *File) Sync() error {
	if err := f.disk.before("fsync", f.f.Name()); err != nil {
		return err
	}
	return f.f.Sync()
}

// Close closes the file. What was not synced may not be on disk yet.
func (f *File) Close() error { return f.f.Close() }
