package etl_test

import (
	"math"
	"strings"
	"testing"

	"barkeep/etl"
)

var none = math.NaN()

// tradedQuote is a made-up share in continuous trading: 1,234,550 shares between 9.98
// and 10.30.
func tradedQuote() etl.Quote {
	q := etl.NoQuote(etl.MakeSymbol(etl.Shenzhen, 3999))
	q.Last, q.Open, q.High, q.Low, q.Preclose = 10.12, 10.05, 10.30, 9.98, 10
	q.LimitUp, q.LimitDown = 11, 9
	q.Volume, q.Amount = 1_234_550, 12_505_992.5
	q.AfterHoursVolume, q.AfterHoursAmount = 500, 5060
	for i := range q.Bids {
		q.Bids[i] = etl.Level{Price: 10.12 - float64(i)/100, Quantity: 100}
		q.Asks[i] = etl.Level{Price: 10.13 + float64(i)/100, Quantity: 5}
	}
	return q
}

// auction turns a quote's book into that of a call auction.
func auction(q *etl.Quote) {
	q.Bids, q.Asks = [5]etl.Level{}, [5]etl.Level{}
	for i := range q.Bids {
		q.Bids[i].Price, q.Asks[i].Price = none, none
	}
	q.Bids[0] = etl.Level{Price: 10.40, Quantity: 1004}
	q.Asks[0] = q.Bids[0]
	q.Asks[1].Quantity = 558
}

// untraded takes everything away that trading leaves behind.
func untraded(q *etl.Quote) {
	bare := etl.NoQuote(q.Symbol)
	bare.Status, bare.Preclose, bare.LimitUp, bare.LimitDown = q.Status, q.Preclose, q.LimitUp, q.LimitDown
	*q = bare
}

