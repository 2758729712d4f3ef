package eastmoney_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules/recorded"
	"barkeep/sources/eastmoney"
)

func snippet(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recorded.Dir(t), "quotes", "snippets", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRecordedPage(t *testing.T) {
	text := snippet(t, "em_clist_2024-08-08.jsonp")
	asked := []etl.Symbol{symbol("sh600107"), symbol("sh600768"), symbol("sh600811"), symbol("sh600266")}
	at := time.Date(2024, 8, 8, 9, 56, 0, 0, time.UTC)

	// The recorded request did not ask for the time, so the rows as they are
	// must not be served; with a time, every one is good.
	a, err := eastmoney.Take([]byte(text), at, asked...)
	if err != nil || len(a.Refused) != 4 {
		t.Fatalf("%+v, %v", a, err)
	}
	for _, r := range a.Refused {
		if !strings.Contains(r.Reason, "f124 is missing") {
			t.Error(r)
		}
	}
	a, err = eastmoney.Take([]byte(strings.ReplaceAll(text, `"f152":`, `"f124":1723110897,"f152":`)), at, asked...)
	if err != nil || len(a.Quotes) != 4 {
		t.Fatalf("%+v, %v", a, err)
	}
	type numbers struct {
		last, open, high, low, preclose float64
		volume                          int64
		amount, turn, pe, pb, cap       float64
	}
	want := []numbers{
		{3.69, 3.5, 3.69, 3.48, 3.35, 8958500, 32711449, 2.49, -19.47, 2.43, 1328400000},
		{7.48, 7.48, 7.48, 7.48, 6.8, 1955500, 14626856, 1.46, 73.92, 2.46, 1000429056},
		{1.47, 1.35, 1.47, 1.32, 1.34, 528703700, 753324653, 14.45, -3.63, 0.32, 5378355054},
		{4.37, 4.04, 4.44, 4.01, 4.04, 126846200, 543384533, 5.89, 56.65, 0.48, 9416013632},
	}
	for i, q := range a.Quotes {
		got := numbers{q.Last, q.Open, q.High, q.Low, q.Preclose, q.Volume, q.Amount, q.Turn, q.PeTTM, q.PB, q.MarketCap}
		if q.Symbol != asked[i] || got != want[i] || q.FloatCap != q.MarketCap || q.Status != etl.Trading {
			t.Errorf("%v: %+v, want %+v", q.Symbol, got, want[i])
		}
	}
	if a.Quotes[1].Name != "宁波富邦" {
		t.Error(a.Quotes[1].Name)
	}
}

func TestRecordedPageWithAShell(t *testing.T) {
	text := snippet(t, "em_clist_2026-07-08.json")
	asked := []etl.Symbol{symbol("sz000001"), symbol("sz000002"), symbol("sz000003")}
	a, err := eastmoney.Take([]byte(text), time.Date(2026, 7, 8, 1, 0, 0, 0, time.UTC), asked...)
	if err != nil || len(a.Quotes) != 3 {
		t.Fatalf("%+v, %v", a, err)
	}
	if q := a.Quotes[0]; q.Last != 10.47 || q.Open != 10.46 || q.High != 10.51 || q.Low != 10.35 || q.Preclose != 10.5 ||
		q.Volume != 80522100 || q.Amount != 840465778.05 || q.Turn != 0.41 || !q.Time.Equal(time.Unix(1783409697, 0)) {
		t.Errorf("%+v", q)
	}
	if q := a.Quotes[1]; q.Name != "万  科Ａ" || q.Last != 2.99 || q.Volume != 110730700 {
		t.Errorf("%+v", q)
	}
	if q := a.Quotes[2]; q.Status != etl.Delisted || !math.IsNaN(q.Last) || !math.IsNaN(q.Open) || q.Preclose != 2.71 || q.Volume != 0 || q.Amount != 0 ||
		!q.Time.Equal(time.Unix(1783382400, 0)) {
		t.Errorf("%+v", q)
	}
}

func TestRecordedUnknownSecurity(t *testing.T) {
	text := snippet(t, "em_unknown_secid.json")
	a, err := eastmoney.Take([]byte(text), fetched, symbol("sh600000"))
	if err != nil || len(a.Quotes)+len(a.Refused) != 0 {
		t.Errorf("%+v, %v", a, err)
	}
}
