package simulator_test

import (
	"slices"
	"testing"

	"barkeep/sources/simulator"
)

// TestBarFaults: one bar says something else, or is not there, by day and by range.
func TestBarFaults(t *testing.T) {
	right := dial(t, start(t, config(), generated())).login().day(dayOne)
	row := right.rows[3]
	bar := row[1] + "/" + row[0]
	c := dial(t, start(t, config("revised:"+bar+"/peTTM=77.250000"), generated())).login()
	for _, a := range []answer{c.day(dayOne), c.bars(row[1], dayOne, dayOne, "3")} {
		i := slices.IndexFunc(a.rows, func(r []string) bool { return r[1] == row[1] })
		if i < 0 || a.rows[i][13] != "77.250000" || a.rows[i][5] != row[5] {
			t.Errorf("%q", a.rows)
		}
	}
	if a := c.day(dayTwo); slices.ContainsFunc(a.rows, func(r []string) bool { return r[13] == "77.250000" }) {
		t.Error("another day is revised, too")
	}
	c = dial(t, start(t, config("without:"+bar), generated())).login()
	if a := c.day(dayOne); len(a.rows) != len(right.rows)-1 || slices.ContainsFunc(a.rows, func(r []string) bool { return r[1] == row[1] }) {
		t.Errorf("%d rows of %d", len(a.rows), len(right.rows))
	}
	if a := c.bars(row[1], dayOne, dayOne, "3"); len(a.rows) != 0 {
		t.Errorf("%q", a.rows)
	}
	for _, text := range []string{"revised", "revised:sh.600000/2024-01-02", "revised:sh.600000/2024-01-02/x", "without:sh600000/2024-01-02", "without:sh.600000/2024-01-02/close=1"} {
		if f, err := simulator.ParseFault(text); err == nil {
			t.Errorf("%s is %+v", text, f)
		}
	}
}
