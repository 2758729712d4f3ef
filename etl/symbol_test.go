package etl_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"barkeep/etl"
)

// sym parses a symbol that a test is sure of.
func sym(t testing.TB, text string) etl.Symbol {
	t.Helper()
	s, err := etl.ParseSymbol(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseSymbolSpellings(t *testing.T) {
	tests := map[string]string{
		// every way to name the exchange
		"sh600000": "sh600000", "SH600000": "sh600000", "Sh600000": "sh600000", "ss600000": "sh600000",
		"sh.600000": "sh600000", "SH.600000": "sh600000", "ss.600000": "sh600000",
		"600000.SH": "sh600000", "600000.sh": "sh600000", "600000.SS": "sh600000", "600000.XSHG": "sh600000", "600000.xshg": "sh600000",
		"sz000001": "sz000001", "sz.000001": "sz000001", "000001.SZ": "sz000001", "000001.XSHE": "sz000001",
		"bj920000": "bj920000", "bj.920000": "bj920000", "920000.BJ": "bj920000", "920000.XBSE": "bj920000",
		" sh600000\n": "sh600000", "\t600000 ": "sh600000",
		// an exchange that is given rules, indices included
		"sh000001": "sh000001", "000001.SH": "sh000001", "sz399001": "sz399001", "bj899050": "bj899050", "sz600000": "sz600000",
		// Baostock's older spelling of funds
		"of.159001": "sz159001", "of.510300": "sh510300", "OF.510300": "sh510300",
		// bare codes, one of every family
		"600000": "sh600000", "601398": "sh601398", "605599": "sh605599", "688981": "sh688981", "689009": "sh689009",
		"900901": "sh900901", "510300": "sh510300", "588000": "sh588000", "110059": "sh110059", "113050": "sh113050", "118000": "sh118000",
		"000001": "sz000001", "001979": "sz001979", "002594": "sz002594", "003816": "sz003816", "200011": "sz200011",
		"300750": "sz300750", "301236": "sz301236", "159915": "sz159915", "123001": "sz123001", "128001": "sz128001", "184801": "sz184801",
		"920000": "bj920000", "430047": "bj430047", "830799": "bj830799", "873169": "bj873169", "889001": "bj889001",
	}
	for text, want := range tests {
		got, err := etl.ParseSymbol(text)
		if err != nil {
			t.Errorf("ParseSymbol(%q): %v", text, err)
		} else if got.String() != want {
			t.Errorf("ParseSymbol(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestParseSymbolNamesWhatIsWrong(t *testing.T) {
	for _, text := range []string{
		"", " ", "sh", "60000", "6000000", "sh60000", "sh6000000", "sh-600000", "sh600000.", ".600000", "600000.", "600000.HK", "hk00700",
		"hk.600000", "60000a", "sh60000a", "sh.60000a", "6000 0.SH", "600000SH", "600000..SH", "sh..600000", "６00000", "sh６0000", "平安银行", "+60000", "-60000", "600000.XSHGX",
		"399001", "899050", "930050", "700000", "190000", "999999", "of.399001",
	} {
		got, err := etl.ParseSymbol(text)
		if err == nil {
			t.Errorf("ParseSymbol(%q) = %s, want an error", text, got)
		} else if !strings.Contains(err.Error(), fmt.Sprintf("%q", text)) {
			t.Errorf("ParseSymbol(%q): %q does not name the text", text, err)
		}
	}
}

// The codes that are an index on one exchange; the same code may be a security
// on another.
func TestBareCodeIsNeverAnIndex(t *testing.T) {
	isIndex := func(s etl.Symbol) bool {
		head := s.Code() / 1000
		switch s.Exchange() {
		case etl.Shanghai:
			return head == 0 || head >= 880 && head < 900 || head >= 930 && head < 960
		case etl.Shenzhen:
			return head == 399 || head >= 970 && head < 990
		}
		return head == 899
	}
	securities := 0
	for i := range 4000 { // the first three digits decide
		code := i/4*1000 + []int{0, 1, 50, 999}[i%4]
		s, err := etl.ParseSymbol(fmt.Sprintf("%06d", code))
		if err != nil {
			continue
		}
		securities++
		if isIndex(s) {
			t.Fatalf("%06d is read as the index %s", code, s)
		}
		if s.Code() != code {
			t.Fatalf("%06d is read as %s", code, s)
		}
	}
	if securities == 0 {
		t.Error("no bare code is read at all")
	}
}

func TestSymbolOrderIsTextOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func() etl.Symbol {
		// Small codes and equal ones have to come up, too.
		return etl.MakeSymbol(etl.Exchange(1+random.IntN(3)), random.IntN([]int{10, 1000, 1_000_000}[random.IntN(3)]))
	}
	for range 20_000 {
		a, b := pick(), pick()
		if cmp.Compare(a, b) != strings.Compare(a.String(), b.String()) {
			t.Fatalf("%d and %d order differently from %s and %s", a, b, a, b)
		}
		if got := etl.MakeSymbol(a.Exchange(), a.Code()); got != a {
			t.Fatalf("%s comes back as %s from its exchange and code", a, got)
		}
		if back := sym(t, a.String()); back != a {
			t.Fatalf("%s parses to %s", a, back)
		}
	}
}

func TestSymbolText(t *testing.T) {
	s := sym(t, "000001.sz")
	text, err := s.MarshalText()
	if err != nil || string(text) != "sz000001" {
		t.Errorf("MarshalText() = %q, %v", text, err)
	}
	var back etl.Symbol
	if err := back.UnmarshalText([]byte("000001.XSHE")); err != nil || back != s {
		t.Errorf("UnmarshalText gives %s, %v", back, err)
	}
	if err := back.UnmarshalText([]byte("nobody")); err == nil || back != s {
		t.Errorf("a failed UnmarshalText gives %s, %v; the value must stay", back, err)
	}
	if got := string(s.Append([]byte("x="))); got != "x=sz000001" {
		t.Errorf("Append gives %q", got)
	}
	if zero := etl.Symbol(0).String(); zero != "??000000" {
		t.Errorf("the zero Symbol prints %q", zero)
	}
}

func FuzzParseSymbol(f *testing.F) {
	for _, seed := range []string{"sh600000", "SZ.000001", "920000.bj", "600000.XSHG", "of.159001", "000001", "", "sh.", "600000.", "K00000.sh", "\xff\xfe"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := etl.ParseSymbol(text)
		if err != nil {
			return
		}
		if again, err := etl.ParseSymbol(s.String()); err != nil || again != s {
			t.Fatalf("%q is %s, which parses to %s, %v", text, s, again, err)
		}
		if len(s.String()) != 8 || s.Code() > 999_999 {
			t.Fatalf("%q is read as the impossible %s", text, s)
		}
	})
}
