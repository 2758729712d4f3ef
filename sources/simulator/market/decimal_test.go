package market_test

import (
	"math/big"
	"strings"
	"testing"

	"barkeep/sources/simulator/market"
)

func TestAppendFixed(t *testing.T) {
	for _, x := range []struct {
		v        int64
		decimals int
		want     string
	}{
		{0, 4, "0.0000"}, {5, 4, "0.0005"}, {123456, 4, "12.3456"}, {-123, 6, "-0.000123"}, {7, 0, "7"}, {0, 0, "0"},
		{1<<63 - 1, 10, "922337203.6854775807"},
	} {
		if got := string(market.AppendFixed(nil, x.v, x.decimals)); got != x.want {
			t.Errorf("AppendFixed(%d, %d) = %s, want %s", x.v, x.decimals, got, x.want)
		}
	}
}

func TestParseFixed(t *testing.T) {
	for _, x := range []struct {
		text string
		want int64
		ok   bool
	}{
		{"7.2300", 72300, true}, {"7", 70000, true}, {"-0.5", -5000, true}, {"0.0000", 0, true},
		{"", 0, false}, {".5", 0, false}, {"5.", 0, false}, {"1.23456", 0, false}, {"1e3", 0, false}, {"--", 0, false},
		{"1.2.3", 0, false}, {"99999999999999999999", 0, false}, {"-", 0, false}, {" 1", 0, false},
	} {
		if got, ok := market.ParseFixed([]byte(x.text), 4); got != x.want || ok != x.ok {
			t.Errorf("ParseFixed(%q) = %d, %t", x.text, got, ok)
		}
	}
}

// TestAppendAdjusted uses the worked example of the specification, 8.4.
func TestAppendAdjusted(t *testing.T) {
	for _, x := range []struct {
		price  string
		factor int64
		want   string
	}{
		{"7.2300", 11434431, "82.6709361300"}, {"7.2300", 855421, "6.1846938300"}, {"6.6300", 936211, "6.2070789300"},
		{"", 936211, ""}, {"--", 1, "--"}, {"12.0000", 1000000, "12.0000000000"},
	} {
		if got := string(market.AppendAdjusted(nil, []byte(x.price), x.factor)); got != x.want {
			t.Errorf("%s x %d = %s, want %s", x.price, x.factor, got, x.want)
		}
	}
	if got := market.ForeFactor(11949786, 12763991); got != 936211 {
		t.Errorf("forward factor %d", got)
	}
}

func FuzzParseFixed(f *testing.F) {
	for _, s := range []string{"7.2300", "-1.5", "0", "922337203685477.5807", "1.", "", "-", "000.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, ok := market.ParseFixed([]byte(s), 4)
		if !ok {
			return
		}
		want, valid := new(big.Rat).SetString(s)
		if !valid || want.Cmp(big.NewRat(v, 10000)) != 0 {
			t.Fatalf("ParseFixed(%q) = %d", s, v)
		}
		again, ok := market.ParseFixed(market.AppendFixed(nil, v, 4), 4)
		if !ok || again != v || strings.ContainsAny(s, "eE+") {
			t.Fatalf("%q does not survive a round trip: %d", s, again)
		}
	})
}