func TestQuotesThatCanBeTrue(t *testing.T) {
	for name, change := range map[string]func(q *etl.Quote){
		"as it is":                     func(q *etl.Quote) {},
		"no limits":                    func(q *etl.Quote) { q.LimitUp, q.LimitDown = none, none },
		"nothing known":                func(q *etl.Quote) { *q = etl.NoQuote(q.Symbol) },
		"before the first trade":       func(q *etl.Quote) { b, a := q.Bids, q.Asks; untraded(q); q.Bids, q.Asks = b, a },
		"at the upper limit, no asks":  func(q *etl.Quote) { q.Last, q.High, q.Asks = 11, 11, etl.NoQuote(0).Asks },
		"at the lower limit, no bids":  func(q *etl.Quote) { q.Last, q.Low, q.Bids = 9, 9, etl.NoQuote(0).Bids },
		"book cut off near the limit":  func(q *etl.Quote) { q.Asks[3], q.Asks[4] = etl.NoQuote(0).Asks[3], etl.NoQuote(0).Asks[4] },
		"volume rounded by half a lot": func(q *etl.Quote) { oneprice(q); q.Volume -= 50 },
		"less than half a lot":         func(q *etl.Quote) { oneprice(q); q.Volume, q.Amount = 0, 30*q.Last },
		"amount rounded by a yuan":     func(q *etl.Quote) { oneprice(q); q.Volume += 50; q.Amount-- },
		"more than the limit's share":  func(q *etl.Quote) { q.Preclose = 9.19 },
		"negative ratios":              func(q *etl.Quote) { q.PeTTM, q.PB = -3, -1 },
		"call auction":                 func(q *etl.Quote) { untraded(q); q.Status = etl.CallAuction; auction(q); q.Last = 10.40 },
		"call auction, no match yet": func(q *etl.Quote) {
			untraded(q)
			q.Status = etl.CallAuction
			q.Bids[0] = etl.Level{Price: 9, Quantity: 100}
		},
		"closing auction":          func(q *etl.Quote) { auction(q); q.Last = 10.40 },
		"suspended":                func(q *etl.Quote) { q.Status = etl.Suspended; untraded(q) },
		"halted after some trades": func(q *etl.Quote) { q.Status = etl.Suspended },
		"delisted":                 func(q *etl.Quote) { q.Status = etl.Delisted; untraded(q) },
		"not listed":               func(q *etl.Quote) { q.Status = etl.NotListed; *q = etl.NoQuote(q.Symbol) },
		"an index": func(q *etl.Quote) {
			q.Symbol, q.Bids, q.Asks = etl.MakeSymbol(etl.Shanghai, 1), etl.NoQuote(0).Bids, etl.NoQuote(0).Asks
			q.LimitUp, q.LimitDown, q.Volume, q.Amount = none, none, 56_212_260_100, 1_025_875_517_700
		},
		"a bond":    func(q *etl.Quote) { q.Symbol, q.Volume = etl.MakeSymbol(etl.Shenzhen, 123_999), 12 },
		"a B share": func(q *etl.Quote) { q.Symbol, q.Amount = etl.MakeSymbol(etl.Shanghai, 900_999), q.Amount*7 },
	} {
		q := tradedQuote()
		change(&q)
		if problem := q.Problem(); problem != "" {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

// oneprice makes every trade one at the upper limit: the average is exact.
func oneprice(q *etl.Quote) {
	q.Last, q.Open, q.High, q.Low, q.Asks = 11, 11, 11, 11, etl.NoQuote(0).Asks
	q.Volume, q.Amount = 100_000, 1_100_000
}

func TestQuotesThatCannotBeTrue(t *testing.T) {
	for name, c := range map[string]struct {
		change func(q *etl.Quote)
		want   string
	}{
		"last too high":            {func(q *etl.Quote) { q.Last = 10.31 }, "last 10.31"},
		"last too low":             {func(q *etl.Quote) { q.Last = 9.97 }, "last 9.97"},
		"no last":                  {func(q *etl.Quote) { q.Last = none }, "last NaN"},
		"open too high":            {func(q *etl.Quote) { q.Open = 10.31 }, "open 10.31"},
		"no open":                  {func(q *etl.Quote) { q.Open = none }, "open NaN"},
		"no high":                  {func(q *etl.Quote) { q.High = none }, "high NaN"},
		"low above high":           {func(q *etl.Quote) { q.Low, q.High = q.High, q.Low }, "low 10.3 is not below"},
		"above the limit":          {func(q *etl.Quote) { q.LimitUp = 10.29 }, "above the limit 10.29"},
		"below the limit":          {func(q *etl.Quote) { q.LimitDown = 9.99 }, "below the limit 9.99"},
		"lots for shares":          {func(q *etl.Quote) { q.Volume /= 100 }, "no average price"},
		"shares for lots":          {func(q *etl.Quote) { q.Volume *= 100 }, "no average price"},
		"a share too many lots":    {func(q *etl.Quote) { oneprice(q); q.Volume += 51 }, "no average price"},
		"two yuan too many":        {func(q *etl.Quote) { oneprice(q); q.Volume -= 50; q.Amount += 2 }, "no average price"},
		"volume without an amount": {func(q *etl.Quote) { q.Amount = 0 }, "no average price"},
		"amount without a volume":  {func(q *etl.Quote) { q.Volume = 0 }, "no average price"},
		"bids rise":                {func(q *etl.Quote) { q.Bids[1].Price = 10.125; q.Bids[0].Price = 10.12 }, "bids do not fall: bid1 is 10.12, bid2"},
		"bids equal":               {func(q *etl.Quote) { q.Bids[3].Price = q.Bids[2].Price }, "bids do not fall: bid3"},
		"asks fall":                {func(q *etl.Quote) { q.Asks[4].Price = 10 }, "asks do not rise: ask4"},
		"a hole in the bids":       {func(q *etl.Quote) { q.Bids[1] = etl.Level{Price: none} }, "bids do not fall: bid2 is NaN"},
		"a crossed book":           {func(q *etl.Quote) { q.Bids[0].Price = 10.13 }, "bid1 10.13 is not below ask1 10.13"},
		"price without quantity":   {func(q *etl.Quote) { q.Asks[2].Quantity = 0 }, "ask3 has price"},
		"quantity without price":   {func(q *etl.Quote) { q.Bids[4].Price = none }, "bid5 has price NaN"},
		"auction with a third":     {func(q *etl.Quote) { auction(q); q.Asks[2].Quantity = 1 }, "bid1 10.4 is not below"},
		"auction with two seconds": {func(q *etl.Quote) { auction(q); q.Bids[1].Quantity = 1 }, "bid1 10.4 is not below"},
		"auction of two sizes":     {func(q *etl.Quote) { auction(q); q.Bids[0].Quantity = 1 }, "bid1 10.4 is not below"},
		"halted, last too high":    {func(q *etl.Quote) { q.Status, q.Last = etl.Suspended, 12 }, "last 12"},
		"suspended with a last":    {func(q *etl.Quote) { q.Status = etl.Suspended; untraded(q); q.Last = 10 }, "without a trade and has last 10"},
		"delisted with a low":      {func(q *etl.Quote) { q.Status = etl.Delisted; untraded(q); q.Low = 10 }, "delisted without a trade"},
		"delisted and traded":      {func(q *etl.Quote) { q.Status = etl.Delisted }, "delisted and has a volume"},
		"not listed with a book":   {func(q *etl.Quote) { b := q.Bids; untraded(q); q.Status, q.Bids = etl.NotListed, b }, "not_listed and has an order book"},
		"zero":                     {func(q *etl.Quote) { q.Open = 0 }, "open 0 is no price"},
		"negative":                 {func(q *etl.Quote) { q.LimitDown = -1 }, "limit down -1 is no price"},
		"infinite":                 {func(q *etl.Quote) { q.LimitUp = math.Inf(1) }, "limit up +Inf is no price"},
		"zero in an auction":       {func(q *etl.Quote) { q.Status, q.Last = etl.CallAuction, 0 }, "last 0 is no price"},
		"negative level":           {func(q *etl.Quote) { q.Asks[1].Price = -10.14 }, "level 2"},
		"negative quantity":        {func(q *etl.Quote) { q.Bids[4].Quantity = -1 }, "level 5"},
		"negative volume":          {func(q *etl.Quote) { q.Volume = -1 }, "volume -1"},
		"negative after hours":     {func(q *etl.Quote) { q.AfterHoursVolume = -1 }, "after-hours volume -1"},
		"negative amount":          {func(q *etl.Quote) { q.Amount = -1 }, "amount -1"},
		"no amount":                {func(q *etl.Quote) { q.AfterHoursAmount = none }, "after-hours amount NaN"},
	} {
		q := tradedQuote()
		c.change(&q)
		if problem := q.Problem(); !strings.Contains(problem, c.want) {
			t.Errorf("%s: the problem is %q, want one with %q", name, problem, c.want)
		}
	}
}

func TestIndex(t *testing.T) {
	for text, want := range map[string]bool{
		"sh000001": true, "sh000300": true, "sz399001": true, "bj899050": true,
		"sz000001": false, "sh600000": false, "bj920000": false, "sz300001": false, "sh510300": false,
	} {
		if s, err := etl.ParseSymbol(text); err != nil || s.Index() != want {
			t.Errorf("%s: index is %v, want %v (%v)", text, s.Index(), want, err)
		}
	}
}

func BenchmarkProblem(b *testing.B) {
	q := tradedQuote()
	for b.Loop() {
		if q.Problem() != "" {
			b.Fatal(q.Problem())
		}
	}
}
