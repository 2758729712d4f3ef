package main

import "testing"

func TestPaintOnATerminal(t *testing.T) {
	_, slave := openTerminal(t)
	defer slave.Close()
	for _, c := range []struct {
		environ []string
		colours bool
	}{
		{nil, true},
		{[]string{"TERM=xterm", "NO_COLOR="}, true}, // empty counts as not there
		{[]string{"NO_COLOR=1"}, false},
		{[]string{"TERM=dumb"}, false},
	} {
		a := &app{terminal: terminal{out: slave, environ: c.environ}}
		if got := a.paint().on; got != c.colours {
			t.Errorf("%q: colours %t, want %t", c.environ, got, c.colours)
		}
	}
}
