package simulator

import (
	"iter"
	"math"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// still is a tape that shows the same few instants at any time.
type still []market.Instant

func (s still) Symbols(time.Time) []etl.Symbol {
	var out []etl.Symbol
	for i := range s {
		out = append(out, s[i].Symbol)
	}
	return out
}

func (s still) At(symbol etl.Symbol, _ time.Time) (market.Instant, bool) {
	i := slices.IndexFunc(s, func(i market.Instant) bool { return i.Symbol == symbol })
	if i < 0 {
		return market.Instant{}, false
	}
	return s[i], true
}

func (s still) All(time.Time) iter.Seq[*market.Instant] {
	return func(yield func(*market.Instant) bool) {
		for _, i := range s {
			if !yield(&i) {
				return
			}
		}
	}
}

// wednesday is the day of the specification's example.
var wednesday = schedules.MakeDay(2026, time.July, 22)

// blankInstant knows nothing but the symbol.
func blankInstant(symbol, name string) market.Instant {
	s, err := etl.ParseSymbol(symbol)
	if err != nil {
		panic(err)
	}
	nan := math.NaN()
	i := market.Instant{Quote: etl.NoQuote(s), Kind: market.Stock, Board: "main", Day: wednesday, Listed: wednesday - 3000,
		PeStatic: nan, PeDynamic: nan, YearHigh: nan, YearLow: nan, VolumeRatio: nan}
	i.Name = name
	return i
}

// example is the share of the specification of the quote sources, 14.
func example() market.Instant {
	i := blankInstant("sz003999", "样例股份")
	i.Time = wednesday.At(15, 0)
	i.Open, i.Preclose, i.Last, i.High, i.Low = 10.05, 10.00, 10.12, 10.30, 9.98
	i.Volume, i.Amount, i.AmountExact, i.Outer, i.Inner = 1234550, 12505992.5, 125059925000, 650000, 584550
	i.Bids = [5]etl.Level{{Price: 10.12, Quantity: 1250}, {Price: 10.11, Quantity: 3400}, {Price: 10.10, Quantity: 20050}, {Price: 10.09, Quantity: 800}, {Price: 10.08, Quantity: 5000}}
	i.Asks = [5]etl.Level{{Price: 10.13, Quantity: 900}, {Price: 10.14, Quantity: 1100}, {Price: 10.15, Quantity: 45600}, {Price: 10.16, Quantity: 300}, {Price: 10.18, Quantity: 7700}}
	i.LimitUp, i.LimitDown = 11, 9
	i.AfterHoursVolume, i.AfterHoursAmount, i.AfterHoursExact = 500, 5060, 50600000
	i.FloatShares, i.TotalShares = 200_000_000, 250_000_000
	i.PeTTM, i.PB, i.PeDynamic, i.PeStatic, i.VolumeRatio = 20.24, 2.02, 19.5, 21.3, 1.10
	return i
}

func suspended() market.Instant {
	i := blankInstant("sz003998", "样例停牌")
	i.Status, i.Preclose, i.LimitUp, i.LimitDown, i.Time = etl.Suspended, 9.55, 10.51, 8.60, wednesday.At(9, 0)
	i.FloatShares, i.TotalShares = 1_000_000, 2_000_000
	return i
}

// ask asks a Web of a still tape without a network and decodes GB18030.
func ask(t *testing.T, at time.Time, target string, tape ...market.Instant) string {
	t.Helper()
	c := DefaultWebConfig()
	c.Now = func() time.Time { return at }
	w, err := newWeb(c, still(tape))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", target, nil)
	r.Header.Set("Referer", "http://vip.stock.finance.sina.com.cn/mkt/")
	out := httptest.NewRecorder()
	w.ServeHTTP(out, r)
	text := out.Body.String()
	if strings.Contains(out.Header().Get("Content-Type"), "GB") {
		if text, err = simplifiedchinese.GB18030.NewDecoder().String(text); err != nil {
			t.Fatal(err)
		}
	}
	return text
}

// TestSinaGolden renders the example rows of the specification, byte for byte.
func TestSinaGolden(t *testing.T) {
	got := ask(t, wednesday.At(15, 35), "/list=sz003999", example())
	want := `var hq_str_sz003999="样例股份,10.050,10.000,10.120,10.300,9.980,10.120,10.130,1234550,12505992.500,1250,10.120,3400,10.110,20050,10.100,800,10.090,5000,10.080,900,10.130,1100,10.140,45600,10.150,300,10.160,7700,10.180,2026-07-22,15:35:00,00,D|500|5060.000";` + "\n"
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	got = ask(t, wednesday.At(11, 57), "/list=sz003998,sz003997", suspended())
	want = `var hq_str_sz003998="样例停牌,0.000,9.550,0.000,0.000,0.000,0.000,0.000,0,0.000,0,0.000,0,0.000,0,0.000,0,0.000,0,0.000,0,0.000,0,0.000,0,0.000,0,0.000,0,0.000,2026-07-22,11:30:00,03";` + "\n" +
		`var hq_str_sz003997="";` + "\n"
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

// TestTencentGolden compares every field of the example row whose meaning is
// known.
func TestTencentGolden(t *testing.T) {
	want := strings.Split("51~样例股份~003999~10.12~10.00~10.05~12346~6500~5846~10.12~13~10.11~34~10.10~201~10.09~8~10.08~50~10.13~9~10.14~11~10.15~456~10.16~3~10.18~77~~20260722161403~0.12~1.20~10.30~9.98~10.12/12346/12505992~12346~1251~0.62~20.24~~10.30~9.98~3.20~20.24~25.30~2.02~11.00~9.00~1.10~-250~10.13~19.50~21.30~~~0.95~1250.5993~0.5060~5~ A~GP-A~-3.21~0.45~1.50~8.40~5.10~12.80~7.95~0.66~2.10~-4.05~200000000~250000000~-29.00~-1.30~200000000~~~-6.02~0.10~~CNY~0~___D__F__N~10.11~-25~", "~")
	text := ask(t, wednesday.At(20, 0), "/q=sz003999", example())
	body, ok := strings.CutPrefix(text, `v_sz003999="`)
	if !ok {
		t.Fatalf("%q", text)
	}
	got := strings.Split(strings.TrimSuffix(body, "\";\n"), "~")
	if len(got) != len(want) {
		t.Fatalf("%d fields, want %d: %q", len(got), len(want), got)
	}
	madeUp := []int{30, 56, 60, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 75, 76, 79, 80, 84, 85, 86}
	for i := range want {
		if !slices.Contains(madeUp, i) && got[i] != want[i] {
			t.Errorf("field %d is %q, want %q", i, got[i], want[i])
		}
	}
	if at := got[30]; at < "20260722155000" || at > "20260722161459" {
		t.Errorf("the last time of the day is %s", at)
	}
}

// TestOtherGoldens renders the example share for the other endpoints.
func TestOtherGoldens(t *testing.T) {
	at := wednesday.At(11, 57)
	for target, want := range map[string]string{
		"/list=s_sz003999": `var hq_str_s_sz003999="样例股份,10.120,0.120,1.200,12346,1251";` + "\n",
		"/quotes_service/api/json_v2.php/Market_Center.getHQNodeData?page=1&num=80&sort=symbol&asc=1&node=hs_a&symbol=&_s_r_a=page": `[{"symbol":"sz003999","code":"003999","name":"样例股份","trade":"10.120","pricechange":0.12,"changepercent":1.2,"buy":"10.120","sell":"10.130","settlement":"10.000","open":"10.050","high":"10.300","low":"9.980","volume":1234550,"amount":12505992,"ticktime":"11:30:00","per":20.24,"pb":2.02,"mktcap":253000,"nmc":202400,"turnoverratio":0.61728}]`,
		"/quotes_service/api/json_v2.php/Market_Center.getHQNodeStockCount?node=hs_a":                                               `"1"`,
		"/api/qt/ulist.np/get?secids=0.003999&fltt=2&fields=f14,f3,f12,f2,f6,f13":                                                   `{"rc":0,"rt":6,"svr":177622153,"lt":1,"full":1,"dlmkts":"","data":{"total":1,"diff":[{"f2":10.12,"f3":1.2,"f6":12505992.5,"f12":"003999","f13":0,"f14":"样例股份"}]}}`,
		"/api/qt/ulist.np/get?secids=0.003999&fields=f2,f3,f1,f18":                                                                  `{"rc":0,"rt":6,"svr":177622153,"lt":1,"full":1,"dlmkts":"","data":{"total":1,"diff":[{"f1":2,"f2":1012,"f3":120,"f18":1000}]}}`,
		"/api/qt/stock/get?secid=0.003999&fltt=2&fields=f43,f57,f47,f19,f20,f39,f40,f51":                                            `{"rc":0,"rt":4,"svr":177622153,"lt":1,"full":1,"dlmkts":"","data":{"f19":10.12,"f20":13,"f39":10.13,"f40":9,"f43":10.12,"f47":12346,"f51":11.0,"f57":"003999"}}`,
	} {
		if got := ask(t, at, target, example()); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", target, got, want)
		}
	}
}
