package simulator_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"barkeep/schedules"
	"barkeep/schedules/recorded"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// recordedData returns the folder of the vendor's recorded data.
func recordedData(t testing.TB) string {
	t.Helper()
	return filepath.Join(recorded.Dir(t), "baostock")
}

var replayed = sync.OnceValues(func() (*market.Replayed, error) { return market.Replay(replayDir) })

// replayDir is set before the one replay is made.
var replayDir string

func replay(t testing.TB) (*simulator.Server, string) {
	t.Helper()
	dir := recordedData(t)
	replayDir = filepath.Join(dir, "bars")
	m, err := replayed()
	if err != nil {
		t.Fatal(err)
	}
	return start(t, simulator.DefaultConfig(), m), dir
}

// readAnswer takes a recorded answer apart.
func readAnswer(t testing.TB, raw []byte) answer {
	t.Helper()
	a, err := wire.NewReader(bytes.NewReader(raw), wire.Limits{Frame: 1 << 24, Body: 1 << 24}).Read()
	if err != nil {
		t.Fatal(err)
	}
	return take(t, a)
}

// TestRecordedExchanges sends every recorded request. An answer must equal the
// recorded one byte for byte where the market knows the same, and in type,
// number of fields, echo and column list everywhere.
func TestRecordedExchanges(t *testing.T) {
	s, dir := replay(t)
	requests, err := filepath.Glob(filepath.Join(dir, "frames", "*", "request.bin"))
	if err != nil {
		t.Fatal(err)
	}
	probes, err := filepath.Glob(filepath.Join(dir, "frames", "_candidates", "*", "*", "request.bin"))
	if err != nil {
		t.Fatal(err)
	}
	equal := map[string]bool{}
	for _, path := range append(requests, probes...) {
		request, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		wantRaw, err := os.ReadFile(filepath.Join(filepath.Dir(path), "response.bin"))
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(filepath.Join(dir, "frames"), filepath.Dir(path))
		c := dial(t, s).login()
		c.write(request)
		gotRaw := official(t, c.conn)
		if bytes.Equal(gotRaw, wantRaw) {
			equal[name] = true
			continue
		}
		got, want := readAnswer(t, gotRaw), readAnswer(t, wantRaw)
		if got.Type != want.Type || len(got.fields) != len(want.fields) {
			t.Errorf("%s: type %s with %d fields, recorded %s with %d", name, got.Type, len(got.fields), want.Type, len(want.fields))
			continue
		}
		for i := range want.fields {
			rows := strings.HasPrefix(want.fields[i], "{")
			clock := (name == "login" || name == "logout") && i == 4
			if !rows && !clock && got.fields[i] != want.fields[i] {
				t.Errorf("%s: field %d is %q, recorded %q", name, i, got.fields[i], want.fields[i])
			}
		}
	}
	for _, name := range []string{"query_trade_dates", "query_forecast_report", "_candidates/query_cpi_data/round1", "_candidates/query_st_stocks/round1", "_candidates/query_stocks_in_risk/round1"} {
		if !equal[name] {
			t.Errorf("%s: the answer is not the recorded one", name)
		}
	}
	t.Logf("%d of %d answers equal the recorded ones byte for byte", len(equal), len(requests)+len(probes))
}

// TestReplayOverTheWire asks recorded bars back, in pages of 2000 rows, and
// compares every cell.
func TestReplayOverTheWire(t *testing.T) {
	s, dir := replay(t)
	c := dial(t, s).login()
	m, _ := replayed()
	cells := 0
	for i := 0; i < len(m.Securities()); i += 9 {
		code := m.Securities()[i].Code
		f, err := os.Open(filepath.Join(dir, "bars", code+".csv.gz"))
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		got := market.Header + "\n"
		var b strings.Builder
		for page := 1; ; page++ {
			a := c.paged(wire.KLine, strconv.Itoa(page), "2000", code, market.Header, "1990-01-01", "2030-01-01", "d", "3").want(t, "0")
			for _, row := range a.rows {
				b.WriteString(strings.Join(row, ",") + "\n")
				cells += len(row)
			}
			if len(a.rows) < 2000 {
				break
			}
		}
		if got+b.String() != string(want) {
			t.Errorf("%s: the cells differ from the recorded ones", code)
		}
	}
	t.Logf("%d cells", cells)
	// The same day by whole market.
	for _, d := range []string{"2021-02-18", "2022-01-19", "2025-04-07"} {
		for _, row := range c.day(d).rows {
			day, _ := schedules.ParseDay(d)
			for r := range m.Bars(market.Find(m.Securities(), row[1]), day, day) {
				if string(r.Text()) != strings.Join(row, ",") {
					t.Errorf("%s: %q", d, row)
				}
			}
		}
	}
	if a := c.ask(wire.Login, "login", "anonymous", "123456", "0"); a.fields[4] != "20250407200000000" {
		t.Errorf("the replay's clock says %s", a.fields[4])
	}
}

// TestAdjustedExactly checks adjusted prices of a long history against exact
// arithmetic with the factors that the server itself tells.
func TestAdjustedExactly(t *testing.T) {
	s, _ := replay(t)
	c := dial(t, s).login()
	factors := c.paged(wire.AdjustFactor, "1", "1000", "sh.600000", "1990-01-01", "2030-01-01").rows
	if len(factors) < 20 || factors[len(factors)-1][2] != "1.000000" {
		t.Fatalf("factors %q", factors)
	}
	raw := c.bars("sh.600000", "1999-01-01", "2025-04-07", "3").rows
	for flag, column := range map[string]int{"1": 3, "2": 2} {
		adjusted := c.bars("sh.600000", "1999-01-01", "2025-04-07", flag).rows
		next, factor := 0, "1.000000"
		if flag == "2" { // before the first ex-date: 1 / newest back factor
			newest, _ := market.ParseFixed([]byte(factors[len(factors)-1][3]), 6)
			factor = string(market.AppendFixed(nil, market.ForeFactor(1e6, newest), 6))
		}
		for i, row := range raw {
			for next < len(factors) && factors[next][1] <= row[0] {
				factor = factors[next][column]
				next++
			}
			f, _ := new(big.Rat).SetString(factor)
			for cell := range row {
				want := row[cell]
				switch {
				case cell >= market.Open && cell <= market.PreClose:
					p, _ := new(big.Rat).SetString(row[cell])
					want = p.Mul(p, f).FloatString(10)
				case cell == market.AdjustFlag:
					want = flag
				}
				if adjusted[i][cell] != want {
					t.Fatalf("flag %s: %q, want cell %d to be %s", flag, adjusted[i], cell, want)
				}
			}
		}
	}
}
