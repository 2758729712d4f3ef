package lake

import (
	"os"
	"path/filepath"

	"barkeep/sinks/disk"
)

// Scratch makes a temporary file below the table's directory, for what does not
// fit into memory while files are rewritten. It is the caller's to close and to
// drop, with DropUncommitted; when its process has died, it is swept.
func (t *Table) Scratch() (path string, out *disk.File, err error) {
	if err := t.lake.disk.Mkdir(t.dir); err != nil {
		return "", nil, err
	}
	path = filepath.Join(t.dir, tmpName(tmpData))
	out, err = t.lake.disk.Create(path)
	return path, out, err
}

// Bytes returns how much of the file has been written so far. Until Finish that
// is whole row groups, without the footer.
func (f *NewFile) Bytes() (int64, error) {
	info, err := os.Stat(f.tmp)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
