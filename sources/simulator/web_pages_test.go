package simulator_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

const nodes = "/quotes_service/api/json_v2.php/Market_Center."

// keysOf returns the keys of a JSON object in their order.
func keysOf(t testing.TB, object json.RawMessage) []string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(object)))
	var keys []string
	for {
		token, err := d.Token()
		if err != nil {
			return keys
		}
		if key, ok := token.(string); ok {
			var value json.RawMessage
			if err := d.Decode(&value); err != nil {
				t.Fatal(err)
			}
			keys = append(keys, key)
		}
	}
}

func decode[T any](t testing.TB, text string) (out T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v in %.200q", err, text)
	}
	return out
}

// TestSinaNode walks the pages as a client does: the count first.
func TestSinaNode(t *testing.T) {
	w := startWeb(t, webConfig(lunch))
	a := fetch(t, w, nodes+"getHQNodeStockCount?node=hs_a")
	count, err := strconv.Atoi(decode[string](t, a.ok(t)))
	if err != nil || a.kind != "application/javascript; charset=GBK" {
		t.Fatalf("%s %q", a.kind, a.text)
	}
	page := func(n, size int, more string) []json.RawMessage {
		return decode[[]json.RawMessage](t, fetch(t, w, fmt.Sprintf("%sgetHQNodeData?page=%d&num=%d&sort=symbol&asc=1&node=hs_a&symbol=&_s_r_a=page%s", nodes, n, size, more)).ok(t))
	}
	var all []json.RawMessage
	for n := 1; n <= count/80+1; n++ {
		all = append(all, page(n, 80, "")...)
	}
	if len(all) != count || len(page(1, 500, "")) != 100 || len(page(9, 80, "")) != 0 {
		t.Errorf("%d rows of %d; a page of 500 has %d", len(all), count, len(page(1, 500, "")))
	}
	order := strings.Fields("symbol code name trade pricechange changepercent buy sell settlement open high low volume amount ticktime per pb mktcap nmc turnoverratio")
	var before string
	for _, row := range all {
		if keys := keysOf(t, row); !slices.Equal(keys, order) {
			t.Fatalf("keys %q", keys)
		}
		r := decode[struct {
			Symbol, Code, Trade, Settlement, Ticktime string
			Volume                                    int64
			Changepercent                             float64
		}](t, string(row))
		if r.Symbol <= before || r.Symbol[2:] != r.Code || len(r.Trade)-strings.IndexByte(r.Trade, '.') != 4 || r.Ticktime != "11:30:00" {
			t.Errorf("%s after %s: %s", r.Symbol, before, row)
		}
		before = r.Symbol
		s, _ := etl.ParseSymbol(r.Symbol)
		if i, ok := film().At(s, lunch); !ok || i.Volume != r.Volume || i.Shell == market.FullShell {
			t.Errorf("%s: %d shares", row, i.Volume)
		}
	}
	if got := fetch(t, w, nodes+"getHQNodeData?page=9&num=80&node=hs_a").ok(t); got != "[]" {
		t.Errorf("past the end: %q", got)
	}
	if got := fetch(t, w, nodes+"getHQNodeData?page=1&num=80&node=nothing").ok(t); got != "null" {
		t.Errorf("an unknown node: %q", got)
	}
	losers := decode[[]struct{ Changepercent float64 }](t, fetch(t, w, nodes+"getHQNodeData?page=1&num=80&node=hs_a&sort=changepercent&asc=0").ok(t))
	if !slices.IsSortedFunc(losers, func(a, b struct{ Changepercent float64 }) int { return int((b.Changepercent - a.Changepercent) * 1000) }) {
		t.Error("not sorted by per cent, descending")
	}
}

// TestQuotas bans who asks too much: a status at Sina's pages, a closed
// connection at Eastmoney, each for its host alone.
func TestQuotas(t *testing.T) {
	c := webConfig(lunch)
	c.NodeQuota = simulator.WebQuota{Requests: 3, Within: time.Hour, Block: time.Hour}
	c.EastmoneyQuota = simulator.WebQuota{Requests: 2, Within: time.Hour, Block: time.Hour}
	w := startWeb(t, c)
	for i := range 6 {
		want := 200
		if i >= 3 {
			want = 456
		}
		if a := fetch(t, w, nodes+"getHQNodeStockCount?node=hs_a"); a.status != want {
			t.Errorf("page %d: status %d, want %d", i, a.status, want)
		}
		if a := fetch(t, w, "/api/qt/ulist.np/get?secids=1.600000"); (a.err != nil) != (i >= 2) {
			t.Errorf("batch %d: %v", i, a.err)
		}
	}
	fetch(t, w, "/list=sh600000").ok(t)
	if s := w.Stats(); s.Providers["sina"].Refused != 3 || s.Providers["eastmoney"].Refused != 4 || s.Providers["eastmoney"].Requests != 6 {
		t.Errorf("stats %+v", s)
	}
}

