package etl_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

var july = schedules.MakeDay(2023, 7, 21)

func factor(t testing.TB, symbol string, day schedules.Day, fore, back int64) etl.Factor {
	return etl.Factor{Symbol: sym(t, symbol), Date: day, Fore: fore, Back: back, Adjust: back}
}

func versions(at time.Time, list ...etl.Factor) []etl.FactorVersion {
	out := make([]etl.FactorVersion, len(list))
	for i, f := range list {
		out[i] = etl.FactorVersion{Factor: f, Source: "baostock", Fetched: at}
	}
	return out
}

// TestFactorRows: every number of millionths comes back, and the cell is the
// float64 that the vendor's text stands for.
func TestFactorRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var list []etl.Factor
	for i := range 20_000 {
		f := factor(t, "sh600000", schedules.Day(i+1), rng.Int64N(1<<(1+i%50)), 1+rng.Int64N(1<<(1+i%45)))
		f.Adjust = int64(i)
		list = append(list, f)
	}
	r := etl.FactorRows(list, "baostock", fetched)
	defer r.Release()
	noNulls(t, r, etl.AdjustFactors)
	got, err := etl.ReadFactors(r)
	if err != nil || len(got) != len(list) {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for i, v := range got {
		if v.Factor != list[i] || v.Source != "baostock" || !v.Fetched.Equal(fetched) {
			t.Fatalf("%v comes back as %v", list[i], v)
		}
		want, _ := strconv.ParseFloat(etl.FactorText(list[i].Back), 64)
		if cell, _ := strconv.ParseFloat(value(r, etl.AdjustFactors, "back_factor", i), 64); cell != want {
			t.Fatalf("the cell of %s is %v", etl.FactorText(list[i].Back), cell)
		}
	}
}

func TestNewestAndChangedFactors(t *testing.T) {
	a1 := factor(t, "sh600000", july, etl.One, 11949786)
	a2 := factor(t, "sh600000", july, 936211, 11949786)
	b := factor(t, "sh600000", july+362, etl.One, 12763991)
	c := factor(t, "sz000001", july, etl.One, 2000000)
	later := fetched.Add(time.Hour)
	history := slices.Concat(versions(later, b, a2), versions(fetched, c, a1))
	if got := etl.NewestFactors(history, fetched); len(got) != 2 || got[0].Factor != a1 || got[1].Factor != c {
		t.Errorf("as known first: %v", got)
	}
	known := etl.NewestFactors(history, time.Time{})
	if len(known) != 3 || known[0].Factor != a2 || known[1].Factor != b || known[2].Factor != c {
		t.Errorf("as known now: %v", known)
	}
	if got := etl.NewestFactors(history, fetched.Add(-1)); len(got) != 0 {
		t.Errorf("before all: %v", got)
	}
	if got := etl.ChangedFactors(known, []etl.Factor{b, a2, c}); len(got) != 0 {
		t.Errorf("the same again: %v", got)
	}
	a3 := a2
	a3.Fore--
	d := factor(t, "bj920000", july, etl.One, etl.One)
	if got := etl.ChangedFactors(known, []etl.Factor{b, a3, d, d, c}); !slices.Equal(got, []etl.Factor{d, a3}) {
		t.Errorf("changed: %v", got)
	}
	for day, want := range map[schedules.Day]int64{july - 1: 0, july: a2.Back, july + 361: a2.Back, july + 362: b.Back, july + 9999: b.Back} {
		if v, ok := etl.FactorOn(known, sym(t, "sh600000"), day); ok != (want != 0) || v.Back != want {
			t.Errorf("on %s: %v, %t", day, v, ok)
		}
	}
	if _, ok := etl.FactorOn(known, sym(t, "sz000002"), july); ok {
		t.Error("a security without factors has one")
	}
}

// TestAdjustText holds the vendor's printed examples and the exact product of
// large ones. Source: specification of Baostock, 8.4 and 8.6.
func TestAdjustText(t *testing.T) {
	for want, in := range map[string][2]int64{
		"6.2070789300":  {66300, 936211},
		"6.2258031500":  {66500, 936211},
		"6.1789926000":  {66000, 936211},
		"6.1977168200":  {66200, 936211},
		"82.6709361300": {72300, 11434431},
		"6.1846938300":  {72300, 855421},
		"0.0000000000":  {0, 855421},
		"0.0000000001":  {1, 1},
		"-0.0000000002": {-2, 1},
	} {
		if got := etl.AdjustText(in[0], in[1]); got != want {
			t.Errorf("%d x %d is %s, want %s", in[0], in[1], got, want)
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		p, f := rng.Int64N(1<<(1+rng.IntN(62))), rng.Int64N(1<<(1+rng.IntN(62)))
		want := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(p), big.NewInt(f)), big.NewInt(1e10)).FloatString(10)
		if got := etl.AdjustText(p, f); got != want {
			t.Fatalf("%d x %d is %s, want %s", p, f, got, want)
		}
		if got := etl.AdjustText(-p, f); strings.TrimPrefix(got, "-") != want || p*1 != 0 && f != 0 && got[0] != '-' {
			t.Fatalf("-%d x %d is %s", p, f, got)
		}
	}
	buf := make([]byte, 0, 32)
	if n := testing.AllocsPerRun(100, func() { etl.AppendAdjusted(buf, 72300, 11434431) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
