package simulator_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"barkeep/schedules"
)

// sinaForm is a name, 29 unsigned decimals, a date and a time.
var sinaForm = regexp.MustCompile(`^[^,]+(,[0-9.]+){29},\d{4}-\d\d-\d\d,\d\d:\d\d:\d\d,(00|03|-2|-3)(,.*)?$`)

// TestClientDemands checks what widely used clients insist on, in every state
// that a security can be in. Source: specification of the quote sources, 13.
func TestClientDemands(t *testing.T) {
	states := map[string]bool{}
	for _, at := range append(moments(), delistedAt, schedules.MakeDay(2025, 7, 2).At(18, 0)) {
		w := startWeb(t, webConfig(at))
		all := known(at, nil)
		text := strings.ReplaceAll(fetch(t, w, "/list="+strings.Join(all, ",")+",").ok(t), " ", "")
		rows, _ := rowsOf(text, "\x00")
		if len(rows) != len(all) {
			t.Errorf("%s: %d of Sina's rows, want %d", at, len(rows), len(all))
		}
		for symbol, row := range rows {
			if !sinaForm.MatchString(row[0]) {
				t.Errorf("%s %s: %q", at, symbol, row[0])
			}
		}
		short := "s_" + strings.Join(all, ",s_")
		rows, _ = rowsOf(fetch(t, w, "/list="+short+",").ok(t), ",")
		for symbol, f := range rows {
			if len(f) != 6 {
				t.Errorf("%s: %q", symbol, f)
			}
		}
		rows, _ = rowsOf(fetch(t, w, "/q="+short+",").ok(t), "~")
		for symbol, f := range rows {
			if len(f) != 11 {
				t.Errorf("%s: %q", symbol, f)
			}
		}
		text = fetch(t, w, "/q="+strings.Join(all, ",")+",").ok(t)
		if n := strings.Count(text, ";"); n != len(rows) { // some clients split there
			t.Errorf("%d semicolons in %d rows", n, len(rows))
		}
		rows, _ = rowsOf(text, "~")
		for symbol, f := range rows {
			states[f[40]] = true
			for _, i := range []int{3, 4, 5, 6, 8, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 31, 32, 33, 34, 37, 41, 42, 43, 45, 46, 47, 48} {
				if _, err := strconv.ParseFloat(f[i], 64); err != nil {
					t.Errorf("%s %s: field %d: %v", at, symbol, i, err)
				}
			}
			if len(f) < 85 && f[61] != "ZS" {
				t.Errorf("%s: %d fields", symbol, len(f))
			}
		}
	}
	for _, letter := range []string{"", "S", "D", "U"} {
		if !states[letter] {
			t.Errorf("no row has status %q", letter)
		}
	}
}
