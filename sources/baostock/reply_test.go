package baostock

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/schedules/recorded"
	"barkeep/sources/baostock/wire"
)

func TestKindOfKeySelectsHost(t *testing.T) {
	for _, tc := range []struct{ address, key, host, options string }{
		{"", "", "public-api.baostock.com:10030", "0"},
		{"", "bs-000000000000000000000000000011", "vip-api.baostock.com:10030", "bs-000000000000000000000000000011"},
		{"localhost:1", "", "localhost:1", "0"},
		{"localhost:1", "bs-000000000000000000000000000011", "localhost:1", "bs-000000000000000000000000000011"},
	} {
		c := DefaultConfig()
		c.Address, c.APIKey = tc.address, tc.key
		if c.host() != tc.host || c.options() != tc.options {
			t.Errorf("%+v: connects to %s with %s", tc, c.host(), c.options())
		}
	}
}

// FuzzReply takes any body for the answer to each kind of query. Whatever it
// says, the result is rows that answer the query or an error, never a crash.
func FuzzReply(f *testing.F) {
	day := marketDay.From.String()
	pages := []string{"query_history_k_data_plus", "anonymous", "2", "3"}
	args := []string{"sh.600000", wire.DailyColumns, day, day, "d", "3"}
	kline, _ := wire.ByType(wire.KLine)
	dates, _ := wire.ByType(wire.TradeDates)
	good := strings.Join(append(append([]string{"0", "success"}, append(pages, `{"record":[["2026-09-28"]]}`)...), args...), "\x01")
	f.Add([]byte(good), string(kline.Answer))
	f.Add([]byte("10004012\x01no such column"), "04")
	f.Add([]byte("0\x01success\x01query_trade_dates\x01anonymous\x012\x013\x01\x012026-09-28\x012026-09-28\x01calendar_date, is_trading_day"), "34")
	f.Add([]byte("0\x01success\x01login\x01anonymous\x0120260422163759563"), "01")
	f.Add([]byte("0\x01success\x01query_daily_history_k_AStock\x01anonymous\x01{\"record\":[[\"2026-09-28\"]]}\x01date"), "99")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		a := wire.Answer{Header: wire.Header{Type: wire.Type(kind)}, Body: body}
		for _, q := range []struct {
			method wire.Method
			head   []string
			args   []string
		}{
			{kline, pages, args},
			{dates, []string{dates.Name, "anonymous", "2", "3"}, []string{day, day}},
		} {
			var p page
			_, err := parseReply(query{t: q.method.Request, name: "a query", check: func(r reply) (err error) {
				p, err = r.page(q.method, q.head, q.args, 3)
				return err
			}}, a)
			if err == nil && (p.rows > 3 || p.limit != 3 || len(p.columns) == 0 || a.Type != q.method.Answer) {
				t.Errorf("%q is taken for %+v", body, p)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "a query: ") {
				t.Errorf("%v: does not name the query", err)
			}
		}
	})
}

