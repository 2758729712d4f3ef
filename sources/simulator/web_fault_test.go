package simulator_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator"
)

// webFaultCases holds what every fault must look like. fetch asks a server
// with the fault for the first time; good is the answer without it.
var webFaultCases = map[string][]struct {
	fault, target string
	seen          func(got, good webAnswer) bool
}{
	"403": {{"403", "/list=" + faultList, func(got, _ webAnswer) bool { return got.status == 403 && got.text == "Kinsoku jikou desu!" }}},
	"429": {{"429@tencent#1", "/q=" + faultList, status(429)}},
	"456": {{"456@sina-node#1:5m", nodes + "getHQNodeStockCount?node=hs_a", status(456)}},
	"502": {{"502", "/q=" + faultList, status(502)}},
	"closed": {
		{"closed@eastmoney#*", "/api/qt/ulist.np/get?secids=1.600000", func(got, _ webAnswer) bool { return got.err != nil && got.status == 0 }},
		{"closed@eastmoney#1:1h", "/api/qt/ulist.np/get?secids=1.600000", func(got, _ webAnswer) bool { return got.err != nil && got.status == 0 }},
	},
	"slow": {{"slow:1ms", "/q=" + faultList, func(got, good webAnswer) bool { return bytes.Equal(got.raw, good.raw) }}}, // timed below
	"empty": {
		{"empty", "/q=" + faultList, func(got, _ webAnswer) bool { return got.status == 200 && got.err == nil && len(got.raw) == 0 }},
	},
	"garbage": {
		{"garbage", "/q=" + faultList, func(got, _ webAnswer) bool { return got.status == 200 && strings.HasPrefix(got.text, "<!DOCTYPE") }},
		{"garbage:binary", "/q=" + faultList, func(got, _ webAnswer) bool { return got.status == 200 && len(got.raw) == 4096 && !utf8.Valid(got.raw) }},
		{"garbage:json", "/api/qt/ulist.np/get?secids=1.600000", func(got, _ webAnswer) bool { return strings.Contains(got.text, `{"f2":{}}`) }},
	},
	"failed": {{"failed", "/list=" + faultList, func(got, _ webAnswer) bool { return got.status == 200 && got.text == "FAILED" }}},
	"stale": {
		{"stale", "/list=" + faultList, func(got, good webAnswer) bool {
			return strings.Count(got.text, "2026-09-17,15:3") == 6 && strings.Count(good.text, "2026-09-18,11:30:00") == 6
		}},
		{"stale:40m", "/list=" + faultList, func(got, good webAnswer) bool {
			return strings.Count(got.text, "2026-09-18,11:") == 6 && !strings.Contains(got.text, "11:30:00") && strings.Contains(good.text, "11:30:00")
		}},
	},
	"half": {
		{"half", "/q=" + faultList, func(got, good webAnswer) bool {
			return strings.Count(good.text, "\n") == 6 && strings.Count(got.text, "v_s") == 3 && strings.HasSuffix(got.text, "\";\n")
		}},
		{"half", "/api/qt/clist/get?np=1&pz=10&fs=" + allShares, func(got, _ webAnswer) bool {
			return strings.Count(got.text, `"f12"`) == 5 && strings.HasSuffix(got.text, "]}}")
		}},
	},
	"swapped": {{"swapped", "/list=" + faultList, func(got, good webAnswer) bool {
		a, _ := rowsOf(got.text, ",")
		b, _ := rowsOf(good.text, ",")
		return slices.Equal(a["sh600000"], b["sh600004"]) && slices.Equal(b["sh600000"], a["sh600004"])
	}}},
	"unasked": {{"unasked", "/q=" + faultList, func(got, good webAnswer) bool {
		a, order := rowsOf(got.text, "~")
		b, _ := rowsOf(good.text, "~")
		return len(order) == 6 && b[order[0]] == nil && a["sh600000"] == nil
	}}},
	"unit": {
		{"unit", "/q=sh600000", volume("sh600000", "~", 6, 1)},
		{"unit", "/q=sh688001", volume("sh688001", "~", 6, 100)},
		{"unit", "/list=sh600000", volume("sh600000", ",", 8, 100)},
		{"unit", "/api/qt/ulist.np/get?secids=1.600000&fields=f5", func(got, good webAnswer) bool {
			return len(got.text) == len(good.text)+2 && got.text != good.text
		}},
	},
	"impossible": {{"impossible", "/q=" + faultList, func(got, _ webAnswer) bool {
		rows, _ := rowsOf(got.text, "~")
		return rows["sh600000"][3] > rows["sh600000"][47] && rows["sh600000"][3] > rows["sh600000"][33] && rows["sh600004"][3] <= rows["sh600004"][33]
	}}},
	"charset": {
		{"charset", "/list=" + faultList, func(got, good webAnswer) bool {
			return utf8.Valid(got.raw) && !utf8.Valid(good.raw) && got.kind == good.kind
		}},
		{"charset:label", "/list=" + faultList, func(got, good webAnswer) bool {
			return bytes.Equal(got.raw, good.raw) && strings.HasSuffix(got.kind, "UTF-8")
		}},
		{"charset", "/api/qt/ulist.np/get?secids=1.600000&fields=f14", func(got, good webAnswer) bool {
			return !utf8.Valid(got.raw) && utf8.Valid(good.raw) && got.kind == good.kind
		}},
		{"charset:label", "/api/qt/ulist.np/get?secids=1.600000&fields=f14", func(got, good webAnswer) bool {
			return bytes.Equal(got.raw, good.raw) && strings.HasSuffix(got.kind, "GBK")
		}},
	},
	"cut": {
		{"cut", "/q=" + faultList, func(got, good webAnswer) bool { return got.err != nil && len(got.raw) == len(good.raw)/2 }},
		{"cut:100", "/q=" + faultList, func(got, good webAnswer) bool { return got.err != nil && bytes.Equal(got.raw, good.raw[:100]) }},
	},
}

