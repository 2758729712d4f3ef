package main

import (
	"slices"

	"barkeep/etl"
	"barkeep/schedules"
)

// listedSecurity is what the newest list says of a security.
type listedSecurity struct {
	Name     string        `json:"name"`
	Kind     string        `json:"kind"`
	Board    string        `json:"board,omitempty"`
	Listed   schedules.Day `json:"listed,omitzero"`
	Delisted schedules.Day `json:"delisted,omitzero"`
	Industry string        `json:"industry,omitempty"`
	Vanished bool          `json:"vanished,omitempty"` // the newest list no longer names it
	Earlier  []string      `json:"earlier_names,omitempty"`
}

// nearBar is a stored bar of the same security on another day.
type nearBar struct {
	Date     schedules.Day `json:"date"`
	Close    float64       `json:"close"`    // CNY/share
	Preclose float64       `json:"preclose"` // CNY/share
	Volume   int64         `json:"volume"`   // shares
	Traded   bool          `json:"traded"`
}

// storedSpan is what the lake has of the security.
type storedSpan struct {
	Bars  int           `json:"bars"`
	First schedules.Day `json:"first,omitzero"`
	Last  schedules.Day `json:"last,omitzero"`
}

// stretch is a run of stored bars without another between them.
type stretch struct {
	Since schedules.Day `json:"since"`
	Last  schedules.Day `json:"last"`
	Bars  int           `json:"bars"`
}

// daySeal says how complete the day is for the whole market.
type daySeal struct {
	Status    string `json:"status"` // open, closed or unknown, by the calendar
	Published bool   `json:"published"`
	Expected  int    `json:"expected"`  // bars, by the list of securities
	Present   int    `json:"present"`   // of them
	Explained int    `json:"explained"` // of them, absent for a known reason
	Missing   int    `json:"missing"`
	Others    int    `json:"others"` // bars that are there and were not expected
	Sealed    bool   `json:"sealed"`

	have, absent *etl.Cells
}

// place puts the bar among its neighbours: security, day and stored bars.
func (q *inquiry) place() {
	q.Security = describe(q.versions)
	q.Day.count(q.universe, etl.Scope{From: q.Date, To: q.Date, ETF: q.cfg.DailyBars.ETF, Index: q.cfg.DailyBars.Index})
	q.Day.Status = q.calendar.Status(q.Date).String()
	q.Day.Published = q.Date <= q.due
	q.Day.Sealed = q.Day.Published && q.Day.Expected > 0 && q.Day.Missing == 0
	q.Factor = q.factor()
	if len(q.history) == 0 {
		return
	}
	q.Stored = storedSpan{len(q.history), q.history[0].day, q.history[len(q.history)-1].day}
	i, there := q.find(q.Date)
	if i > 0 {
		q.Previous = q.near(q.history[i-1].day)
	}
	if next, _ := q.find(q.Date + 1); next < len(q.history) {
		q.Next = q.near(q.history[next].day)
	}
	if there {
		q.Suspended = q.stretch(i, func(b lightBar) bool { return !b.traded })
		q.Warned = q.stretch(i, func(b lightBar) bool { return b.warned })
	}
}

// near returns the bar of a day beside the one in question; nil when a commit in
// between has taken it away.
func (q *inquiry) near(day schedules.Day) *nearBar {
	row, ok := q.rows[day]
	if !ok {
		return nil
	}
	return &nearBar{day, row["close"].(float64), row["preclose"].(float64), row["volume"].(int64), row["traded"].(bool)}
}

// stretch returns the bars around the i-th that are like it; nil if it is not.
func (q *inquiry) stretch(i int, is func(lightBar) bool) *stretch {
	if !is(q.history[i]) {
		return nil
	}
	low, high := i, i
	for low > 0 && is(q.history[low-1]) {
		low--
	}
	for high+1 < len(q.history) && is(q.history[high+1]) {
		high++
	}
	return &stretch{q.history[low].day, q.history[high].day, high - low + 1}
}

// describe tells of the newest version of a security; nil when there is none.
func describe(versions []etl.InstrumentVersion) *listedSecurity {
	if len(versions) == 0 {
		return nil
	}
	slices.SortFunc(versions, func(a, b etl.InstrumentVersion) int { return a.From.Compare(b.From) })
	v := versions[len(versions)-1]
	s := &listedSecurity{Name: v.Name, Kind: v.Kind.String(), Board: v.Board(), Listed: v.Listed, Delisted: v.Delisted,
		Industry: v.Industry, Vanished: !v.Until.IsZero()}
	for _, old := range versions {
		if old.Name != v.Name && !slices.Contains(s.Earlier, old.Name) {
			s.Earlier = append(s.Earlier, old.Name)
		}
	}
	return s
}

// count compares what should exist on the day with what does.
func (d *daySeal) count(u etl.Universe, scope etl.Scope) {
	expected := etl.Expected(u, scope, d.have.Days())
	without := expected.Minus(d.have)
	missing := without.Minus(d.absent)
	d.Expected, d.Missing = expected.Len(), missing.Len()
	d.Present = d.Expected - without.Len()
	d.Explained = without.Len() - d.Missing
	d.Others = d.have.Len() - d.Present
}
