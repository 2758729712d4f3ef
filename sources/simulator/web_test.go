package simulator_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/schedules"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// TestWebConfig reports all bad values at once.
func TestWebConfig(t *testing.T) {
	if err := simulator.DefaultWebConfig().Validate(); err != nil {
		t.Fatal(err)
	}
	c := simulator.DefaultWebConfig()
	c.Latency.Tencent = -1
	c.Caps.SinaNode, c.Caps.EastmoneyPage = 0, 1_000_000
	c.NodeQuota.Requests = 5
	c.Faults = []simulator.WebFault{{Name: "none"}}
	err := c.Validate()
	for _, key := range []string{"latency.tencent", "caps.sina_node", "caps.eastmoney_page", "node_quota", "faults"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%v does not name %s", err, key)
		}
	}
	if _, err := simulator.NewWeb(c, film()); err == nil {
		t.Error("NewWeb takes a bad configuration")
	}
	if _, err := simulator.NewWeb(simulator.DefaultWebConfig(), nil); err == nil {
		t.Error("NewWeb takes no tape")
	}
}

// TestWebLife opens, serves and closes.
func TestWebLife(t *testing.T) {
	w, err := simulator.NewWeb(webConfig(lunch), film())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Serve(t.Context()); err == nil {
		t.Error("Serve before Listen")
	}
	if err := w.Listen("256.0.0.1:1"); err == nil {
		t.Error("listens nowhere")
	}
	if err := w.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := w.Listen("127.0.0.1:0"); err == nil {
		t.Error("listens twice")
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.Serve(ctx) }()
	fetch(t, w, "/q=sh600000").ok(t)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	if conn, err := net.Dial("tcp", w.Addr()); err == nil {
		conn.Close()
		t.Error("it still listens")
	}
	idle, err := simulator.NewWeb(webConfig(lunch), film())
	if err != nil {
		t.Fatal(err)
	}
	if err := idle.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := idle.Close(); err != nil {
		t.Errorf("Close without Serve: %v", err)
	}
	if err := idle.Serve(t.Context()); err != nil {
		t.Errorf("Serve after Close: %v", err)
	}
}

// TestWebPaths turns strangers away.
func TestWebPaths(t *testing.T) {
	w := startWeb(t, webConfig(lunch))
	for target, want := range map[string]int{"/": 404, "/favicon.ico": 404, "/api/qt/clist": 404, "/x/q=sh600000": 404, "/utf8/list=sh600000": 404, "/?q=sh600000": 200} {
		if a := fetch(t, w, target); a.status != want {
			t.Errorf("%s: status %d, want %d", target, a.status, want)
		}
	}
	for method, want := range map[string]int{http.MethodPost: 405, http.MethodHead: 200} {
		r := httptest.NewRequest(method, "/q=sh600000", nil)
		out := httptest.NewRecorder()
		w.ServeHTTP(out, r)
		if out.Code != want || method == http.MethodHead && out.Body.Len() != 0 {
			t.Errorf("%s: %d with %d bytes", method, out.Code, out.Body.Len())
		}
	}
	// As a proxy is asked.
	r := httptest.NewRequest(http.MethodGet, "http://qt.gtimg.cn/q=sh600000", nil)
	out := httptest.NewRecorder()
	w.ServeHTTP(out, r)
	if !strings.HasPrefix(out.Body.String(), `v_sh600000="1~`) {
		t.Errorf("asked by a whole address: %.80q", out.Body.String())
	}
}

// TestOnRequest describes every request.
func TestOnRequest(t *testing.T) {
	c := webConfig(lunch, "half@2", "closed@3")
	var mu sync.Mutex
	var seen []simulator.WebRequest
	c.OnRequest = func(r simulator.WebRequest) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r)
	}
	w := startWeb(t, c)
	var bytes int
	for range 3 {
		bytes += len(fetch(t, w, "/q="+faultList).raw)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 3 || seen[0].Provider != "tencent" || seen[0].Endpoint != "tencent-q" || seen[0].Symbols != 6 || seen[0].Rows != 6 || seen[0].Status != 200 || !seen[0].Shown.Equal(lunch) ||
		seen[1].Rows != 3 || len(seen[1].Faults) != 1 || seen[2].Status != 0 || seen[2].Target != "/q="+faultList || seen[2].Bytes != 0 {
		t.Errorf("%+v", seen)
	}
	if s := w.Stats().Providers["tencent"]; s.Requests != 3 || s.Rows != 9 || s.Bytes != int64(bytes) || s.Refused != 1 {
		t.Errorf("%+v, %d bytes read", s, bytes)
	}
}

