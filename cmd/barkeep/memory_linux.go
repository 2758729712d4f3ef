package main

import (
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

// giveBackCode takes the pages of the program's file that runs have touched, most of
// them DuckDB's, out of this process (madvise(2), MADV_DONTNEED). What is needed next
// comes back from the system's cache of the file, some microseconds for 64 KiB.
func giveBackCode() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return // the kernel takes such pages itself when it needs them
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, m := range codeMappings(maps, program) {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED)
	}
}

// mapping is a range of addresses.
type mapping struct{ from, to uintptr }

// codeMappings returns the mappings of the program's file that cannot be written to
// and where no page has become the process's own: their bytes are those of the file.
// Other files are left alone, as something else may lie at the place of a mapping
// that has ended meanwhile; the program's own do not end. smaps is in the form of
// proc(5): a line of addresses, rights, offset, device, inode and path for each
// mapping, and lines of "Key: n kB" under it.
func codeMappings(smaps []byte, program string) []mapping {
	var found []mapping
	var m mapping
	code := false
	for line := range strings.Lines(string(smaps)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		if from, to, ok := strings.Cut(f[0], "-"); ok {
			a, errA := strconv.ParseUint(from, 16, 64)
			b, errB := strconv.ParseUint(to, 16, 64)
			m = mapping{uintptr(a), uintptr(b)}
			code = errA == nil && errB == nil && a < b && len(f) >= 6 &&
				strings.HasPrefix(f[1], "r-") && strings.Join(f[5:], " ") == program
			continue
		}
		if code && f[0] == "Anonymous:" && f[1] == "0" {
			found = append(found, m)
		}
	}
	return found
}