// faultList asks six shares.
const faultList = "sh600000,sh600004,sh688001,sz300001,sz000001,sz000008"

func status(n int) func(got, good webAnswer) bool {
	return func(got, good webAnswer) bool { return got.status == n && good.status == 200 }
}

// volume wants a volume of so many shares per unit.
func volume(symbol, separator string, field int, per int64) func(got, good webAnswer) bool {
	return func(got, good webAnswer) bool {
		rows, _ := rowsOf(got.text, separator)
		s, _ := etl.ParseSymbol(symbol)
		i, _ := film().At(s, lunch)
		return rows[symbol][field] == whole((i.Volume+per/2)/per).Num().String()
	}
}

// TestWebFaults plays every fault; one without a case fails.
func TestWebFaults(t *testing.T) {
	for _, info := range simulator.WebFaults() {
		if len(webFaultCases[info.Name]) == 0 {
			t.Errorf("fault %s has no case", info.Name)
		}
		if info.Text == "" || info.When != "once" {
			t.Errorf("fault %+v", info)
		}
	}
	for name, cases := range webFaultCases {
		for _, x := range cases {
			t.Run(x.fault, func(t *testing.T) {
				good := fetch(t, startWeb(t, webConfig(lunch)), x.target)
				w := startWeb(t, webConfig(lunch, x.fault))
				if got := fetch(t, w, x.target); !x.seen(got, good) {
					t.Errorf("not seen: status %d, %s, %v, %.1000q", got.status, got.kind, got.err, got.text)
				}
				if n := w.Stats().Faults[name]; n != 1 {
					t.Errorf("played %d times: %+v", n, w.Stats())
				}
				if strings.Contains(x.fault, "*") || strings.HasSuffix(x.fault, "h") || strings.HasSuffix(x.fault, "5m") {
					if got := fetch(t, w, x.target); got.status == 200 {
						t.Error("the second request is answered")
					}
					return
				}
				if got := fetch(t, w, x.target); got.status != 200 || !bytes.Equal(got.raw, good.raw) {
					t.Errorf("once is not once: status %d, %.200q", got.status, got.text)
				}
			})
		}
	}
}

// TestFaultTargets hits one provider or endpoint and counts there.
func TestFaultTargets(t *testing.T) {
	w := startWeb(t, webConfig(lunch, "502@tencent#2", "empty@sina-node#1"))
	node := nodes + "getHQNodeStockCount?node=hs_a"
	for i, x := range []struct {
		target string
		status int
		bytes  bool
	}{{"/list=sh600000", 200, true}, {"/q=sh600000", 200, true}, {"/list=sh600000", 200, true}, {node, 200, false}, {node, 200, true},
		{"/cgi/cgi-bin/rank/hs/getBoardRankList?board_code=aStock", 502, true}, {"/q=sh600000", 200, true}} {
		if a := fetch(t, w, x.target); a.status != x.status || len(a.raw) > 0 != x.bytes {
			t.Errorf("request %d: status %d, %d bytes", i, a.status, len(a.raw))
		}
	}
}