// TestTencentRank walks the list by offset.
func TestTencentRank(t *testing.T) {
	w := startWeb(t, webConfig(lunch))
	type answer struct {
		Code int
		Data struct {
			Total    int
			RankList []map[string]string `json:"rank_list"`
		}
	}
	seen := map[string]bool{}
	part := func(query string) answer {
		return decode[answer](t, fetch(t, w, "/cgi/cgi-bin/rank/hs/getBoardRankList?_appver=11.17.0&"+query).ok(t))
	}
	last := 1e9
	for offset := 0; ; offset += 40 {
		a := part(fmt.Sprintf("board_code=aStock&sort_type=price&direct=down&offset=%d&count=40", offset))
		if len(a.Data.RankList) == 0 {
			if a.Data.Total != len(seen) || a.Data.Total < 50 {
				t.Errorf("%d of %d", len(seen), a.Data.Total)
			}
			break
		}
		for _, row := range a.Data.RankList {
			price, err := strconv.ParseFloat(row["zxj"], 64)
			if err != nil || price > last || seen[row["code"]] || row["name"] == "" {
				t.Errorf("%q after %v", row, last)
			}
			last, seen[row["code"]] = price, true
			for _, key := range []string{"zd", "zdf", "hsl", "turnover", "volume", "pe_ttm", "pn", "lb", "ltsz", "zsz", "zljlr"} {
				if _, ok := row[key]; !ok {
					t.Errorf("%s: no key %s", row["code"], key)
				}
			}
		}
	}
	for _, row := range part("board_code=ksh&sort_type=price&direct=up&offset=0&count=500").Data.RankList {
		if !strings.HasPrefix(row["code"], "sh68") {
			t.Errorf("%s in ksh", row["code"])
		}
	}
	if part("board_code=moon").Code == 0 {
		t.Error("an unknown board has code 0")
	}
}

// emAnswer is an answer of Eastmoney.
type emAnswer struct {
	RC   int
	Data *struct {
		Total int
		Diff  json.RawMessage
	}
}

const allShares = "m:0+t:6,m:0+t:80,m:1+t:2,m:1+t:23,m:0+t:81+s:2048"

// TestEastmoneyPages walks clist as clients do.
func TestEastmoneyPages(t *testing.T) {
	w := startWeb(t, webConfig(afterClose))
	fields := "f1,f2,f3,f4,f5,f6,f7,f8,f9,f10,f12,f13,f14,f15,f16,f17,f18,f20,f21,f23,f24,f25,f22,f11,f62,f128,f136,f115,f152"
	server := "f1,f2,f3,f4,f5,f6,f7,f8,f9,f10,f11,f12,f13,f14,f15,f16,f17,f18,f20,f21,f22,f23,f24,f25,f62,f115,f128,f140,f141,f136,f152"
	codes := map[string]bool{}
	total := 0
	for page := 1; ; page++ {
		a := fetch(t, w, fmt.Sprintf("/api/qt/clist/get?pn=%d&pz=5000&po=1&np=1&ut=x&fltt=2&invt=2&fid=f12&fs=%s&fields=%s", page, allShares, fields))
		e := decode[emAnswer](t, a.ok(t))
		if a.kind != "application/json" || e.RC != 0 {
			t.Fatalf("%s %.100q", a.kind, a.text)
		}
		if e.Data == nil {
			break
		}
		total = e.Data.Total
		rows := decode[[]json.RawMessage](t, string(e.Data.Diff))
		if len(rows) > 100 {
			t.Errorf("a page of %d rows", len(rows))
		}
		for _, row := range rows {
			if keys := strings.Join(keysOf(t, row), ","); keys != server {
				t.Fatalf("keys %s", keys)
			}
			codes[decode[struct{ F12 string }](t, string(row)).F12] = true
		}
	}
	if len(codes) != total || total < 100 {
		t.Errorf("%d codes of %d", len(codes), total)
	}
	small := "/api/qt/clist/get?pn=1&pz=3&fid=f12&po=0&fs=m:1+t:2&fields=f12,f2,f124,f297"
	object := decode[map[string]struct{ F2, F124, F297 int64 }](t, string(decode[emAnswer](t, fetch(t, w, small).ok(t)).Data.Diff))
	if len(object) != 3 || object["0"].F2 < 10 || object["1"].F297 != 20260918 || object["2"].F124 > afterClose.Unix() || object["2"].F124 < friday.At(15, 34).Unix() {
		t.Errorf("np=0: %+v", object)
	}
	a := fetch(t, w, small+"&np=1&cb=jQuery1124_1723")
	if !strings.HasPrefix(a.ok(t), "jQuery1124_1723({") || !strings.HasSuffix(a.text, "});") || a.kind != "application/javascript; charset=UTF-8" || a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("JSONP: %s %q", a.kind, a.text)
	}
	gainers := decode[[]struct{ F3 any }](t, string(decode[emAnswer](t, fetch(t, w, "/api/qt/clist/get?pn=1&pz=100&po=1&np=1&fltt=2&fid=f3&fs="+allShares+"&fields=f3").ok(t)).Data.Diff))
	if first, ok := gainers[0].F3.(float64); !ok || first < gainers[50].F3.(float64) {
		t.Errorf("not sorted by per cent: %v", gainers[:3])
	}
}

