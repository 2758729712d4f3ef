package tencent_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"barkeep/etl"
	"barkeep/sources/quotes"
	"barkeep/sources/tencent"
)

var _ quotes.Provider = (*tencent.Provider)(nil)

// vendor is a server that knows some symbols. Its hook, if there is one, may
// answer the n-th request itself, counted from 1.
type vendor struct {
	t     *testing.T
	known map[string]bool
	hook  func(n int, asked []string, w http.ResponseWriter) bool

	mu       sync.Mutex
	requests []string // paths as they came
}

// newVendor starts a vendor and a provider that asks it.
func newVendor(t *testing.T, known []etl.Symbol, batch int, hook func(int, []string, http.ResponseWriter) bool) (*vendor, *tencent.Provider) {
	v := &vendor{t: t, known: map[string]bool{}, hook: hook}
	for _, s := range known {
		v.known[s.String()] = true
	}
	c := tencent.DefaultConfig()
	c.BaseURL, c.Batch = serve(t, v)+"/", batch
	return v, tencent.New(c)
}

// serve starts a server for the duration of the test.
func serve(t *testing.T, h http.Handler) (address string) {
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.CloseClientConnections() // Close would wait for those that were never used
		server.Close()
	})
	return server.URL
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.requests = append(v.requests, r.RequestURI)
	n := len(v.requests)
	v.mu.Unlock()
	text, ok := strings.CutPrefix(r.RequestURI, "/q=")
	if !ok || strings.Contains(text, "%") {
		http.Error(w, "no such page", http.StatusNotFound)
		return
	}
	asked := strings.Split(text, ",")
	w.Header().Set("Content-Type", "text/html; charset=GBK")
	if v.hook == nil || !v.hook(n, asked, w) {
		w.Write(v.answer(asked))
	}
}

// answer leaves out what it does not know.
func (v *vendor) answer(asked []string) []byte {
	var body bytes.Buffer
	for _, text := range asked {
		if v.known[text] {
			body.Write(gbk(v.t, row(symbol(v.t, text), nil, 0)))
		}
	}
	if body.Len() == 0 {
		return []byte(`v_pv_none_match="1";` + "\n")
	}
	return body.Bytes()
}

func (v *vendor) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.requests)
}

// codes are n symbols from a code on.
func codes(from, n int) []etl.Symbol {
	list := make([]etl.Symbol, n)
	for i := range list {
		list[i] = etl.MakeSymbol(etl.Shenzhen, from+i)
	}
	return list
}

// symbolsOf returns the symbols of quotes, ascending.
func symbolsOf(quotes []etl.Quote) []etl.Symbol {
	var list []etl.Symbol
	for _, q := range quotes {
		list = append(list, q.Symbol)
	}
	slices.Sort(list)
	return list
}

// rankList is a server of the market's list, two hundred per page. Before each
// page, prices move.
type rankList struct {
	mu     sync.Mutex
	codes  []string
	move   func(request int, codes []string)
	pages  int
	total  int // what it says; 0 = the truth
	answer func(offset int) string
}

func (l *rankList) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	query := r.URL.Query()
	if r.URL.Path != "/cgi/cgi-bin/rank/hs/getBoardRankList" || query.Get("board_code") != "aStock" {
		http.NotFound(w, r)
		return
	}
	offset, err := strconv.Atoi(query.Get("offset"))
	count, err2 := strconv.Atoi(query.Get("count"))
	if err != nil || err2 != nil {
		http.Error(w, "offset and count", http.StatusBadRequest)
		return
	}
	l.pages++
	if l.move != nil {
		l.move(l.pages, l.codes)
	}
	if l.answer != nil {
		if text := l.answer(offset); text != "" {
			fmt.Fprint(w, text)
			return
		}
	}
	total := len(l.codes)
	if l.total > 0 {
		total = l.total
	}
	var rows []string
	for _, code := range l.codes[min(offset, len(l.codes)):min(offset+min(count, 200), len(l.codes))] {
		rows = append(rows, fmt.Sprintf(`{"code":%q,"name":"样例","zxj":"10.12","zd":"0.12","turnover":"1251"}`, code))
	}
	fmt.Fprintf(w, `{"code":0,"msg":"ok","data":{"total":%d,"rank_list":[%s]}}`, total, strings.Join(rows, ","))
}

// newRankList starts a server that lists n securities.
func newRankList(t *testing.T, n int, move func(int, []string)) (*rankList, *tencent.Provider) {
	l := &rankList{move: move}
	for i := range n {
		l.codes = append(l.codes, fmt.Sprintf("sh%06d", 600_000+i))
	}
	c := tencent.DefaultConfig()
	c.BaseURL = serve(t, l)
	return l, tencent.New(c)
}
