package sina_test

import (
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"barkeep/etl"
)

// naive reads a body as most programs do: it decodes all of it, cuts it with
// strings.Split and reads cells with strconv. It knows live rows of shares only
// and is what the reader is compared with, in speed and in what it reads.
func naive(body []byte, fetched time.Time) (quotes []etl.Quote, err error) {
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(body)
	if err != nil {
		return nil, err
	}
	shanghai := time.FixedZone("", 8*3600)
	for _, line := range strings.Split(string(decoded), "\n") {
		name, text, ok := strings.Cut(strings.TrimPrefix(line, "var hq_str_"), `="`)
		if !ok {
			continue
		}
		q := etl.NoQuote(0)
		if q.Symbol, err = etl.ParseSymbol(name); err != nil {
			return nil, err
		}
		cells := strings.Split(strings.TrimSuffix(text, `";`), ",")
		if len(cells) < 33 {
			continue
		}
		q.Name, q.Source, q.Fetched = cells[0], "sina", fetched
		var prices [33]float64
		for i := 1; i < 30; i++ {
			if prices[i], err = strconv.ParseFloat(cells[i], 64); err != nil {
				return nil, err
			}
		}
		price := func(i int) float64 {
			if prices[i] == 0 {
				return math.NaN()
			}
			return prices[i]
		}
		q.Open, q.Preclose, q.Last, q.High, q.Low = price(1), price(2), price(3), price(4), price(5)
		q.Volume, q.Amount = int64(prices[8]), prices[9]
		for i := range q.Bids {
			q.Bids[i] = etl.Level{Price: price(11 + 2*i), Quantity: int64(prices[10+2*i])}
			q.Asks[i] = etl.Level{Price: price(21 + 2*i), Quantity: int64(prices[20+2*i])}
		}
		at, err := time.ParseInLocation("2006-01-02 15:04:05", cells[30]+" "+cells[31], shanghai)
		if err != nil {
			return nil, err
		}
		q.Time = at.UTC()
		if len(cells) > 33 && strings.HasPrefix(cells[33], "D|") {
			parts := strings.Split(cells[33], "|")
			if q.AfterHoursVolume, err = strconv.ParseInt(parts[1], 10, 64); err != nil {
				return nil, err
			}
			if q.AfterHoursAmount, err = strconv.ParseFloat(parts[2], 64); err != nil {
				return nil, err
			}
		}
		quotes = append(quotes, q)
	}
	return quotes, nil
}

// differ names the first field in which two quotes differ; NaN equals NaN.
func differ(a, b etl.Quote) string {
	for name, pair := range map[string][2]float64{
		"last": {a.Last, b.Last}, "open": {a.Open, b.Open}, "high": {a.High, b.High}, "low": {a.Low, b.Low}, "preclose": {a.Preclose, b.Preclose},
		"amount": {a.Amount, b.Amount}, "after-hours amount": {a.AfterHoursAmount, b.AfterHoursAmount},
		"limit up": {a.LimitUp, b.LimitUp}, "limit down": {a.LimitDown, b.LimitDown}, "turn": {a.Turn, b.Turn},
		"PE": {a.PeTTM, b.PeTTM}, "PB": {a.PB, b.PB}, "float cap": {a.FloatCap, b.FloatCap}, "market cap": {a.MarketCap, b.MarketCap},
	} {
		if !equal(pair[0], pair[1]) {
			return name
		}
	}
	for i := range a.Bids {
		if !equal(a.Bids[i].Price, b.Bids[i].Price) || a.Bids[i].Quantity != b.Bids[i].Quantity {
			return "bid " + strconv.Itoa(i+1)
		}
		if !equal(a.Asks[i].Price, b.Asks[i].Price) || a.Asks[i].Quantity != b.Asks[i].Quantity {
			return "ask " + strconv.Itoa(i+1)
		}
	}
	switch {
	case a.Symbol != b.Symbol || a.Name != b.Name || a.Source != b.Source:
		return "symbol, name or source"
	case a.Status != b.Status || a.Phase != b.Phase:
		return "status or phase"
	case !a.Time.Equal(b.Time) || !a.Fetched.Equal(b.Fetched) || a.Time.Location() != time.UTC:
		return "time"
	case a.Volume != b.Volume || a.AfterHoursVolume != b.AfterHoursVolume:
		return "volume"
	}
	return ""
}

func equal(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
