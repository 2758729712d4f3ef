package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"barkeep/sources/quotes"
)

func TestWrongMethodsAndPaths(t *testing.T) {
	t.Parallel()
	s := newServer(t, newDesk(), nil)
	for path, allow := range map[string]string{
		stock + "600000": "GET, HEAD", batch: "POST", "/api/v1/realtime/cache/stats": "GET, HEAD", "/api/v1/realtime/cache/cleanup": "DELETE",
		"/api/v1/cache/stats": "GET, HEAD", "/api/v1/cache/clear": "DELETE", "/api/v1/cache/clear/600000": "DELETE",
		"/health": "GET, HEAD", "/api/v1/health": "GET, HEAD", "/api/v1/version": "GET, HEAD", "/": "GET, HEAD",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} {
			if slices.Contains(strings.Split(allow, ", "), method) {
				continue
			}
			w := ask(s, method, path, "")
			wantError(t, w, 405, "METHOD_NOT_ALLOWED", path)
			if w.Header().Get("Allow") != allow {
				t.Errorf("%s %s: Allow is %q, want %q", method, path, w.Header().Get("Allow"), allow)
			}
		}
	}
	for _, path := range []string{"/nothing", "/api/v1/realtime/stock", "/api/v1/realtime/stock/", "/api/v1/realtime/stock/a/b", "/api", "/health/",
		"//", "//health", "/api/../health", "/./health", "/api/v1/batch/batch/assets", "/x/..", "/x/."} {
		for _, method := range []string{"GET", "POST"} {
			wantError(t, ask(s, method, path, ""), 404, "NOT_FOUND", path)
		}
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := newServer(t, d, nil)
	empty := decode(t, ask(s, "GET", "/api/v1/cache/stats", ""))
	if empty["hit_rate"] != 0.0 || empty["avg_response_time_ms"] != nil || empty["oldest_entry"] != nil || empty["last_cleanup"] != nil {
		t.Errorf("before the first call: %v", empty)
	}
	d.stats = quotes.Stats{Hits: 3, Misses: 1, Loads: 1, Entries: 2, Fresh: 1, Unknown: 5, Refused: 6, Stale: 7, Evictions: 8, LoadErrors: 9,
		Oldest: noon.Add(-time.Hour), Newest: noon,
		Providers: []quotes.ProviderStats{{Name: "tencent", Requests: 4, Bytes: 5, Quotes: 6, Errors: 7, Stale: 8, Open: true}},
		HitTime:   quotes.Quantiles{Count: 3, Mean: time.Microsecond, P50: time.Microsecond, P90: 2 * time.Microsecond, P99: 3 * time.Microsecond},
		LoadTime:  quotes.Quantiles{Count: 1, Mean: 40 * time.Millisecond}}
	ask(s, "DELETE", "/api/v1/realtime/cache/cleanup", "")
	flat := decode(t, ask(s, "GET", "/api/v1/cache/stats", ""))
	for name, want := range map[string]any{
		"total_requests": 4.0, "cache_hits": 3.0, "cache_misses": 1.0, "hit_rate": 75.0, "cache_hit_ratio": 75.0, "hit_ratio": 0.75,
		"cache_entries": 2.0, "valid_records": 1.0, "loads": 1.0, "load_errors": 9.0, "unknown_symbols": 5.0, "refused_rows": 6.0, "stale_served": 7.0,
		"evictions": 8.0, "oldest_entry": "2026-09-23T09:00:05.000+08:00", "newest_entry": "2026-09-23T10:00:05.000+08:00",
		"avg_response_time_ms": 10.0008, "cache_response_time_ms": 0.001, "fresh_data_response_time_ms": 40.0,
		"cleanup_count": 1.0, "last_cleanup": "2026-09-23T10:00:05.000+08:00", "disk_usage_mb": 0.0, "timestamp": "2026-09-23T10:00:05.000+08:00",
	} {
		if flat[name] != want {
			t.Errorf("%s is %v, want %v", name, flat[name], want)
		}
	}
	if fmt.Sprint(flat["providers"]) != "[map[bytes:5 errors:7 name:tencent paused:true quotes:6 requests:4 stale:8]]" {
		t.Errorf("providers are %v", flat["providers"])
	}
	nested := decode(t, ask(s, "GET", "/api/v1/realtime/cache/stats", ""))
	delete(flat, "timestamp")
	meta := nested["metadata"].(object)
	if fmt.Sprint(nested["cache_stats"]) != fmt.Sprint(flat) || meta["timestamp"] != "2026-09-23T10:00:05.000+08:00" || meta["status"] != "success" {
		t.Errorf("nested: %v", nested)
	}
}

func TestClear(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := newServer(t, d, nil)
	if o := decode(t, ask(s, "DELETE", "/api/v1/cache/clear", "")); o["deleted_count"] != 3.0 || !strings.HasPrefix(o["message"].(string), "Successfully cleared") || len(d.cleared[0]) != 0 {
		t.Errorf("clear: %v", o)
	}
	if o := decode(t, ask(s, "DELETE", "/api/v1/cache/clear/600000.SH", "")); o["deleted_count"] != 1.0 || d.cleared[1][0] != bank {
		t.Errorf("clear one: %v", o)
	}
	wantError(t, ask(s, "DELETE", "/api/v1/cache/clear/sh600999", ""), 404, "NOT_FOUND", "/api/v1/cache/clear/sh600999")
	wantError(t, ask(s, "DELETE", "/api/v1/cache/clear/all", ""), 400, "BAD_REQUEST", "/api/v1/cache/clear/all")
	if len(d.cleared) != 3 {
		t.Errorf("a malformed symbol cleared something: %v", d.cleared)
	}
	if o := decode(t, ask(s, "DELETE", "/api/v1/realtime/cache/cleanup", "")); o["deleted_count"] != 3.0 || o["metadata"] == nil {
		t.Errorf("cleanup: %v", o)
	}
}

func TestAbout(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := newServer(t, d, nil)
	if o := decode(t, ask(s, "GET", "/health", "")); fmt.Sprint(o) != "map[service:barkeep status:healthy version:1.2.3]" {
		t.Errorf("health: %v", o)
	}
	d.stats.Providers = []quotes.ProviderStats{{Name: "tencent", Open: true}, {Name: "sina"}}
	if o := decode(t, ask(s, "GET", "/api/v1/health", "")); o["status"] != "healthy" || o["phase"] != "morning" || o["phase_until"] != "2026-09-23T11:30:00+08:00" {
		t.Errorf("health: %v", o)
	}
	d.stats.Providers[1].Open = true
	if o := decode(t, ask(s, "GET", "/api/v1/health", "")); o["status"] != "degraded" {
		t.Errorf("health with all providers paused: %v", o)
	}
	if o := decode(t, ask(s, "GET", "/api/v1/version", "")); o["version"] != "1.2.3" {
		t.Errorf("version: %v", o)
	}
	list := decode(t, ask(s, "GET", "/", ""))["routes"].([]any)
	if len(list) != 15 {
		t.Errorf("%d routes are listed", len(list))
	}
	for _, line := range list {
		o := line.(object)
		path := strings.NewReplacer("{symbol}", "600000", "{name}", "heap").Replace(o["path"].(string))
		body := ""
		if o["method"] == "POST" {
			body = `{"symbols":["600000"]}`
		}
		if w := ask(s, o["method"].(string), path, body); w.Code != 200 {
			t.Errorf("the route %v %v does not answer: %d", o["method"], path, w.Code)
		}
	}
}
