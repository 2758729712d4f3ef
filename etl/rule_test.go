package etl_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// ruleUniverse has one security of every sort that rules tell apart.
var ruleUniverse = etl.Universe{
	{Symbol: etl.MakeSymbol(etl.Shanghai, 1), Kind: etl.Index},
	{Symbol: etl.MakeSymbol(etl.Shanghai, 510050), Kind: etl.ETF, Listed: schedules.MakeDay(2005, 2, 23)},
	{Symbol: etl.MakeSymbol(etl.Shanghai, 600000), Kind: etl.Stock, Listed: schedules.MakeDay(1999, 11, 10)},
	{Symbol: etl.MakeSymbol(etl.Shanghai, 600001), Kind: etl.Stock}, // nobody knows since when
	{Symbol: etl.MakeSymbol(etl.Shanghai, 600002), Kind: etl.Stock, Listed: june[10], Delisted: june[15]},
	{Symbol: etl.MakeSymbol(etl.Shanghai, 688001), Kind: etl.Stock, Listed: june[0]},
	{Symbol: etl.MakeSymbol(etl.Shanghai, 900901), Kind: etl.Stock, Listed: schedules.MakeDay(1992, 2, 21)},
}

// steady makes rows of one security on successive days of June 2026 that break
// no rule: closed at the price of the day before, 2,000,000 of 1e9 shares traded.
func steady(code, n int) *etl.BarBuilder {
	b := goodBars(n)
	for i := range n {
		b.Symbols[i], b.Days[i] = etl.MakeSymbol(etl.Shanghai, code), june[i]
		b.Open[i], b.High[i], b.Low[i], b.Close[i], b.Preclose[i] = 10, 10, 10, 10, 10
		b.Volume[i], b.Turn[i], b.PctChg[i] = int64(2_000_000+i), 0.2, 0
		b.Amount[i] = float64(b.Volume[i]) * 10
	}
	return b
}

// findings checks a batch and returns what is found, in words.
func findings(t *testing.T, c *etl.Checker, b *etl.BarBuilder) []string {
	t.Helper()
	got := b.Batch("baostock", fetched)
	defer got.Record.Release()
	flaws := c.Check(got)
	list := []string{}
	rejected := 0
	for _, f := range c.Findings() {
		list = append(list, f.Rule.String()+": "+f.String())
		if f.Severity == etl.Reject {
			rejected++
		}
	}
	if len(flaws) != rejected {
		t.Errorf("%d flaws, and %d findings that reject", len(flaws), rejected)
	}
	return list
}

func newChecker(context etl.CheckContext) *etl.Checker {
	return etl.NewChecker(etl.DefaultCheckConfig(), schedules.Embedded(), ruleUniverse, context)
}