// TestEastmoneyBatch asks by secid, with commas escaped, in no order.
func TestEastmoneyBatch(t *testing.T) {
	w := startWeb(t, webConfig(lunch))
	halted := one(t, lunch, func(i *market.Instant) bool { return i.Status == etl.Suspended && i.Symbol.Exchange() == etl.Shenzhen })
	text := fetch(t, w, "/api/qt/ulist.np/get?secids=1.600000%2C0."+halted[2:]+"%2C1.999999%2C1.000001&fltt=2&fields=f12,f13,f2,f5,f18,f8,f124,f999").ok(t)
	rows := decode[[]map[string]any](t, string(decode[emAnswer](t, text).Data.Diff))
	if len(rows) != 3 || rows[0]["f12"] != "600000" || rows[1]["f12"] != halted[2:] || rows[2]["f13"] != 1.0 {
		t.Fatalf("%v", rows)
	}
	if r := rows[1]; r["f2"] != "-" || r["f5"] != "-" || r["f18"] == "-" || r["f999"] != "-" || r["f124"] != float64(friday.At(8, 0).Unix()) {
		t.Errorf("a suspended share: %v", r)
	}
	for _, target := range []string{"/api/qt/ulist.np/get?secids=1.999999", "/api/qt/stock/get?secid=2.600000", "/api/qt/ulist.np/get"} {
		if got := fetch(t, w, target).ok(t); got != `{"rc":102,"rt":1,"svr":177622402,"lt":1,"full":1,"dlmkts":"8,10,128","dsc":"0","data":null}` {
			t.Errorf("%s: %s", target, got)
		}
	}
	// The book of one share is the tape's.
	s, _ := etl.ParseSymbol("sh600000")
	i, _ := film().At(s, lunch)
	stock := decode[struct {
		Data struct{ F19, F20, F39, F47 float64 }
	}](t, fetch(t, w, "/api/qt/stock/get?secid=1.600000&fltt=2").ok(t)).Data
	if stock.F19 != i.Bids[0].Price || stock.F39 != i.Asks[0].Price || stock.F47 != float64((i.Volume+50)/100) {
		t.Errorf("%+v of %+v", stock, i.Quote)
	}
}

// TestCaps leaves out what is past a cap.
func TestCaps(t *testing.T) {
	c := webConfig(lunch)
	c.Caps = simulator.WebCaps{SinaList: 5, SinaNode: 5, TencentList: 5, TencentRank: 5, EastmoneyPage: 5, EastmoneySecids: 5}
	w := startWeb(t, c)
	list := strings.Join(known(lunch, func(i *market.Instant) bool { return shares(i) && i.Symbol.Exchange() == etl.Shanghai })[:9], ",")
	for target, mark := range map[string]string{
		"/list=" + list: "hq_str_", "/q=" + list: "v_", nodes + "getHQNodeData?num=80&node=hs_a": `"symbol"`,
		"/cgi/cgi-bin/rank/hs/getBoardRankList?board_code=aStock&count=200":                                   `"code":"s`,
		"/api/qt/clist/get?pz=100&fs=" + allShares:                                                            `"f12"`,
		"/api/qt/ulist.np/get?secids=" + strings.ReplaceAll(strings.ReplaceAll(list, "sh", "1."), ",", "%2C"): `"f12"`,
	} {
		if n := strings.Count(fetch(t, w, target).ok(t), mark); n != 5 {
			t.Errorf("%.40s: %d rows, want 5", target, n)
		}
	}
	if s := w.Stats(); s.Providers["sina"].Rows != 10 || s.Providers["tencent"].Rows != 10 || s.Providers["eastmoney"].Rows != 10 {
		t.Errorf("stats %+v", s)
	}
}

// TestOldRows dates the rows of a holiday before today.
func TestOldRows(t *testing.T) {
	holiday := schedules.MakeDay(2026, 10, 3).At(12, 0)
	w := startWeb(t, webConfig(holiday))
	rows, _ := rowsOf(fetch(t, w, "/list=sh600000").ok(t), ",")
	if rows["sh600000"][30] != "2026-09-30" {
		t.Errorf("on a holiday Sina dates a row %s", rows["sh600000"][30])
	}
}
