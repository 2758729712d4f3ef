package tencent_test

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"barkeep/etl"
	"barkeep/sources/tencent"
)

// BenchmarkParse reads an answer of 900 rows with 88 fields into quotes, all
// checks included.
func BenchmarkParse(b *testing.B) {
	symbols, body := marketOf(b, 900)
	var r tencent.Reply
	if err := r.Read(symbols, body, received); err != nil { // learns the names, makes room
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Read(symbols, body, received); err != nil || len(r.Quotes()) != len(symbols) {
			b.Fatal(err, len(r.Quotes()), r.Refused())
		}
	}
	b.ReportMetric(float64(len(symbols)*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkParseSplit is the named alternative: decode the text, split it with
// strings.Split, read the numbers with strconv. It checks nothing.
func BenchmarkParseSplit(b *testing.B) {
	symbols, body := marketOf(b, 900)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if quotes := splitParse(b, body); len(quotes) != len(symbols) {
			b.Fatal(len(quotes))
		}
	}
	b.ReportMetric(float64(len(symbols)*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// splitParse reads trading rows without a doubt in them. It is written apart from
// the parser, so that the two can be compared.
func splitParse(t testing.TB, body []byte) []etl.Quote {
	t.Helper()
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(body)
	if err != nil {
		t.Fatal(err)
	}
	var quotes []etl.Quote
	for _, statement := range strings.Split(string(bytes.TrimSpace(decoded)), "\";") {
		name, text, ok := strings.Cut(strings.TrimSpace(statement), `="`)
		if f := strings.Split(text, "~"); ok && len(f) >= 50 {
			quotes = append(quotes, splitQuote(t, symbol(t, strings.TrimPrefix(name, "v_")), f))
		}
	}
	return quotes
}

func splitQuote(t testing.TB, s etl.Symbol, f []string) etl.Quote {
	t.Helper()
	number := func(i int) float64 {
		if i >= len(f) || f[i] == "" {
			return math.NaN()
		}
		v, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			t.Fatalf("%s, field %d: %v", s, i, err)
		}
		return v
	}
	positive := func(i int) float64 {
		if v := number(i); v > 0 {
			return v
		}
		return math.NaN()
	}
	amount := func(i int) float64 {
		if v := number(i); v > 0 {
			return math.Round(v * 1e4)
		}
		return 0
	}
	lots := func(i int, unit float64) int64 {
		if v := number(i); v > 0 {
			return int64(math.Round(v * unit))
		}
		return 0
	}
	q := etl.NoQuote(s)
	q.Name, q.Source, q.Fetched = f[1], "tencent", received
	q.Last, q.Preclose, q.Open, q.High, q.Low = positive(3), positive(4), positive(5), positive(33), positive(34)
	q.LimitUp, q.LimitDown, q.Turn, q.PB = positive(47), positive(48), number(38), number(46)
	if q.PeTTM = number(39); q.PeTTM == 0 {
		q.PeTTM = math.NaN()
	}
	if q.PB == 0 {
		q.PB = math.NaN()
	}
	q.FloatCap, q.MarketCap = math.Round(positive(44)*1e8), math.Round(positive(45)*1e8)
	unit := 100.0
	if text := s.String(); text[:5] == "sh688" || text[:5] == "sh689" {
		unit = 1
	}
	q.Volume, q.AfterHoursVolume, q.AfterHoursAmount = lots(6, unit), lots(59, unit), amount(58)
	if q.Amount = amount(57); q.Amount == 0 {
		triple := strings.Split(f[35], "/")
		q.Amount, _ = strconv.ParseFloat(triple[2], 64)
	}
	for k := range 5 {
		q.Bids[k] = etl.Level{Price: positive(9 + 2*k), Quantity: lots(10+2*k, 100)}
		q.Asks[k] = etl.Level{Price: positive(19 + 2*k), Quantity: lots(20+2*k, 100)}
	}
	when, err := time.ParseInLocation("20060102150405", f[30], time.FixedZone("Asia/Shanghai", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	q.Time = when.UTC()
	return q
}
