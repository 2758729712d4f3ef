package baostock_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator/market"
)

// serving returns a client of a server that answers everything with the rows.
func serving(t *testing.T, rows ...string) subject {
	s := script(t, func(p *peer) {
		p.serve(func(r wire.Request) []byte { return rowsAnswer(r, payload(cells(rows))) })
	})
	return client(t, s.addr)
}

func symbol(t *testing.T, text string) etl.Symbol {
	t.Helper()
	s, err := etl.ParseSymbol(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFactors compares both requests with the ex-dates of the generated market.
func TestFactors(t *testing.T) {
	c := client(t, exchange(t, nil).Addr())
	byDay, total := map[schedules.Day][]string{}, 0
	for i, s := range aMarket().Securities() {
		if s.Kind != market.Stock {
			continue
		}
		rights := aMarket().ExDates(i)
		rights = slices.DeleteFunc(slices.Clone(rights), func(x market.ExDate) bool { return x.Day > today })
		if total += len(rights); len(rights) == 0 {
			continue
		}
		newest := rights[len(rights)-1]
		for _, x := range rights {
			fore := market.ForeFactor(x.Back, newest.Back)
			f := etl.Factor{Symbol: symbol(t, s.Code), Date: x.Day, Fore: fore, Back: x.Back, Adjust: x.Back}
			byDay[x.Day] = append(byDay[x.Day], f.String())
		}
		if i%5 != 0 {
			continue
		}
		a, err := c.Factors(t.Context(), symbol(t, s.Code), schedules.MakeDay(1990, 12, 19), today+100)
		if err != nil || len(a.Factors) != len(rights) || len(a.Flaws) > 0 || len(a.Raw) != len(rights) {
			t.Fatalf("%s: %d of %d factors, flaws %v, %v", s.Code, len(a.Factors), len(rights), a.Flaws, err)
		}
		for k, f := range a.Factors {
			if f.Date != rights[k].Day || f.Back != rights[k].Back || f.Adjust != f.Back || f.Fore != market.ForeFactor(f.Back, newest.Back) {
				t.Errorf("%s is not the market's %v", f, rights[k])
			}
		}
		if last := a.Factors[len(a.Factors)-1]; last.Fore != etl.One || !strings.HasPrefix(a.Raw[0], s.Code+",") {
			t.Errorf("newest %s, raw %q", last, a.Raw[0])
		}
	}
	if total < 100 {
		t.Fatalf("the market has %d ex-dates only", total)
	}
	asked := 0
	for day, want := range byDay {
		if asked++; asked > 20 {
			break
		}
		a, err := c.FactorsOn(t.Context(), day)
		got := []string{}
		for _, f := range a.Factors {
			got = append(got, f.String())
		}
		if err != nil || !slices.Equal(got, want) || len(a.Flaws) > 0 {
			t.Errorf("%s: %q, want %q; %v", day, got, want, err)
		}
	}
	if a, err := c.FactorsOn(t.Context(), today+1); err != nil || len(a.Factors) > 0 {
		t.Errorf("tomorrow: %v, %v; want none", a.Factors, err)
	}
}

func TestFactorsWithFlaws(t *testing.T) {
	day := schedules.MakeDay(2023, 7, 21)
	c := serving(t,
		"sh.600000,2023-07-21,0.936211,11.949786,11.949786",
		"sh.600001,2023-07-21,0,1.5,1.5",
		"sh.600002,2023-07-21,0.5,-1.000000,1.5",
		"sh.600003,2023-07-21,0.5,,1.5",
		"sh.600004,2023-07-21,1,2,2",
		"sh.600004,2023-07-21,1.000000,2.000000,2.000000",
		"sh.600005,2023-07-21,1,2,2",
		"sh.600005,2023-07-21,1,3,3",
		"sh.600006,2023-07-21,1,999999999999.999999,1",
	)
	a, err := c.FactorsOn(t.Context(), day)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "fore_factor is 0.000000", "back_factor is -1.000000", "back_factor is empty", "",
		"repeats the row of sh600004", "sh.600005,2023-07-21,1,3,3", "sh.600005,2023-07-21,1,2,2", "too large"}
	for i, w := range want {
		k := slices.IndexFunc(a.Flaws, func(f etl.Flaw) bool { return f.Row == i })
		if (k >= 0) != (w != "") || k >= 0 && !strings.Contains(a.Flaws[k].Reason, w) {
			t.Errorf("row %d, %s: flaws %v, want %q", i, a.Factors[i], a.Flaws, w)
		}
	}
	sound := a.Sound()
	if len(sound) != 2 || sound[0].String() != "sh600000 2023-07-21 fore 0.936211 back 11.949786 adjust 11.949786" || sound[1].Back != 2*etl.One {
		t.Errorf("sound: %v", sound)
	}
}

func TestFactorsThatContradictTheRequest(t *testing.T) {
	day := schedules.MakeDay(2023, 7, 21)
	for name, tc := range map[string]struct{ row, want string }{
		"another day":      {"sh.600000,2023-07-20,1,2,2", "2023-07-20 lies outside"},
		"no code":          {"600000,2023-07-21,1,2,2", "no code"},
		"no date":          {"sh.600000,2023-07-32,1,2,2", "no ex-date"},
		"an empty date":    {"sh.600000,,1,2,2", "no ex-date"},
		"seven decimals":   {"sh.600000,2023-07-21,1,2.0000001,2", "six decimals"},
		"an exponent":      {"sh.600000,2023-07-21,1e0,2,2", "six decimals"},
		"NaN":              {"sh.600000,2023-07-21,1,2,NaN", "six decimals"},
		"a point too many": {"sh.600000,2023-07-21,1,2.,2", "six decimals"},
		"four cells":       {"sh.600000,2023-07-21,1,2", "4 cells for 5 columns"},
		"another security": {"sh.600001,2023-07-21,1,2,2", "sh600001, we asked for sh600000"},
	} {
		c := serving(t, tc.row)
		_, err := c.Factors(t.Context(), symbol(t, "sh600000"), day, day)
		var data *etl.DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "factors of sh600000 2023-07-21..2023-07-21") {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
		_, err = c.FactorsOn(t.Context(), day)
		if name != "another security" && (!errors.As(err, &data) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "factors of 2023-07-21")) {
			t.Errorf("%s, by day: %v, want %q", name, err, tc.want)
		}
	}
}

