package conformance

import (
	"fmt"
	"time"
	"unicode/utf8"

	"barkeep/etl"
)

// Problems returns what is wrong with the answer of the named provider to a call
// for symbols that lasted from sent to arrived; nil for a good one.
func Problems(name string, symbols []etl.Symbol, a *etl.QuoteAnswer, sent, arrived time.Time) []string {
	var problems []string
	report := func(format string, values ...any) { problems = append(problems, fmt.Sprintf(format, values...)) }
	wanted := make(map[etl.Symbol]bool, len(symbols))
	for _, s := range symbols {
		wanted[s] = true
	}
	seen := map[etl.Symbol]string{}
	list := func(s etl.Symbol, where string) {
		if !wanted[s] {
			report("%s is among the %s, and was not asked for", s, where)
		}
		if before, ok := seen[s]; ok {
			report("%s is among the %s and again among the %s", s, before, where)
		}
		seen[s] = where
	}
	for i := range a.Quotes {
		q := &a.Quotes[i]
		list(q.Symbol, "quotes")
		for _, problem := range rowProblems(name, q, sent, arrived) {
			report("%s: %s", q.Symbol, problem)
		}
	}
	for _, s := range a.Unknown {
		list(s, "unknown")
	}
	for _, r := range a.Refused {
		list(r.Symbol, "refused")
		if r.Reason == "" || !utf8.ValidString(r.Raw) {
			report("%s was refused without a reason, or its row is no UTF-8", r.Symbol)
		}
	}
	if len(seen) > 0 && (a.Requests < 1 || a.Bytes < 1) {
		report("%d symbols were answered with %d requests and %d bytes", len(seen), a.Requests, a.Bytes)
	}
	return problems
}

// rowProblems checks one row.
func rowProblems(name string, q *etl.Quote, sent, arrived time.Time) []string {
	var problems []string
	check := func(ok bool, format string, values ...any) {
		if !ok {
			problems = append(problems, fmt.Sprintf(format, values...))
		}
	}
	problem := q.Problem()
	check(problem == "", "%s", problem)
	check(q.Source == name, "its source is %q, not %s", q.Source, name)
	check(q.Name != "" && utf8.ValidString(q.Name), "its name is %q", q.Name)
	check(!q.Fetched.Before(sent) && !q.Fetched.After(arrived), "it was fetched at %s, and the call lasted from %s to %s", q.Fetched, sent, arrived)
	check(q.Fetched.Location() == time.UTC && q.Time.Location() == time.UTC, "its times are not UTC")
	if q.Status == etl.Trading || q.Status == etl.CallAuction {
		check(!q.Time.IsZero(), "it trades and has no time of its own")
	}
	return problems
}
