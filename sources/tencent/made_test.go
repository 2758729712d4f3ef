package tencent_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"barkeep/etl"
)

// example is a made-up row. Source: specification of the quote sources, 14.
const example = "51~样例股份~003999~10.12~10.00~10.05~12346~6500~5846~10.12~13~10.11~34~10.10~201~10.09~8~10.08~50~" +
	"10.13~9~10.14~11~10.15~456~10.16~3~10.18~77~~20260722161403~0.12~1.20~10.30~9.98~10.12/12346/12505992~12346~1251~" +
	"0.62~20.24~~10.30~9.98~3.20~20.24~25.30~2.02~11.00~9.00~1.10~-250~10.13~19.50~21.30~~~0.95~1250.5993~0.5060~5~ A~GP-A~" +
	"-3.21~0.45~1.50~8.40~5.10~12.80~7.95~0.66~2.10~-4.05~200000000~250000000~-29.00~-1.30~200000000~~~-6.02~0.10~~CNY~0~___D__F__N~10.11~-25~"

var received = time.Date(2026, 7, 22, 8, 14, 5, 0, time.UTC)

func symbol(t testing.TB, text string) etl.Symbol {
	t.Helper()
	s, err := etl.ParseSymbol(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cells are the fields of a row by number.
type cells map[int]string

// none of the book, of the opening and of the trades.
func idle() cells {
	c := cells{5: "0.00", 6: "0", 7: "0", 8: "0", 33: "0.00", 34: "0.00", 36: "0", 37: "0", 38: "0.00", 41: "0.00", 42: "0.00",
		43: "0.00", 49: "0.00", 50: "0", 51: "0.00", 57: "0.0000", 58: "0.0000", 59: "0", 74: ""}
	for i := 9; i < 29; i += 2 {
		c[i], c[i+1] = "0.00", "0"
	}
	return c
}

// last sets the last price and what depends on it.
func (c cells) last(last, change, percent string) cells {
	c[3], c[31], c[32], c[35] = last, change, percent, last+"/"+c[6]+"/0"
	return c
}

func (c cells) with(more cells) cells {
	for i, text := range more {
		c[i] = text
	}
	return c
}

// row is the example for another security, with other fields, cut to a number of
// them if count is not 0.
func row(s etl.Symbol, change cells, count int) string {
	f := strings.Split(example, "~")
	f[2] = s.String()[2:]
	for i, text := range change {
		f[i] = text
	}
	if count > 0 {
		f = f[:count]
	}
	return fmt.Sprintf("v_%s=\"%s\";\n", s, strings.Join(f, "~"))
}

// gbk encodes as the vendor does.
func gbk(t testing.TB, text string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// marketOf makes up n trading securities and the answer that lists them. The
// prices differ, and everything that depends on them.
func marketOf(t testing.TB, n int) ([]etl.Symbol, []byte) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 9))
	symbols := make([]etl.Symbol, n)
	var body bytes.Buffer
	for i := range symbols {
		symbols[i] = etl.MakeSymbol(etl.Shenzhen, 2000+i)
		if i%6 == 5 {
			symbols[i] = etl.MakeSymbol(etl.Shanghai, 600000+i)
		}
		body.Write(gbk(t, row(symbols[i], moving(random, i), 0)))
	}
	return symbols, body.Bytes()
}

// moving makes up a row of a share that trades.
func moving(random *rand.Rand, i int) cells {
	price := func(cents int) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }
	preclose := 200 + random.IntN(20_000)
	open, last := preclose+random.IntN(preclose/20), preclose+random.IntN(preclose/20)
	low, high := min(open, last)-random.IntN(20), max(open, last)+random.IntN(20)
	lots := 1000 + random.IntN(1_000_000)
	yuan := lots * (low + random.IntN(high-low+1))
	c := cells{1: fmt.Sprintf("样例%03d", i%1000), 3: price(last), 4: price(preclose), 5: price(open), 6: strconv.Itoa(lots), 36: strconv.Itoa(lots),
		7: strconv.Itoa(lots / 2), 8: strconv.Itoa(lots - lots/2), 33: price(high), 41: price(high), 34: price(low), 42: price(low),
		31: price(last - preclose), 32: strconv.FormatFloat(float64(last-preclose)/float64(preclose)*100, 'f', 2, 64),
		35: fmt.Sprintf("%s/%d/%d", price(last), lots, yuan), 37: strconv.Itoa(yuan / 1e4), 57: fmt.Sprintf("%d.%04d", yuan/1e4, yuan%1e4),
		47: price(preclose * 12 / 10), 48: price(preclose * 8 / 10)}
	imbalance := 0
	for k := range 5 {
		bid, ask := 1+random.IntN(5000), 1+random.IntN(5000)
		c[9+2*k], c[10+2*k], c[19+2*k], c[20+2*k] = price(last-k), strconv.Itoa(bid), price(last+1+k), strconv.Itoa(ask)
		imbalance += bid - ask
	}
	c[50] = strconv.Itoa(imbalance)
	return c
}
