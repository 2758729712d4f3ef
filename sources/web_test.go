package sources_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"barkeep/sources"
)

// serve starts a vendor for one test.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestWebSendsTheAddressAsItIs(t *testing.T) {
	var asked, agent, referer, encoding string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked, agent, referer, encoding = r.RequestURI, r.UserAgent(), r.Referer(), r.Header.Get("Accept-Encoding")
		w.Header().Set("Content-Type", "text/html; charset=GBK")
		io.WriteString(w, "page")
	})
	web := sources.NewWeb(sources.WebConfig{Name: "vendor", Header: http.Header{
		"referer": {"https://finance.example/"}, "accept-encoding": {"br"}}})
	for _, path := range []string{"/list=sh600000,sz000001", "/q=sh600000,s_sz000001&fmt=json", "/get?fs=m:0+t:6,m:1+s:2&x=%2C,"} {
		page, err := web.Get(t.Context(), s.URL+path)
		if err != nil {
			t.Fatal(err)
		}
		if asked != path {
			t.Errorf("sent %s as %s", path, asked)
		}
		if string(page.Body) != "page" || page.ContentType != "text/html; charset=GBK" || time.Since(page.Received).Abs() > time.Minute || page.Received.Location() != time.UTC {
			t.Errorf("page %+v", page)
		}
	}
	if agent != sources.UserAgent || referer != "https://finance.example/" || encoding != "gzip" {
		t.Errorf("sent agent %q, referer %q, encoding %q", agent, referer, encoding)
	}
	if requests, n := web.Sent(); requests != 3 || n != 12 {
		t.Errorf("counted %d requests, %d bytes", requests, n)
	}
}

func TestWebKeepsAnotherUserAgent(t *testing.T) {
	var agent string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { agent = r.UserAgent() })
	web := sources.NewWeb(sources.WebConfig{Header: http.Header{"User-Agent": {"barkeep"}}})
	if _, err := web.Get(t.Context(), s.URL); err != nil || agent != "barkeep" {
		t.Errorf("sent %q, %v", agent, err)
	}
}

func TestWebBoundsWhatComesOut(t *testing.T) {
	bomb := new(bytes.Buffer)
	z := gzip.NewWriter(bomb)
	z.Write(make([]byte, 50<<20))
	z.Close()
	exact := strings.Repeat("x", 1000)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		case "/announced":
			w.Header().Set("Content-Length", "1001")
			io.WriteString(w, exact+"x")
		case "/streamed":
			io.WriteString(w, exact)
			w.(http.Flusher).Flush()
			io.WriteString(w, "x")
		case "/foreign":
			w.Header().Set("Content-Encoding", "br")
			io.WriteString(w, "??")
		case "/exact":
			io.WriteString(w, exact)
		}
	})
	web := sources.NewWeb(sources.WebConfig{Name: "vendor", Limit: 1000})
	for path, want := range map[string]string{
		"/bomb": "longer than 1000 bytes", "/announced": "longer than 1000 bytes", "/streamed": "longer than 1000 bytes",
		"/foreign": `encoded as "br"`, "/exact": "",
	} {
		page, err := web.Get(t.Context(), s.URL+path)
		if want == "" {
			if err != nil || string(page.Body) != exact {
				t.Errorf("%s: %d bytes, %v", path, len(page.Body), err)
			}
			continue
		}
		if e, ok := errors.AsType[*sources.WebError](err); !ok || !strings.Contains(err.Error(), "vendor: ") || !strings.Contains(err.Error(), want) || e.Temporary() {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, n := web.Sent(); n > 4*1001 {
		t.Errorf("took %d bytes", n)
	}
}

func TestWebInflates(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, "inflated")
		z.Close()
	})
	page, err := sources.NewWeb(sources.WebConfig{}).Get(t.Context(), s.URL)
	if err != nil || string(page.Body) != "inflated" {
		t.Errorf("%q, %v", page.Body, err)
	}
}

