package main

import "syscall"

// capMemory bounds the memory of this process: what is its own and can be written
// to, not the files it maps. Beyond it DuckDB finds none left, or the process
// dies.
func capMemory(bytes int64) error {
	limit := syscall.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)}
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &limit)
}
