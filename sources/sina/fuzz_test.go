package sina_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"barkeep/etl"
	"barkeep/sources/fields"
	"barkeep/sources/sina"
)

// FuzzList reads any body as the answer for four symbols: each of them is in at
// most one list, what is served can be true, and a second reading says the same.
func FuzzList(f *testing.F) {
	asked := shares(4)
	f.Add([]byte(""))
	f.Add([]byte(`var hq_str_sys_auth="FAILED";`))
	f.Add(wire(f, statement(asked[0], live().text())+statement(asked[1], "")+statement(asked[2], still("03").text())+statement(asked[3], still("-3").text())))
	f.Add(wire(f, statement(asked[3], live().text()+",D|21253|235483.240")+statement(asked[0], live().text()+",33.2261,0.0000,0,8300000,B,T")))
	f.Add(wire(f, statement(asked[0], live().text())[:200]+statement(asked[1], "样例,0.000,8.375,0.000,0.000,0.000,8.308,8.308,0,0.000,34400,8.308,100,0.000"+
		strings.Repeat(",0,0.000", 3)+",34400,8.308"+strings.Repeat(",0,0.000", 4)+",2026-07-22,09:16:15,00,")))
	f.Fuzz(func(t *testing.T, body []byte) {
		answer, missing := take(body, asked...)
		seen := slices.Concat(missing, answer.Unknown)
		for _, q := range answer.Quotes {
			seen = append(seen, q.Symbol)
			if problem := q.Problem(); problem != "" || q.Name == "" || !utf8.ValidString(q.Name) || q.Time.IsZero() || q.Source != "sina" {
				t.Errorf("served %+v: %s", q, problem)
			}
		}
		for _, r := range answer.Refused {
			seen = append(seen, r.Symbol)
			if r.Reason == "" || r.Raw == "" || !utf8.ValidString(r.Raw) {
				t.Errorf("refused %+v", r)
			}
		}
		slices.Sort(seen)
		if !slices.Equal(seen, asked) {
			t.Errorf("%v are in the lists, want %v once each", seen, asked)
		}
		again, _ := take(body, asked...)
		if len(again.Quotes) != len(answer.Quotes) || len(again.Refused) != len(answer.Refused) {
			t.Error("a second reading says something else")
		}
	})
}

// FuzzCells compares the readers of cells with plain ones.
func FuzzCells(f *testing.F) {
	for _, text := range []string{"", "0.000", "10.050", "1234.567", "12345.678", "0", "9.98", "3868.0871", "1234567", "12345678", "12505992.500",
		".500", "5.", "1.2.3", "-1.000", "1e3", "0x1", "+1", "١", "1560575057534.151", "00001.000", "12.3456", "1,2", "9\n"} {
		f.Add([]byte(text), []byte("next,cells"))
		f.Add([]byte(text), []byte(""))
	}
	f.Fuzz(func(t *testing.T, text, rest []byte) {
		cell, _, _ := bytes.Cut(text, []byte(","))
		row, end := slices.Concat(cell, []byte(","), rest), len(cell)+1
		if len(rest) == 0 {
			row = cell
		}
		want, ok := fields.Price(cell)
		got, next := sina.Price(row, 0)
		if ok != (next >= 0) || ok && (!equal(got, want) || next != end) {
			t.Errorf("price %q is %v to %d, want %v %v", row, got, next, want, ok)
		}
		number, ok := fields.Integer(cell)
		ok = ok && number >= 0 && number <= 1e15
		shares, next := sina.Quantity(row, 0)
		if ok != (next >= 0) || ok && (shares != number || next != end) {
			t.Errorf("quantity %q is %d to %d, want %d %v", row, shares, next, number, ok)
		}
		want, ok = fields.Decimal(cell)
		got, next = sina.Amount(row, 0)
		if ok && want >= 0 && (got != want || next != end) || next >= 0 && !(got >= 0) {
			t.Errorf("amount %q is %v to %d, want %v", row, got, next, want)
		}
	})
}

// FuzzPage reads any market page: the symbols have their text in it.
func FuzzPage(f *testing.F) {
	f.Add([]byte("[]"))
	f.Add([]byte("null"))
	f.Add(wire(f, pageOf(0, 2)))
	f.Add([]byte(`[{symbol:"sh600999",code:"600999",nmc:-1.5e+3}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		symbols, err := sina.PageSymbols(body)
		for _, s := range symbols {
			if err != nil || s.Exchange() < etl.Beijing || s.Exchange() > etl.Shenzhen || !bytes.Contains(body, []byte(s.String())) {
				t.Errorf("%s, %v", s, err)
			}
		}
		if n, err := sina.PageCount(body); err == nil && (n < 1 || n > 80_000) {
			t.Errorf("%d symbols are counted", n)
		}
	})
}
