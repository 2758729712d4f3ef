package main

import (
	"runtime"
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

func TestSpareThreads(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	spareThreads([]string{"GOMAXPROCS=1"}) // the runtime has read it
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("GOMAXPROCS is given, and became %d", got)
	}
	spareThreads(nil)
	if got := runtime.GOMAXPROCS(0); got != before+spareProcessors {
		t.Errorf("%d threads, %d before", got, before)
	}
}
