package etl

import (
	"strconv"
	"strings"

	"barkeep/schedules"
)

// Finding is one row that breaks one rule. Its text is made when it is asked
// for: of a broken day of the market, thousands are found and few are shown.
type Finding struct {
	Rule     Rule
	Severity Severity
	Symbol   Symbol
	Day      schedules.Day
	Row      int // in the batch; -1 for a bar that had come before

	what    *sentence
	text    string // of a flaw that the decoder has found
	a, b, c float64
	other   schedules.Day
	of      Symbol
}

// sentence is the wording of a finding. In numbers, $a, $b, $c, $of and $day
// stand for the finding's own.
type sentence struct {
	what    string // the same for all rows that break the rule in this way
	numbers string
}

// Reason returns what is wrong, in words that are the same for all rows that
// are wrong in the same way.
func (f *Finding) Reason() string {
	switch {
	case f.text != "":
		return f.text
	case f.Rule == ClosedDay:
		return f.Day.String() + f.what.what
	case f.Rule == Unlisted:
		return f.Symbol.String() + f.what.what
	}
	return f.what.what
}

// String returns symbol, day, the reason and the numbers: one line that can be
// judged without looking at the row.
func (f *Finding) String() string {
	line := f.Symbol.String() + " " + f.Day.String() + ": " + f.Reason()
	if f.what == nil || f.what.numbers == "" {
		return line
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	values := strings.NewReplacer("$a", number(f.a), "$b", number(f.b), "$c", number(f.c), "$day", f.other.String(), "$of", f.of.String())
	return line + " (" + values.Replace(f.what.numbers) + ")"
}