func TestRules(t *testing.T) {
	type bars = etl.BarBuilder
	const i = 5                         // june[5] is 2026-06-08
	price := func(b *bars, p float64) { // all of row i, and preclose of the next
		b.Open[i], b.High[i], b.Low[i], b.Close[i], b.Preclose[i+1] = p, p, p, p, p
		b.Open[i+1], b.High[i+1], b.Low[i+1], b.Close[i+1] = p, p, p, p
		for j := i; j < b.Len(); j++ {
			b.Amount[j] = float64(b.Volume[j]) * b.Close[j]
			b.PctChg[j] = math.Round((b.Close[j]/b.Preclose[j]-1)*1e6) / 1e4
		}
	}
	tests := []struct {
		name string
		code int
		bend func(b *bars)
		want string // "rule: part of the text"; empty when nothing is found
	}{
		{"as it is", 600000, func(b *bars) {}, ""},
		{"limit-up, rounded beyond 10 %", 600000, func(b *bars) { b.SetLen(i + 2); b.Preclose[i] = 2.67; price(b, 2.94) }, "preclose_chain|"},
		{"one tick above the limit", 600000, func(b *bars) { b.SetLen(i + 2); price(b, 11.01) }, "price_limit: sh600000 2026-06-08: high is above the limit price (high 11.01, limit 11, preclose 10)"},
		{"one tick below the limit", 600000, func(b *bars) { b.SetLen(i + 2); price(b, 8.99) }, "price_limit: sh600000 2026-06-08: low is below the limit price (low 8.99, limit 9, preclose 10)"},
		{"under risk warning", 600000, func(b *bars) { b.SetLen(i + 2); b.IsST[i] = 1; price(b, 10.51) }, "price_limit: sh600000 2026-06-08: high is above the limit price (high 10.51, limit 10.5, preclose 10)"},
		{"no listing date", 600001, func(b *bars) { b.SetLen(i + 2); price(b, 11.01) }, ""},
		{"the sixth session of STAR", 688001, func(b *bars) { b.SetLen(i + 2); price(b, 12.01) }, "price_limit: sh688001 2026-06-08: high is above"},
		{"the first sessions of STAR", 688001, func(b *bars) {
			b.Open[1], b.High[1], b.PctChg[1] = 40, 40, 0
			b.Amount[1] = float64(b.Volume[1]) * 20
		}, ""},
		{"B shares have no rule", 900901, func(b *bars) { b.SetLen(i + 2); price(b, 20) }, ""},
		{"B shares have a finer tick", 900901, func(b *bars) { b.SetLen(i + 2); price(b, 10.001) }, ""},
		{"funds have a finer tick", 510050, func(b *bars) { b.SetLen(i + 2); price(b, 10.001) }, ""},
		{"too fine a price of a fund", 510050, func(b *bars) { b.SetLen(i + 2); price(b, 10.0005); b.SetLen(i + 1) }, "tick: "},
		{"an adjusted price", 600000, func(b *bars) { b.SetLen(i + 2); price(b, 10.0364); b.SetLen(i + 1) }, "tick: "},

		{"pct_chg of four decimals, one off", 600000, func(b *bars) { b.PctChg[i] = 0.0001 }, ""},
		{"pct_chg of two decimals", 600000, func(b *bars) { b.SetLen(i + 2); price(b, 10.03); b.Preclose[i+1] = 10.03; b.PctChg[i] = 0.3 }, ""},
		{"wrong pct_chg", 600000, func(b *bars) { b.PctChg[i] = 0.0061 }, "pct_chg: "},
		{"no pct_chg", 600000, func(b *bars) { b.PctChg[i] = math.NaN() }, ""},

		{"amount a yuan off", 600000, func(b *bars) { b.Amount[i]++ }, ""},
		{"amount beyond the tolerance", 600000, func(b *bars) { b.Amount[i] += 4 }, "average_price: "},
		{"an amount of thousands", 600000, func(b *bars) { b.Amount[i] /= 1000 }, "scale: "},

		{"preclose rises", 600000, func(b *bars) { b.Preclose[i], b.PctChg[i] = 10.01, -0.0999 }, "preclose_chain: sh600000 2026-06-08: preclose is above the close of the day before (preclose 10.01, close 10 on 2026-06-05)"},
		{"an ex-date", 600000, func(b *bars) { b.Preclose[i], b.PctChg[i] = 9.9, 1.0101 }, ""},
		{"two ex-dates in a row", 600000, func(b *bars) {
			for _, j := range []int{i, i + 1} {
				b.Preclose[j], b.PctChg[j] = 9.9, 1.0101
			}
		}, "preclose_chain: sh600000 2026-06-09: preclose differs from the close of the day before, and did so a few days"},
		{"a jump", 600000, func(b *bars) { b.SetLen(i + 2); b.Preclose[i] = 2.4; price(b, 2.4) }, "jump: sh600000 2026-06-08: the price jumps"},
		{"the day before is missing", 600000, func(b *bars) { b.Preclose[i] = 2.4; b.Days[i-1] = june[20]; b.SetLen(i - 1) }, ""},

		{"lifted lock-ups", 600000, func(b *bars) { b.Turn[i], b.Turn[i+1] = 0.05, 0.05; b.SetLen(i + 2) }, ""},
		{"floating shares x 10", 600000, func(b *bars) { b.Turn[i] = 0.02; b.SetLen(i + 1) }, "float_shares: sh600000 2026-06-08: the floating shares grow"},
		{"floating shares shrink", 600000, func(b *bars) { b.Turn[i] = 0.5; b.SetLen(i + 1) }, "float_shares: sh600000 2026-06-08: the floating shares shrink"},
		{"across a suspended day", 600000, func(b *bars) { suspend(b, i); b.Turn[i+1] = 0.02; b.SetLen(i + 2) }, "float_shares: sh600000 2026-06-09: "},

		{"before the listing, and after the delisting", 600002, func(b *bars) {
			b.SetLen(17)
			rest := copyOf(b)
			b.SetLen(0)
			take(b, rest, 10, 17)
		}, "listing: sh600002 2026-06-24: the bar is of a day after the delisting"},
		{"the trading of another day", 600000, func(b *bars) { b.Volume[i], b.Amount[i] = b.Volume[2], b.Amount[2] }, "repeated: sh600000 2026-06-08: volume and amount are those of another row (volume 2000002, amount 20000020, as sh600000 2026-06-03)"},
		{"suspended with other prices", 600000, func(b *bars) { suspend(b, i); b.High[i] = 10.5 }, "suspended_prices: "},

		{"an index moves in fractions", 1, func(b *bars) { b.SetLen(i + 2); price(b, 3011.4567); b.Volume[i] *= 7 }, ""},
		{"a gap of an index", 1, func(b *bars) { b.Preclose[i], b.PctChg[i] = 9.9, 1.0101 }, "index_rows: sh000001 2026-06-08: preclose of an index"},
		{"a suspended index", 1, func(b *bars) { suspend(b, i) }, "index_rows: sh000001 2026-06-08: an index is suspended"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := steady(tt.code, 20)
			tt.bend(b)
			got := findings(t, newChecker(nil), b)
			if rule, rest, only := strings.Cut(tt.want, "|"); only && rest == "" {
				got, tt.want = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, rule) }), ""
			}
			if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], tt.want)) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRulesAreNamedAndExplained(t *testing.T) {
	names := map[string]bool{}
	for _, r := range etl.Rules() {
		if names[r.String()] || r.String() == "" || r.About() == "" {
			t.Errorf("rule %d is named %q and says %q", r, r, r.About())
		}
		names[r.String()] = true
	}
}

