package sources

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// StatusError is an answer with another status than 200.
type StatusError struct {
	Vendor string
	Status int
	Body   string // its first 200 bytes
}

// Error names the vendor, the status and what the vendor wrote.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s answered with HTTP status %d", e.Vendor, e.Status)
	if body := strings.TrimSpace(e.Body); body != "" {
		text += fmt.Sprintf(": %q", body)
	}
	return text
}

// Blocked reports whether the vendor wants no more requests for a while: 403,
// 429 and 456. Source: specification of the quote sources, 3.3 and 9.
func (e *StatusError) Blocked() bool {
	return e.Status == http.StatusForbidden || e.Status == http.StatusTooManyRequests || e.Status == 456
}

// Temporary reports whether a repetition may help: after 408 and 5xx, the
// vendor's own troubles. It never may while the vendor blocks us.
func (e *StatusError) Temporary() bool {
	return e.Status == http.StatusRequestTimeout || e.Status >= 500
}

// WebError is a request without a whole answer: no connection, no time left, an
// answer cut short, or one that cannot be taken.
type WebError struct {
	Vendor string
	Err    error // without the address

	temporary  bool
	unanswered bool
}

// Error names the vendor and what went wrong.
func (e *WebError) Error() string { return e.Vendor + ": " + e.Err.Error() }

// Unwrap returns what went wrong: the cause of the context's end if it ended.
func (e *WebError) Unwrap() error { return e.Err }

// Temporary reports whether a repetition may help: after a time-out, a lost
// connection, or an answer cut short. It cannot after the end of the caller's
// context, an answer that is too long, a host that does not exist, a bad
// certificate, or a redirect elsewhere.
func (e *WebError) Temporary() bool { return e.temporary }

// Unanswered reports whether the vendor took the request and closed the
// connection before the answer began. Some do that to clients they have banned.
// Source: specification of the quote sources, 9.
func (e *WebError) Unanswered() bool { return e.unanswered }

// failed turns an error of net/http into a WebError. The answer has not begun
// while before holds.
func (w *Web) failed(ctx context.Context, err error, before bool) error {
	if ctx.Err() != nil {
		return &WebError{Vendor: w.name, Err: context.Cause(ctx)}
	}
	err = withoutAddress(err)
	closed := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	e := &WebError{Vendor: w.name, Err: err, temporary: closed || transient(err), unanswered: closed && before}
	if e.unanswered {
		e.Err = fmt.Errorf("the connection was closed without an answer: %w", err)
	}
	return e
}

// transient reports whether an error of the network may be gone the next time.
func transient(err error) bool {
	if host, ok := errors.AsType[*net.DNSError](err); ok {
		return !host.IsNotFound
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return false
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return true
	}
	_, ok := errors.AsType[*net.OpError](err)
	return ok
}

// withoutAddress drops the address from an error.
func withoutAddress(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// redirectError is a redirect that is not followed.
type redirectError struct {
	to    string // scheme and host
	times int    // requests sent so far
}

func (e *redirectError) Error() string {
	return fmt.Sprintf("not following a redirect to %s after %d requests: it leaves the vendor's host, is not encrypted, or goes in circles", e.to, e.times)
}
