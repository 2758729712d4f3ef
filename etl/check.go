package etl

import (
	"slices"

	"barkeep/schedules"
)

// Checker looks at batches of daily bars by the rules of a CheckConfig, one
// batch after the other, and counts what it has looked at and found. It
// remembers the first and last row that it saw of every security in the batch
// before, so that days that arrive in order, ascending or descending, are
// compared with each other.
//
// It is not safe for concurrent use.
type Checker struct {
	config     CheckConfig
	calendar   *schedules.Calendar
	context    CheckContext // nil for none
	securities []security   // by symbol; nil when no list is known
	edges      [][2]edge    // of each, the first and last row of the batch before
	tallies    [ruleCount]Tally
	scan       scan // of the batch in hand
}

// NewChecker makes a Checker. Without a universe (nil) the rules that need a
// listing date or a list leave all rows alone, and a security is what its code
// says. The context, which may be nil, tells of bars that did not come through
// this Checker.
func NewChecker(config CheckConfig, calendar *schedules.Calendar, u Universe, context CheckContext) *Checker {
	c := &Checker{config: config, calendar: calendar, context: context}
	if u != nil {
		c.securities, c.edges = make([]security, len(u)), make([][2]edge, len(u))
	}
	for i, in := range u {
		c.securities[i] = security{symbol: in.Symbol, class: classOf(in.Symbol, in.Kind), listed: in.Listed, delisted: in.Delisted}
	}
	for r := range ruleCount {
		c.tallies[r] = Tally{Rule: r, Severity: config.severity(r)}
	}
	c.scan.Checker = c
	return c
}

// Check returns the rows of a batch that must not be stored, in ascending order,
// each with the first rule it breaks; the flaws that the decoder has found are
// among them. Findings tells of everything.
func (c *Checker) Check(b Batch) []Flaw {
	s := &c.scan
	s.open(b)
	for _, severity := range []Severity{Reject, Warn} { // a row that is refused is not warned of
		for r := range ruleCount {
			if c.tallies[r].Severity != severity {
				continue
			}
			if r.comparesDays() {
				s.meet()
			}
			s.rule, s.severity = r, severity
			c.tallies[r].RowsChecked += int64(checks[r](s))
		}
	}
	s.meet()
	s.remember()
	return c.settle()
}

// settle counts the findings and returns those that refuse a row.
func (c *Checker) settle() []Flaw {
	flaws := []Flaw{}
	for i := range c.scan.found {
		f := &c.scan.found[i]
		c.tallies[f.Rule].add(f)
		if f.Severity == Reject && f.Row >= 0 {
			flaws = append(flaws, Flaw{f.Row, f.Reason()})
		}
	}
	slices.SortFunc(flaws, func(a, b Flaw) int { return a.Row - b.Row })
	return flaws
}

// Findings returns what the last Check has found, warnings included, by
// severity, rule and row. It is overwritten by the next Check.
func (c *Checker) Findings() []Finding { return c.scan.found }

// Tallies returns the counts of all rules that are not off, since the Checker
// was made.
func (c *Checker) Tallies() []Tally {
	return slices.DeleteFunc(slices.Clone(c.tallies[:]), func(t Tally) bool { return t.Severity == Off })
}

// Tally is what a Checker has looked at and found by one rule.
type Tally struct {
	Rule        Rule
	Severity    Severity
	RowsChecked int64         // rows that the rule could judge
	RowsFound   int64         // of them, rows that break it
	First, Last schedules.Day // the earliest and latest day with a finding; 0 for none
	Sample      string        // the first finding, in words
}

func (t *Tally) add(f *Finding) {
	if t.RowsFound++; t.RowsFound == 1 {
		t.First, t.Last, t.Sample = f.Day, f.Day, f.String()
		return
	}
	t.First, t.Last = min(t.First, f.Day), max(t.Last, f.Day)
}
