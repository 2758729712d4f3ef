package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Layer is one of the places a value can come from. A later layer overrules an
// earlier one.
type Layer uint8

// The layers, weakest first.
const (
	FromDefault     Layer = iota // the defaults inside the binary
	FromFile                     // the file named by --config
	FromEnvironment              // an environment variable
	FromSet                      // --set on the command line
)

// Origin is where a value was written.
type Origin struct {
	Layer        Layer
	Name         string // the file's path, the variable's name, or --set key=value
	Line, Column int    // in a file, counted from 1; 0 elsewhere
}

// String returns /etc/barkeep.yaml:12:3, BARKEEP_LOG_LEVEL or
// --set log.level=debug.
func (o Origin) String() string {
	switch {
	case o.Name == "":
		return "configuration"
	case o.Line == 0:
		return o.Name
	}
	return fmt.Sprintf("%s:%d:%d", o.Name, o.Line, o.Column)
}

// brief is the origin as Show comments it: without the column, and without
// repeating the value.
func (o Origin) brief() string {
	switch o.Layer {
	case FromSet:
		return "--set"
	case FromFile:
		return o.Name + ":" + strconv.Itoa(o.Line)
	}
	return o.Name
}

// Problem is one thing wrong with a configuration.
type Problem struct {
	Origin Origin // where it is written; the zero Origin when it is nowhere in particular
	Key    string // such as baostock.read_timeout; empty when it concerns no key
	Text   string // what is wrong and what would be right
}

// String returns "origin: key: text".
func (p Problem) String() string {
	if p.Key == "" {
		return p.Origin.String() + ": " + p.Text
	}
	return p.Origin.String() + ": " + p.Key + ": " + p.Text
}

// Problems is everything wrong with a configuration, all layers at once: file
// problems first, in the order of their lines. It is the only error by which
// Load blames the user, and it stands for exit code 2.
type Problems struct {
	List []Problem // INVARIANT: never empty
}

// Error lists the problems, one a line.
func (p *Problems) Error() string {
	var b strings.Builder
	if len(p.List) == 1 {
		b.WriteString("1 problem in the configuration:")
	} else {
		fmt.Fprintf(&b, "%d problems in the configuration:", len(p.List))
	}
	for _, problem := range p.List {
		b.WriteString("\n  ")
		b.WriteString(problem.String())
	}
	return b.String()
}

// problemsOf returns the sorted problems as an error, nil when there are none.
// A problem that is reported twice, as a Validate may do, is kept once.
func problemsOf(list []Problem) error {
	if len(list) == 0 {
		return nil
	}
	seen := map[Problem]bool{}
	list = slices.DeleteFunc(slices.Clone(list), func(p Problem) bool {
		twice := seen[p]
		seen[p] = true
		return twice
	})
	slices.SortStableFunc(list, func(a, b Problem) int {
		// Layers count down from file to --set; the defaults, which only the
		// developer can mend, and the placeless come last.
		return cmp.Or(
			cmp.Compare(a.Origin.Layer-1, b.Origin.Layer-1),
			cmp.Compare(a.Origin.Line, b.Origin.Line),
			cmp.Compare(a.Origin.Column, b.Origin.Column),
		)
	})
	return &Problems{List: list}
}

// printable quotes a text that would break or bend a line of output.
func printable(s string) string {
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}
