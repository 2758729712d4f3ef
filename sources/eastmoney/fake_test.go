package eastmoney_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources/eastmoney"
)

// The afternoon of a trading day on which every made-up row was last seen.
var afternoon = time.Date(2026, 7, 22, 6, 30, 0, 0, time.UTC)

// fake is an Eastmoney of its own: made-up securities, caps of any size, and
// faults by the number of the request.
type fake struct {
	rows     []map[string]any
	pageCap  int // rows of a page, whatever is asked
	batchCap int // rows of a batch

	mu    sync.Mutex
	asked []url.Values // clist requests have a pn
	paths []string
	// fault answers the n-th request, from 1, and reports whether it did.
	fault func(n int, w http.ResponseWriter, r *http.Request) bool
}

// security makes up a row whose numbers fit each other. n makes them differ.
func security(market int, code string, n int) map[string]any {
	price := func(cents int) json.Number { return json.Number(fmt.Sprintf("%d.%02d", cents/100, cents%100)) }
	preclose, last := 1000+n, 1010+n
	lots := 10_000 + n
	return map[string]any{
		"f1": 2, "f2": price(last), "f3": math.Round(1e4*10/float64(preclose)) / 100, "f4": price(10),
		"f5": lots, "f6": float64(lots*100) * float64(last) / 100, "f8": 0.62, "f12": code, "f13": market,
		"f14": "样例" + code, "f15": price(last + 5), "f16": price(preclose - 5), "f17": price(preclose + 1), "f18": price(preclose),
		"f20": 2530000000, "f21": 2024000000, "f23": 2.02, "f26": 20100104, "f115": 20.24,
		"f124": afternoon.Unix(), "f152": 2, "f297": 20260722,
	}
}

// dashed makes a row of a security that does not trade.
func dashed(row map[string]any) map[string]any {
	for _, f := range []string{"f2", "f3", "f4", "f5", "f6", "f15", "f16", "f17"} {
		row[f] = "-"
	}
	row["f8"] = 0.0
	return row
}

// shares makes up n shares of the three exchanges, in the order of their codes,
// which is not that of their symbols.
func shares(n int) (rows []map[string]any, symbols []etl.Symbol) {
	for i := range n {
		market, code := 0, ""
		switch i % 4 {
		case 0:
			code = fmt.Sprintf("%06d", 1000+i)
		case 1:
			code = fmt.Sprintf("%06d", 300000+i)
		case 2:
			market, code = 1, fmt.Sprintf("%06d", 600000+i)
		case 3:
			code = fmt.Sprintf("%06d", 920000+i)
		}
		rows = append(rows, security(market, code, i))
		symbols = append(symbols, symbol([]string{"sz", "sz", "sh", "bj"}[i%4]+code))
	}
	return rows, symbols
}

func symbol(text string) etl.Symbol {
	s, err := etl.ParseSymbol(text)
	if err != nil {
		panic(err)
	}
	return s
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f.mu.Lock()
	f.asked, f.paths = append(f.asked, q), append(f.paths, r.URL.Path)
	n := len(f.asked)
	f.mu.Unlock()
	if f.fault != nil && f.fault(n, w, r) {
		return
	}
	switch r.URL.Path {
	case "/api/qt/clist/get":
		f.page(w, q)
	case "/api/qt/ulist.np/get":
		f.batch(w, q)
	default:
		http.NotFound(w, r)
	}
}

func (f *fake) page(w io.Writer, q url.Values) {
	number, _ := strconv.Atoi(q.Get("pn"))
	size, _ := strconv.Atoi(q.Get("pz"))
	size = min(size, f.pageCap)
	sorted := slices.Clone(f.rows)
	slices.SortFunc(sorted, func(a, b map[string]any) int { return -strings.Compare(a["f12"].(string), b["f12"].(string)) })
	from := min((number-1)*size, len(sorted))
	answer(w, 0, len(f.rows), sorted[from:min(from+size, len(sorted))])
}

func (f *fake) batch(w io.Writer, q url.Values) {
	var found []map[string]any
	for id := range strings.SplitSeq(q.Get("secids"), ",") {
		i := slices.IndexFunc(f.rows, func(row map[string]any) bool {
			return fmt.Sprintf("%v.%v", row["f13"], row["f12"]) == id
		})
		if i >= 0 && len(found) < f.batchCap {
			found = append(found, f.rows[i])
		}
	}
	slices.Reverse(found) // the order of an answer means nothing
	if len(found) == 0 {
		io.WriteString(w, `{"rc":102,"rt":1,"svr":1,"lt":1,"full":1,"dlmkts":"8,10,128","dsc":"0","data":null}`)
		return
	}
	answer(w, 0, len(found), found)
}

func answer(w io.Writer, rc, total int, rows []map[string]any) {
	if rows == nil {
		rows = []map[string]any{}
	}
	json.NewEncoder(w).Encode(map[string]any{"rc": rc, "rt": 6, "svr": 1, "lt": 1, "full": 1, "dlmkts": "", "dsc": "",
		"data": map[string]any{"total": total, "diff": rows}})
}

// counts returns how many pages and batches were asked for.
func (f *fake) counts() (pages, batches int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, path := range f.paths {
		if strings.Contains(path, "clist") {
			pages++
		} else {
			batches++
		}
	}
	return pages, batches
}

func (f *fake) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked, f.paths = nil, nil
}

// start serves f and returns a provider that asks it without pauses.
func start(t *testing.T, f *fake, change ...func(*eastmoney.Config)) *eastmoney.Provider {
	t.Helper()
	if f.pageCap == 0 {
		f.pageCap = 100
	}
	if f.batchCap == 0 {
		f.batchCap = 1000
	}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	c := eastmoney.DefaultConfig()
	c.BaseURL, c.Pause = server.URL+"/", 0
	for _, change := range change {
		change(&c)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return eastmoney.New(c)
}

// settled checks that every symbol is in exactly one list of an answer, and
// returns how long the lists are.
func settled(t *testing.T, a etl.QuoteAnswer, asked []etl.Symbol) (quotes, unknown, refused int) {
	t.Helper()
	seen := map[etl.Symbol]int{}
	for _, q := range a.Quotes {
		seen[q.Symbol]++
	}
	for _, s := range a.Unknown {
		seen[s]++
	}
	for _, r := range a.Refused {
		seen[r.Symbol]++
	}
	for s, n := range seen {
		if n > 1 || !slices.Contains(asked, s) {
			t.Errorf("%v is in the answer %d times; asked for: %v", s, n, slices.Contains(asked, s))
		}
	}
	return len(a.Quotes), len(a.Unknown), len(a.Refused)
}
