package sina_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"barkeep/etl"
	"barkeep/sources"
	"barkeep/sources/sina"
)

// received is when the answers of the tests arrive.
var received = time.Date(2026, 7, 22, 7, 0, 0, 0, time.UTC)

// row is a made-up row of a share that trades. Zero prices are written 0.000.
type row struct {
	name                            string
	open, preclose, last, high, low float64
	volume                          int64
	amount                          string
	bids, asks                      [5]level
	date, clock, status, trailer    string
}

type level struct {
	quantity int64
	price    float64
}

// live returns a row that keeps every identity.
func live() row {
	return row{
		name: "样例股份", open: 10.05, preclose: 10, last: 10.12, high: 10.3, low: 9.98, volume: 1234550, amount: "12505992.500",
		bids: [5]level{{1250, 10.12}, {3400, 10.11}, {20050, 10.1}, {800, 10.09}, {5000, 10.08}},
		asks: [5]level{{900, 10.13}, {1100, 10.14}, {45600, 10.15}, {300, 10.16}, {7700, 10.18}},
		date: "2026-07-22", clock: "14:35:00", status: "00",
	}
}

// still returns a row of a share that does not trade.
func still(status string) row {
	return row{name: "样例停牌", preclose: 9.55, amount: "0.000", date: "2026-07-22", clock: "11:30:00", status: status}
}

// text is what stands between the quotation marks, as UTF-8.
func (r row) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%d,%s", r.name, r.open, r.preclose, r.last, r.high, r.low,
		r.bids[0].price, r.asks[0].price, r.volume, r.amount)
	for _, side := range [][5]level{r.bids, r.asks} {
		for _, l := range side {
			fmt.Fprintf(&b, ",%d,%.3f", l.quantity, l.price)
		}
	}
	fmt.Fprintf(&b, ",%s,%s,%s", r.date, r.clock, r.status)
	return b.String() + r.trailer
}

// wire encodes text as Sina does.
func wire(t testing.TB, text string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// statement is the statement of a symbol, as UTF-8.
func statement(s etl.Symbol, text string) string {
	return "var hq_str_" + s.String() + `="` + text + "\";\n"
}

// take reads a body as the answer to a request for symbols.
func take(body []byte, symbols ...etl.Symbol) (etl.QuoteAnswer, []etl.Symbol) {
	p := sina.New(sina.DefaultConfig())
	return p.Take(sources.Page{Body: body, Received: received}, symbols, nil)
}

// one reads the row of a symbol, which must be served.
func one(t *testing.T, s etl.Symbol, text string) etl.Quote {
	t.Helper()
	answer, missing := take(wire(t, statement(s, text)), s)
	if len(answer.Quotes) != 1 || len(answer.Unknown)+len(answer.Refused)+len(missing) > 0 {
		t.Fatalf("%s: not served: %+v, missing %v", s, answer, missing)
	}
	return answer.Quotes[0]
}

// share returns made-up symbols: sz003000 and so on.
func share(i int) etl.Symbol { return etl.MakeSymbol(etl.Shenzhen, 3000+i) }

func shares(n int) (symbols []etl.Symbol) {
	for i := range n {
		symbols = append(symbols, share(i))
	}
	return symbols
}

// market is a made-up answer for n shares that trade, with prices of all usual
// lengths.
func market(t testing.TB, n int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for i := range n {
		r := live()
		r.name = fmt.Sprintf("样例%c%c", '一'+rune(i%40), '丁'+rune(i/40))
		base := math.Round(200*math.Exp(4*random.Float64())) / 100 // 2 to 109 yuan
		r.preclose, r.open, r.last = base, base+.01, base+.02
		r.high, r.low = base+.05, base-.03
		r.volume = 100 + random.Int64N(1<<(10+random.IntN(20)))
		r.amount = fmt.Sprintf("%.3f", (base+.01)*float64(r.volume))
		for i := range r.bids {
			r.bids[i] = level{1 + random.Int64N(1<<(5+random.IntN(16))), r.last - .01*float64(i)}
			r.asks[i] = level{1 + random.Int64N(1<<(5+random.IntN(16))), r.last + .01*float64(i+1)}
		}
		if i%3 == 0 {
			r.trailer = ",D|21253|235483.240"
		}
		b.WriteString(statement(share(i), r.text()))
	}
	return wire(t, b.String())
}
