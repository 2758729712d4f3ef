package main

import (
	"context"
	"fmt"
	"slices"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// coverage is how complete daily_bars is, from its first day to the last one that
// the vendor has published. Cells are counted over From..To only.
type coverage struct {
	First  schedules.Day `json:"first,omitzero"`     // of the stored bars
	Last   schedules.Day `json:"last,omitzero"`      // of the stored bars
	Due    schedules.Day `json:"due"`                // the last day published
	Sealed schedules.Day `json:"sealed_to,omitzero"` // the last sealed day
	Why    string        `json:"why,omitempty"`      // why no later day is sealed

	From      schedules.Day `json:"from,omitzero"`
	To        schedules.Day `json:"to,omitzero"`
	Expected  int           `json:"expected"`
	Present   int           `json:"present"`   // of them
	Explained int           `json:"explained"` // of them, absent for a known reason
	Missing   int           `json:"missing"`
	HoleDays  int           `json:"hole_days"` // days with missing bars
	Holes     []hole        `json:"holes"`     // the newest of them, the newest first

	// StoredAll and ExpectedAll compare the whole history by number alone, which
	// proves that bars are missing, and never that none is.
	StoredAll   int64 `json:"stored_all"`
	ExpectedAll int64 `json:"expected_all"`
}

// hole is a day with missing bars.
type hole struct {
	Date        schedules.Day `json:"date"`
	Expected    int           `json:"expected"`
	Missing     int           `json:"missing"`
	Quarantined int           `json:"quarantined"` // of the missing
	Example     etl.Symbol    `json:"example"`     // one of the missing
}

// lookAtBars compares what should exist with what does.
func (x *examiner) lookAtBars(ctx context.Context) error {
	c := &x.Bars
	c.Holes = []hole{}
	c.Due = x.calendar.Published(x.At, schedules.DailyBarsReady)
	if x.damaged[etl.DailyBars.Name] {
		c.Why = "the table daily_bars cannot be read"
		return nil
	}
	snapshot := x.snapshots[etl.DailyBars.Name]
	universe, _, err := instruments(ctx, x.lake)
	if err != nil {
		return err
	}
	c.StoredAll = snapshot.Rows()
	if c.First, c.Last = span(snapshot.Files, "date"); c.First == 0 {
		c.Why = "the lake has no daily bars yet"
		x.problem(troubleEmpty, x.runBars(), "the lake has no daily bars")
		return nil
	}
	if len(universe) == 0 {
		c.Why = "the lake has no list of securities, so that nobody can tell which bars are missing"
		x.problem(troubleEmpty, x.runBars(), "%s", c.Why)
		return nil
	}
	c.From, c.To = c.First, c.Due
	if !x.options.all {
		c.From = max(c.First, c.Due-holeWindow+1)
	}
	days := x.calendar.Days(c.From, c.To)
	have, err := committed(ctx, x.lake, days)
	if err != nil {
		return err
	}
	explained, err := absentCells(ctx, x.lake, days)
	if err != nil {
		return err
	}
	expected := x.expectedCells(universe, days)
	without := expected.Minus(have)
	missing := without.Minus(explained)
	c.Expected, c.Missing = expected.Len(), missing.Len()
	c.Present = c.Expected - without.Len()
	c.Explained = without.Len() - c.Missing
	x.findHoles(days, perDay(expected), missing)
	c.ExpectedAll = int64(x.expectedCells(universe, x.calendar.Days(c.First, c.Due)).Len())
	x.concludeBars()
	return nil
}

// dayCounts is a number for each day from the first one on.
type dayCounts struct {
	first  schedules.Day
	counts []int
}

// perDay counts the cells of each day.
func perDay(cells *etl.Cells) dayCounts {
	days := cells.Days()
	if len(days) == 0 {
		return dayCounts{}
	}
	n := dayCounts{days[0], make([]int, days[len(days)-1]-days[0]+1)}
	for _, s := range cells.Symbols() {
		for d := range cells.Of(s) {
			n.counts[d-n.first]++
		}
	}
	return n
}

func (n dayCounts) of(d schedules.Day) int { return n.counts[d-n.first] }

// findHoles finds the last sealed day and the days that are not.
func (x *examiner) findHoles(days []schedules.Day, expected dayCounts, missing *etl.Cells) {
	c, holes := &x.Bars, map[schedules.Day]*hole{}
	for _, s := range missing.Symbols() {
		for d := range missing.Of(s) {
			h := holes[d]
			if h == nil {
				h = &hole{Date: d, Expected: expected.of(d), Example: s}
				holes[d] = h
			}
			h.Missing++
			if x.Quarantine.cells[etl.BarKey{Symbol: s, Day: d}] {
				h.Quarantined++
			}
		}
	}
	c.HoleDays = len(holes)
	for _, d := range slices.Backward(days) {
		switch h := holes[d]; {
		case h == nil && c.Sealed == 0 && expected.of(d) > 0:
			c.Sealed = d
		case h != nil && len(c.Holes) < holesShown:
			c.Holes = append(c.Holes, *h)
		}
	}
	if c.Sealed < c.Due && len(c.Holes) > 0 {
		c.Why = x.reason(earliestAfter(days, holes, c.Sealed))
	}
}

// earliestAfter returns the first hole after the last sealed day.
func earliestAfter(days []schedules.Day, holes map[schedules.Day]*hole, sealed schedules.Day) hole {
	for _, d := range days {
		if h := holes[d]; h != nil && d > sealed {
			return *h
		}
	}
	return hole{}
}

// reason says what is known of a hole.
func (x *examiner) reason(h hole) string {
	text := fmt.Sprintf("of %s %s are missing", h.Date, missingOf(h.Missing, h.Expected))
	switch {
	case h.Missing == h.Expected:
		return fmt.Sprintf("nothing of %s has been fetched", h.Date)
	case h.Quarantined == h.Missing:
		return text + ", all of them in quarantine"
	case h.Quarantined > 0:
		return text + fmt.Sprintf(", %s of them in quarantine", count(int64(h.Quarantined)))
	}
	return fmt.Sprintf("%s, such as that of %s", text, h.Example)
}

// concludeBars says what is wrong with the coverage.
func (x *examiner) concludeBars() {
	c := &x.Bars
	if c.Missing > 0 {
		from := c.Holes[len(c.Holes)-1].Date
		if c.HoleDays > len(c.Holes) {
			from = c.From
		}
		kind := troubleHoles
		if c.Sealed < c.Due {
			kind = troubleBehind
		}
		x.problem(kind, x.runBars("--from", from.String()), "%s missing on %s: %s", plural(c.Missing, "bar"), plural(c.HoleDays, "day"), x.reason(c.Holes[0]))
	}
	older := c.ExpectedAll - c.StoredAll - x.snapshots[etl.Absences.Name].Rows() - int64(c.Missing)
	if older > 0 && c.From > c.First {
		x.warn(troubleHistory, x.app.commandLine("status", "--all"), "about %s bars from before %s are missing, by number: %s are stored and %s expected since %s",
			count(older), c.From, count(c.StoredAll), count(c.ExpectedAll), c.First)
	}
}

// span returns the first and the last day of a column in files; 0 when they do
// not say.
func span(files []lake.File, column string) (first, last schedules.Day) {
	for _, f := range files {
		low, high, ok := f.DayRange(column)
		if !ok {
			continue
		}
		if first == 0 || low < first {
			first = low
		}
		last = max(last, high)
	}
	return first, last
}
