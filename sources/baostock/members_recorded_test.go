package baostock_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/schedules/recorded"
	"barkeep/sources/baostock"
	"barkeep/sources/baostock/wire"
)

// TestRecordedFactors replays the recorded answer to a request of factors.
func TestRecordedFactors(t *testing.T) {
	frame, err := os.ReadFile(filepath.Join(recorded.Dir(t), "baostock", "frames", "query_adjust_factor", "response.bin"))
	if err != nil {
		t.Fatal(err)
	}
	s := script(t, func(p *peer) { p.serve(func(wire.Request) []byte { return frame }) })
	c := client(t, s.addr, func(c *baostock.Config) { c.ClientVersion, c.PageSize = "00.9.10", 10_000 })
	a, err := c.Factors(t.Context(), symbol(t, "sh600000"), schedules.MakeDay(2023, 1, 1), schedules.MakeDay(2023, 12, 31))
	if err != nil || len(a.Factors) != 1 || len(a.Flaws) > 0 || a.Factors[0].String() != "sh600000 2023-07-21 fore 0.936211 back 11.949786 adjust 11.949786" {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestRecordedMembers serves the rows of the recorded lists, which were asked for
// without a date.
func TestRecordedMembers(t *testing.T) {
	dir := filepath.Join(recorded.Dir(t), "baostock", "reference")
	day := schedules.MakeDay(2026, 4, 22)
	for name, index := range map[string]etl.MemberIndex{"hs300": etl.HS300, "sz50": etl.SZ50, "zz500": etl.ZZ500} {
		text, err := os.ReadFile(filepath.Join(dir, name+"_stocks_2026-04-20.csv"))
		if err != nil {
			t.Fatal(err)
		}
		l, err := serving(t, lines(string(text))[1:]...).Members(t.Context(), index, day)
		if err != nil || l.Updated != day-2 || len(l.Members) != index.Size() || l.Problem() != "" {
			t.Errorf("%s: %d members of %s, %v", name, len(l.Members), l.Updated, err)
		}
	}
}

func lines(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }
