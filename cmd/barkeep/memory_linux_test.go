package main

import (
	"os"
	"slices"
	"testing"
)

// smaps has two mappings of code, and the others that may not be given back: written
// data, a page that relocation has made the process's own, memory without a file,
// another file, and lines that cannot be read.
const smaps = `00400000-01200000 r-xp 00000000 fe:00 123 /usr/bin/bar keep (deleted)
Rss:                 100 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me sd
01200000-01300000 r--p 00e00000 fe:00 123 /usr/bin/bar keep (deleted)
Anonymous:             8 kB
01300000-01400000 rw-p 00f00000 fe:00 123 /usr/bin/bar keep (deleted)
Anonymous:             0 kB
01400000-01500000 r--p 00000000 00:00 0
Anonymous:             0 kB
01500000-01600000 r--p 00000000 00:00 0 [vvar]
Anonymous:             0 kB
01600000-01500000 r--p 00000000 fe:00 123 /usr/bin/bar keep (deleted)
Anonymous:             0 kB
x-y r--p 00000000 fe:00 123 /usr/bin/bar keep (deleted)
Anonymous:             0 kB
01600000-01700000 r--p 00000000 fe:00 125 /usr/lib/libc.so
Anonymous:             0 kB
01700000-01800000 r--p 00000000 fe:00 123 /usr/bin/bar keep (deleted)
Rss:                   4 kB
Anonymous:             0 kB
`

func TestCodeMappings(t *testing.T) {
	want := []mapping{{0x400000, 0x1200000}, {0x1700000, 0x1800000}}
	if got := codeMappings([]byte(smaps), "/usr/bin/bar keep (deleted)"); !slices.Equal(got, want) {
		t.Errorf("%x, not %x", got, want)
	}
}

// The test program goes on without its code, and has less of it in memory.
func TestGiveBackCode(t *testing.T) {
	before := statusOf(t, os.Getpid(), "RssFile")
	giveBackCode()
	after := statusOf(t, os.Getpid(), "RssFile")
	if before == 0 || after > before/2 {
		t.Errorf("%d bytes of files are resident, of %d", after, before)
	}
}
