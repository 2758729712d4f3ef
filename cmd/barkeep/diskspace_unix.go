//go:build linux || darwin

package main

import (
	"os"
	"path/filepath"
	"syscall"
)

// diskSpace returns what is left where a directory is, or will be.
func diskSpace(dir string) (diskState, bool) {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return diskState{}, false
	}
	block := int64(s.Bsize)
	return diskState{Free: int64(s.Bavail) * block, Total: int64(s.Blocks) * block, Known: true}, true
}