func TestFactorRequestsAsSent(t *testing.T) {
	s := script(t, func(p *peer) { p.serve(func(r wire.Request) []byte { return rowsAnswer(r, "") }) })
	c := client(t, s.addr)
	day := schedules.MakeDay(2024, 1, 2)
	a, err := c.FactorsOn(t.Context(), day)
	if err != nil || len(a.Factors) != 0 {
		t.Error(a, err)
	}
	if _, err := c.Factors(t.Context(), symbol(t, "sz000001"), day, day+1); err != nil {
		t.Error(err)
	}
	if _, err := c.Members(t.Context(), etl.SZ50, day); err != nil {
		t.Error(err)
	}
	if _, err := c.Industries(t.Context()); err == nil {
		t.Error("an empty list of industries passes")
	}
	for i, want := range []string{
		"|9C|0000000046query_daily_adjust_factor|anonymous|2024-01-02|",
		"|15|0000000068query_adjust_factor|anonymous|1|2000|sz.000001|2024-01-02|2024-01-03|",
		"|63|0000000045query_sz50_stocks|anonymous|1|2000|2024-01-02|",
		"|59|0000000039query_stock_industry|anonymous|1|2000|||",
	} {
		if got := s.requests()[1+i]; !strings.Contains(got, want) {
			t.Errorf("sent %q, want %q", got, want)
		}
	}
}

// TestFactorsProveTheMarket goes the whole way: ex-dates found in the generated
// market's bars, a plan for their factors, the requests, the proof.
func TestFactorsProveTheMarket(t *testing.T) {
	c := client(t, exchange(t, nil).Addr())
	days := schedules.Embedded().Days(schedules.MakeDay(1990, 12, 19), today)
	scanner, present := etl.NewExDateScanner(days), etl.NewCells(days)
	var list []etl.Instrument
	for i, s := range aMarket().Securities() {
		var b etl.BarBuilder
		for row := range aMarket().Bars(i, days[0], today) {
			n := b.Len()
			b.SetLen(n + 1)
			closing, _ := market.ParseFixed(row.Cell(market.Close), 4)
			preclose, _ := market.ParseFixed(row.Cell(market.PreClose), 4)
			b.Days[n], b.Symbols[n], b.Close[n], b.Preclose[n] = row.Day, symbol(t, s.Code), float64(closing)/1e4, float64(preclose)/1e4
			b.Traded[n], b.IsST[n], b.Volume[n] = 1, 0, 1
			present.Add(b.Symbols[n], row.Day)
		}
		batch := b.Batch("test", today.At(18, 0))
		if err := scanner.Scan(batch.Record); err != nil {
			t.Fatal(err)
		}
		batch.Record.Release()
		list = append(list, etl.Instrument{Symbol: symbol(t, s.Code), Kind: etl.Kind(s.Kind), Listed: s.Listed})
	}
	u, err := etl.MakeUniverse(list)
	if err != nil {
		t.Fatal(err)
	}
	found := etl.WithoutListings(scanner.Found(), u)
	var known []etl.FactorVersion
	for _, budget := range []int{7, 20, 1000} { // what a small budget leaves, the next plan brings
		plan, left := etl.PlanFactors(found, known, u, etl.FactorMeans{Latest: today, Budget: budget})
		if budget == 1000 && left > 0 || len(plan) > budget {
			t.Fatalf("%d requests, %d left", len(plan), left)
		}
		for _, r := range plan {
			a, err := c.FactorsOn(t.Context(), r.From)
			if r.Symbol != 0 {
				a, err = c.Factors(t.Context(), r.Symbol, r.From, r.To)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range etl.ChangedFactors(etl.NewestFactors(known, a.Fetched), a.Sound()) {
				known = append(known, etl.FactorVersion{Factor: f, Fetched: a.Fetched})
			}
		}
	}
	known = etl.NewestFactors(known, today.At(0, 0).AddDate(100, 0, 0))
	factors := make([]etl.Factor, len(known))
	for i, v := range known {
		factors[i] = v.Factor
	}
	p := etl.CheckFactors(factors, found, etl.Bars{Present: present, Listed: u})
	t.Logf("%d ex-dates, %d factors, %d agreed, %d unproven, %d findings", len(found), p.Factors, p.Agreed, p.Unproven, len(p.Findings))
	if plan, _ := etl.PlanFactors(found, known, u, etl.FactorMeans{Latest: today, Budget: 9}); len(plan) > 0 {
		t.Errorf("still to ask for: %v", plan)
	}
	if len(found) < 100 || p.Factors != len(found) || p.Agreed < p.Factors*9/10 || len(p.Findings) > 0 {
		t.Errorf("%d ex-dates, %d factors, %d agreed, %d unproven: %v", len(found), p.Factors, p.Agreed, p.Unproven, p.Findings)
	}
}
