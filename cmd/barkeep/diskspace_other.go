//go:build !linux && !darwin

package main

// diskSpace does not know how to ask here.
func diskSpace(string) (diskState, bool) { return diskState{}, false }
