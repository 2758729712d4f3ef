package sources

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// Web fetches pages of one vendor over HTTP: bounded in size, time and number at
// once, and counted. It repeats nothing: [Retry] does, as the errors say whether
// a repetition may help. It is safe for concurrent use.
//
// Compressed answers are asked for and inflated; the bound is on what comes out,
// so a small answer that inflates to gigabytes costs no more than the bound. A
// redirect is followed within the same host only, and never from https to http.
type Web struct {
	name     string
	client   http.Client
	limit    int64
	at       *semaphore.Weighted
	header   http.Header
	requests atomic.Int64
	bytes    atomic.Int64
}

// WebConfig bounds a Web. What is zero or negative is replaced: there is no Web
// without bounds.
type WebConfig struct {
	Name     string        // of the vendor, for errors
	Timeout  time.Duration // for one page, from the connection to the last byte; 15 s by default
	Parallel int           // requests at the same time; 1 by default
	Limit    int64         // bytes of one page, inflated; 16 MiB by default
	// Header is sent with every request. Without a User-Agent it gets
	// [UserAgent]; an Accept-Encoding is dropped, because what it would bring
	// could not be read.
	Header http.Header
}

// UserAgent is what a Web calls itself unless it is told otherwise: a common
// browser, because the vendors serve browsers and are reported to turn other
// clients away. Source: specification of the quote sources, 2.1 and 9.
const UserAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"

// NewWeb returns a Web that has sent nothing yet.
func NewWeb(c WebConfig) *Web {
	if c.Timeout <= 0 {
		c.Timeout = 15 * time.Second
	}
	if c.Limit <= 0 {
		c.Limit = 16 << 20
	}
	c.Parallel = max(c.Parallel, 1)
	header := http.Header{"User-Agent": {UserAgent}}
	for key, values := range c.Header {
		header[http.CanonicalHeaderKey(key)] = values
	}
	header.Del("Accept-Encoding")
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: c.Timeout}).DialContext,
		MaxIdleConnsPerHost:    c.Parallel,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
	return &Web{name: c.Name, limit: c.Limit, header: header, at: semaphore.NewWeighted(int64(c.Parallel)),
		client: http.Client{Transport: transport, Timeout: c.Timeout, CheckRedirect: sameHost}}
}

func sameHost(r *http.Request, via []*http.Request) error {
	from := via[0].URL
	if r.URL.Host != from.Host || from.Scheme == "https" && r.URL.Scheme != "https" || len(via) > 3 {
		return &redirectError{to: r.URL.Scheme + "://" + r.URL.Host, times: len(via)}
	}
	return nil
}

// Page is one answer with status 200.
type Page struct {
	Body        []byte // inflated; may be empty
	ContentType string
	Received    time.Time // when its last byte arrived, UTC
}

// Get fetches a page. The address is used byte for byte: some vendors do not
// understand escaped commas. It waits while Parallel other pages are being
// fetched.
//
// The error is a *StatusError when the vendor answered with another status than
// 200, else a *WebError. Both name the vendor and not the address, which can be
// thousands of characters long.
func (w *Web) Get(ctx context.Context, address string) (Page, error) {
	if err := w.at.Acquire(ctx, 1); err != nil {
		return Page{}, &WebError{Vendor: w.name, Err: context.Cause(ctx)}
	}
	defer w.at.Release(1)
	request, err := http.NewRequestWithContext(w.counting(ctx), http.MethodGet, address, nil)
	if err != nil {
		return Page{}, &WebError{Vendor: w.name, Err: withoutAddress(err)}
	}
	request.Header = w.header.Clone()
	response, err := w.client.Do(request)
	if err != nil {
		return Page{}, w.failed(ctx, err, true)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 200)) // only to be shown
		return Page{}, &StatusError{w.name, response.StatusCode, string(text)}
	}
	body, err := w.read(ctx, response)
	if err != nil {
		return Page{}, err
	}
	return Page{body, response.Header.Get("Content-Type"), time.Now().UTC()}, nil
}

// read returns the body of an answer, inflated.
func (w *Web) read(ctx context.Context, response *http.Response) ([]byte, error) {
	// The transport inflates gzip and then drops the header.
	if coding := response.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, &WebError{Vendor: w.name, Err: fmt.Errorf("the answer is encoded as %q, which was not asked for", coding)}
	}
	tooLong := &WebError{Vendor: w.name, Err: fmt.Errorf("the answer is longer than %d bytes", w.limit)}
	if response.ContentLength > w.limit {
		return nil, tooLong
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, w.limit+1))
	w.bytes.Add(int64(len(body)))
	if err != nil {
		return nil, w.failed(ctx, err, false)
	}
	if int64(len(body)) > w.limit {
		return nil, tooLong
	}
	return body, nil
}

// counting counts every request that finds a connection, the ones included that
// net/http sends by itself: a redirected one, and a second one when the vendor
// closes an idle connection at the moment of its use.
func (w *Web) counting(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { w.requests.Add(1) },
	})
}

// Sent returns how many requests were sent and how many bytes of pages came
// back, inflated. A request that finds no connection was not sent.
func (w *Web) Sent() (requests, bytes int64) { return w.requests.Load(), w.bytes.Load() }

// WebAddress reports whether text is an address to which the path of a page can
// be appended: http or https, a host, perhaps a path, and nothing behind it.
func WebAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		!strings.ContainsAny(text, "?#")
}
