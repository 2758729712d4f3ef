package sina_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources/quotes"
	"barkeep/sources/sina"
)

var _ quotes.Provider = (*sina.Provider)(nil)

// vendor is a local Sina. Every symbol of it trades but those named.
type vendor struct {
	t *testing.T

	// list answers a request for symbols instead of the vendor, if it returns
	// true.
	list func(w http.ResponseWriter, r *http.Request, symbols []string) bool
	// pages of the market list, and the count.
	pages []string
	count string

	mu       sync.Mutex
	requests []string // as they arrived, without the host
}

// start returns a provider that asks the vendor.
func (v *vendor) start(change func(*sina.Config)) *sina.Provider {
	server := httptest.NewServer(v)
	v.t.Cleanup(server.Close)
	c := sina.DefaultConfig()
	c.BaseURL, c.Timeout = server.URL, 5*time.Second
	if change != nil {
		change(&c)
	}
	if err := c.Validate(); err != nil {
		v.t.Fatal(err)
	}
	return sina.New(c)
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.requests = append(v.requests, r.RequestURI)
	v.mu.Unlock()
	text, ok := strings.CutPrefix(r.RequestURI, "/list=")
	if !ok {
		v.servePages(w, r)
		return
	}
	symbols := strings.Split(text, ",")
	if v.list != nil && v.list(w, r, symbols) {
		return
	}
	if r.Header.Get("Referer") != "https://finance.sina.com.cn/" {
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	}
	v.serve(w, symbols)
}

// serve writes a statement for every symbol.
func (v *vendor) serve(w http.ResponseWriter, symbols []string) {
	var body strings.Builder
	for _, symbol := range symbols {
		row := live()
		row.name = "样例" + symbol[2:]
		body.WriteString("var hq_str_" + symbol + `="` + row.text() + "\";\n")
	}
	w.Header().Set("Content-Type", "application/javascript; charset=GB18030")
	w.Write(wire(v.t, body.String()))
}

func (v *vendor) servePages(w http.ResponseWriter, r *http.Request) {
	switch _, method, _ := strings.Cut(r.URL.Path, "Market_Center."); method {
	case "getHQNodeStockCount":
		fmt.Fprint(w, v.count)
	case "getHQNodeData":
		var number int
		if _, err := fmt.Sscan(r.FormValue("page"), &number); err != nil || r.FormValue("node") != "hs_a" || r.FormValue("num") != "80" ||
			r.FormValue("sort") != "symbol" || r.FormValue("asc") != "1" {
			http.Error(w, "bad request "+r.RequestURI, http.StatusBadRequest)
			return
		}
		if number > len(v.pages) {
			fmt.Fprint(w, "[]")
			return
		}
		text := v.pages[number-1]
		if strings.HasPrefix(text, "HTTP ") {
			var status int
			fmt.Sscan(text[5:], &status)
			w.WriteHeader(status)
			return
		}
		w.Write(wire(v.t, text))
	default:
		http.NotFound(w, r)
	}
}

// sent returns the requests so far.
func (v *vendor) sent() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.requests
}

// check compares what a call answered with the indices of the shares served.
func check(t *testing.T, answer etl.QuoteAnswer, symbols []etl.Symbol, lost ...int) {
	t.Helper()
	served := map[etl.Symbol]bool{}
	for _, q := range answer.Quotes {
		if served[q.Symbol] || q.Name != "样例"+q.Symbol.String()[2:] || q.Last != 10.12 || q.Fetched.IsZero() || q.Phase != 0 {
			t.Errorf("%+v", q)
		}
		served[q.Symbol] = true
	}
	for i, s := range symbols {
		want := true
		for _, l := range lost {
			want = want && i != l
		}
		if served[s] != want {
			t.Errorf("%s served: %v, want %v", s, served[s], want)
		}
	}
	if len(answer.Unknown)+len(answer.Refused) > 0 {
		t.Errorf("unknown %v, refused %v", answer.Unknown, answer.Refused)
	}
}
