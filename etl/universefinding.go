package etl

import (
	"fmt"
	"strings"
	"time"

	"barkeep/schedules"
)

// The rules that hold the vendor's list of securities against what was known, and
// against the bars.
const (
	RuleInstrumentChanged  = "instrument_changed"  // another name, kind, date or industry
	RuleCodeReused         = "code_reused"         // another listing date: another security under the same code, or a correction
	RuleInstrumentVanished = "instrument_vanished" // no longer in the list, which keeps delisted securities
	RuleBarBeforeListing   = "bar_before_listing"
	RuleBarAfterDelisting  = "bar_after_delisting"
	RuleBarUnlisted        = "bar_unlisted" // a security with bars that the list does not name
)

// Verdicts counts the changes that a list which arrived at a moment has made to the
// history, each with what was said before and what is said now.
func (c UniverseChange) Verdicts(history []InstrumentVersion, at time.Time) []Verdict {
	at = at.UTC().Truncate(time.Microsecond)
	before, after := map[Symbol]*InstrumentVersion{}, map[Symbol]*InstrumentVersion{}
	current := int64(0)
	for i := range history {
		switch v := &history[i]; {
		case v.Until.IsZero():
			current++
			after[v.Symbol] = v
		case v.Until.Equal(at):
			before[v.Symbol] = v
		}
	}
	var list []Verdict
	for _, rule := range []struct {
		name    string
		symbols []Symbol
	}{{RuleInstrumentChanged, c.Changed}, {RuleCodeReused, c.Reused}, {RuleInstrumentVanished, c.Vanished}} {
		v := Verdict{Rule: rule.name, Severity: Warn, Checked: current + int64(len(c.Vanished))}
		for _, s := range rule.symbols {
			v.Add(schedules.DayOf(at), s.String()+": "+before[s].difference(after[s]))
		}
		list = append(list, v)
	}
	return list
}

// difference says in words what one version says and another does not.
func (v *InstrumentVersion) difference(now *InstrumentVersion) string {
	switch {
	case v == nil:
		return "is new"
	case now == nil:
		return fmt.Sprintf("%q, listed %s, is no longer in the list", v.Name, dayText(v.Listed))
	}
	var parts []string
	for _, field := range [...]struct{ name, old, new string }{
		{"name", v.Name, now.Name}, {"kind", v.Kind.String(), now.Kind.String()}, {"listed", dayText(v.Listed), dayText(now.Listed)},
		{"delisted", dayText(v.Delisted), dayText(now.Delisted)}, {"industry", v.Industry, now.Industry}, {"classification", v.Classification, now.Classification},
	} {
		if field.old != field.new {
			parts = append(parts, fmt.Sprintf("%s was %q and is %q", field.name, field.old, field.new))
		}
	}
	return strings.Join(parts, ", ")
}

// dayText is a date, or empty for none.
func dayText(d schedules.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// CheckListings holds the bars there are against the list of securities. A security
// is counted once by each rule; First and Last are days of its bars.
func CheckListings(u Universe, bars *Cells) []Verdict {
	list := []Verdict{{Rule: RuleBarBeforeListing, Severity: Warn}, {Rule: RuleBarAfterDelisting, Severity: Warn}, {Rule: RuleBarUnlisted, Severity: Warn}}
	for _, s := range bars.Symbols() {
		first, last := schedules.Day(0), schedules.Day(0)
		for d := range bars.Of(s) {
			if last = d; first == 0 {
				first = d
			}
		}
		if first == 0 {
			continue
		}
		for i := range list {
			list[i].Checked++
		}
		in, ok := u.Find(s)
		if !ok {
			list[2].Add(last, fmt.Sprintf("%s has bars from %s to %s and is not in the list", s, first, last))
			continue
		}
		if in.Listed != 0 && first < in.Listed {
			list[0].Add(first, fmt.Sprintf("%s has a bar of %s and is listed from %s on", s, first, in.Listed))
		}
		if in.Delisted != 0 && last > in.Delisted {
			list[1].Add(last, fmt.Sprintf("%s has a bar of %s and was delisted on %s", s, last, in.Delisted))
		}
	}
	return list
}
