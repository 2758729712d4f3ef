package market_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

var (
	begin = schedules.MakeDay(1990, time.December, 1)
	end   = schedules.MakeDay(2026, time.December, 31)
)

func generate(t testing.TB, seed uint64, stocks int) *market.Generated {
	t.Helper()
	c := market.DefaultConfig()
	c.Seed, c.Stocks, c.Funds = seed, stocks, stocks/10
	m, err := market.Generate(c, schedules.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var shared = sync.OnceValue(func() *market.Generated {
	c := market.DefaultConfig()
	c.Stocks, c.Funds = 64, 8
	m, err := market.Generate(c, schedules.Embedded())
	if err != nil {
		panic(err)
	}
	return m
})

// TestDayIsRange checks that a day and a range say the same of every cell, in
// whatever order days are asked.
func TestDayIsRange(t *testing.T) {
	m := generate(t, 3, 60)
	days := schedules.Embedded().Days(begin, end)
	var picked []schedules.Day
	for i := 0; i < len(days); i += 997 {
		picked = append(picked, days[i])
	}
	picked = append(picked, days[8000:8045]...)               // ascending: steps
	picked = append(picked, days[8100], days[20], days[8046]) // back and forth
	picked = append(picked, days[len(days)-1])
	rows := 0
	for _, d := range picked {
		var fromDay []string
		last := -1
		for row := range m.Day(d) {
			if row.Security <= last {
				t.Fatalf("%s: security %d after %d", d, row.Security, last)
			}
			last = row.Security
			fromDay = append(fromDay, string(row.Text()))
		}
		var fromRange []string
		for i := range m.Securities() {
			for row := range m.Bars(i, d, d) {
				fromRange = append(fromRange, string(row.Text()))
			}
		}
		if strings.Join(fromDay, "\n") != strings.Join(fromRange, "\n") {
			t.Fatalf("%s: a day and ranges differ", d)
		}
		rows += len(fromDay)
	}
	if rows < 500 {
		t.Errorf("compared %d rows only", rows)
	}
	// A long range goes through many kept states; a short one begins at one.
	for i := range m.Securities() {
		var long, short string
		for row := range m.Bars(i, days[0], days[8500]) {
			long = string(row.Text())
		}
		for row := range m.Bars(i, days[8480], days[8500]) {
			short = string(row.Text())
		}
		if short != "" && long != short {
			t.Fatalf("ranges differ:\n%s\n%s", long, short)
		}
	}
}

func dump(m *market.Generated) string {
	var b strings.Builder
	for i, s := range m.Securities() {
		b.WriteString(s.Code + m.Name(i, s.Last) + s.Industry + s.Delisted.String())
		for row := range m.Bars(i, begin, end) {
			if row.Day%16 == 0 {
				b.Write(row.Text())
			}
		}
	}
	return b.String()
}

func TestSeed(t *testing.T) {
	one := dump(generate(t, 7, 30))
	if again := dump(generate(t, 7, 30)); again != one {
		t.Error("the same seed made another market")
	}
	if other := dump(generate(t, 8, 30)); other == one {
		t.Error("another seed made the same market")
	}
}

// TestBoards checks that even a small market has every board, and what is
// particular about funds and indices.
func TestBoards(t *testing.T) {
	m := generate(t, 5, 30)
	found := map[string]bool{}
	for i, s := range m.Securities() {
		found[s.Code[:5]] = true
		if i > 0 && m.Securities()[i-1].Code >= s.Code {
			t.Errorf("%s after %s", s.Code, m.Securities()[i-1].Code)
		}
		if market.Find(m.Securities(), s.Code) != i {
			t.Errorf("Find(%s) misses", s.Code)
		}
		for row := range m.Bars(i, begin, end) {
			ratios := string(row.Cell(market.PeTTM)) + string(row.Cell(market.PcfNcfTTM))
			switch {
			case s.Kind == market.Fund && (ratios != "" || !row.Warned() || row.Day.String() < "2026-01-05" || price(t, row, market.Close)%10 != 0):
				t.Fatalf("fund: %s", row.Text())
			case s.Kind == market.Index && (ratios != "0.0000000.000000" || row.Warned()):
				t.Fatalf("index: %s", row.Text())
			}
		}
	}
	for _, want := range []string{"sh.60", "sh.68", "sz.00", "sz.30", "sh.51", "sz.15", "sh.00", "sz.39"} {
		if !found[want] {
			t.Errorf("no security %s*", want)
		}
	}
}

// TestNames checks the prefixes of a name against the row's mark.
func TestNames(t *testing.T) {
	m := shared()
	stars, delisting := 0, 0
	for i, s := range m.Securities() {
		if s.Kind != market.Stock {
			continue
		}
		for row := range m.Bars(i, begin, end) {
			name := m.Name(i, row.Day)
			st := strings.HasPrefix(name, "ST") || strings.HasPrefix(name, "*ST")
			if leaving := strings.HasSuffix(name, "退"); leaving {
				delisting++
			} else if st != row.Warned() {
				t.Fatalf("%s: called %s", row.Text(), name)
			}
			if name[0] == '*' {
				stars++
			}
		}
	}
	if stars == 0 || delisting == 0 {
		t.Errorf("%d days under *ST, %d in a delisting period", stars, delisting)
	}
}

// TestBehaviour checks that returns look like a market's: moves in common, fat
// tails, more volume on days that move.
func TestBehaviour(t *testing.T) {
	m := shared()
	var quiet, wild struct{ turn, n float64 }
	var sum2, sum4, n float64
	for i, s := range m.Securities() {
		if s.Kind != market.Stock {
			continue
		}
		for row := range m.Bars(i, begin, end) {
			if !row.Traded() || row.Day-s.Listed < 30 || row.Warned() {
				continue
			}
			pct, _ := strconv.ParseFloat(string(row.Cell(market.PctChg)), 64)
			turn, _ := strconv.ParseFloat(string(row.Cell(market.Turn)), 64)
			sum2, sum4, n = sum2+pct*pct, sum4+pct*pct*pct*pct, n+1
			switch {
			case pct < 0.5 && pct > -0.5:
				quiet.turn, quiet.n = quiet.turn+turn, quiet.n+1
			case pct > 4 || pct < -4:
				wild.turn, wild.n = wild.turn+turn, wild.n+1
			}
		}
	}
	if spread := sum2 / n; spread < 2 || spread > 20 {
		t.Errorf("variance of daily changes is %.1f %%²", spread)
	}
	if kurtosis := sum4 / n / (sum2 / n * sum2 / n); kurtosis < 4 {
		t.Errorf("kurtosis %.1f: no fat tails", kurtosis)
	}
	if ratio := wild.turn / wild.n / (quiet.turn / quiet.n); ratio < 1.5 {
		t.Errorf("wild days have %.2f times the turnover of quiet ones", ratio)
	}
}

func TestGenerateRefuses(t *testing.T) {
	c := market.DefaultConfig()
	c.Stocks, c.Funds = 0, -1
	_, err := market.Generate(c, schedules.Embedded())
	if err == nil || !strings.Contains(err.Error(), "stocks") || !strings.Contains(err.Error(), "funds") {
		t.Errorf("error %v, want both keys", err)
	}
}

func BenchmarkDay(b *testing.B) {
	m := generate(b, 1, 5200)
	days := schedules.Embedded().Days(schedules.MakeDay(2020, 1, 1), end)
	rows, i := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		for row := range m.Day(days[i%len(days)]) {
			rows += len(row.Cell(market.Code)) / 9
		}
		i++
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkGenerate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		generate(b, 1, 1000)
	}
}
