package simulator_test

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// TestPublication moves the clock over the times of day.
func TestPublication(t *testing.T) {
	var mu sync.Mutex
	now := friday.At(17, 29)
	cfg := config()
	cfg.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	set := func(hour, min int) { mu.Lock(); now = friday.At(hour, min); mu.Unlock() }
	c := dial(t, start(t, cfg, generated())).login()
	today := friday.String()
	counts := func() [4]int {
		all := c.paged(wire.AllStock, "1", "10000", today)
		etf := c.ask(wire.ETFDay, "query_daily_history_k_ETF", "anonymous", today)
		return [4]int{len(c.day(today).rows), len(c.bars("sh.600000", today, today, "3").rows), len(all.rows), len(etf.rows)}
	}
	if got := counts(); got != [4]int{} {
		t.Errorf("at 17:29 today has %v rows", got)
	}
	set(17, 30)
	if got := counts(); slices.Min(got[:]) == 0 {
		t.Errorf("at 17:30 today has %v rows", got)
	}
	if a := c.day((friday + 3).String()); a.fields[4] != "" {
		t.Error("Monday's rows on Friday")
	}
	// The calendar reaches the end of the year, basics do not show the future.
	if a := c.paged(wire.TradeDates, "1", "10000", "2026-12-30", "2027-02-01"); len(a.rows) != 2 || a.rows[1][1] != "1" {
		t.Errorf("calendar %q", a.rows)
	}
	for _, row := range c.paged(wire.StockBasic, "1", "10000", "", "").rows {
		if row[2] > today || row[3] > today || (row[3] != "") != (row[5] == "0") {
			t.Errorf("basics on %s: %q", today, row)
		}
	}
	// A factor of an ex-date comes at 18:00.
	for i, s := range generated().Securities() {
		x := generated().ExDates(i)
		if len(x) == 0 || x[len(x)-1].Day > friday {
			continue
		}
		d := x[len(x)-1].Day
		ask := func(hour, min int) [][]string {
			mu.Lock()
			now = d.At(hour, min)
			mu.Unlock()
			return c.paged(wire.AdjustFactor, "1", "100", s.Code, d.String(), d.String()).rows
		}
		if before, after := ask(17, 59), ask(18, 0); len(before) != 0 || len(after) != 1 || after[0][2] != "1.000000" || after[0][3] != after[0][4] {
			t.Errorf("factors of %s on %s: %q, then %q", s.Code, d, before, after)
		}
		day := c.ask(wire.FactorDay, "query_daily_adjust_factor", "anonymous", d.String())
		if !slices.ContainsFunc(day.rows, func(r []string) bool { return r[0] == s.Code }) {
			t.Errorf("%s is not among the ex-dates of %s", s.Code, d)
		}
		break
	}
}

func TestCalendarEndsToday(t *testing.T) {
	cfg := config()
	cfg.CalendarEndsToday = true
	c := dial(t, start(t, cfg, generated())).login()
	if a := c.paged(wire.TradeDates, "1", "10000", "2026-09-01", "2026-12-31"); len(a.rows) != 18 {
		t.Errorf("%d days", len(a.rows))
	}
}

func TestOldServer(t *testing.T) {
	cfg := config()
	cfg.OldServer = true
	c := dial(t, start(t, cfg, generated())).login()
	for _, kind := range []wire.Type{wire.MarketDay, wire.ETFDay, wire.FactorDay} {
		m, _ := wire.ByType(kind)
		c.ask(kind, m.Name, "anonymous", "2024-01-02").want(t, "10004020")
	}
}

// TestDayEqualsRange compares a whole-market answer with one query per
// security.
func TestDayEqualsRange(t *testing.T) {
	c := dial(t, start(t, config(), generated())).login()
	for _, d := range []string{"1998-07-01", "2021-10-26", "2023-12-11", "2026-09-18"} {
		for _, row := range c.day(d).rows {
			if one := c.bars(row[1], d, d, "3").rows; len(one) != 1 || !slices.Equal(one[0], row) {
				t.Fatalf("%s: day %q, range %q", d, row, one)
			}
		}
	}
}

