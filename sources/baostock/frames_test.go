package baostock_test

import (
	"bufio"
	"context"
	"net"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock"
	"barkeep/sources/baostock/wire"
)

// TestRequestsAsSent compares whole request frames with the recorded ones and
// those captured from the vendor's own client; | stands for the separator.
// Source: specification of Baostock, 12.1, 12.8 and 12.9.
func TestRequestsAsSent(t *testing.T) {
	serve := func(p *peer) {
		p.serve(func(r wire.Request) []byte { return rowsAnswer(r, "") })
	}
	s := script(t, serve)
	c := client(t, s.addr)
	if _, err := c.TradeDates(t.Context(), schedules.MakeDay(2024, 1, 1), schedules.MakeDay(2024, 1, 10)); err != nil {
		t.Error(err)
	}
	for _, r := range []etl.Request{
		marketDay(schedules.MakeDay(2026, 9, 28)),
		marketDay(schedules.MakeDay(2026, 9, 25)),
	} {
		if _, err := c.Fetch(t.Context(), r); err != nil {
			t.Error(err)
		}
	}
	c.Close(t.Context())
	got := s.requests()
	want := []string{
		"00.9.40|00|0000000024login|anonymous|123456|0|1790200140\n",
		"00.9.40|33|0000000056query_trade_dates|anonymous|1|2000|2024-01-01|2024-01-10|2924823370\n",
		"00.9.40|98|0000000049query_daily_history_k_AStock|anonymous|2026-09-28|2117898067\n",
		"00.9.40|98|0000000049query_daily_history_k_AStock|anonymous|2026-09-25|9303022\n",
	}
	if len(got) != 5 || strings.Join(got[:4], "") != strings.Join(want, "") {
		t.Errorf("sent %q, want %q and a logout", got, want)
	}
	if last := got[len(got)-1]; !strings.HasPrefix(last, "00.9.40|02|0000000031logout|anonymous|20") {
		t.Errorf("logout is %q", last)
	}

	older := script(t, serve)
	c = client(t, older.addr, func(c *baostock.Config) { c.ClientVersion = "00.9.10" })
	if _, err := c.Now(t.Context()); err != nil {
		t.Error(err)
	}
	if got := strings.Join(older.requests(), ""); got != "00.9.10|00|0000000024login|anonymous|123456|0|359766228\n" {
		t.Errorf("login of version 00.9.10 is %q", got)
	}
}

func TestRangeAsSent(t *testing.T) {
	s := script(t, func(p *peer) {
		p.serve(func(r wire.Request) []byte { return rowsAnswer(r, "") })
	})
	c := client(t, s.addr)
	if _, err := c.Fetch(t.Context(), span("sh.600000", schedules.MakeDay(2024, 1, 1), schedules.MakeDay(2024, 1, 31))); err != nil {
		t.Error(err)
	}
	if _, err := c.Fetch(t.Context(), etfDay(schedules.MakeDay(2026, 9, 28))); err != nil {
		t.Error(err)
	}
	want := []string{
		"query_history_k_data_plus|anonymous|1|2000|sh.600000|" + wire.DailyColumns + "|2024-01-01|2024-01-31|d|3|",
		"query_daily_history_k_ETF|anonymous|2026-09-28|",
	}
	for i, got := range s.requests()[1:] {
		if !strings.Contains(got, want[i]) {
			t.Errorf("sent %q, want %q", got, want[i])
		}
	}
}

func TestKeyIsTheLastFieldOfTheLogin(t *testing.T) {
	const key = "bs-000000000000000000000000000011"
	s := exchange(t, nil)
	c := client(t, s.Addr(), func(c *baostock.Config) { c.APIKey = key })
	if _, err := c.Now(t.Context()); err != nil {
		t.Errorf("a good key: %v", err)
	}
	spy := script(t, func(p *peer) { p.login() })
	c = client(t, spy.addr, func(c *baostock.Config) { c.APIKey, c.User, c.Password = key, "somebody", "secret" })
	if _, err := c.Now(t.Context()); err != nil {
		t.Error(err)
	}
	if got := strings.Join(spy.requests(), ""); !strings.Contains(got, "login|somebody|secret|"+key+"|") {
		t.Errorf("login is %q", got)
	}
}

// TestMoneySupplyAnswersAsAnotherType: the real server answers 53 with 56.
func TestMoneySupplyAnswersAsAnotherType(t *testing.T) {
	m, ok := wire.ByType("53")
	if !ok || m.Answer != "56" {
		t.Fatalf("53 is answered by %q, want 56", m.Answer)
	}
	conn, err := net.Dial("tcp", exchange(t, nil).Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := wire.NewReader(bufio.NewReader(conn), wire.Limits{Frame: 1 << 20, Body: 1 << 20})
	for _, fields := range [][]string{
		{"login", "anonymous", "123456", "0"},
		{m.Name, "anonymous", "1", "2000", "2024-01", "2024-12"},
	} {
		kind := wire.Login
		if fields[0] == m.Name {
			kind = m.Request
		}
		frame, err := wire.AppendRequest(nil, "00.9.40", kind, fields...)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write(frame)
		a, err := in.Read()
		if err != nil || !strings.HasPrefix(string(a.Body), "0\x01success") {
			t.Fatalf("%s: %q, %v", fields[0], a.Body, err)
		}
		if fields[0] == m.Name && a.Type != "56" {
			t.Errorf("answered by %s, want 56", a.Type)
		}
	}
}

// TestScriptCountsConnections keeps the helper honest.
func TestScriptCountsConnections(t *testing.T) {
	s := script(t, func(p *peer) { p.login(); p.read() })
	c := client(t, s.addr)
	for range 3 {
		if _, err := c.Now(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if s.connections() != 1 || len(s.requests()) != 1 {
		t.Errorf("%d connections, %d requests", s.connections(), len(s.requests()))
	}
}