func TestWebStatus(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/403":
			w.WriteHeader(403)
			io.WriteString(w, "Kinsoku jikou desu!"+strings.Repeat("!", 1000))
		case "/429":
			w.WriteHeader(429)
		case "/456":
			w.WriteHeader(456)
		case "/404":
			w.WriteHeader(404)
		case "/408":
			w.WriteHeader(408)
		case "/502":
			w.WriteHeader(502)
		}
	})
	web := sources.NewWeb(sources.WebConfig{Name: "vendor"})
	for path, want := range map[string]struct{ blocked, temporary bool }{
		"/403": {true, false}, "/429": {true, false}, "/456": {true, false}, "/404": {}, "/408": {false, true}, "/502": {false, true},
	} {
		_, err := web.Get(t.Context(), s.URL+path)
		e, ok := errors.AsType[*sources.StatusError](err)
		if !ok || e.Blocked() != want.blocked || e.Temporary() != want.temporary || len(e.Body) > 200 || !strings.Contains(err.Error(), path[1:]) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestWebConnectionsThatEndEarly(t *testing.T) {
	cut := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			io.WriteString(c, text)
			c.Close()
		}
	}
	reset := func(w http.ResponseWriter, r *http.Request) {
		c, _, _ := w.(http.Hijacker).Hijack()
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	for name, c := range map[string]struct {
		answer                http.HandlerFunc
		unanswered, temporary bool
	}{
		"closed":         {cut(""), true, true},
		"reset":          {reset, true, true},
		"inside header":  {cut("HTTP/1.1 200 OK\r\nServer: x\r\n"), true, true},
		"inside body":    {cut("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), false, true},
		"inside chunk":   {cut("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf"), false, true},
		"not HTTP":       {cut("SSH-2.0-OpenSSH_9.0\r\n\r\n"), false, false},
		"endless header": {cut("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20)), false, false},
	} {
		s := serve(t, c.answer)
		_, err := sources.NewWeb(sources.WebConfig{Name: "vendor"}).Get(t.Context(), s.URL+"/very/long/address")
		e, ok := errors.AsType[*sources.WebError](err)
		if !ok || e.Unanswered() != c.unanswered || e.Temporary() != c.temporary || strings.Contains(err.Error(), "address") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWebRepeatsOnlyWhatMayHelp(t *testing.T) {
	var asked atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case asked.Add(1) >= 3:
		case r.URL.Path == "/down":
			w.WriteHeader(503)
		default:
			w.WriteHeader(403)
		}
	})
	web := sources.NewWeb(sources.WebConfig{})
	try := func(path string) error {
		asked.Store(0)
		return sources.Retry{Max: 3}.Do(t.Context(), func() error {
			_, err := web.Get(t.Context(), s.URL+path)
			return err
		})
	}
	if err := try("/down"); err != nil || asked.Load() != 3 {
		t.Errorf("down for a moment: %v after %d requests", err, asked.Load())
	}
	if err := try("/blocked"); err == nil || asked.Load() != 1 {
		t.Errorf("blocked: %v after %d requests", err, asked.Load())
	}
}

func TestWebRedirects(t *testing.T) {
	other := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("followed to another host") })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/here":
			http.Redirect(w, r, "/there", http.StatusFound)
		case "/circle":
			http.Redirect(w, r, "/circle", http.StatusFound)
		default:
			io.WriteString(w, "there")
		}
	})
	web := sources.NewWeb(sources.WebConfig{Name: "vendor"})
	for _, path := range []string{"/away", "/circle"} {
		_, err := web.Get(t.Context(), s.URL+path)
		if e, ok := errors.AsType[*sources.WebError](err); !ok || e.Temporary() || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%s: %v", path, err)
		}
	}
	before, _ := web.Sent()
	if page, err := web.Get(t.Context(), s.URL+"/here"); err != nil || string(page.Body) != "there" {
		t.Errorf("%q, %v", page.Body, err)
	}
	if after, _ := web.Sent(); after-before != 2 {
		t.Errorf("a redirected page counted as %d requests", after-before)
	}
}

func TestWebFallsSilent(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
		}
		<-release
	})
	defer close(release)
	web := sources.NewWeb(sources.WebConfig{Name: "vendor", Timeout: 50 * time.Millisecond})
	for _, path := range []string{"/nothing", "/half"} {
		_, err := web.Get(t.Context(), s.URL+path)
		if e, ok := errors.AsType[*sources.WebError](err); !ok || !e.Temporary() || e.Unanswered() || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestWebStopsWithItsCaller(t *testing.T) {
	var running, most atomic.Int32
	arrived, release := make(chan struct{}, 10), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := running.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		arrived <- struct{}{}
		<-release
		running.Add(-1)
	})
	web := sources.NewWeb(sources.WebConfig{Name: "vendor", Parallel: 2})
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("the caller has gone")
	var all sync.WaitGroup
	for range 4 { // two are sent, two wait
		all.Go(func() {
			_, err := web.Get(ctx, s.URL)
			if e, ok := errors.AsType[*sources.WebError](err); !ok || !errors.Is(err, reason) || e.Temporary() || e.Unanswered() {
				t.Errorf("%v", err)
			}
		})
	}
	<-arrived
	<-arrived
	cancel(reason)
	all.Wait()
	close(release)
	if n, _ := web.Sent(); most.Load() > 2 || n != 2 {
		t.Errorf("%d requests at the same time, %d in all", most.Load(), n)
	}
}

func TestWebHostsThatCannotBe(t *testing.T) {
	web := sources.NewWeb(sources.WebConfig{Name: "vendor"})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	l.Close()
	for address, temporary := range map[string]bool{closed: true, "ftp://127.0.0.1/": false, "http://[::1": false} {
		_, err := web.Get(t.Context(), address)
		if e, ok := errors.AsType[*sources.WebError](err); !ok || e.Temporary() != temporary || e.Unanswered() {
			t.Errorf("%s: %v", address, err)
		}
	}
	if n, _ := web.Sent(); n != 0 {
		t.Errorf("%d requests sent to nobody", n)
	}
}

func TestWebRefusesABadCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	_, err := sources.NewWeb(sources.WebConfig{Name: "vendor"}).Get(t.Context(), s.URL)
	if e, ok := errors.AsType[*sources.WebError](err); !ok || e.Temporary() || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%v", err)
	}
}