// TestWebConcurrent asks everything at once while the clock runs and faults
// play; every answer that comes is whole.
func TestWebConcurrent(t *testing.T) {
	clock := simulator.NewClock(friday.At(10, 0), 600)
	c := webConfig(lunch, "half@10%", "cut@tencent#10%", "closed@10%", "stale@10%", "swapped@10%", "charset@5%", "unit@5%")
	c.Now = clock.Now
	w := startWeb(t, c)
	list := strings.Join(known(lunch, nil), ",")
	targets := []string{"/list=" + list, "/q=" + list, nodes + "getHQNodeData?num=80&node=hs_a", "/cgi/cgi-bin/rank/hs/getBoardRankList?board_code=aStock&count=200",
		"/api/qt/clist/get?np=1&pz=100&fid=f3&fs=" + allShares, "/api/qt/ulist.np/get?secids=1.600000,0.000001"}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 30 {
				a := fetch(t, w, targets[i%len(targets)])
				if a.err == nil && (a.status != 200 || len(a.raw) < 100) {
					t.Errorf("status %d: %.100q", a.status, a.raw)
				}
			}
		})
	}
	wg.Wait()
	s := w.Stats()
	total := 0
	for _, n := range s.Endpoints {
		total += n
	}
	if total != 120 || len(s.Faults) < 4 {
		t.Errorf("%d requests: %+v", total, s)
	}
}

// FuzzWebTarget asks for anything at all. Nothing panics but on purpose, and
// every answer is bounded.
func FuzzWebTarget(f *testing.F) {
	for _, s := range []string{"/list=sh600000,sz000001,", "/rn=1&list=s_sh600000,sh600000_i", "/?list=sh600000", "/q=sh600000,s_sz000001&fmt=json", "/utf8/q=sh600000", "/list=%zz", "/q=%zz",
		nodes + "getHQNodeData?page=-1&num=99999999999&node=hs_a&sort=amount&asc=0", "/cgi/cgi-bin/rank/hs/getBoardRankList?board_code=aStock&offset=-5&count=1e9",
		"/api/qt/clist/get?pn=0&pz=0&np=2&fs=m:0+t:6&fields=f12,f0,f-1,f1e9&cb=a(b&fid=f999&po=1", "/api/qt/ulist.np/get?secids=,1.,.1,1.60000x,0.000001&fields=,", "/api/qt/stock/get?secid=1.600000&fields=f43,f43"} {
		f.Add(s)
	}
	w, err := simulator.NewWeb(webConfig(lunch), film())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RequestURI = target
		r.Header.Set("Referer", sinaPage)
		out := httptest.NewRecorder()
		w.ServeHTTP(out, r)
		if out.Body.Len() > 1<<20 {
			t.Errorf("%q gives %d bytes", target, out.Body.Len())
		}
	})
}

// BenchmarkWeb serves whole-market answers of about 5,200 securities: one
// request of 900 symbols to Tencent, one of 850 to Sina, one page to
// Eastmoney. Compare with BenchmarkMarketDay, a whole day of bars.
func BenchmarkWeb(b *testing.B) {
	mc := market.DefaultConfig()
	mc.Stocks = 5600
	m, err := market.Generate(mc, schedules.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	tape := market.NewTape(m, schedules.Embedded())
	w, err := simulator.NewWeb(webConfig(lunch), tape)
	if err != nil {
		b.Fatal(err)
	}
	var list []string
	for i := range tape.All(lunch) {
		if shares(i) {
			list = append(list, i.Symbol.String())
		}
	}
	for name, x := range map[string]struct {
		target string
		rows   int
	}{
		"tencent-900":   {"/q=" + strings.Join(list[:900], ","), 900},
		"sina-850":      {"/list=" + strings.Join(list[:850], ","), 850},
		"eastmoney-100": {"/api/qt/clist/get?np=1&pz=100&fid=f12&fs=" + allShares, 100},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				r, out := httptest.NewRequest(http.MethodGet, x.target, nil), httptest.NewRecorder()
				r.Header.Set("Referer", sinaPage)
				w.ServeHTTP(out, r)
				size = out.Body.Len()
			}
			b.ReportMetric(float64(x.rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(size), "B/answer")
		})
	}
}

// TestTapeRuns moves prices while the clock runs.
func TestTapeRuns(t *testing.T) {
	clock := simulator.NewClock(friday.At(10, 0), 0)
	c := webConfig(lunch)
	c.Now = clock.Now
	w := startWeb(t, c)
	first := fetch(t, w, "/q="+faultList).ok(t)
	if again := fetch(t, w, "/q="+faultList).ok(t); again != first {
		t.Error("rows move while the clock stands still")
	}
	clock.Set(friday.At(10, 0).Add(time.Minute), 0)
	if later := fetch(t, w, "/q="+faultList).ok(t); later == first {
		t.Error("rows stand still while the clock moves")
	}
}