// TestRecordedKLine decodes the recorded K-line answers. They are of a client
// that asked for adjusted prices and for other columns, so the rows are read and
// the decoder of bars says clearly what it misses.
func TestRecordedKLine(t *testing.T) {
	for name, want := range map[string]struct {
		rows    int
		missing string
	}{
		"query_history_k_data_plus":       {22, "column peTTM is missing"},
		"query_history_k_data_plus_5min":  {96, "column preclose is missing"},
		"query_history_k_data_plus_60min": {8, "column preclose is missing"},
	} {
		dir := filepath.Join(recorded.Dir(t), "baostock", "frames", name)
		rq, err := wire.ReadRequest(bufio.NewReader(bytes.NewReader(readFile(t, dir, "request.bin"))), 1<<16)
		if err != nil {
			t.Fatal(err)
		}
		a, err := wire.NewReader(bytes.NewReader(readFile(t, dir, "response.bin")), wire.Limits{Frame: 1 << 20, Body: 1 << 20}).Read()
		if err != nil {
			t.Fatal(err)
		}
		method, _ := wire.ByType(rq.Type)
		var p page
		if _, err := parseReply(query{t: rq.Type, name: name, check: func(r reply) (err error) {
			p, err = r.page(method, rq.Fields[:4], rq.Fields[4:], 10_000)
			return err
		}}, a); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		n := 0
		if err := eachRow(p.payload, func(cells [][]byte) error {
			if n++; len(cells) != len(p.columns) || string(cells[len(cells)-1]) == "" {
				t.Errorf("%s: row %d is %q in columns %q", name, n, cells, p.columns)
			}
			return nil
		}); err != nil || n != want.rows || p.rows != want.rows {
			t.Errorf("%s: %d rows read, %d counted, want %d; %v", name, n, p.rows, want.rows, err)
		}
		r := etl.Request{Shape: etl.SecurityRange, Symbol: etl.MakeSymbol(etl.Shanghai, 600000),
			From: schedules.MakeDay(2024, 1, 1), To: schedules.MakeDay(2024, 1, 31)}
		_, err = (&answer{request: r, pages: []page{p}}).Decode()
		var data *etl.DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), want.missing) || !strings.Contains(err.Error(), r.String()) {
			t.Errorf("%s: %v, want %q and the request", name, err, want.missing)
		}
		recordedAdjusted(t, r, p)
	}
}

// TestRecordedPages takes every recorded answer of a paged query for the answer
// to its recorded request: the echo, the column list with its blanks, and rows as
// wide as it says.
func TestRecordedPages(t *testing.T) {
	dir := filepath.Join(recorded.Dir(t), "baostock", "frames")
	tables, rows := 0, 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "request.bin" {
			return err
		}
		rq, err := wire.ReadRequest(bufio.NewReader(bytes.NewReader(readFile(t, path))), 1<<16)
		if err != nil {
			return err
		}
		method, ok := wire.ByType(rq.Type)
		if !ok || !method.Paged {
			return nil
		}
		a, err := wire.NewReader(bytes.NewReader(readFile(t, filepath.Dir(path), "response.bin")), wire.Limits{Frame: 1 << 20, Body: 1 << 20}).Read()
		if err != nil {
			return err
		}
		var p page
		_, err = parseReply(query{t: rq.Type, name: method.Name, check: func(r reply) (err error) {
			p, err = r.page(method, rq.Fields[:4], rq.Fields[4:], 10_000)
			return err
		}}, a)
		var answered *Error
		if errors.As(err, &answered) {
			if errors.Is(err, etl.ErrUnsupported) != method.Withdrawn {
				t.Errorf("%v; withdrawn: %t", err, method.Withdrawn)
			}
			return nil
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		tables++
		rows += p.rows
		return eachRow(p.payload, func(cells [][]byte) error {
			if len(cells) != len(p.columns) {
				t.Errorf("%s: %d cells in columns %q", method.Name, len(cells), p.columns)
			}
			return nil
		})
	})
	if err != nil || tables < 20 || rows < 6000 {
		t.Errorf("%d tables with %d rows read; %v", tables, rows, err)
	}
}

// recordedAdjusted gives the recorded rows the columns they lack: then they are
// refused because their prices are adjusted.
func recordedAdjusted(t *testing.T, r etl.Request, p page) {
	t.Helper()
	p.columns = append([]string(nil), p.columns...)
	have := strings.ToLower(strings.Join(p.columns, ",")) + ","
	filler := ""
	for _, c := range cellNames {
		if !strings.Contains(have, strings.ToLower(c)+",") {
			p.columns = append(p.columns, c)
			filler += `,""`
		}
	}
	p.payload = bytes.ReplaceAll(p.payload, []byte(`"]`), []byte(`"`+filler+`]`))
	if _, err := (&answer{request: r, pages: []page{p}}).Decode(); err == nil || !strings.Contains(err.Error(), `"2" is no adjustflag`) {
		t.Errorf("adjusted prices: %v", err)
	}
}

func readFile(t *testing.T, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