// TestSameBytes asks two servers of the same seed and one of another.
func TestSameBytes(t *testing.T) {
	var got [3][]byte
	for i, seed := range []uint64{4, 4, 5} {
		mc := market.DefaultConfig()
		mc.Seed, mc.Stocks, mc.Funds = seed, 40, 4
		m, err := market.Generate(mc, schedules.Embedded())
		if err != nil {
			t.Fatal(err)
		}
		c := dial(t, start(t, config(), m)).login()
		c.write(frame(t, wire.MarketDay, "query_daily_history_k_AStock", "anonymous", "2024-03-05"))
		got[i] = official(t, c.conn)
		c.write(frame(t, wire.StockBasic, "query_stock_basic", "anonymous", "1", "2000", "", ""))
		got[i] = append(got[i], official(t, c.conn)...)
	}
	if !bytes.Equal(got[0], got[1]) || bytes.Equal(got[0], got[2]) {
		t.Error("the seed does not decide the bytes")
	}
}

func TestOneConnection(t *testing.T) {
	cfg := config()
	cfg.OneConnection = true
	s := start(t, cfg, generated())
	first := dial(t, s).login()
	second := dial(t, s)
	second.write(frame(t, wire.Login, "login", "anonymous", "123456", "0"))
	if _, err := second.ended(); err == nil {
		t.Error("a second login ends in order, want a reset")
	}
	first.day("2024-01-02").want(t, "0")
	first.ask(wire.Logout, "logout", "anonymous", "20260918200000")
	dial(t, s).login()
}

// TestManyClients is for the race detector, and checks the counters.
func TestManyClients(t *testing.T) {
	var hooked sync.Map
	cfg := config()
	cfg.OnExchange = func(x simulator.Exchange) { hooked.Store(x.Remote, x.Rows) }
	s := start(t, cfg, generated())
	var wg sync.WaitGroup
	for n := range 6 {
		wg.Go(func() {
			conn, err := net.Dial("tcp", s.Addr())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			c := over(t, conn).login()
			for i := range 12 {
				c.day(schedules.MakeDay(2024, time.January, 2+n+i*3).String()).want(t, "0")
				c.bars("sz.000001", "2023-01-01", "2023-06-01", "2").want(t, "0")
			}
		})
	}
	wg.Wait()
	st := s.Stats()
	if st.Connections != 6 || st.Logins != 6 || st.Requests != 6*25 || st.ByType[wire.MarketDay] != 72 || st.BytesIn == 0 || st.BytesOut == 0 {
		t.Errorf("stats %+v", st)
	}
	seen := 0
	hooked.Range(func(any, any) bool { seen++; return true })
	if seen != 6 {
		t.Errorf("the hook saw %d clients", seen)
	}
}

func TestClose(t *testing.T) {
	s := start(t, config(), generated())
	c := dial(t, s).login()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.conn.Read(make([]byte, 1)); err == nil || err != io.EOF && !strings.Contains(err.Error(), "reset") {
		t.Errorf("read after Close: %v", err)
	}
	if conn, err := net.Dial("tcp", s.Addr()); err == nil {
		conn.Close()
		t.Error("the port is open after Close")
	}
	if err := s.Listen("127.0.0.1:0"); err == nil {
		t.Error("a closed server listens")
	}
}

func TestNewRefuses(t *testing.T) {
	c := simulator.Config{Version: "1", PageCap: -1, Faults: []simulator.Fault{{Name: "nothing"}}}
	_, err := simulator.New(c, generated())
	for _, key := range []string{"version", "accounts", "page_cap", "read_ahead", "idle_timeout", "faults"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("error %v does not name %s", err, key)
		}
	}
}
