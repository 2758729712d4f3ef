package simulator_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// one returns the first symbol that fits at an instant.
func one(t *testing.T, at time.Time, fits func(i *market.Instant) bool) string {
	t.Helper()
	all := known(at, fits)
	if len(all) == 0 {
		t.Fatal("the market has no such security; choose another day")
	}
	return all[0]
}

// TestSinaRequests covers the forms of request and what is asked back.
func TestSinaRequests(t *testing.T) {
	w := startWeb(t, webConfig(lunch))
	whole := fetch(t, w, "/list=sh600000,sh000001").ok(t)
	if strings.Count(whole, "\n") != 2 || !strings.HasSuffix(whole, "\";\n") {
		t.Fatalf("%q", whole)
	}
	for _, target := range []string{"/list=sh600000,sh000001,", "/rn=1758170000000&list=sh600000,sh000001", "/?list=sh600000,sh000001", "/?rn=1&list=sh600000,sh000001"} {
		a := fetch(t, w, target)
		if a.ok(t) != whole || a.kind != "application/javascript; charset=GB18030" {
			t.Errorf("%s: %s %q", target, a.kind, a.text)
		}
	}
	for list, want := range map[string]string{
		"sh600000%2Csh000001":                 "var hq_str_sh600000%2Csh000001=\"\";\n",
		"sh999999,600000,SH600000,hf_GC":      "var hq_str_sh999999=\"\";\nvar hq_str_600000=\"\";\nvar hq_str_SH600000=\"\";\nvar hq_str_hf_GC=\"\";\n",
		"s_sh999999":                          "var hq_str_s_sh999999=\"\";\n",
		"sh600000,(x)":                        "FAILED",
		"sh600000," + strings.Repeat("x", 99): "FAILED",
	} {
		if got := fetch(t, w, "/list="+list).ok(t); got != want {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
	for referer, status := range map[string]int{"": 403, "https://example.com/finance.sina.com.cn": 403, "https://xfinance.sina.com.cn/": 403, "http://finance.sina.com.cn": 200,
		"https://finance.sina.com.cn/stock/": 200, "http://vip.stock.finance.sina.com.cn/mkt/": 200} {
		a := fetchAs(t, w, "/list=sh600000", referer)
		if a.status != status || status == 403 && a.text != "Kinsoku jikou desu!" {
			t.Errorf("Referer %q: %d %q", referer, a.status, a.text)
		}
	}
}

// TestSinaForms counts the fields of every form of row by date and state.
func TestSinaForms(t *testing.T) {
	before, days := schedules.MakeDay(2026, 7, 3).At(18, 0), schedules.MakeDay(2025, 7, 2).At(18, 0)
	is := func(k market.Kind, s etl.QuoteStatus, shell market.Shell) func(i *market.Instant) bool {
		return func(i *market.Instant) bool { return i.Kind == k && i.Status == s && i.Shell == shell }
	}
	for name, x := range map[string]struct {
		at     time.Time
		symbol string
		fields int
		status string // field 32
		last   string // field 3
		old    bool   // its date
	}{
		"share with a trailer":    {afterClose, one(t, afterClose, shares), 34, "00", "", false},
		"share before the rule":   {before, one(t, before, shares), 33, "00", "", false},
		"index with an end comma": {afterClose, "sh000001", 34, "00", "", false},
		"index before":            {before, "sh000001", 33, "00", "", false},
		"suspended":               {lunch, one(t, lunch, is(market.Stock, etl.Suspended, market.NoShell)), 33, "03", "0.000", false},
		"left, shown for ever":    {lunch, one(t, lunch, is(market.Stock, etl.Delisted, market.FullShell)), 33, "00", "", true},
		"delisted":                {delistedAt, one(t, delistedAt, is(market.Stock, etl.Delisted, market.EmptyShell)), 33, "-3", "0.000", true},
		"to be listed":            {days, one(t, days, is(market.Stock, etl.NotListed, market.NoShell)), 33, "-2", "0.000", true},
	} {
		w := startWeb(t, webConfig(x.at))
		rows, _ := rowsOf(fetch(t, w, "/list="+x.symbol+",s_"+x.symbol+","+x.symbol+"_i").ok(t), ",")
		f := rows[x.symbol]
		if len(f) != x.fields || f[32] != x.status || f[0] == "" || x.last != "" && f[3] != x.last {
			t.Errorf("%s: %d fields, status %s: %q", name, len(f), f[32], f)
		}
		if x.status == "-3" && f[2] != "0.000" || x.status == "03" && f[2] == "0.000" {
			t.Errorf("%s: preclose is %s", name, f[2])
		}
		if old := f[30] < schedules.DayOf(x.at).String(); old != x.old {
			t.Errorf("%s: dated %s", name, f[30])
		}
		if len(rows["s_"+x.symbol]) != 6 {
			t.Errorf("%s: short row %q", name, rows["s_"+x.symbol])
		}
		profile := rows[x.symbol+"_i"]
		if len(profile) != 38 || profile[0] != "A" || strings.Count(profile[24], "|") != 1 || profile[34] == "" {
			t.Errorf("%s: profile row of %d fields %q", name, len(profile), profile)
		}
	}
}

// delistedAt is an evening with an empty shell.
var delistedAt = schedules.MakeDay(2018, 4, 25).At(18, 0)

// TestCallAuction shows virtual prices where each provider does.
func TestCallAuction(t *testing.T) {
	symbol := one(t, auction, func(i *market.Instant) bool {
		return i.Kind == market.Stock && i.Status == etl.CallAuction && i.Last > 0
	})
	w := startWeb(t, webConfig(auction))
	rows, _ := rowsOf(fetch(t, w, "/list="+symbol).ok(t), ",")
	f := rows[symbol]
	if f[3] != "0.000" || f[1] != "0.000" || f[4] != "0.000" || f[8] != "0" || f[6] == "0.000" || f[6] != f[7] || f[6] != f[11] {
		t.Errorf("Sina: %q", f)
	}
	rows, _ = rowsOf(fetch(t, w, "/q="+symbol).ok(t), "~")
	f = rows[symbol]
	if f[3] == "0.00" || f[3] != f[9] || f[9] != f[19] || f[10] != f[20] || f[10] == "0" || f[11] != "0.00" || f[33] != "0.00" || f[5] != "0.00" || f[6] != "0" || (f[12] == "0") == (f[22] == "0") {
		t.Errorf("Tencent: %q", f)
	}
}

// TestTencentRequests covers the forms of request and the missing symbols.
func TestTencentRequests(t *testing.T) {
	w := startWeb(t, webConfig(lunch))
	left := one(t, lunch, func(i *market.Instant) bool { return i.Shell == market.FullShell })
	whole := fetch(t, w, "/q=sh600000,sh000001").ok(t)
	for _, target := range []string{"/q=sh600000,sh000001,", "/q=sh600000,sh999999," + left + ",sh000001", "/?_=1758170000&q=sh600000,sh000001", "/r=0.597907&q=sh600000,sh000001", "/q=sh600000%2Csh000001"} {
		a := fetch(t, w, target)
		if a.ok(t) != whole || a.kind != "text/html; charset=GBK" {
			t.Errorf("%s: %s %q", target, a.kind, a.text)
		}
	}
	if a := fetch(t, w, "/utf8/q=sh600000,sh000001"); a.ok(t) != whole || a.kind != "text/html; charset=UTF-8" {
		t.Errorf("utf8: %s %q", a.kind, a.text)
	}
	for _, target := range []string{"/q=sh999999", "/q=", "/q=" + left} {
		if got := fetch(t, w, target).ok(t); got != "v_pv_none_match=\"1\";\n" {
			t.Errorf("%s: %q", target, got)
		}
	}
	rows, _ := rowsOf(fetch(t, w, "/q=s_sh600000,s_sh000001").ok(t), "~")
	if f := rows["s_sh600000"]; len(rows) != 2 || len(f) != 11 || f[2] != "600000" || f[10] != "GP-A" {
		t.Errorf("short rows %q", rows)
	}
	if got := fetch(t, w, "/q=sh600000&fmt=json").ok(t); !strings.HasPrefix(got, `{"sh600000":["1","`) || !strings.HasSuffix(got, `]}`) {
		t.Errorf("%q", got)
	}
	// Some rows have a line feed in field 60, and STAR counts in shares.
	rows, _ = rowsOf(fetch(t, w, "/q="+strings.Join(known(lunch, shares), ",")).ok(t), "~")
	feeds := 0
	for symbol, f := range rows {
		if strings.Contains(f[60], "\n") {
			feeds++
		}
		s, _ := etl.ParseSymbol(symbol)
		i, _ := film().At(s, lunch)
		want := (i.Volume + 50) / 100
		if i.Board == "star" {
			want = i.Volume
		}
		if f[6] != strconv.FormatInt(want, 10) {
			t.Errorf("%s: volume %s of %d shares", symbol, f[6], i.Volume)
		}
	}
	if feeds == 0 || feeds == len(rows) {
		t.Errorf("%d of %d rows with a line feed", feeds, len(rows))
	}
}

// TestTencentStates checks rows without trading: time keeps moving, last is
// preclose.
func TestTencentStates(t *testing.T) {
	coming := schedules.MakeDay(2025, 7, 2).At(18, 0)
	for name, x := range map[string]struct {
		at     time.Time
		status etl.QuoteStatus
		letter string
		clock  string // "": moves
		empty  []int
	}{
		"suspended": {lunch, etl.Suspended, "S", "", []int{74}},
		"delisted":  {delistedAt, etl.Delisted, "D", "090000", []int{56, 67, 68, 74}},
		"to come":   {coming, etl.NotListed, "U", "090000", []int{38, 44, 56, 62, 63, 67, 68, 69, 70, 71, 72, 74, 75, 76, 79}},
	} {
		symbol := one(t, x.at, func(i *market.Instant) bool {
			return i.Status == x.status && i.Shell != market.FullShell && i.Kind == market.Stock
		})
		rows, _ := rowsOf(fetch(t, startWeb(t, webConfig(x.at)), "/q="+symbol).ok(t), "~")
		f := rows[symbol]
		day := strings.ReplaceAll(schedules.DayOf(x.at).String(), "-", "")
		if len(f) != 88 || f[40] != x.letter || f[3] != f[4] || f[5] != "0.00" || f[6] != "0" || !strings.HasPrefix(f[30], day+x.clock) {
			t.Fatalf("%s: %q", name, f)
		}
		if x.status == etl.Suspended && (f[30] < day+"115500" || f[47] == "-1") || x.status != etl.Suspended && f[47] != "-1" {
			t.Errorf("%s: time %s, limit %s", name, f[30], f[47])
		}
		for _, i := range []int{38, 44, 56, 62, 63, 67, 68, 69, 70, 71, 72, 74, 75, 76, 79} {
			if (f[i] == "") != slices.Contains(x.empty, i) {
				t.Errorf("%s: field %d is %q", name, i, f[i])
			}
		}
	}
}

// TestFrozenNight serves Friday's rows with Friday's times on Sunday.
func TestFrozenNight(t *testing.T) {
	sunday := (friday + 2).At(12, 0)
	evening, night := startWeb(t, webConfig(afterClose)), startWeb(t, webConfig(sunday))
	list := strings.Join(known(afterClose, shares), ",")
	for _, target := range []string{"/list=" + list, "/q=" + list, "/api/qt/clist/get?np=1&fltt=2&pz=100&fs=m:1+t:2,m:0+t:6&fields=f2,f5,f6,f12,f124,f297"} {
		if a, b := fetch(t, evening, target).ok(t), fetch(t, night, target).ok(t); a != b {
			t.Errorf("%.60s differs between Friday evening and Sunday", target)
		}
	}
}
