package eastmoney_test

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"barkeep/etl"
	"barkeep/sources/eastmoney"
)

// FuzzAnswer feeds the decoder what a vendor might send. Whatever it is, only
// symbols that were asked for come out, each once, and only rows that can be
// true are served.
func FuzzAnswer(f *testing.F) {
	f.Add(body(security(1, "600000", 0), security(0, "000001", 1)))
	f.Add([]byte("cb(" + strings.TrimSpace(string(body(security(1, "600000", 0)))) + ");"))
	f.Add(body(dashed(security(1, "600000", 0)), security(0, "920001", 3)))
	f.Add(body(with(security(1, "600000", 0), "f2", 1010, "f3", 100, "f4", 10, "f8", 62, "f15", 1015, "f16", 995, "f17", 1001, "f18", 1000, "f23", 202, "f115", 2024)))
	f.Add([]byte(`{"rc":102,"data":null}`))
	f.Add([]byte(`{"rc":0,"data":{"total":"2","diff":{"1":{"f12":"600000","f13":"1","f2":"1e1"},"0":{"f12":1,"f13":0,"f14":"\ud800"}}}}`))
	asked := []etl.Symbol{symbol("sh600000"), symbol("sz000001"), symbol("sh000001"), symbol("bj920001")}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := eastmoney.Take(body, fetched, asked...)
		if err != nil {
			if len(a.Quotes)+len(a.Refused) > 0 {
				t.Errorf("%v, and an answer", err)
			}
			return
		}
		seen := map[etl.Symbol]bool{}
		for _, s := range asked {
			seen[s] = false
		}
		once := func(s etl.Symbol) {
			if already, ok := seen[s]; already || !ok {
				t.Errorf("%v was not asked for, or came twice", s)
			}
			seen[s] = true
		}
		for i := range a.Quotes {
			q := &a.Quotes[i]
			once(q.Symbol)
			if !utf8.ValidString(q.Name) || q.Volume < 0 || !(q.Amount >= 0) || !math.IsNaN(q.Bids[0].Price) {
				t.Errorf("%+v", q)
			}
			if !math.IsNaN(q.Last) && (q.Last <= 0 || q.Time.IsZero()) {
				t.Errorf("%+v", q)
			}
			if c := q.Time.Unix() % 86400; (c < 6*3600 || c > 7*3600) && q.Problem() != "" {
				t.Errorf("served in spite of %s", q.Problem())
			}
		}
		for _, r := range a.Refused {
			once(r.Symbol)
			if r.Reason == "" || !utf8.ValidString(r.Raw) {
				t.Errorf("%+v", r)
			}
		}
	})
}
