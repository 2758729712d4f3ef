package simulator_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"barkeep/sources/baostock/wire"
)

// TestEveryMethod asks every method once: the number of fields and the column
// list are those of the specification, 4.1 to 4.7.
func TestEveryMethod(t *testing.T) {
	c := dial(t, start(t, config(), generated())).login()
	example := map[string]string{
		"code": "sh.600000", "fields": "date,code", "start": "2024-01-01", "end": "2024-02-01", "frequency": "d", "adjustflag": "3",
		"date": "2024-01-03", "day": "2024-01-03", "code_name": "", "year": "2024", "quarter": "1", "yearType": "report",
	}
	for _, m := range wire.Methods() {
		if m.Request == wire.Login || m.Request == wire.Logout {
			continue
		}
		fields := []string{m.Name, "anonymous"}
		if m.Paged {
			fields = append(fields, "1", "10000")
		}
		for _, a := range m.Args {
			fields = append(fields, example[a])
		}
		a := c.ask(m.Request, fields...)
		if m.Withdrawn {
			a.want(t, "10004020")
			continue
		}
		a.want(t, "0")
		want := 7 + len(m.Args) + 1
		if m.Request == wire.KLine {
			want--
		}
		if !m.Paged {
			want = 6
		}
		if len(a.fields) != want || a.Type != m.Answer {
			t.Errorf("%s: %d fields in type %s, want %d in %s", m.Name, len(a.fields), a.Type, want, m.Answer)
		}
		if last := a.fields[len(a.fields)-1]; m.Columns != "" && last != m.Columns {
			t.Errorf("%s: columns %q", m.Name, last)
		}
		columns := len(strings.Split(m.Columns, ","))
		for _, row := range a.rows {
			if m.Columns != "" && len(row) != columns {
				t.Fatalf("%s: row %q has not %d cells", m.Name, row, columns)
			}
		}
		if short := c.ask(m.Request, fields[:len(fields)-1]...); short.fields[0] != "10004006" || short.fields[1] != "请求参数个数不正确" || short.Type != wire.Error {
			t.Errorf("%s: one field less gives %q", m.Name, short.fields)
		}
	}
}

// TestErrors checks the reactions of sections 4.5, 7 and 11.1.
func TestErrors(t *testing.T) {
	s := start(t, config(), generated())
	c := dial(t, s)
	c.day("2026-09-18").want(t, "10001001")
	c.ask(wire.Login, "login", "anonymous", "wrong", "0").want(t, "10001002")
	c.ask(wire.Login, "login", "anonymous", "123456", "bs-000000000000000000000000000001").want(t, "10001012")
	c.ask(wire.Login, "login", "anonymous", "123456", "bs-000000000000000000000000000011").want(t, "0")
	k := func(args ...string) []string {
		return append([]string{"query_history_k_data_plus", "anonymous", "1", "2000"}, args...)
	}
	for _, x := range []struct {
		kind   wire.Type
		fields []string
		code   string
		text   string
	}{
		{wire.KLine, k("sh.600000", "date,clos", "2024-01-01", "2024-01-31", "d", "3"), "10004012", "日线指标参数传入错误:clos"},
		{wire.KLine, k("sh.600000", "date,time", "2024-01-01", "2024-01-31", "d", "3"), "10004012", "日线指标参数传入错误:time"},
		{wire.KLine, k("sh.600000", "date,preclose", "2024-01-01", "2024-01-31", "w", "3"), "10004012", "周线指标参数传入错误:preclose"},
		{wire.KLine, k("sh.600000", "date,turn", "2024-01-01", "2024-01-31", "5", "3"), "10004012", "分钟线指标参数传入错误:turn"},
		{wire.KLine, k("sh.600000", "date,date", "2024-01-01", "2024-01-31", "d", "3"), "10004018", "指标重复:date"},
		{wire.KLine, k("sh.600000", "date", "2024-01-01", "2024-01-31", "d", "4"), "10004012", "请求复权类型不正确"},
		{wire.KLine, k("sh.600000", "date", "2024-01-01", "2024-01-31", "x", "3"), "10004012", ""},
		{wire.KLine, k("sh.600000", "date", "2024-1-1", "2024-01-31", "d", "3"), "10004007", ""},
		{wire.KLine, k("sh.600000", "date", "2024-01-01", "20240131", "d", "3"), "10004008", ""},
		{wire.KLine, k("sh.600000", "date", "2024-01-01", "2023-01-31", "d", "3"), "10004009", ""},
		{wire.KLine, k("600000", "date", "2024-01-01", "2024-01-31", "d", "3"), "10004011", ""},
		{wire.KLine, k("sh.999999", "date", "2024-01-01", "2024-01-31", "d", "3"), "0", ""},
		{wire.KLine, k("sh.600000", "DATE,Code,peTTM", "2024-01-01", "2024-01-31", "d", "3"), "0", ""},
		{wire.KLine, k("sh.600000", "date,time,code,close", "2024-01-01", "2024-01-31", "5", "2"), "0", ""},
		{wire.KLine, k("sh.600000", "date", "2027-01-01", "2027-01-31", "d", "3"), "0", ""},
		{wire.MarketDay, []string{"query_daily_history_k_AStock", "anonymous", "2"}, "10004010", ""},
		{wire.MarketDay, []string{"query_daily_history_k_AStock", "someone", "2024-01-02"}, "10001001", ""},
		{wire.MarketDay, []string{"query_daily_history_k_ETF", "anonymous", "2024-01-02"}, "10004019", ""},
		{wire.TradeDates, []string{"query_trade_dates", "anonymous", "0", "10", "2024-01-01", "2024-01-02"}, "10004006", ""},
		{wire.TradeDates, []string{"query_trade_dates", "anonymous", "1", "10", "2030-01-01", "2030-01-02"}, "0", ""},
		{"77", []string{"anything"}, "10004020", "错误的消息类型"},
		{"ZZ", []string{"anything"}, "10004020", "错误的消息类型"},
	} {
		a := c.ask(x.kind, x.fields...).want(t, x.code)
		if x.code != "0" && (len(a.fields) != 2 || a.Type != wire.Error || x.text != "" && a.fields[1] != x.text) {
			t.Errorf("%q: %s %q, want %q", x.fields, a.Type, a.fields, x.text)
		}
		if x.code == "0" && a.fields[6] != "" && x.fields[4] != "sh.600000" {
			t.Errorf("%q: rows %.100q", x.fields, a.fields[6])
		}
	}
	bad := frame(t, wire.MarketDay, "query_daily_history_k_AStock", "anonymous", "2024-01-02")
	bad[40] ^= 1
	c.write(bad)
	c.read().want(t, "10004019")
	c.write([]byte("nonsense\n"))
	c.read().want(t, "10004019")
	c.ask(wire.Logout, "logout", "anonymous", "20260918200000").want(t, "0")
	c.day("2026-09-18").want(t, "10001001")
	c.write(bytes.Repeat([]byte("x"), 70000))
	c.read().want(t, "10004019")
	if _, err := c.in.Read(); err == nil {
		t.Error("the connection survives a request without end")
	}
	if st := s.Stats(); st.Errors[10004019] != 4 || st.Logins != 1 || st.ByType[wire.Login] != 3 {
		t.Errorf("stats %+v", st)
	}
}

