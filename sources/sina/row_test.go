package sina_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
)

func TestLiveRow(t *testing.T) {
	got := one(t, share(999), live().text())
	want := etl.NoQuote(share(999))
	want.Name, want.Source, want.Fetched = "样例股份", "sina", received
	want.Time = time.Date(2026, 7, 22, 6, 35, 0, 0, time.UTC)
	want.Open, want.Preclose, want.Last, want.High, want.Low = 10.05, 10, 10.12, 10.3, 9.98
	want.Volume, want.Amount = 1234550, 12505992.5
	want.Bids = [5]etl.Level{{Price: 10.12, Quantity: 1250}, {Price: 10.11, Quantity: 3400}, {Price: 10.1, Quantity: 20050}, {Price: 10.09, Quantity: 800}, {Price: 10.08, Quantity: 5000}}
	want.Asks = [5]etl.Level{{Price: 10.13, Quantity: 900}, {Price: 10.14, Quantity: 1100}, {Price: 10.15, Quantity: 45600}, {Price: 10.16, Quantity: 300}, {Price: 10.18, Quantity: 7700}}
	if d := differ(got, want); d != "" {
		t.Errorf("%s differs: %+v, want %+v", d, got, want)
	}
}

// TestMarketLikeNaive compares 850 rows of all usual lengths with a plain reader.
func TestMarketLikeNaive(t *testing.T) {
	body := market(t, 850)
	answer, missing := take(body, shares(850)...)
	if len(answer.Quotes) != 850 || len(missing) != 0 {
		t.Fatalf("%d quotes, refused %v", len(answer.Quotes), answer.Refused)
	}
	compareWithNaive(t, body, answer.Quotes)
}

func TestTrailers(t *testing.T) {
	for trailer, want := range map[string]struct {
		shares int64
		yuan   float64
	}{
		"":                                    {},
		",":                                   {},
		",D|402000|6596820.00":                {402000, 6596820},
		",D|21253|235483.240":                 {21253, 235483.24},
		",D|21253|235483.240,":                {21253, 235483.24},
		",D|0|0.000":                          {},
		",D||":                                {},
		",33.2261,0.0000,0,8300000,B,T":       {}, // Beijing
		",E|1|2":                              {}, // nothing known
		",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,": {},
	} {
		r := live()
		r.trailer = trailer
		if q := one(t, share(1), r.text()); q.AfterHoursVolume != want.shares || q.AfterHoursAmount != want.yuan || q.Volume != 1234550 {
			t.Errorf("%q: %d shares, %v yuan", trailer, q.AfterHoursVolume, q.AfterHoursAmount)
		}
	}
}

// TestIndices: Shanghai's volume comes in lots, the others' in shares, and
// Shenzhen's amount with more digits than a float64 keeps.
func TestIndices(t *testing.T) {
	book := strings.Repeat(",0", 20) + ","
	decimals := strings.Repeat(",0,0.000", 10) + ","
	for _, tc := range []struct {
		symbol, text string
		volume       int64
		amount       float64
	}{
		{"sh000998", "样例综指,3810.0871,3800.0336,3820.7774,3830.8318,3790.7058,0,0,562122601,1025875517700" + book + "2026-07-22,15:30:36,00,", 56212260100, 1025875517700},
		{"sz399998", "样例成指,13610.085,13600.231,13620.291,13630.797,13590.407,0.000,0.000,83591133533,1560575057534.151" + decimals + "2026-07-22,15:00:03,00", 83591133533, 1560575057534.151},
		{"bj899998", "样例五十,1057.310,1055.720,1056.530,1057.630,1053.120,0.000,0.000,621598978,15000000000.120" + decimals + "2026-07-22,15:30:02,00,0,0,0,0,,", 621598978, 15000000000.12},
	} {
		s, err := etl.ParseSymbol(tc.symbol)
		if err != nil {
			t.Fatal(err)
		}
		q := one(t, s, tc.text)
		if q.Volume != tc.volume || q.Amount != tc.amount || q.Status != etl.Trading || !math.IsNaN(q.Bids[0].Price) || q.Last < q.Low {
			t.Errorf("%s: %+v", s, q)
		}
		if average := q.Amount / float64(q.Volume); average < 5 || average > 50 {
			t.Errorf("%s: %v yuan per share", s, average)
		}
	}
}

// TestNames: names are kept byte for byte, whatever they hold.
func TestNames(t *testing.T) {
	for _, name := range []string{"南 京 港", "万  科Ａ", "*ST样例", "ST路通", "芯源微", "洽洽食品", "TCL样例", "XD样例丁", "A", " 样例 "} {
		r := live()
		r.name = name
		for _, body := range [][]byte{wire(t, statement(share(1), r.text())), []byte(statement(share(1), r.text()))} {
			answer, _ := take(body, share(1))
			if len(answer.Quotes) != 1 || answer.Quotes[0].Name != name {
				t.Errorf("%q: %+v", name, answer)
			}
		}
	}
}

