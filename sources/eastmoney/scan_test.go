package eastmoney_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/sources/eastmoney"
)

// small makes batches so small that pages of 100 are fewer requests once the
// market is known to have few.
func small(c *eastmoney.Config) { c.Batch = 5 }

func TestManySymbolsComeFromPages(t *testing.T) {
	rows, known := shares(450)
	rows = append(rows, security(1, "000300", 4000), security(1, "510050", 5))
	others := []etl.Symbol{symbol("sh000300"), symbol("sh510050")}
	f := &fake{rows: rows}
	p := start(t, f, small)
	asked := append(slices.Clone(known), others...)
	a, err := p.Quotes(t.Context(), asked)
	if n, _, _ := settled(t, a, asked); err != nil || n != 452 {
		t.Fatalf("%d quotes, %v", n, err)
	}
	if pages, batches := f.counts(); pages != 5 || batches != 1 || a.Requests != 6 {
		t.Errorf("%d pages and %d batches, %d requests counted", pages, batches, a.Requests)
	}
	if q := f.asked[0]; q.Get("pz") != "200" || q.Get("fid") != "f12" || q.Get("np") != "1" ||
		q.Get("fs") != "m:0 t:6,m:0 t:80,m:1 t:2,m:1 t:23,m:0 t:81 s:2048" {
		t.Errorf("asked %v", q)
	}
}

func TestThePageCapIsFoundOut(t *testing.T) {
	rows, known := shares(450)
	for limit, pages := range map[int]int{200: 3, 100: 5, 33: 14} {
		f := &fake{rows: rows, pageCap: limit}
		a, err := start(t, f, small).Quotes(t.Context(), known)
		if n, _, _ := settled(t, a, known); err != nil || n != 450 {
			t.Errorf("cap %d: %d quotes, %v", limit, n, err)
		}
		if got, batches := f.counts(); got > pages || batches > 10 {
			t.Errorf("cap %d: %d pages and %d batches", limit, got, batches)
		}
	}
}

func TestBatchesThatAreFewerAreTaken(t *testing.T) {
	rows, known := shares(450)
	f := &fake{rows: rows, pageCap: 3} // 150 pages, against 90 batches
	p := start(t, f, small)
	a, err := p.Quotes(t.Context(), known)
	if n, _, _ := settled(t, a, known); err != nil || n != 450 {
		t.Fatalf("%d quotes, %v", n, err)
	}
	if pages, _ := f.counts(); pages != 1 {
		t.Errorf("%d pages were read before it was clear that they are too many", pages)
	}
}

func TestRowsThatMoveBetweenPages(t *testing.T) {
	rows, known := shares(450)
	f := &fake{rows: rows}
	f.fault = func(n int, w http.ResponseWriter, r *http.Request) bool {
		if q := r.URL.Query(); q.Get("pn") == "3" { // begins five rows late, ends with some of page 4
			shifted := slices.Clone(f.rows)
			slices.SortFunc(shifted, func(a, b map[string]any) int { return -strings.Compare(a["f12"].(string), b["f12"].(string)) })
			answer(w, 0, 450, shifted[205:305])
			return true
		}
		return false
	}
	a, err := start(t, f, small).Quotes(t.Context(), known)
	if n, _, _ := settled(t, a, known); err != nil || n != 450 {
		t.Errorf("%d quotes, %v", n, err)
	}
	if pages, batches := f.counts(); pages != 5 || batches != 1 {
		t.Errorf("%d pages and %d batches", pages, batches)
	}
}

