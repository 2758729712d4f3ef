package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/cmd/barkeep/web"
	"barkeep/configs/door"
	"barkeep/etl"
	"barkeep/sources/quotes"
)

const token = "correct-horse-battery"

func TestHosts(t *testing.T) {
	t.Parallel()
	s := newServer(t, newDesk(), nil)
	for _, host := range []string{"localhost", "localhost:7070", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:7070", "[::1]", "[::1]:7070"} {
		if w := ask(s, "GET", "/health", "", "Host: "+host); w.Code != 200 {
			t.Errorf("%q is refused: %d", host, w.Code)
		}
	}
	for _, host := range []string{"", "evil.example", "evil.example:7070", "localhost.evil.example", "127.0.0.1.evil.example:80", "192.168.0.1", "0.0.0.0:7070",
		"localhost:7070:1", "localhost:x", "::", "[::1]x", "[::1", "::1", "[evil.example]:80", "[::1]:80:90", "[::]:7070", "localhost@evil.example"} {
		for _, path := range []string{"/health", stock + "600000", "/nothing"} {
			wantError(t, ask(s, "GET", path, "", "Host: "+host), 403, "FORBIDDEN", path)
		}
	}
	far := newServer(t, newDesk(), func(c *door.Config) { c.Address, c.Token = "0.0.0.0:7070", token })
	if w := ask(far, "GET", stock+"600000", "", "Host: quotes.example", "Authorization: Bearer "+token); w.Code != 200 {
		t.Errorf("a server for others minds its name: %d", w.Code)
	}
}

func TestForeignSites(t *testing.T) {
	t.Parallel()
	s := newServer(t, newDesk(), nil)
	for _, c := range []struct {
		method  string
		status  int
		headers []string
	}{
		{"GET", 200, []string{"Sec-Fetch-Site: same-origin"}},
		{"GET", 200, []string{"Sec-Fetch-Site: none"}},
		{"GET", 200, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}},
		{"GET", 403, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}},
		{"GET", 403, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"}},
		{"GET", 403, []string{"Sec-Fetch-Site: same-site"}},
		{"GET", 200, []string{"Origin: http://localhost:7070"}},
		{"GET", 403, []string{"Origin: http://localhost:8080"}},
		{"GET", 403, []string{"Origin: https://evil.example"}},
		{"GET", 403, []string{"Origin: null"}},
		{"DELETE", 403, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}},
	} {
		path := stock + "600000"
		if c.method == "DELETE" {
			path = "/api/v1/cache/clear"
		}
		if w := ask(s, c.method, path, "", c.headers...); w.Code != c.status {
			t.Errorf("%s %v: %d, want %d", c.method, c.headers, w.Code, c.status)
		}
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*web.Server{
		"far":  newServer(t, newDesk(), func(c *door.Config) { c.Address, c.Token = ":7070", token }),
		"near": newServer(t, newDesk(), func(c *door.Config) { c.Token = token }),
		"file": newServer(t, newDesk(), func(c *door.Config) { c.Address, c.TokenFile = "[::]:7070", file }),
	} {
		for _, header := range []string{"X-None: 1", "Authorization: Bearer", "Authorization: Bearer ", "Authorization: Bearer " + token[1:], "Authorization: Bearer " + token + "x",
			"Authorization: Basic " + token, "Authorization: " + token} {
			for _, path := range []string{stock + "600000", "/", "/nothing", "/api/v1/health"} {
				w := ask(s, "GET", path, "", header)
				wantError(t, w, 401, "UNAUTHORIZED", path)
				if w.Header().Get("WWW-Authenticate") != "Bearer" || strings.Contains(w.Body.String(), token[:8]) {
					t.Errorf("%s: header %q, body %s", name, w.Header(), w.Body)
				}
			}
		}
		for _, scheme := range []string{"Bearer ", "bearer "} {
			if w := ask(s, "GET", stock+"600000", "", "Authorization: "+scheme+token); w.Code != 200 {
				t.Errorf("%s: the token is refused: %d", name, w.Code)
			}
		}
		if w := ask(s, "GET", "/health", ""); w.Code != 200 {
			t.Errorf("%s: /health needs a token: %d", name, w.Code)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	if err := door.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	missing := filepath.Join(t.TempDir(), "none")
	short := filepath.Join(t.TempDir(), "short")
	if err := os.WriteFile(short, []byte("secret-part"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*door.Config)
		text   string // in the error of New; empty for none
	}{
		{func(c *door.Config) {}, ""},
		{func(c *door.Config) { c.Address = "localhost:0" }, ""},
		{func(c *door.Config) { c.Address = "[::1]:0" }, ""},
		{func(c *door.Config) { c.Address = "127.0.0.9:0" }, ""},
		{func(c *door.Config) { c.Address = "0.0.0.0:7070" }, "token: is missing"},
		{func(c *door.Config) { c.Address = ":7070" }, "token: is missing"},
		{func(c *door.Config) { c.Address = "[::]:7070" }, "token: is missing"},
		{func(c *door.Config) { c.Address = "192.168.1.5:7070" }, "token: is missing"},
		{func(c *door.Config) { c.Address = "myhost:7070" }, "token: is missing"},
		{func(c *door.Config) { c.Address = "127.0.0.1" }, "address: "},
		{func(c *door.Config) { c.Address = "127.0.0.1:70000" }, "address: "},
		{func(c *door.Config) { c.Address = "127.0.0.1:http" }, "address: "},
		{func(c *door.Config) { c.Token = "secret-part" }, "token: must have"},
		{func(c *door.Config) { c.Token = "secret-part with blanks" }, "token: must be printable"},
		{func(c *door.Config) { c.Token, c.TokenFile = token, short }, "token_file: is given beside"},
		{func(c *door.Config) { c.TokenFile = missing }, "token_file: open"},
		{func(c *door.Config) { c.TokenFile = short }, "must have"},
		{func(c *door.Config) { c.MaxBatch = 0 }, "max_batch: "},
		{func(c *door.Config) { c.MaxRequests = 0 }, "max_requests: "},
		{func(c *door.Config) { c.RateLimit = -1 }, "rate_limit: "},
		{func(c *door.Config) { c.Timeout = 0 }, "timeout: "},
	} {
		cfg := door.DefaultConfig()
		c.change(&cfg)
		_, err := web.New(cfg, newDesk(), web.Options{})
		if c.text == "" && err != nil || c.text != "" && (err == nil || !strings.Contains(err.Error(), c.text)) {
			t.Errorf("%+v: %v, want %q", cfg, err, c.text)
		}
		if err != nil && strings.Contains(err.Error(), "secret-part") {
			t.Errorf("the token is shown: %v", err)
		}
	}
}

// TestRate holds that a client may send a second's worth at once and then one
// each interval, and that others are not held up.
func TestRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, newDesk(), func(c *door.Config) { c.RateLimit = 4 })
		count := func(n int) (passed int) {
			for range n {
				if w := ask(s, "GET", "/health", ""); w.Code == 200 {
					passed++
				} else if w.Code != 429 || w.Header().Get("Retry-After") == "" {
					t.Errorf("status %d", w.Code)
				}
			}
			return passed
		}
		if n := count(10); n != 4 {
			t.Errorf("%d requests at once, want 4", n)
		}
		<-time.After(250 * time.Millisecond)
		if n := count(3); n != 1 {
			t.Errorf("%d requests after an interval, want 1", n)
		}
		<-time.After(time.Hour)
		if n := count(10); n != 4 {
			t.Errorf("%d requests after a rest, want 4", n)
		}
	})
}

