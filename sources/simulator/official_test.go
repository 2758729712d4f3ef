package simulator_test

import (
	"strings"
	"testing"
	"time"

	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator/market"
)

// trace is what the vendor's client 0.9.4 sends, byte for byte with | for the
// separator, and what must come back. Source of the requests: specification of
// Baostock, 12.9.
var trace = []struct {
	request string
	kind    wire.Type
	fields  int    // of the body
	code    string // field 0
	json    int    // position of the rows; 0: none
	rows    int    // -1: some
	last    string
}{
	{"00.9.40|00|0000000024login|anonymous|123456|0|1790200140\n", "01", 5, "0", 0, 0, "20260928200000000"},
	{"00.9.40|33|0000000056query_trade_dates|anonymous|1|2000|2024-01-01|2024-01-10|2924823370\n", "34", 10, "0", 6, 10, "calendar_date, is_trading_day"},
	{"00.9.40|45|0000000040query_stock_basic|anonymous|1|2000||浦发银行|127117853\n", "46", 10, "0", 6, 0, "code, code_name, ipoDate, outDate, type, status"},
	{"00.9.40|61|0000000036query_hs300_stocks|anonymous|1|2000||942785865\n", "62", 9, "0", 6, -1, "updateDate, code, code_name"},
	{"00.9.40|95|0000000094query_history_k_data_plus|anonymous|1|2000|sh.600000|date,code,close|2024-01-01|2024-01-31|d|3|3968176876\n", "96", 13, "0", 6, 22, "3"},
	{"00.9.40|98|0000000049query_daily_history_k_AStock|anonymous|2026-09-28|2117898067\n", "99", 6, "0", 4, -1, market.Header},
	{"00.9.40|98|0000000049query_daily_history_k_AStock|anonymous|2026-09-25|9303022\n", "99", 6, "0", 4, 0, market.Header},
	{"00.9.40|95|0000000094query_history_k_data_plus|anonymous|1|2000|sh.600000|date,code,close|2015-01-01|2023-12-31|d|3|1032309042\n", "96", 13, "0", 6, 2000, "3"},
	{"00.9.40|95|0000000094query_history_k_data_plus|anonymous|2|2000|sh.600000|date,code,close|2015-01-01|2023-12-31|d|3|3805206919\n", "96", 13, "0", 6, 189, "3"},
	{"00.9.40|98|0000000040query_daily_history_k_AStock|anonymous|2|1426524837\n", "04", 2, "10004010", 0, 0, "日期格式不正确"},
}

func TestOfficialClientTrace(t *testing.T) {
	c := config()
	clock := schedules.MakeDay(2026, time.September, 28).At(20, 0)
	c.Now = func() time.Time { return clock }
	cl := dial(t, start(t, c, generated()))
	for _, x := range trace {
		cl.write([]byte(strings.ReplaceAll(x.request, "|", "\x01")))
		// Reading to the marker and no further: the next answer must begin
		// right behind it, or this reader never ends.
		got := official(t, cl.conn)
		r := wire.NewReader(strings.NewReader(string(got)), wire.Limits{Frame: 1 << 24, Body: 1 << 24})
		w, err := r.Read()
		if err != nil || r.Buffered() != 0 {
			t.Fatalf("%q: %v, %d bytes left", x.request, err, r.Buffered())
		}
		a := take(t, w)
		if w.Version != "00.9.00" || w.Type != x.kind || len(a.fields) != x.fields || a.fields[0] != x.code {
			t.Fatalf("%q\ngot %s %s with %d fields: %.100q", x.request, w.Version, w.Type, len(a.fields), a.fields)
		}
		if last := a.fields[len(a.fields)-1]; last != x.last {
			t.Errorf("%q: last field %q, want %q", x.request, last, x.last)
		}
		if x.code != "0" {
			continue
		}
		request := strings.Split(x.request[21:], "|")
		if a.fields[2] != request[0] || a.fields[3] != "anonymous" {
			t.Errorf("%q: echo %q", x.request, a.fields[2:4])
		}
		if x.rows >= 0 && len(a.rows) != x.rows || x.rows < 0 && len(a.rows) == 0 {
			t.Errorf("%q: %d rows, want %d", x.request, len(a.rows), x.rows)
		}
		if x.json > 0 && x.rows == 0 && a.fields[x.json] != "" {
			t.Errorf("%q: no rows are %q, want the empty text", x.request, a.fields[x.json])
		}
		if x.json == 6 { // page, rows per page and arguments are repeated
			args := request[2 : len(request)-1]
			if strings.Join(a.fields[4:6], "|") != strings.Join(args[:2], "|") || strings.Join(a.fields[7:7+len(args)-2], "|") != strings.Join(args[2:], "|") {
				t.Errorf("%q: echo %q and %q", x.request, a.fields[4:6], a.fields[7:])
			}
		}
	}
	cl.quiet()
}
