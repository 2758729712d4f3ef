package sina_test

import (
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
)

// TestPairing: rows belong to the symbol they name, wherever they are.
func TestPairing(t *testing.T) {
	symbols := shares(5)
	statements := make([]string, 5)
	for i, s := range symbols {
		r := live()
		r.name = "样例" + s.String()
		statements[i] = statement(s, r.text())
	}
	for name, tc := range map[string]struct {
		body    string
		served  string // indices of symbols, in the order of the rows
		missing string
	}{
		"in order":         {strings.Join(statements, ""), "01234", ""},
		"reversed":         {statements[4] + statements[3] + statements[2] + statements[1] + statements[0], "43210", ""},
		"one left out":     {statements[0] + statements[1] + statements[3] + statements[4], "0134", "2"},
		"one twice":        {statements[0] + statements[1] + statements[1] + statements[2] + statements[3] + statements[4], "01234", ""},
		"first one twice":  {strings.Join(statements, "") + statements[0], "01234", ""},
		"one of others":    {statement(share(900), live().text()) + strings.Join(statements, ""), "01234", ""},
		"other forms":      {`var hq_str_s_sz003000="样例,1,2,3,4,5";` + "\n" + `var hq_str_sz003001_i="A,yl";` + "\n" + statements[2], "2", "0134"},
		"no line feeds":    {strings.ReplaceAll(strings.Join(statements, ""), "\n", ""), "01234", ""},
		"carriage returns": {strings.ReplaceAll(strings.Join(statements, ""), "\n", "\r\n"), "01234", ""},
		"text around":      {"/* */\n" + strings.Join(statements, "\n//\n") + "end", "01234", ""},
		"nothing":          {"", "", "01234"},
		"another language": {"<html>Forbidden</html>", "", "01234"},
	} {
		answer, missing := take(wire(t, tc.body), symbols...)
		var served, lost string
		for _, q := range answer.Quotes {
			i := slices.Index(symbols, q.Symbol)
			served += string(rune('0' + i))
			if q.Name != "样例"+q.Symbol.String() {
				t.Errorf("%s: %s has the row of %s", name, q.Symbol, q.Name)
			}
		}
		for _, s := range missing {
			lost += string(rune('0' + slices.Index(symbols, s)))
		}
		if served != tc.served || lost != tc.missing || len(answer.Refused)+len(answer.Unknown) > 0 {
			t.Errorf("%s: served %q, missing %q, %+v", name, served, lost, answer)
		}
	}
}

// TestCutBody cuts an answer at every byte: rows before are served, the others
// are not answered, and no row is anything else.
func TestCutBody(t *testing.T) {
	symbols := shares(4)
	whole := wire(t, statement(symbols[0], live().text())+statement(symbols[1], "")+
		statement(symbols[2], still("03").text())+statement(symbols[3], live().text()))
	var ends []int
	for i := range whole {
		if i > 0 && string(whole[i-1:i+1]) == `";` {
			ends = append(ends, i+1)
		}
	}
	for n := range whole {
		answer, missing := take(whole[:n], symbols...)
		want := 0
		for want < len(ends) && ends[want] <= n {
			want++
		}
		var got []etl.Symbol
		for _, q := range answer.Quotes {
			got = append(got, q.Symbol)
		}
		got = append(got, answer.Unknown...)
		slices.Sort(got)
		if !slices.Equal(got, symbols[:want]) || !slices.Equal(missing, symbols[want:]) || len(answer.Refused) > 0 {
			t.Fatalf("%d of %d bytes: %v answered, %v missing, refused %v; want the first %d", n, len(whole), got, missing, answer.Refused, want)
		}
	}
}

// TestLostBytes loses the middle of an answer, between two statements: the one
// that is cut short is not answered, and the next one is.
func TestLostBytes(t *testing.T) {
	first := statement(share(0), live().text())
	for _, lost := range []int{3, 40, len(first) - 30} { // bytes at the end of the first
		body := first[:len(first)-lost] + statement(share(1), live().text())
		answer, missing := take(wire(t, body), shares(2)...)
		if len(answer.Quotes) != 1 || answer.Quotes[0].Symbol != share(1) || !slices.Equal(missing, shares(1)) || len(answer.Refused) > 0 {
			t.Errorf("%d bytes lost: %+v, missing %v", lost, answer, missing)
		}
	}
}

// TestHostileBodies reads bodies made to be slow to read.
func TestHostileBodies(t *testing.T) {
	for _, part := range []string{"var hq_str_", `var hq_str_sz003000="`, `var hq_str_sz003000=`, `"`, ",", `var hq_str_sz003000="` + strings.Repeat(",", 5000)} {
		body := strings.Repeat(part, 1<<20/len(part))
		if answer, missing := take([]byte(body), share(0)); len(answer.Quotes)+len(answer.Unknown)+len(answer.Refused) > 0 || len(missing) != 1 {
			t.Errorf("%q: %+v", part, answer)
		}
	}
}
