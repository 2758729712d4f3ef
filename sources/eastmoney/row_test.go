package eastmoney_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources/eastmoney"
)

// fetched is when the answers of these tests arrived.
var fetched = afternoon.Add(2 * time.Second)

// body writes an answer of made-up rows.
func body(rows ...map[string]any) []byte {
	text := new(strings.Builder)
	answer(text, 0, len(rows), rows)
	return []byte(text.String())
}

// one reads an answer about one security.
func one(t *testing.T, text []byte, s string) (etl.Quote, string) {
	t.Helper()
	a, err := eastmoney.Take(text, fetched, symbol(s))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case len(a.Quotes) == 1 && len(a.Refused) == 0:
		return a.Quotes[0], ""
	case len(a.Quotes) == 0 && len(a.Refused) == 1:
		return etl.NoQuote(symbol(s)), a.Refused[0].Reason
	}
	t.Fatalf("%s: %+v", text, a)
	panic("not reached")
}

// with changes fields of a row.
func with(row map[string]any, changes ...any) map[string]any {
	for i := 0; i < len(changes); i += 2 {
		row[changes[i].(string)] = changes[i+1]
	}
	return row
}

func TestEveryFieldOfARow(t *testing.T) {
	text := `{"rc":0,"rt":6,"data":{"total":1,"diff":[{"f297":20260722,"f1":2,"f18":10.00,"f2":10.12,"f3":1.2,"f4":0.12,
		"f12":"003999","f13":0,"f5":12346,"f6":12505992.5,"f7":3.2,"f8":0.62,"f14":"样 例Ａ","f17":10.05,"f15":10.3,"f16":9.98,
		"f20":2530000000,"f21":2024000000.0,"f23":2.02,"f26":20100104,"f115":-20.24,"f124":1784701800,"f128":"-","f140":"-","f152":2}]}}`
	q, reason := one(t, []byte(text), "sz003999")
	if reason != "" {
		t.Fatal(reason)
	}
	want := etl.NoQuote(symbol("sz003999"))
	want.Name, want.Source, want.Fetched, want.Time = "样 例Ａ", "eastmoney", fetched, time.Date(2026, 7, 22, 6, 30, 0, 0, time.UTC)
	want.Last, want.Open, want.High, want.Low, want.Preclose = 10.12, 10.05, 10.3, 9.98, 10
	want.Volume, want.Amount = 1234600, 12505992.5
	want.Turn, want.PeTTM, want.PB, want.FloatCap, want.MarketCap = 0.62, -20.24, 2.02, 2.024e9, 2.53e9
	if got, want := fmt.Sprintf("%+v", q), fmt.Sprintf("%+v", want); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFormsOfAnAnswer(t *testing.T) {
	array := string(body(security(1, "600000", 7), security(0, "000001", 9)))
	row := func(r map[string]any) string {
		text, _ := json.Marshal(r)
		return string(text)
	}
	first, second := row(security(1, "600000", 7)), row(security(0, "000001", 9))
	texts := row(security(1, "600000", 7))
	for _, f := range []string{`"f2":10.17`, `"f5":10007`, `"f13":1`, `"f124":1784701800`, `"f18":10.07`} {
		key, value, _ := strings.Cut(f, ":")
		if !strings.Contains(texts, f) {
			t.Fatalf("no %s in %s", f, texts)
		}
		texts = strings.Replace(texts, f, key+`:"`+value+`"`, 1)
	}
	for name, text := range map[string]string{
		"array":       array,
		"JSONP":       "jQuery112_1723110980389(" + array + ");\n",
		"JSONP bare":  "$.cb( " + array + " )",
		"byte order":  "\ufeff" + array,
		"object":      `{"rc":0,"data":{"total":2,"diff":{"10":` + second + `,"9":` + first + `}}}`,
		"no total":    `{"rc":0,"data":{"diff":[` + first + `,` + second + `]}}`,
		"text":        `{"rc":0,"data":{"total":"2","diff":[` + texts + `,` + second + `]}}`,
		"other rows":  `{"rc":0,"data":{"total":9,"diff":[7,null,[],"-",{},{"f2":1.0},{"f12":"-"},{"f12":"60000x","f13":1},{"f12":"600000","f13":116},{"f12":"600000","f13":0},` + first + `,` + second + `]}}`,
		"repeated":    `{"rc":0,"data":{"total":3,"diff":[` + first + `,` + second + `,` + first + `]}}`,
		"without f13": strings.NewReplacer(`"f13":1,`, "", `"f13":0,`, "").Replace(array),
		"code number": strings.NewReplacer(`"f12":"600000"`, `"f12":600000`, `"f12":"000001"`, `"f12":1`).Replace(array),
	} {
		a, err := eastmoney.Take([]byte(text), fetched, symbol("sz000001"), symbol("sh600000"))
		if err != nil || len(a.Quotes) != 2 || len(a.Refused) != 0 {
			t.Errorf("%s: %+v, %v", name, a, err)
			continue
		}
		for _, q := range a.Quotes {
			if want := map[string]float64{"sh600000": 10.17, "sz000001": 10.19}[q.Symbol.String()]; q.Last != want {
				t.Errorf("%s: %v has %v", name, q.Symbol, q.Last)
			}
		}
	}
}

func TestRowsThatNameNobody(t *testing.T) {
	// The index and the share have one code. Without a market, neither is it.
	bare := security(1, "000001", 7)
	delete(bare, "f13")
	a, err := eastmoney.Take(body(bare), fetched, symbol("sh000001"), symbol("sz000001"))
	if err != nil || len(a.Quotes)+len(a.Refused)+len(a.Unknown) != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	a, _ = eastmoney.Take(body(security(1, "000001", 7)), fetched, symbol("sz000001"))
	if len(a.Quotes)+len(a.Refused) != 0 {
		t.Errorf("an index is served as a share: %+v", a)
	}
	for code, want := range map[string]string{"430047": "bj430047", "832000": "bj832000", "920001": "bj920001", "899050": "bj899050", "200011": "sz200011", "399001": "sz399001"} {
		if q, reason := one(t, body(security(0, code, 7)), want); reason != "" || q.Symbol.String() != want {
			t.Errorf("%s: %v, %s", code, q.Symbol, reason)
		}
	}
}

func TestNumbersSentAsIntegers(t *testing.T) {
	row := with(security(1, "600000", 0), "f2", 1010, "f3", 100, "f4", 10, "f8", 62, "f15", 1015, "f16", 995, "f17", 1001, "f18", 1000, "f23", 202, "f115", 2024)
	fund := with(security(1, "510050", 0), "f1", 3, "f2", 3084, "f3", -6, "f4", -2, "f5", 10000, "f6", 3084000, "f8", 784, "f15", 3107, "f16", 3074, "f17", 3104, "f18", 3086, "f23", "-", "f115", "-")
	idle := with(dashed(security(1, "600001", 0)), "f18", 1050, "f8", "-", "f23", "-", "f115", "-")
	asked := []etl.Symbol{symbol("sh600000"), symbol("sh510050"), symbol("sh600001")}
	a, err := eastmoney.Take(body(row, fund, idle), fetched, asked...)
	if err != nil || len(a.Quotes) != 3 {
		t.Fatalf("%+v, %v", a, err)
	}
	if q := a.Quotes[0]; q.Last != 10.10 || q.Preclose != 10 || q.Turn != 0.62 || q.PeTTM != 20.24 || q.PB != 2.02 || q.Volume != 1_000_000 {
		t.Errorf("%+v", q)
	}
	if q := a.Quotes[1]; q.Last != 3.084 || q.High != 3.107 || q.Turn != 7.84 {
		t.Errorf("%+v", q)
	}
	if q := a.Quotes[2]; q.Preclose != 10.5 || q.Status != etl.Suspended {
		t.Errorf("%+v", q)
	}
	// Whole yuan without a point are decimals if the change in per cent says so.
	whole := with(security(1, "600000", 0), "f2", 11, "f3", 10, "f4", 1, "f6", 11000000, "f8", 1, "f15", 11, "f16", 11, "f17", 11, "f18", 10, "f23", 2, "f115", 20)
	if q, reason := one(t, body(whole), "sh600000"); reason != "" || q.Last != 11 || q.Preclose != 10 {
		t.Errorf("%+v, %s", q, reason)
	}
	// Without anything that tells, the vendor did as it was asked to.
	lone := with(idle, "f18", 10)
	if q, reason := one(t, body(lone), "sh600001"); reason != "" || q.Preclose != 10 {
		t.Errorf("%+v, %s", q, reason)
	}
	delete(row, "f1")
	if q, reason := one(t, body(row), "sh600000"); reason != "" || q.Last != 10.10 {
		t.Errorf("decimals from f152: %+v, %s", q, reason)
	}
	delete(row, "f152")
	if _, reason := one(t, body(row), "sh600000"); !strings.Contains(reason, "number of decimals") {
		t.Errorf("no decimals: %q", reason)
	}
}

func TestVolumeFitsTheAmount(t *testing.T) {
	for name, c := range map[string]struct {
		symbol string
		row    map[string]any
		want   int64
	}{
		"lots":               {"sh600000", security(1, "600000", 0), 1_000_000},
		"STAR in lots":       {"sh688001", security(1, "688001", 0), 1_000_000},
		"STAR in shares":     {"sh688001", with(security(1, "688001", 0), "f5", 1_000_000), 1_000_000},
		"rounded lots":       {"bj920001", with(security(0, "920001", 0), "f5", 2, "f6", 150*10.1), 200},
		"under a lot":        {"bj920001", with(security(0, "920001", 0), "f5", 0, "f6", 30*10.1), 0},
		"an index":           {"sh000001", with(security(1, "000001", 0), "f5", 562122601, "f6", 1025875517700.0), 56212260100},
		"an index by chance": {"sh000001", with(security(1, "000001", 0), "f5", 1000, "f6", 10100), 100_000},
		"exponent":           {"sh600000", with(security(1, "600000", 0), "f5", json.Number("1.0E4"), "f6", json.Number("1.01E7")), 1_000_000},
	} {
		if q, reason := one(t, body(c.row), c.symbol); reason != "" || q.Volume != c.want {
			t.Errorf("%s: %d, %s", name, q.Volume, reason)
		}
	}
}

func TestStatus(t *testing.T) {
	clock := func(hour, minute int) int64 { return time.Date(2026, 7, 22, hour-8, minute, 0, 0, time.UTC).Unix() }
	auction := with(security(1, "600000", 0), "f5", "-", "f6", "-", "f15", "-", "f16", "-", "f17", "-", "f124", clock(9, 22))
	for name, c := range map[string]struct {
		row  map[string]any
		at   time.Time
		want etl.QuoteStatus
	}{
		"trading":           {security(1, "600000", 0), fetched, etl.Trading},
		"suspended":         {with(dashed(security(1, "600000", 0)), "f124", clock(8, 0), "f297", 20260601), fetched, etl.Suspended},
		"suspended, f8 -":   {with(dashed(security(1, "600000", 0)), "f8", "-"), fetched, etl.Suspended},
		"suspended, null":   {with(dashed(security(1, "600000", 0)), "f2", nil, "f124", nil, "f297", nil), fetched, etl.Suspended},
		"suspended, 0":      {with(dashed(security(1, "600000", 0)), "f2", 0.0, "f17", "0.00", "f26", 0), fetched, etl.Suspended},
		"shell by date":     {with(dashed(security(1, "600000", 0)), "f297", 20020613), fetched, etl.Delisted},
		"shell by time":     {with(dashed(security(1, "600000", 0)), "f297", "-", "f124", 1024000000), fetched, etl.Delisted},
		"shell by name":     {with(dashed(security(1, "600000", 0)), "f297", "-", "f14", "PT样例A"), fetched, etl.Delisted},
		"left the market":   {with(dashed(security(1, "600000", 0)), "f14", "样例退"), fetched, etl.Delisted},
		"last days":         {with(security(1, "600000", 0), "f14", "样例退"), fetched, etl.Trading},
		"not listed":        {with(dashed(security(1, "600000", 0)), "f26", 20260729, "f297", "-"), fetched, etl.NotListed},
		"call auction":      {auction, time.Unix(clock(9, 22), 5).UTC(), etl.CallAuction},
		"before the market": {with(dashed(security(1, "600000", 0)), "f124", clock(9, 5), "f297", 20260721), time.Unix(clock(9, 5), 5).UTC(), etl.Trading},
		"on a Saturday":     {with(dashed(security(1, "600000", 0)), "f124", clock(8, 0), "f297", 20260720), time.Unix(clock(9, 5), 0).AddDate(0, 0, 3).UTC(), etl.Suspended},
		"long suspended":    {with(dashed(security(1, "600000", 0)), "f124", clock(8, 0), "f297", 20260601), time.Unix(clock(9, 5), 5).UTC(), etl.Suspended},
	} {
		a, err := eastmoney.Take(body(c.row), c.at, symbol("sh600000"))
		if err != nil || len(a.Quotes) != 1 {
			t.Errorf("%s: %+v, %v", name, a, err)
			continue
		}
		q := a.Quotes[0]
		if q.Status != c.want || q.Preclose != 10 || q.Phase != 0 {
			t.Errorf("%s: %v with preclose %v", name, q.Status, q.Preclose)
		}
		if dashed := c.row["f2"] == "-" || c.row["f2"] == nil || c.row["f2"] == 0.0; dashed != math.IsNaN(q.Last) || dashed && (q.Volume != 0 || !math.IsNaN(q.Open)) {
			t.Errorf("%s: %+v", name, q)
		}
	}
}

func TestAnIndexHasNoAuction(t *testing.T) {
	at := time.Date(2026, 7, 22, 1, 22, 0, 0, time.UTC)
	row := with(security(1, "000300", 0), "f5", 0, "f6", 0, "f15", "-", "f16", "-", "f17", "-", "f124", at.Unix())
	if q, reason := one(t, body(row), "sh000300"); reason != "" || q.Status != etl.Trading {
		t.Errorf("%v, %s", q.Status, reason)
	}
}

func TestVirtualPricesOfTheClosingAuction(t *testing.T) {
	row := func(hour, minute int) []byte {
		return body(with(security(1, "600000", 0), "f2", 10.2, "f4", 0.2, "f124", time.Date(2026, 7, 22, hour-8, minute, 0, 0, time.UTC).Unix()))
	}
	if q, reason := one(t, row(14, 58), "sh600000"); reason != "" || q.Last != 10.2 || q.High != 10.15 {
		t.Errorf("%+v, %s", q, reason)
	}
	if _, reason := one(t, row(14, 56), "sh600000"); !strings.Contains(reason, "last 10.2 is not between") {
		t.Errorf("in continuous trading: %q", reason)
	}
}

func TestRowsThatCannotBeTrue(t *testing.T) {
	for reason, row := range map[string]map[string]any{
		"f2 is":           with(security(1, "600000", 0), "f2", "ten"),
		"f15 is -10":      with(security(1, "600000", 0), "f15", -10.15),
		"f5 is 10000.5":   with(security(1, "600000", 0), "f5", 10000.5),
		"f5 is -1":        with(security(1, "600000", 0), "f5", -1),
		"f6 is":           with(security(1, "600000", 0), "f6", true),
		"f18 is":          with(security(1, "600000", 0), "f18", []int{10}),
		"f16 is":          with(security(1, "600000", 0), "f16", "0x10"),
		"f17 is":          with(security(1, "600000", 0), "f17", "NaN"),
		"f8 is":           with(security(1, "600000", 0), "f8", -0.1),
		"f115 is":         with(security(1, "600000", 0), "f115", "1e999"),
		"f124 is":         with(security(1, "600000", 0), "f124", 1784701800000),
		"f124 is missing": with(security(1, "600000", 0), "f124", "-"),
		"f297 is":         with(dashed(security(1, "600000", 0)), "f297", 20260231),
		"change 0.13 is not last 10.11 less preclose 10": with(security(1, "600000", 0), "f4", 0.13, "f2", 10.11),
		"low 10.3 is not below":                          with(security(1, "600000", 0), "f16", 10.3),
		"open 10.5 is not between":                       with(security(1, "600000", 0), "f17", 10.5),
		"no average price":                               with(security(1, "600000", 0), "f6", 5.0),
		"without a trade":                                with(dashed(security(1, "600000", 0)), "f17", 10.01),
		"several rows":                                   nil,
	} {
		text := body(row)
		if row == nil {
			text = body(security(1, "600000", 0), security(1, "600000", 1))
		}
		a, err := eastmoney.Take(text, fetched, symbol("sh600000"))
		if err != nil || len(a.Refused) != 1 || len(a.Quotes) != 0 {
			t.Errorf("%s: %+v, %v", reason, a, err)
			continue
		}
		if r := a.Refused[0]; !strings.Contains(r.Reason, reason) || !strings.HasPrefix(r.Raw, "{") || !strings.Contains(r.Raw, `"600000"`) {
			t.Errorf("%s: %+v", reason, r)
		}
	}
}
