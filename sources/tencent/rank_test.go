package tencent_test

import (
	"slices"
	"strings"
	"testing"
)

func TestSymbols(t *testing.T) {
	for _, n := range []int{1, 19, 200, 201, 400, 5571} {
		l, p := newRankList(t, n, nil)
		list, err := p.Symbols(t.Context())
		if err != nil || len(list) != n || !slices.IsSorted(list) || list[0] != symbol(t, "sh600000") {
			t.Errorf("%d securities: %d symbols, %v", n, len(list), err)
		}
		if want := (n + 199) / 200; l.pages != want {
			t.Errorf("%d securities: %d pages, want %d", n, l.pages, want)
		}
	}
}

// After the first page, its rows change places with those of the last one: they
// show up twice and the others not at all.
func TestSymbolsWhileRowsMove(t *testing.T) {
	for _, size := range []int{1, 100, 200} {
		l, p := newRankList(t, 1000, func(request int, codes []string) {
			if request == 2 {
				for i := range size {
					codes[i], codes[800+i] = codes[800+i], codes[i]
				}
			}
		})
		list, err := p.Symbols(t.Context())
		if err != nil || len(list) != 1000 {
			t.Errorf("%d rows moved: %d symbols, %v", size, len(list), err)
		}
		if l.pages != 5+6 {
			t.Errorf("%d rows moved: %d pages", size, l.pages)
		}
	}
}

func TestSymbolsThatNeverComplete(t *testing.T) {
	l, p := newRankList(t, 1000, nil)
	l.total = 1001
	list, err := p.Symbols(t.Context())
	if err == nil || !strings.Contains(err.Error(), "incomplete: 1000 of 1001") || len(list) != 1000 {
		t.Errorf("%d symbols, %v", len(list), err)
	}
	if l.pages > 4*6 {
		t.Errorf("%d pages", l.pages)
	}
}

func TestBadLists(t *testing.T) {
	for name, c := range map[string]struct {
		page    string // at offset 0, or at another if it begins with a +
		symbols int
		problem string
	}{
		"no JSON":              {"<html>", 0, `"<html>"`},
		"refused":              {`{"code":-3,"msg":"busy","data":null}`, 0, `code "-3": busy`},
		"no code":              {`{"data":{"total":1,"rank_list":[{"code":"sh600000"}]}}`, 0, `code ""`},
		"empty":                {`{"code":0,"data":{"total":0,"rank_list":[]}}`, 0, "is empty"},
		"no data":              {`{"code":0,"data":null}`, 0, "is empty"},
		"no rows":              {`{"code":0,"data":{"total":500,"rank_list":[]}}`, 0, "is empty"},
		"too many":             {`{"code":0,"data":{"total":1000000000,"rank_list":[{"code":"sh600000"}]}}`, 0, "not believed"},
		"hardly any rows":      {`{"code":0,"data":{"total":500,"rank_list":[{"code":"sh600000"}]}}`, 0, "1 on its first page"},
		"more rows than all":   {`{"code":0,"data":{"total":1,"rank_list":[{"code":"sh600000"},{"code":"sh600001"}]}}`, 0, "2 on its first page"},
		"a strange code":       {`{"code":0,"data":{"total":1,"rank_list":[{"code":"hk00700"}]}}`, 0, `"hk00700"`},
		"a bare code":          {`{"code":0,"data":{"total":1,"rank_list":[{"code":"600000"}]}}`, 0, `"600000"`},
		"a later page fails":   {`+`, 400, "from row 400"},
		"a later page is huge": {`+{"code":0,"data":{"total":1000000000,"rank_list":[]}}`, 450, "450 of 20001"},
	} {
		l, p := newRankList(t, 450, nil)
		l.answer = func(offset int) string {
			page, later := strings.CutPrefix(c.page, "+")
			switch {
			case later && offset == 400 && page == "":
				return "?"
			case later && offset == 400, !later && offset == 0:
				return page
			}
			return ""
		}
		list, err := p.Symbols(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.problem) || len(list) != c.symbols {
			t.Errorf("%s: %d symbols, the error is %v, want %q", name, len(list), err, c.problem)
		}
		if l.pages > 400 {
			t.Errorf("%s: %d pages", name, l.pages)
		}
	}
}
