package main

import (
	"runtime/debug"
	"testing"

	"barkeep/configs"
)

func TestLimitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	for _, c := range []struct {
		environ []string
		want    int64
	}{
		{[]string{"GOMEMLIMIT=1GiB"}, before}, // the runtime has read it
		{[]string{"GOMEMLIMIT=", "HOME=/"}, 400 << 20},
	} {
		limitMemory(c.environ, 400<<20)
		if got := debug.SetMemoryLimit(-1); got != c.want {
			t.Errorf("%q: %d, want %d", c.environ, got, c.want)
		}
	}
	loaded, err := configs.Load[configs.Config](configs.Options{Default: configs.Default})
	if err != nil || loaded.Value.Memory != memoryLimit {
		t.Errorf("the default is %v, the program begins with %v, %v", loaded.Value.Memory, memoryLimit, err)
	}
}
