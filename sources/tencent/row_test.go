package tencent_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"barkeep/etl"
	"barkeep/sources/tencent"
)

var none = math.NaN()

// parseOne reads an answer with one row.
func parseOne(t *testing.T, s etl.Symbol, text string) (etl.Quote, string) {
	t.Helper()
	var r tencent.Reply
	if err := r.Read([]etl.Symbol{s}, gbk(t, text), received); err != nil {
		t.Fatal(err)
	}
	switch {
	case len(r.Quotes()) == 1 && len(r.Refused()) == 0 && len(r.Strays()) == 0:
		return r.Quotes()[0], ""
	case len(r.Quotes()) == 0 && len(r.Refused()) == 1 && len(r.Strays()) == 0:
		return etl.Quote{}, r.Refused()[0].Reason
	}
	t.Fatalf("%d quotes, %d refused, %d strays", len(r.Quotes()), len(r.Refused()), len(r.Strays()))
	return etl.Quote{}, ""
}

// exampleQuote is what the example says.
func exampleQuote(s etl.Symbol) etl.Quote {
	return etl.Quote{
		Symbol: s, Name: "样例股份", Status: etl.Trading, Source: "tencent",
		Time: time.Date(2026, 7, 22, 8, 14, 3, 0, time.UTC), Fetched: received,
		Last: 10.12, Open: 10.05, High: 10.30, Low: 9.98, Preclose: 10,
		Volume: 1_234_600, Amount: 12_505_993,
		Bids:    [5]etl.Level{{Price: 10.12, Quantity: 1300}, {Price: 10.11, Quantity: 3400}, {Price: 10.10, Quantity: 20100}, {Price: 10.09, Quantity: 800}, {Price: 10.08, Quantity: 5000}},
		Asks:    [5]etl.Level{{Price: 10.13, Quantity: 900}, {Price: 10.14, Quantity: 1100}, {Price: 10.15, Quantity: 45600}, {Price: 10.16, Quantity: 300}, {Price: 10.18, Quantity: 7700}},
		LimitUp: 11, LimitDown: 9, AfterHoursVolume: 500, AfterHoursAmount: 5060,
		Turn: 0.62, PeTTM: 20.24, PB: 2.02, FloatCap: 2_024_000_000, MarketCap: 2_530_000_000,
	}
}