func TestCheckConfigValidates(t *testing.T) {
	if err := etl.DefaultCheckConfig().Validate(); err != nil {
		t.Error(err)
	}
	err := (etl.CheckConfig{}).Validate()
	var key *etl.KeyError
	if !errors.As(err, &key) || strings.Count(err.Error(), "\n") < 5 {
		t.Errorf("of a zero configuration: %v", err)
	}
	var s etl.Severity
	for _, want := range []etl.Severity{etl.Off, etl.Warn, etl.Reject} {
		text, _ := want.MarshalText()
		if err := s.UnmarshalText(text); err != nil || s != want {
			t.Errorf("%s is read as %s: %v", text, s, err)
		}
	}
	if err := s.UnmarshalText([]byte("loud")); err == nil || s != etl.Reject {
		t.Errorf("loud is read as %s: %v", s, err)
	}
}

func TestSeverityDecides(t *testing.T) {
	bad := func() *etl.BarBuilder { b := steady(600000, 20); b.PctChg[5] = 3; b.Preclose[9] = 10.5; return b }
	for _, tt := range []struct {
		severity etl.Severity
		flaws    int
		tallies  bool
	}{{etl.Off, 0, false}, {etl.Warn, 0, true}, {etl.Reject, 1, true}} {
		config := etl.DefaultCheckConfig()
		config.PctChg, config.PrecloseChain = tt.severity, etl.Off
		c := etl.NewChecker(config, schedules.Embedded(), ruleUniverse, nil)
		got := bad().Batch("baostock", fetched)
		if flaws := c.Check(got); len(flaws) != 2*tt.flaws {
			t.Errorf("%s: flaws %v", tt.severity, flaws)
		}
		got.Record.Release()
		there := slices.ContainsFunc(c.Tallies(), func(t etl.Tally) bool {
			return t.Rule == etl.PctChg && t.RowsChecked == 20 && t.RowsFound == 2 && t.First == june[5] && t.Last == june[9] &&
				strings.HasPrefix(t.Sample, "sh600000 2026-06-08: pct_chg")
		})
		if there != tt.tallies {
			t.Errorf("%s: tallies %+v", tt.severity, c.Tallies())
		}
	}
}
