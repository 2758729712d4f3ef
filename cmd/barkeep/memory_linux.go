package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// capMemory bounds the memory of this process: what is its own and can be written
// to, not the files it maps. Beyond it DuckDB finds none left, or the process
// dies.
func capMemory(bytes int64) error {
	limit := syscall.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)}
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &limit)
}

// giveBackCode unmaps the pages of the program and its libraries that runs have
// touched, most of them DuckDB's. What is needed next comes back from the system's
// cache of the file, some microseconds for 64 KiB. (madvise(2): MADV_DONTNEED of a file's mapping.)
func giveBackCode() {
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return // the kernel takes such pages itself when it needs them
	}
	for _, m := range codeMappings(bytes.NewReader(maps)) {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED)
	}
}

// mapping is a range of addresses.
type mapping struct{ from, to uintptr }

// codeMappings returns the mappings of files that cannot be written to and where no
// page has become the process's own: their bytes are those of the file. smaps is in
// the form of proc(5): a line of addresses, rights, offset, device, inode and path for
// each mapping, and lines of "Key: n kB" under it.
func codeMappings(smaps io.Reader) []mapping {
	var found []mapping
	var m mapping
	code := false
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 2 {
			continue
		}
		if from, to, ok := strings.Cut(f[0], "-"); ok {
			a, errA := strconv.ParseUint(from, 16, 64)
			b, errB := strconv.ParseUint(to, 16, 64)
			m = mapping{uintptr(a), uintptr(b)}
			code = errA == nil && errB == nil && a < b && len(f) >= 6 && f[4] != "0" &&
				strings.HasPrefix(f[1], "r") && f[1][1] == '-' && strings.HasPrefix(f[5], "/")
			continue
		}
		if code && f[0] == "Anonymous:" && f[1] == "0" {
			found = append(found, m)
		}
	}
	return found
}
