package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"golang.org/x/time/rate"
)

// target is one place that messages go to.
type target struct {
	name    string
	creds   credentials
	from    sender
	client  *http.Client
	retries int
	backoff time.Duration
	bucket  *rate.Limiter
	wake    chan struct{} // holds one token when there may be something to tell
}

// A robot that gets more than 20 messages a minute is shut for ten minutes.
// Source: DingTalk's and WeCom's public documentation of custom robots.
const (
	perMinute = 10
	burst     = 10
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

func newTarget(name string, creds credentials, from sender, c Config, transport http.RoundTripper) *target {
	return &target{
		name: name, creds: creds, from: from, retries: c.Retries, backoff: c.Backoff,
		client: &http.Client{Transport: transport, Timeout: c.Timeout,
			// A redirect would carry the key elsewhere, and make a GET of the POST.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		bucket: rate.NewLimiter(rate.Every(time.Minute/perMinute), burst),
		wake:   make(chan struct{}, 1),
	}
}

// newTransport returns a transport of bounded times and headers.
func newTransport(timeout time.Duration) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: timeout}).DialContext,
		TLSHandshakeTimeout:    timeout,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
}

// sendError is a message that a target has not taken. It shows no secret.
type sendError struct {
	target, host, text string
	temporary          bool // another attempt soon may help
}

// Error names the target and its host, never the address.
func (e *sendError) Error() string {
	return fmt.Sprintf("notify %s (%s): %s", e.target, e.host, e.text)
}

// send posts a message and repeats it while that may help.
func (t *target) send(ctx context.Context, m message) error {
	policy := retrypolicy.NewBuilder[any]().
		WithMaxRetries(t.retries).
		ReturnLastFailure().
		HandleIf(func(_ any, err error) bool {
			e, ok := errors.AsType[*sendError](err)
			return ok && e.temporary && ctx.Err() == nil
		})
	if t.backoff > 0 {
		policy = policy.WithBackoff(t.backoff, t.backoff<<(t.retries+1))
	}
	var last error
	err := failsafe.With(policy.Build()).WithContext(ctx).Run(func() error {
		last = t.post(ctx, m)
		return last
	})
	if last != nil && err != nil {
		return last // rather than the library's word for a cancelled wait
	}
	return err
}

// post makes one attempt. It signs anew each time: a signature ages.
func (t *target) post(ctx context.Context, m message) error {
	at := time.Now()
	body, err := t.from.body(t.name, m, at, t.creds.secret)
	if err != nil {
		return t.failure(err.Error(), false)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address(t.name, t.creds, at), bytes.NewReader(body))
	if err != nil {
		return t.failure("the address cannot be used", false)
	}
	request.Header = t.from.header(t.name, t.creds.secret, body)
	response, err := t.client.Do(request)
	if err != nil {
		return t.failure(withoutAddress(err).Error(), true)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch status := response.StatusCode; {
	case status < 200 || status > 299:
		text := fmt.Sprintf("answered with HTTP status %d", status)
		if quote := plain(t.redact(string(said)), maxAnswerShown); quote != "" {
			text += fmt.Sprintf(": %q", quote)
		}
		return t.failure(text, status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500)
	case err != nil:
		return t.failure(withoutAddress(err).Error(), true)
	}
	if why := refusal(t.name, said, t.redact); why != "" {
		return t.failure(why, false)
	}
	return nil
}

// withoutAddress drops the address, which holds a key, from an error of net/http.
func withoutAddress(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

func (t *target) failure(text string, temporary bool) error {
	return &sendError{t.name, t.creds.url.Host, t.redact(text), temporary}
}

// minSecret is the length from which a part of an address may be a key.
const minSecret = 8

// redact removes from a text what may be secret: an answer may quote the request.
// It comes before a text is cut or quoted, after which a key might not be found.
func (t *target) redact(text string) string {
	u := t.creds.url
	secrets := []string{t.creds.secret, u.String(), u.RequestURI(), u.RawQuery}
	for _, values := range u.Query() {
		secrets = append(secrets, values...)
	}
	secrets = append(secrets, strings.Split(u.Path, "/")...)
	secrets = append(secrets, strings.Split(u.EscapedPath(), "/")...)
	for _, s := range secrets {
		if len(s) >= minSecret {
			text = strings.ReplaceAll(text, s, "(secret)")
		}
	}
	return text
}
