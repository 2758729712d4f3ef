package simulator

import (
	"fmt"
	"strings"
)

// barArg names a bar, and for a change a cell of it and what it says.
type barArg struct{ code, date, column, value string }

// parseBarArg reads CODE/DATE or CODE/DATE/COLUMN=VALUE.
func parseBarArg(text string, cell bool) (barArg, error) {
	parts := strings.Split(text, "/")
	want := 2
	if cell {
		want = 3
	}
	if len(parts) != want || !codeForm.MatchString(parts[0]) {
		return barArg{}, fmt.Errorf("argument %q must look like sh.600001/2024-01-09%s", text, map[bool]string{true: "/close=10.2500"}[cell])
	}
	a := barArg{code: parts[0], date: parts[1]}
	if cell {
		var ok bool
		if a.column, a.value, ok = strings.Cut(parts[2], "="); !ok {
			return barArg{}, fmt.Errorf("argument %q names no value: write COLUMN=VALUE at its end", text)
		}
	}
	return a, nil
}

// find returns the bar's row, or -1.
func (a barArg) find(t *table) int {
	code, date := t.column("code"), t.column("date")
	for i, row := range t.rows {
		if row[code] == a.code && row[date] == a.date {
			return i
		}
	}
	return -1
}

// barFaults are about one bar, whichever request brings it: what a vendor says
// anew, and what it does not have any more.
func barFaults() []faultKind {
	columns := []string{"code"}
	revised := rowFault("revised", "a cell of one bar says something else, however it is asked for", 1, columns,
		argument{usage: "CODE/DATE/COLUMN=VALUE", must: true}, func(t *table, f *activeFault) {
			a, err := parseBarArg(f.Arg, true)
			if column := t.column(strings.ToLower(a.column)); err == nil && column >= 0 && t.column("date") >= 0 {
				if i := a.find(t); i >= 0 {
					t.rows[i][column] = a.value
				}
			}
		})
	without := rowFault("without", "one bar is not there, however it is asked for", 1, columns,
		argument{usage: "CODE/DATE", must: true}, func(t *table, f *activeFault) {
			if a, err := parseBarArg(f.Arg, false); err == nil && t.column("date") >= 0 {
				if i := a.find(t); i >= 0 {
					t.rows = append(t.rows[:i], t.rows[i+1:]...)
				}
			}
		})
	revised.always, without.always = true, true
	return []faultKind{revised, without}
}
