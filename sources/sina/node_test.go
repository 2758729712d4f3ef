package sina_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/sources"
	"barkeep/sources/sina"
)

// pageOf is a market page with the shares from..to-1.
func pageOf(from, to int) string {
	var rows []string
	for i := from; i < to; i++ {
		s := share(i).String()
		rows = append(rows, fmt.Sprintf(`{"symbol":"%s","code":"%s","name":"样例股份","trade":"10.120","pricechange":"0.120","changepercent":1.2,`+
			`"buy":"10.120","sell":"10.130","settlement":"10.000","open":"10.050","high":"10.300","low":"9.980","volume":1234550,"amount":12505992,`+
			`"ticktime":"14:35:00","per":20.24,"pb":2.02,"mktcap":253000.5,"nmc":202400,"turnoverratio":0.62}`, s, s[2:]))
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// pagesOf are market pages of size rows with n shares.
func pagesOf(n, size int) (pages []string) {
	for from := 0; from < n; from += size {
		pages = append(pages, pageOf(from, min(n, from+size)))
	}
	return pages
}

func TestSymbols(t *testing.T) {
	for name, tc := range map[string]struct {
		count    string
		pages    []string
		n        int    // shares listed
		problem  string // of the list
		requests int
	}{
		"part of a page":      {`"3"`, pagesOf(3, 80), 3, "", 3},
		"count is a number":   {"3\n", pagesOf(3, 80), 3, "", 3},
		"last page not full":  {`"203"`, pagesOf(203, 80), 203, "", 4},
		"all pages full":      {`"240"`, pagesOf(240, 80), 240, "", 5}, // and one past the end
		"end is null":         {`"160"`, append(pagesOf(160, 80), "null"), 160, "", 4},
		"cap below 80":        {`"203"`, pagesOf(203, 50), 203, "", 6},
		"cap above 80":        {`"203"`, pagesOf(203, 100), 203, "", 4},
		"one more than count": {`"160"`, pagesOf(161, 80), 161, "", 4},
		"half a page missing": {`"203"`, []string{pageOf(0, 80), pageOf(80, 120), pageOf(160, 203)}, 163, "203 symbols were counted, and the pages hold 163", 5},
		"Beijing counted":     {`"230"`, pagesOf(200, 80), 200, "230 symbols were counted, and the pages hold 200", 5},
		"the same page again": {`"160"`, []string{pageOf(0, 80), pageOf(0, 80), pageOf(0, 80)}, 80, "160 symbols were counted, and the pages hold 80", 5},
		"pages without end":   {`"80"`, pagesOf(800, 80), 320, "the pages do not end", 5},
		"nothing":             {`"80"`, nil, 0, "the pages hold 0", 2},
	} {
		v := &vendor{t: t, count: tc.count, pages: tc.pages}
		symbols, err := v.start(nil).Symbols(t.Context())
		want := shares(tc.n)
		if name == "half a page missing" {
			want = slices.Concat(shares(203)[:120], shares(203)[160:])
		}
		if !slices.Equal(symbols, want) {
			t.Errorf("%s: %d symbols, want %d", name, len(symbols), len(want))
		}
		if len(v.sent()) != tc.requests {
			t.Errorf("%s: %d requests, want %d", name, len(v.sent()), tc.requests)
		}
		if tc.problem == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if _, ok := errors.AsType[*etl.DataError](err); !ok || !strings.Contains(err.Error(), tc.problem) {
			t.Errorf("%s: %v, want %s", name, err, tc.problem)
		}
	}
}

// TestNodeURL asks another host for pages than for quotes.
func TestNodeURL(t *testing.T) {
	pages := &vendor{t: t, count: `"1"`, pages: pagesOf(1, 80)}
	var address string
	pages.start(func(c *sina.Config) { address = c.BaseURL })
	other := &vendor{t: t}
	symbols, err := other.start(func(c *sina.Config) { c.NodeURL = address + "/" }).Symbols(t.Context())
	if err != nil || len(symbols) != 1 || len(other.sent()) != 0 {
		t.Errorf("%v, %v, requests %q", symbols, err, other.sent())
	}
	if want := "/quotes_service/api/json_v2.php/Market_Center.getHQNodeStockCount?node=hs_a"; pages.sent()[0] != want {
		t.Errorf("request %s, want %s", pages.sent()[0], want)
	}
}

// TestNodeErrors: what was read before stays, and the reason is found.
func TestNodeErrors(t *testing.T) {
	for _, status := range []int{429, 456, 500} {
		v := &vendor{t: t, count: `"240"`, pages: []string{pageOf(0, 80), fmt.Sprintf("HTTP %d", status), pageOf(160, 240)}}
		symbols, err := v.start(nil).Symbols(t.Context())
		e, ok := errors.AsType[*sources.StatusError](err)
		if !ok || e.Status != status || e.Blocked() != (status < 500) || !strings.Contains(err.Error(), "page 2") || len(symbols) != 80 || len(v.sent()) != 3 {
			t.Errorf("%d: %d symbols, %d requests, %v", status, len(symbols), len(v.sent()), err)
		}
	}
	for _, count := range []string{"", "null", `""`, `"0"`, `"-1"`, `"12x"`, `"99999999"`, "[]", "<html>"} {
		v := &vendor{t: t, count: count, pages: pagesOf(3, 80)}
		if symbols, err := v.start(nil).Symbols(t.Context()); err == nil || len(symbols) != 0 || len(v.sent()) != 1 {
			t.Errorf("count %q: %v, %v", count, symbols, err)
		}
	}
	v := &vendor{t: t, count: `"3"`, pages: []string{`{"__ERROR":1}`}}
	if _, err := v.start(nil).Symbols(t.Context()); err == nil || !strings.Contains(err.Error(), "does not parse at byte 0") {
		t.Errorf("an object: %v", err)
	}
}

func TestPages(t *testing.T) {
	for text, want := range map[string]string{
		"[]":                       "",
		" [ ] \r\n":                "",
		"null":                     "",
		"\tnull\n":                 "",
		pageOf(0, 2):               "sz003000 sz003001",
		"\n" + pageOf(7, 8) + "\n": "sz003007",
		`[{symbol:"sh600999",code:"600999",name:"样例",trade:"1.000",volume:1,nmc:-1.5e+3}]`:     "sh600999", // as it was once
		`[{"name":"a\"b\\","symbol":"bj920999"},{"symbol":"sz300999","name":null,"per":true}]`: "bj920999 sz300999",
		`[{"symbol":"sz003000","code":null,"name":""}]`:                                        "sz003000",
	} {
		for _, body := range [][]byte{[]byte(text), wire(t, text)} {
			if got, err := sina.PageSymbols(body); err != nil || list(got) != want {
				t.Errorf("%s: %s, %v", text, list(got), err)
			}
		}
	}
	// The second byte of the character is a backslash, before the quotation mark.
	if got, err := sina.PageSymbols([]byte("[{\"name\":\"\x81\x5c\",\"symbol\":\"sz003000\"}]")); err != nil || list(got) != "sz003000" {
		t.Errorf("backslash in a character: %v, %v", got, err)
	}
	for _, text := range []string{
		"", "n", "nul", "nullx", "[", "[,]", "[{}]", "{}", "[{]", "[]]", "[][]", `[{"symbol":"sz003000"}`, `[{"symbol":"sz003000"},]`, `[{"symbol":"sz003000",}]`,
		`[{"symbol":"sz003000"}{"symbol":"sz003001"}]`, `[{"symbol":"003000"}]`, `[{"symbol":"hk003000"}]`, `[{"symbol":"sz00300x"}]`, `[{"symbol":1}]`,
		`[{"symbol":null}]`, `[{"name":"x"}]`, `[{"symbol":"sz003000","code":"003001"}]`, `[{"symbol":["sz003000"]}]`, `[{"symbol" "sz003000"}]`, `[{"symbol":"sz003000]`,
		`[{"symbol":"sz003000\`, "<html>456</html>", "\xff\xff\xff",
	} {
		if got, err := sina.PageSymbols([]byte(text)); err == nil {
			t.Errorf("%q gives %v", text, got)
		}
	}
}