// TestBusy holds that more requests than allowed are refused at once, and that
// the process still says it lives.
func TestBusy(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan bool), make(chan bool)
	d := &desk{get: func(context.Context, etl.Symbol) quotes.Result {
		inside <- true
		<-leave
		return quotes.Result{Quote: quote(bank)}
	}}
	s := newServer(t, d, func(c *door.Config) { c.MaxRequests = 2 })
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() {
			if w := ask(s, "GET", stock+"600000", ""); w.Code != 200 {
				t.Errorf("status %d", w.Code)
			}
		})
		<-inside
	}
	w := ask(s, "GET", stock+"600000", "")
	wantError(t, w, 503, "SERVICE_UNAVAILABLE", stock+"600000")
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if w := ask(s, "GET", "/health", ""); w.Code != 200 {
		t.Errorf("health while busy: %d", w.Code)
	}
	close(leave)
	clients.Wait()
}

// TestCrash holds that a crash is one request's, is logged, and tells the caller
// nothing of the inside.
func TestCrash(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	d := &desk{get: func(context.Context, etl.Symbol) quotes.Result { panic("secret inside") }}
	s, err := web.New(door.DefaultConfig(), d, web.Options{Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for range 300 { // more than there are slots
		e := wantError(t, ask(s, "GET", stock+"600000", ""), 500, "INTERNAL_ERROR", stock+"600000")
		if e["message"] != "Internal server error" {
			t.Fatal(e)
		}
	}
	if !strings.Contains(log.String(), "secret inside") {
		t.Error("the crash is not in the log")
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	s := newServer(t, newDesk(), nil)
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for n := range 100 {
				code := []string{"600000", "000001", "sh000001"}[(i+n)%3]
				o := decode(t, ask(s, "GET", stock+code, ""))
				if o["symbol"] != code {
					t.Errorf("asked for %s, got %v", code, o["symbol"])
				}
				o = decode(t, ask(s, "POST", batch, fmt.Sprintf(`{"symbols":[%q,"ABC"]}`, code)))
				if e := o["data"].(object)[code].(object); e["symbol"] != code {
					t.Errorf("asked for %s, got %v", code, e)
				}
			}
		})
	}
	clients.Wait()
}