func TestRow(t *testing.T) {
	s := symbol(t, "sz003999")
	for name, c := range map[string]struct {
		symbol string
		row    string
		want   func(q *etl.Quote)
	}{
		"88 fields":                    {row: row(s, nil, 0)},
		"82 fields":                    {row: row(s, nil, 82)},
		"60 fields":                    {row: row(s, nil, 60)},
		"field 60 a line feed":         {row: row(s, cells{60: "\n"}, 0)},
		"an empty tail":                {row: row(s, cells{61: "", 72: "", 73: "", 74: "", 87: ""}, 0)},
		"54 fields":                    {row: row(s, nil, 54), want: func(q *etl.Quote) { q.Amount, q.AfterHoursVolume, q.AfterHoursAmount = 12_505_992, 0, 0 }},
		"50 fields":                    {row: row(s, nil, 50), want: func(q *etl.Quote) { q.Amount, q.AfterHoursVolume, q.AfterHoursAmount = 12_505_992, 0, 0 }},
		"no amount in field 35":        {row: row(s, cells{35: ""}, 0)},
		"no ratios":                    {row: row(s, cells{38: "", 39: "", 44: "", 45: "0.00", 46: "0.00"}, 0), want: func(q *etl.Quote) { q.Turn, q.PeTTM, q.FloatCap, q.MarketCap, q.PB = none, none, none, none, none }},
		"negative ratios":              {row: row(s, cells{39: "-20.24", 46: "-2.02"}, 0), want: func(q *etl.Quote) { q.PeTTM, q.PB = -20.24, -2.02 }},
		"no limits":                    {row: row(s, cells{47: "-1", 48: "-1"}, 0), want: func(q *etl.Quote) { q.LimitUp, q.LimitDown = none, none }},
		"no field to compare":          {row: row(s, cells{7: "", 8: "", 31: "", 32: "", 36: "", 41: "", 42: "", 50: ""}, 0)},
		"lagging halves of the volume": {row: row(s, cells{7: "6481", 50: "23"}, 0)},
		"a blank status":               {row: row(s, cells{40: " "}, 0)},
		"a name with blanks":           {row: row(s, cells{1: "样 例 港"}, 0), want: func(q *etl.Quote) { q.Name = "样 例 港" }},
		// In GB18030 the second byte of 亊 is a tilde.
		"a tilde in the name":  {row: row(s, cells{1: "亊亊亊"}, 0), want: func(q *etl.Quote) { q.Name = "亊亊亊" }},
		"the code in the name": {row: row(s, cells{1: "003999"}, 0), want: func(q *etl.Quote) { q.Name = "003999" }},
		"a quarter of a lot":   {row: row(s, cells{6: "12345.75", 35: "10.12/12345.75/12505992", 36: "12345.75"}, 0), want: func(q *etl.Quote) { q.Volume = 1_234_575 }},
		"a Beijing share":      {symbol: "bj920999", row: row(symbol(t, "bj920999"), cells{0: "62", 37: "1250.60"}, 0)},
		"a limit-up": {row: row(s, cells{3: "11.00", 31: "1.00", 32: "10.00", 33: "11.00", 41: "11.00", 35: "11.00/12346/12505992",
			19: "0.00", 20: "0", 21: "0.00", 22: "0", 23: "0.00", 24: "0", 25: "0.00", 26: "0", 27: "0.00", 28: "0", 50: "306"}, 0),
			want: func(q *etl.Quote) { q.Last, q.High, q.Asks = 11, 11, etl.NoQuote(0).Asks }},
		"the closing auction": {row: row(s, idleBook().with(cells{9: "10.50", 10: "40", 19: "10.50", 20: "40", 12: "7", 50: "7",
			3: "10.50", 31: "0.50", 32: "5.00", 35: "10.50/12346/12505992"}), 0),
			want: func(q *etl.Quote) {
				q.Last, q.Bids, q.Asks = 10.50, etl.NoQuote(0).Bids, etl.NoQuote(0).Asks
				q.Bids[0] = etl.Level{Price: 10.50, Quantity: 4000}
				q.Asks[0], q.Bids[1].Quantity = q.Bids[0], 700
			}},
		"STAR: volume in shares": {symbol: "sh688999", row: row(symbol(t, "sh688999"), cells{0: "1", 6: "1234550", 36: "1234550", 7: "650000", 8: "584550",
			35: "10.12/1234550/12505992", 59: "511"}, 0), want: func(q *etl.Quote) { q.Volume, q.AfterHoursVolume = 1_234_550, 511 }},
		"STAR: volume in lots after all": {symbol: "sh688999", row: row(symbol(t, "sh688999"), nil, 0)},
		"main board: volume in shares after all": {row: row(s, cells{6: "1234550", 36: "1234550", 7: "650000", 8: "584550", 35: "10.12/1234550/12505992"}, 0),
			want: func(q *etl.Quote) { q.Volume, q.AfterHoursVolume = 1_234_550, 5 }},
		"less than half a lot": {row: row(s, cells{6: "0", 7: "0", 8: "0", 36: "0", 35: "10.12/0/304", 57: "0.0304"}, 0),
			want: func(q *etl.Quote) { q.Volume, q.Amount = 0, 304 }},
		"an index": {symbol: "sh000999", row: row(symbol(t, "sh000999"), idleBook().with(cells{0: "1", 6: "5621226", 36: "5621226", 7: "0", 8: "0", 31: "0.13",
			35: "10.12/5621226/1025875517", 47: "-1", 48: "-1", 50: "0", 57: "102587.5517"}), 0),
			want: func(q *etl.Quote) {
				q.Volume, q.Amount, q.LimitUp, q.LimitDown = 562_122_600, 1_025_875_517, none, none
				q.Bids, q.Asks = etl.NoQuote(0).Bids, etl.NoQuote(0).Asks
			}},
	} {
		want := exampleQuote(s)
		if c.symbol != "" {
			want.Symbol = symbol(t, c.symbol)
		}
		if c.want != nil {
			c.want(&want)
		}
		got, problem := parseOne(t, want.Symbol, c.row)
		if problem != "" {
			t.Errorf("%s: refused: %s", name, problem)
		} else if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// idleBook is an empty order book.
func idleBook() cells {
	book := cells{}
	for i, text := range idle() {
		if i >= 9 && i < 29 || i == 50 || i == 74 {
			book[i] = text
		}
	}
	return book
}

func TestStates(t *testing.T) {
	s := symbol(t, "sz003998")
	still := func(last, status, when string, limits string) cells {
		return idle().last(last, "0.00", "0.00").with(cells{4: last, 40: status, 30: when, 47: limits, 48: limits})
	}
	auction := cells{9: "10.26", 10: "1004", 19: "10.26", 20: "1004", 22: "558", 50: "-558", 30: "20260722092233"}
	for name, c := range map[string]struct {
		cells    cells
		status   etl.QuoteStatus
		last     float64
		preclose float64
	}{
		"suspended":                       {still("9.55", "S", "20260722115718", "10.51").with(cells{48: "8.60"}), etl.Suspended, none, 9.55},
		"halted after some trades":        {cells{40: "S"}, etl.Suspended, 10.12, 10},
		"delisted":                        {still("0.71", "D", "20260722090000", "-1"), etl.Delisted, none, 0.71},
		"not listed":                      {still("0.00", "U", "20260722090000", "-1").with(cells{38: "", 44: "", 56: "", 62: "", 63: "", 72: "", 73: "120000000"}), etl.NotListed, none, none},
		"before the market opens":         {still("10.00", "", "20260722090112", "11.00"), etl.Trading, none, 10},
		"no trade in the morning":         {still("10.00", "", "20260722094500", "11.00"), etl.Trading, none, 10},
		"no trade, an own last price":     {idle().last("10.12", "0.12", "1.20").with(cells{30: "20260722094500"}), etl.Trading, 10.12, 10},
		"no trade, no last price":         {idle().last("0.00", "0.00", "0.00").with(cells{30: "20260722094500"}), etl.Trading, none, 10},
		"auction with a match":            {idle().last("10.26", "0.26", "2.60").with(auction), etl.CallAuction, 10.26, 10},
		"auction at the previous close":   {idle().last("10.00", "0.00", "0.00").with(auction).with(cells{9: "10.00", 19: "10.00"}), etl.CallAuction, 10, 10},
		"auction of a late provider":      {idle().last("10.26", "0.26", "2.60").with(auction).with(cells{30: "20260722092733"}), etl.CallAuction, 10.26, 10},
		"auction without a match":         {still("10.00", "", "20260722091500", "11.00").with(cells{9: "9.50", 10: "7", 50: "7"}), etl.CallAuction, none, 10},
		"auction with nothing yet":        {still("10.00", "", "20260722092459", "11.00"), etl.CallAuction, none, 10},
		"suspended during the auction":    {still("10.00", "S", "20260722092000", "11.00"), etl.Suspended, none, 10},
		"after the auction, no trade yet": {still("10.00", "", "20260722092500", "11.00"), etl.Trading, none, 10},
	} {
		q, problem := parseOne(t, s, row(s, c.cells, 0))
		same := func(a, b float64) bool { return a == b || a != a && b != b }
		if problem != "" || q.Status != c.status || !same(q.Last, c.last) || !same(q.Preclose, c.preclose) {
			t.Errorf("%s: %s with last %v, preclose %v; want %s with %v, %v; %s", name, q.Status, q.Last, q.Preclose, c.status, c.last, c.preclose, problem)
		}
	}
	index := symbol(t, "sh000999")
	if q, problem := parseOne(t, index, row(index, still("10.00", "", "20260722092000", "-1"), 0)); problem != "" || q.Status != etl.Trading || q.Last == q.Last {
		t.Errorf("an index during the auction is %s with last %v; %s", q.Status, q.Last, problem)
	}
}

func TestRefusals(t *testing.T) {
	s := symbol(t, "sz003999")
	for name, c := range map[string]struct {
		row  string
		want string
	}{
		"49 fields":              {row(s, nil, 49), "49 fields"},
		"38 fields":              {row(s, nil, 38), "38 fields"},
		"1 field":                {row(s, nil, 1), "the row has 1 fields"},
		"nothing":                {`v_sz003999="";`, "the row has 1 fields"},
		"another code":           {row(s, cells{2: "003998"}, 0), "not the code 003999"},
		"tildes for a name":      {row(s, cells{1: strings.Repeat("~", 200)}, 0), "not the code"},
		"an endless row":         {row(s, cells{84: strings.Repeat("_", 4000)}, 0), "bytes"},
		"two rows in one":        {strings.Replace(row(s, nil, 0), "~2.10~", `v_sz003998="51~`, 1), "grown together"},
		"a name too long":        {row(s, cells{1: strings.Repeat("样", 60)}, 0), "longer than"},
		"a line feed in a name":  {row(s, cells{1: "样\n例"}, 0), "control characters"},
		"a bad price":            {row(s, cells{3: "10.1x"}, 0), "field 3 cannot be read"},
		"a price with a comma":   {row(s, cells{33: "10,30"}, 0), "field 33 cannot"},
		"an exponent":            {row(s, cells{4: "1e1"}, 0), "field 4 cannot"},
		"a negative price":       {row(s, cells{5: "-10.05"}, 0), "field 5 cannot"},
		"a bad quantity":         {row(s, cells{12: "34.5"}, 0), "field 12 cannot"},
		"a negative quantity":    {row(s, cells{20: "-9"}, 0), "field 20 cannot"},
		"a negative limit":       {row(s, cells{48: "-9.00"}, 0), "field 48 cannot"},
		"a bad ratio":            {row(s, cells{46: "--"}, 0), "field 46 cannot"},
		"a bad turnover":         {row(s, cells{38: "inf"}, 0), "field 38 cannot"},
		"a bad after-hours":      {row(s, cells{59: "?"}, 0), "field 59 cannot"},
		"a bad amount":           {row(s, cells{57: "12505992.5e-4"}, 0), "field 57 cannot"},
		"no volume":              {row(s, cells{6: "", 36: ""}, 0), "no volume"},
		"a negative volume":      {row(s, cells{6: "-12346"}, 0), "no volume"},
		"no time":                {row(s, cells{30: ""}, 0), "no time"},
		"an impossible time":     {row(s, cells{30: "20260231161403"}, 0), "no time"},
		"an unheard-of status":   {row(s, cells{40: "Q"}, 0), `"Q" and no status`},
		"volume again":           {row(s, cells{36: "12345"}, 0), "field 36"},
		"high again":             {row(s, cells{41: "10.31"}, 0), "repeated from field 41"},
		"no high again":          {row(s, cells{41: "0.00"}, 0), "repeated from field 41"},
		"low again":              {row(s, cells{42: "9.97"}, 0), "repeated from field 41"},
		"another change":         {row(s, cells{31: "0.13"}, 0), "is not the change"},
		"another percentage":     {row(s, cells{32: "1.21"}, 0), "is not 1.21 %"},
		"another last":           {row(s, cells{35: "10.13/12346/12505992"}, 0), "field 35"},
		"another volume":         {row(s, cells{35: "10.12/12345/12505992"}, 0), "field 35"},
		"another amount":         {row(s, cells{35: "10.12/12346/12505995"}, 0), "amount of 1.2505995e+07 yuan"},
		"two parts":              {row(s, cells{35: "10.12/12346"}, 0), "field 35"},
		"four parts":             {row(s, cells{35: "10.12/12346/12505992/1"}, 0), "field 35"},
		"no amount at all":       {row(s, cells{35: "", 57: ""}, 0), "are empty"},
		"a price above the high": {row(s, cells{3: "10.40", 31: "0.40", 32: "4.00", 35: "10.40/12346/12505992"}, 0), "last 10.4 is not between"},
		"a hundredfold amount":   {row(s, cells{35: "10.12/12346/1250599200", 57: ""}, 0), "no average price"},
		"a crossed book":         {row(s, cells{9: "10.14"}, 0), "bid1"},
		"suspended with an open": {row(s, idle().last("10.00", "0.00", "0.00").with(cells{40: "S", 5: "10.00"}), 0), "suspended without a trade"},
		"delisted, trading":      {row(s, cells{40: "D"}, 0), "delisted and has a volume"},
	} {
		if q, problem := parseOne(t, s, c.row); !strings.Contains(problem, c.want) {
			t.Errorf("%s: the reason is %q, want one with %q; %+v", name, problem, c.want, q)
		}
	}
}

// One damaged digit must not change a figure in silence, if the row says the
// same elsewhere.
func TestDamagedDigits(t *testing.T) {
	s := symbol(t, "sz003999")
	f := strings.Split(example, "~")
	for _, i := range []int{3, 4, 6, 31, 32, 33, 34, 35, 36, 41, 42, 57} {
		for at, c := range []byte(f[i]) {
			if c < '0' || c > '9' {
				continue
			}
			damaged := []byte(f[i])
			damaged[at] = '0' + (c-'0'+5)%10
			if q, problem := parseOne(t, s, row(s, cells{i: string(damaged)}, 0)); problem == "" {
				t.Errorf("field %d damaged to %s is accepted: %+v", i, damaged, q)
			}
		}
	}
}