// TestLengthInBytes accepts the other way of counting a Chinese name.
func TestLengthInBytes(t *testing.T) {
	c := dial(t, start(t, config(), generated())).login()
	name := generated().Name(20, friday)
	body := "query_stock_basic\x01anonymous\x011\x0110\x01\x01" + name
	for _, n := range []int{len(body), len([]rune(body))} {
		head := fmt.Sprintf("00.9.40\x0145\x01%010d%s", n, body)
		c.write(fmt.Appendf(nil, "%s\x01%d\n", head, crc32.ChecksumIEEE([]byte(head))))
		if a := c.read().want(t, "0"); len(a.rows) != 1 || a.rows[0][1] != name {
			t.Errorf("length %d: %q", n, a.rows)
		}
	}
}

// TestPaging walks through a long K-line page by page, an exact multiple
// included.
func TestPaging(t *testing.T) {
	c := dial(t, start(t, config(), generated())).login()
	ask := func(page, size string) answer {
		return c.paged(wire.KLine, page, size, "sh.600000", "date,close", "2020-01-01", "2023-12-31", "d", "3").want(t, "0")
	}
	all := ask("1", "10000").rows // 970 trading days
	if len(all) != 970 {
		t.Fatalf("%d rows", len(all))
	}
	var pages [][]string
	for p := 1; ; p++ {
		a := ask(fmt.Sprint(p), "97")
		if a.fields[4] != fmt.Sprint(p) || a.fields[5] != "97" {
			t.Fatalf("echo %q", a.fields[4:6])
		}
		pages = append(pages, a.rows...)
		if len(a.rows) < 97 {
			if p != 11 || a.fields[6] != "" {
				t.Errorf("page %d has %d rows and the text %q", p, len(a.rows), a.fields[6])
			}
			break
		}
	}
	if fmt.Sprint(pages) != fmt.Sprint(all) {
		t.Error("the pages are not the whole")
	}
}

func TestPageCap(t *testing.T) {
	cfg := config()
	cfg.PageCap = 100
	c := dial(t, start(t, cfg, generated())).login()
	if a := c.paged(wire.TradeDates, "2", "2000", "2020-01-01", "2020-12-31"); len(a.rows) != 100 || a.fields[5] != "100" || a.rows[0][0] != "2020-04-10" {
		t.Errorf("%d rows from %s with the echo %s", len(a.rows), a.rows[0][0], a.fields[5])
	}
}