func TestPagesThatFail(t *testing.T) {
	rows, known := shares(450)
	for name, fault := range map[string]func(w http.ResponseWriter){
		"half a page":  func(w http.ResponseWriter) { answer(w, 0, 450, rows[:10]) },
		"cut short":    func(w http.ResponseWriter) { fmt.Fprint(w, `{"rc":0,"data":{"total":450,"diff":[`) },
		"server error": func(w http.ResponseWriter) { w.WriteHeader(500) },
		"past the end": func(w http.ResponseWriter) { fmt.Fprint(w, `{"rc":0,"data":null}`) },
		"empty":        func(w http.ResponseWriter) { answer(w, 0, 450, nil) },
		"none":         func(w http.ResponseWriter) { fmt.Fprint(w, `{"rc":102,"data":null}`) },
	} {
		f := &fake{rows: rows}
		f.fault = func(n int, w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Query().Get("pn") == "2" {
				fault(w)
				return true
			}
			return false
		}
		a, err := start(t, f, small, func(c *eastmoney.Config) { c.Budget = 500 }).Quotes(t.Context(), known)
		n, unknown, _ := settled(t, a, known)
		if n != 450 || unknown != 0 {
			t.Errorf("%s: %d quotes, %d unknown, %v", name, n, unknown, err)
		}
		if fails := name == "cut short" || name == "server error"; (err != nil) != fails {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFirstPageThatMakesNoSense(t *testing.T) {
	rows, known := shares(450)
	for name, fault := range map[string]func(w http.ResponseWriter){
		"empty":    func(w http.ResponseWriter) { answer(w, 0, 450, nil) },
		"no data":  func(w http.ResponseWriter) { fmt.Fprint(w, `{"rc":0,"data":null}`) },
		"endless":  func(w http.ResponseWriter) { answer(w, 0, 1e9, rows[:1]) },
		"no total": func(w http.ResponseWriter) { fmt.Fprint(w, `{"rc":0,"data":{"diff":[{"f12":"600000"}]}}`) },
	} {
		f := &fake{rows: rows}
		f.fault = func(n int, w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Query().Get("pn") != "" {
				fault(w)
				return true
			}
			return false
		}
		p := start(t, f, small, func(c *eastmoney.Config) { c.Budget = 500 })
		a, err := p.Quotes(t.Context(), known)
		if n, _, _ := settled(t, a, known); err == nil || n != 450 {
			t.Errorf("%s: %d quotes, %v", name, n, err)
		}
		if pages, _ := f.counts(); pages != 1 {
			t.Errorf("%s: %d pages", name, pages)
		}
		if list, err := p.Symbols(t.Context()); err == nil || list != nil {
			t.Errorf("%s: %d symbols, %v", name, len(list), err)
		}
	}
}

func TestABanEndsAScan(t *testing.T) {
	rows, known := shares(450)
	f := &fake{rows: rows}
	f.fault = func(n int, w http.ResponseWriter, r *http.Request) bool { return n >= 3 } // zero bytes
	a, err := start(t, f, small).Quotes(t.Context(), known)
	if _, ok := errors.AsType[*eastmoney.BannedError](err); !ok || len(a.Quotes) != 200 || len(f.asked) != 3 {
		t.Errorf("%d quotes, %d requests, %v", len(a.Quotes), len(f.asked), err)
	}
}

func TestTheEndOfTheContextEndsACall(t *testing.T) {
	rows, known := shares(450)
	gone := errors.New("the caller has gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	f := &fake{rows: rows}
	f.fault = func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n == 3 {
			cancel(gone)
			<-r.Context().Done()
		}
		return n >= 3
	}
	a, err := start(t, f, small).Quotes(ctx, known)
	if !errors.Is(err, gone) || strings.Count(err.Error(), gone.Error()) != 1 || len(a.Quotes) != 200 || len(f.asked) != 3 {
		t.Errorf("%d quotes, %d requests, %v", len(a.Quotes), len(f.asked), err)
	}
}

func TestSymbols(t *testing.T) {
	rows, known := shares(250)
	shell := dashed(security(0, "000099", 1))
	shell["f14"], shell["f297"] = "PT样例A", 20020613
	old := dashed(security(1, "600998", 2))
	old["f297"] = 20101109
	suspended := dashed(security(1, "600999", 3))
	f := &fake{rows: append(rows, shell, old, suspended)}
	p := start(t, f)
	list, err := p.Symbols(t.Context())
	want := append(slices.Clone(known), symbol("sh600999"))
	slices.Sort(want)
	if err != nil || !slices.Equal(list, want) {
		t.Errorf("%d symbols instead of %d, %v", len(list), len(want), err)
	}
	f.reset()
	f.fault = func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n == 2 {
			answer(w, 0, 253, rows[:10])
		}
		return n == 2
	}
	if list, err := p.Symbols(t.Context()); err == nil || list != nil || !strings.Contains(err.Error(), "253 securities are announced") {
		t.Errorf("half a page: %d symbols, %v", len(list), err)
	}
}
