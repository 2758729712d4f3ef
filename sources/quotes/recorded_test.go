package quotes_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"barkeep/etl"
	"barkeep/schedules/recorded"
	"barkeep/sources/quotes"
	"barkeep/sources/sina"
	"barkeep/sources/tencent"
)

// replayed asks a provider for exactly what a recorded answer holds.
func replayed(t *testing.T, file, contentType, symbol string, provider func(url string) quotes.Provider) map[etl.Symbol]etl.Quote {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(recorded.Dir(t), "quotes", "raw", file))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Write(body)
	}))
	defer server.Close()
	var symbols []etl.Symbol
	for _, found := range regexp.MustCompile(symbol).FindAllSubmatch(body, -1) {
		s, err := etl.ParseSymbol(string(found[1]))
		if err != nil {
			t.Fatal(err)
		}
		symbols = append(symbols, s)
	}
	answer, err := provider(server.URL).Quotes(t.Context(), symbols)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range answer.Refused {
		t.Errorf("refused: %v", &r)
	}
	list := map[etl.Symbol]etl.Quote{}
	for _, q := range answer.Quotes {
		list[q.Symbol] = q
	}
	return list
}

// TestRecordingsAgree compares the answers of two providers in one lunch break,
// when nothing moved: they must say the same of every security both know.
// Source: specification of the quote sources, 4.5 and 12.
func TestRecordingsAgree(t *testing.T) {
	a := replayed(t, "SinaRTData.dat", "application/javascript; charset=GB18030", `hq_str_(s[hz]\d{6})=`, func(url string) quotes.Provider {
		c := sina.DefaultConfig()
		c.BaseURL = url
		return sina.New(c)
	})
	b := replayed(t, "TengxunRTData.dat", "text/html; charset=GBK", `v_(s[hz]\d{6})=`, func(url string) quotes.Provider {
		c := tencent.DefaultConfig()
		c.BaseURL = url
		return tencent.New(c)
	})
	common, live := 0, 0
	for s, q := range a {
		o, ok := b[s]
		if !ok {
			continue
		}
		common++
		if q.Name != o.Name || q.Status != o.Status {
			t.Errorf("%s: %q %s against %q %s", s, q.Name, q.Status, o.Name, o.Status)
		}
		if q.Status != etl.Trading {
			continue
		}
		live++
		agree(t, &q, &o)
	}
	if common != 824 || live != 810 {
		t.Errorf("%d securities in both answers, %d of them live; want 824 and 810", common, live)
	}
}

func agree(t *testing.T, q, o *etl.Quote) {
	t.Helper()
	same := func(a, b float64) bool { return a == b || a != a && b != b }
	near := func(a, b int64) bool { return a-b <= 50 && b-a <= 50 }
	if !same(q.Last, o.Last) || !same(q.Open, o.Open) || !same(q.High, o.High) || !same(q.Low, o.Low) || !same(q.Preclose, o.Preclose) {
		t.Errorf("%s: prices differ: %+v, %+v", q.Symbol, q, o)
	}
	for i := range q.Bids {
		for _, pair := range [][2]etl.Level{{q.Bids[i], o.Bids[i]}, {q.Asks[i], o.Asks[i]}} {
			if !same(pair[0].Price, pair[1].Price) || !near(pair[0].Quantity, pair[1].Quantity) {
				t.Errorf("%s: level %d is %+v and %+v", q.Symbol, i+1, pair[0], pair[1])
			}
		}
	}
	if !near(q.Volume, o.Volume) || math.Abs(q.Amount-o.Amount) > 0.5 {
		t.Errorf("%s: volume %d and %d, amount %v and %v", q.Symbol, q.Volume, o.Volume, q.Amount, o.Amount)
	}
}
