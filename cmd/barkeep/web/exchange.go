package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

// exchange is one request and the answer to it, which is sent when it is whole:
// a failure half-way leaves nothing behind. What is too long for that, or is shown
// while it happens, is begun: then a failure ends the connection, so that nobody
// takes the part for the whole.
type exchange struct {
	*Server
	r       *http.Request
	w       http.ResponseWriter
	started time.Time
	status  int
	kind    []string // Content-Type
	body    []byte
	begun   bool // the header is sent, and the body follows in pieces
}

// largestKept bounds the buffers that wait for their next use.
const largestKept = 256 << 10

var exchanges = sync.Pool{New: func() any { return &exchange{body: make([]byte, 0, 4<<10)} }}

// Header values that are the same in every answer.
var (
	contentType = []string{"application/json; charset=utf-8"}
	noStore     = []string{"no-store"}
	noSniff     = []string{"nosniff"}
)

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The mux would redirect, with a page of HTML.
	if !plainPath(r.URL.Path) {
		s.serve(s.unknown, w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// plainPath reports whether a path begins with a slash and has no empty or
// dotted parts.
func plainPath(p string) bool {
	if p == "" || p[0] != '/' {
		return false
	}
	for i := range len(p) - 1 {
		if p[i] != '/' {
			continue
		}
		rest := p[i+1:]
		if rest[0] == '/' || rest == "." || rest == ".." || len(rest) > 1 && rest[:2] == "./" || len(rest) > 2 && rest[:3] == "../" {
			return false
		}
	}
	return true
}

// serve lets a route answer, if the request may pass.
func (s *Server) serve(to *route, w http.ResponseWriter, r *http.Request) {
	x := exchanges.Get().(*exchange)
	*x = exchange{Server: s, r: r, w: w, started: time.Now(), status: http.StatusOK, kind: contentType, body: x.body[:0]}
	defer x.release()
	err := x.admit(to)
	switch {
	case err != nil && x.begun:
		x.log.Info("an answer was cut off", "method", r.Method, "path", r.URL.Path, "took", time.Since(x.started), "error", err)
		panic(http.ErrAbortHandler)
	case err != nil:
		x.fail(err)
	}
	if !x.begun {
		x.send()
	}
}

// admit runs the guards and then the route.
func (x *exchange) admit(to *route) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			x.log.Error("a request crashed", "method", x.r.Method, "path", x.r.URL.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = &problem{status: http.StatusInternalServerError, message: "Internal server error"}
		}
	}()
	if err := x.pass(to); err != nil {
		return err
	}
	if !to.always { // whoever asks whether all is well should hear it however busy the door is
		select {
		case x.slots <- struct{}{}:
			defer func() { <-x.slots }()
		default:
			return &problem{status: http.StatusServiceUnavailable, message: "too many requests at the same time", header: retryAfter}
		}
	}
	return to.answer(x)
}

// fail replaces what has been written by the error's envelope.
func (x *exchange) fail(err error) {
	var p *problem
	if !errors.As(err, &p) {
		p = &problem{status: http.StatusInternalServerError, message: err.Error()}
	}
	x.setProblem(p)
	x.kind = contentType
	x.body = append(x.body[:0], '{')
	x.body = appendError(x.body, p, x.r.URL.Path, x.now())
	x.body = append(x.body, '}')
}

func (x *exchange) setProblem(p *problem) {
	x.status = p.status
	if p.header[0] != "" {
		x.w.Header().Set(p.header[0], p.header[1])
	}
}

func (x *exchange) send() {
	h := x.header()
	if &x.kind[0] == &contentType[0] {
		x.body = append(x.body, '\n')
	}
	h["Content-Length"] = []string{strconv.Itoa(len(x.body))}
	x.w.WriteHeader(x.status)
	_, err := x.w.Write(x.body)
	if x.log.Enabled(x.r.Context(), slog.LevelDebug) {
		x.log.Debug("answered", "method", x.r.Method, "path", x.r.URL.Path, "status", x.status, "bytes", len(x.body),
			"took", time.Since(x.started), "client", x.r.RemoteAddr, "error", err)
	}
}

// header puts in what every answer has.
func (x *exchange) header() http.Header {
	h := x.w.Header()
	h["Content-Type"] = x.kind
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = noSniff
	return h
}

// begin sends the header of an answer that follows in pieces.
func (x *exchange) begin() {
	x.header()
	x.begun = true
	x.w.WriteHeader(x.status)
}

func (x *exchange) release() {
	if cap(x.body) > largestKept {
		return
	}
	*x = exchange{body: x.body}
	exchanges.Put(x)
}

// context bounds how long providers are waited for.
func (x *exchange) context() (context.Context, context.CancelFunc) {
	return context.WithTimeout(x.r.Context(), x.config.Timeout)
}

// appendTook writes ,"response_time_ms": so far.
func (x *exchange) appendTook() {
	x.body = append(x.body, `,"response_time_ms":`...)
	x.body = appendMillis(x.body, time.Since(x.started))
}