func TestParseWebFault(t *testing.T) {
	for text, want := range map[string]simulator.WebFault{
		"half":                 {Name: "half"},
		"half@3":               {Name: "half", From: 3, To: 3},
		"502@3+":               {Name: "502", From: 3},
		"429@3-5:100s":         {Name: "429", From: 3, To: 5, Arg: "100s"},
		"empty@*":              {Name: "empty", From: 1},
		"cut@2.5%:77":          {Name: "cut", Percent: 2.5, Arg: "77"},
		"closed@eastmoney#2+":  {Name: "closed", Target: "eastmoney", From: 2},
		"456@sina-node#60:30m": {Name: "456", Target: "sina-node", From: 60, To: 60, Arg: "30m"},
		"charset@10%:label":    {Name: "charset", Percent: 10, Arg: "label"},
		"stale@tencent-q#*:5s": {Name: "stale", Target: "tencent-q", From: 1, Arg: "5s"},
	} {
		got, err := simulator.ParseWebFault(text)
		if err != nil || got != want {
			t.Errorf("ParseWebFault(%q) = %+v, %v", text, got, err)
		}
		again, err := simulator.ParseWebFault(got.String())
		if err != nil || again != got {
			t.Errorf("%q is written as %q, which reads as %+v, %v", text, got.String(), again, err)
		}
	}
	for text, want := range map[string]string{
		"reset": "impossible", "half@": "missing", "half:": "missing", "half@0": "does not say when", "half@98#3": "not about", "half@sina#98#3": "does not say when",
		"half@#3": "before the #", "failed@tencent#1": "not about", "slow": "needs an argument", "slow:3": "duration", "empty:3": "no argument", "cut:x": "number", "garbage:pdf": "html, binary",
		"": "no web fault", "half@-3": "does not say when",
	} {
		if _, err := simulator.ParseWebFault(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseWebFault(%q): %v, want %q", text, err, want)
		}
	}
	var f simulator.WebFault
	if err := f.UnmarshalText([]byte("half@2")); err != nil || f.From != 2 {
		t.Errorf("%+v, %v", f, err)
	}
	if err := f.UnmarshalText([]byte("none")); err == nil || f.From != 2 {
		t.Errorf("a bad text gives %+v, %v", f, err)
	}
}

func FuzzParseWebFault(f *testing.F) {
	for _, s := range []string{"cut@3", "closed@eastmoney#100:6h", "charset@5%:label", "a@b:c", "half@1-9999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := simulator.ParseWebFault(text)
		if err != nil {
			return
		}
		again, err := simulator.ParseWebFault(got.String())
		if err != nil || again != got {
			t.Fatalf("%q becomes %q: %+v, %v", text, got.String(), again, err)
		}
	})
}

// TestWebTime measures latency, slow answers and bans in false time.
func TestWebTime(t *testing.T) {
	film().Symbols(lunch) // read outside the bubble
	synctest.Test(t, func(t *testing.T) {
		c := webConfig(lunch, "slow@tencent#2:45s", "429@sina#1:5m")
		c.Latency = simulator.WebLatency{Sina: 100 * time.Millisecond, Tencent: 200 * time.Millisecond}
		w, err := simulator.NewWeb(c, film())
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		call := func(target string, want int, took time.Duration) {
			t.Helper()
			begin = time.Now()
			r, out := httptest.NewRequest(http.MethodGet, target, nil), httptest.NewRecorder()
			r.Header.Set("Referer", sinaPage)
			w.ServeHTTP(out, r)
			if out.Code != want || time.Since(begin) != took {
				t.Errorf("%s: status %d after %v, want %d after %v", target, out.Code, time.Since(begin), want, took)
			}
		}
		call("/q=sh600000", 200, 200*time.Millisecond)
		call("/q=sh600000", 200, 45*time.Second+200*time.Millisecond)
		call("/list=sh600000", 429, 100*time.Millisecond)
		call("/list=sh600000", 429, 100*time.Millisecond)
		call(nodes+"getHQNodeStockCount?node=hs_a", 200, 100*time.Millisecond) // another host
		<-time.After(5 * time.Minute)
		call("/list=sh600000", 200, 100*time.Millisecond)
		// A client that goes away is not waited for.
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		begin = time.Now()
		func() {
			defer func() {
				if r := recover(); r != http.ErrAbortHandler || time.Since(begin) != 50*time.Millisecond {
					t.Errorf("%v after %v", r, time.Since(begin))
				}
			}()
			w.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/q=sh600000", nil).WithContext(ctx))
		}()
	})
}

// TestStaleClock lets a source lag by seconds.
func TestStaleClock(t *testing.T) {
	now := friday.At(10, 0).Add(30 * time.Second)
	a, _ := rowsOf(fetch(t, startWeb(t, webConfig(now, "stale@*:20s")), "/q=sh600000").ok(t), "~")
	b, _ := rowsOf(fetch(t, startWeb(t, webConfig(now.Add(-20*time.Second))), "/q=sh600000").ok(t), "~")
	if !slices.Equal(a["sh600000"], b["sh600000"]) || schedules.DayOf(now) != friday {
		t.Errorf("%q, want %q", a, b)
	}
}