// TestRefusedRows: what breaks a rule is refused with a reason and its text.
func TestRefusedRows(t *testing.T) {
	text := live().text()
	replace := func(old, new string) string {
		if strings.Count(text, old) != 1 {
			t.Fatalf("%q is %d times in %s", old, strings.Count(text, old), text)
		}
		return strings.Replace(text, old, new, 1)
	}
	for name, tc := range map[string]struct{ text, reason string }{
		"one word":           {"FAILED", "it has 1 fields and not 33"},
		"short":              {strings.TrimSuffix(text, ",00"), "it has 32 fields and not 33"},
		"half":               {text[:120], "it has 17 fields and not 33"},
		"no name":            {strings.TrimPrefix(text, "样例股份"), "it has no name"},
		"letters in open":    {replace(",10.050,", ",abc,"), `field 1, open, does not parse: "abc"`},
		"exponent in high":   {replace(",10.300,", ",1e1,"), "field 4, high"},
		"negative low":       {replace(",9.980,", ",-9.980,"), "field 5, low"},
		"no volume":          {replace(",1234550,", ",,"), "field 8, volume"},
		"decimal volume":     {replace(",1234550,", ",1234550.5,"), "field 8, volume"},
		"negative volume":    {replace(",1234550,", ",-1234550,"), "field 8, volume"},
		"endless volume":     {replace(",1234550,", ",1234550123455012345501234550,"), "field 8, volume"},
		"too large volume":   {replace(",1234550,", ",1000000000000001,"), "field 8, volume"},
		"no amount":          {replace(",12505992.500,", ",,"), "field 9, amount"},
		"negative amount":    {replace(",12505992.500,", ",-1.000,"), "field 9, amount"},
		"two points":         {replace(",12505992.500,", ",125059.9250.123456789,"), "field 9, amount"},
		"endless amount":     {replace(",12505992.500,", ","+strings.Repeat("1", 400)+".1,"), "field 9, amount"},
		"level's quantity":   {replace(",20050,", ",x,"), "field 14, a quantity of the book"},
		"level's price":      {replace(",10.080,", ",x,"), "field 19, a price of the book"},
		"no date":            {replace("2026-07-22", ""), "field 30, date"},
		"date of zeros":      {replace("2026-07-22", strings.Repeat("\x00", 10)), "field 30, date"},
		"no such date":       {replace("2026-07-22", "2026-02-30"), "field 30, date"},
		"no such time":       {replace("14:35:00", "24:35:00"), "field 30, date"},
		"status of letters":  {replace(",00", ",HALT"), `the status "HALT" has no known meaning`},
		"status of nothing":  {replace(",00", ","), "has no known meaning"},
		"trailer":            {text + ",D|x|1", "field 33, after-hours trading"},
		"negative trailer":   {text + ",D|-1|1", "field 33, after-hours trading"},
		"best bid":           {replace(",10.120,10.130,1234550", ",10.110,10.130,1234550"), "fields 6 and 7"},
		"best ask":           {replace(",10.120,10.130,1234550", ",10.120,0.000,1234550"), "fields 6 and 7"},
		"last above high":    {replace("10.000,10.120,", "10.000,10.310,"), "last"},
		"high below low":     {replace(",10.300,", ",9.300,"), "high"},
		"average":            {replace(",12505992.500,", ",125059925.000,"), "average"},
		"lots as volume":     {replace(",1234550,", ",12346,"), "average"},
		"book that rises":    {replace(",3400,10.110,", ",3400,10.125,"), "bid"},
		"quantity, no price": {replace(",3400,10.110,", ",3400,0.000,"), "bid2"},
	} {
		answer, missing := take(wire(t, statement(share(1), tc.text)), share(1))
		if len(answer.Refused) != 1 || len(answer.Quotes)+len(answer.Unknown)+len(missing) > 0 {
			t.Errorf("%s: not refused: %+v, missing %v", name, answer, missing)
			continue
		}
		if r := answer.Refused[0]; r.Symbol != share(1) || !strings.Contains(r.Reason, tc.reason) || r.Raw != tc.text {
			t.Errorf("%s: refused because %q, text %q", name, r.Reason, r.Raw)
		}
	}
}

// TestTimes: the date of one row is not the next one's.
func TestTimes(t *testing.T) {
	var body strings.Builder
	want := map[etl.Symbol]string{}
	for i, at := range []string{"2026-07-22 14:35:00", "2026-07-22 09:30:01", "2026-07-21 15:00:59", "2026-07-22 23:59:59", "2026-07-22 00:00:00", "2026-03-01 08:05:09"} {
		r := live()
		r.date, r.clock, _ = strings.Cut(at, " ")
		body.WriteString(statement(share(i), r.text()))
		want[share(i)] = at
	}
	answer, _ := take([]byte(body.String()), shares(6)...)
	if len(answer.Quotes) != 6 {
		t.Fatalf("refused %v", answer.Refused)
	}
	for _, q := range answer.Quotes {
		if got := q.Time.Add(8 * time.Hour).Format(time.DateTime); got != want[q.Symbol] || q.Time.Location() != time.UTC {
			t.Errorf("%s: %s, want %s", q.Symbol, got, want[q.Symbol])
		}
	}
}
