package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"barkeep/sources/quotes"
)

// problem is an answer that is none. Source: specification of QuantDB's public
// behaviour, 9.2.
type problem struct {
	status  int
	message string
	fields  []fieldError // of a 422
	header  [2]string    // one header that belongs to the status, such as Allow
}

func (p *problem) Error() string { return p.message }

// fieldError is one element of details.errors. Of loc, numbers are written as
// numbers.
type fieldError struct {
	loc       []any // strings and ints
	msg, kind string
}

var codes = map[int]string{
	http.StatusBadRequest:            "BAD_REQUEST",
	http.StatusUnauthorized:          "UNAUTHORIZED",
	http.StatusForbidden:             "FORBIDDEN",
	http.StatusNotFound:              "NOT_FOUND",
	http.StatusMethodNotAllowed:      "METHOD_NOT_ALLOWED",
	http.StatusConflict:              "CONFLICT",
	http.StatusRequestEntityTooLarge: "PAYLOAD_TOO_LARGE",
	http.StatusUnprocessableEntity:   "VALIDATION_ERROR",
	http.StatusTooManyRequests:       "TOO_MANY_REQUESTS",
	http.StatusBadGateway:            "DATA_FETCH_ERROR",
	http.StatusServiceUnavailable:    "SERVICE_UNAVAILABLE",
	http.StatusGatewayTimeout:        "TIMEOUT",
}

func codeOf(status int) string {
	if code := codes[status]; code != "" {
		return code
	}
	return "INTERNAL_ERROR"
}

// invalid is a 422 with one field error.
func invalid(msg, kind string, loc ...any) *problem {
	return invalidFields([]fieldError{{loc, msg, kind}})
}

func invalidFields(fields []fieldError) *problem {
	return &problem{status: http.StatusUnprocessableEntity, message: "Validation error", fields: fields}
}

// problemOf tells why a result is no quote; nil if it is one.
func problemOf(r *quotes.Result) *problem {
	err := r.Err
	if err == nil && r.Quote != nil {
		return nil
	}
	if err == nil {
		err = quotes.ErrUnavailable
	}
	text := abbreviate(err.Error(), 1000)
	switch {
	case errors.Is(err, quotes.ErrUnknown):
		return &problem{status: http.StatusNotFound, message: "No data available: " + text}
	case errors.Is(err, quotes.ErrRefusedRow):
		return &problem{status: http.StatusBadGateway, message: text}
	case timedOut(err):
		return &problem{status: http.StatusGatewayTimeout, message: text}
	case errors.Is(err, context.Canceled):
		return &problem{status: http.StatusServiceUnavailable, message: "the request was given up: " + text, header: retryAfter}
	}
	return &problem{status: http.StatusBadGateway, message: text}
}

func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

var retryAfter = [2]string{"Retry-After", "1"}

// abbreviate bounds what outside text adds to an answer.
func abbreviate(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "..."
}

// symbolProblem is the problem of a text that etl.ParseSymbol refused. Six
// digits are well formed; no exchange has such a code, so there are no data.
func symbolProblem(text string, err error) *problem {
	digits := strings.TrimSpace(text)
	allDigits := !strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 6 && allDigits {
		return &problem{status: http.StatusNotFound, message: "No data available: " + err.Error()}
	}
	return &problem{status: http.StatusBadRequest, message: "Invalid symbol format: " + abbreviate(err.Error(), 300)}
}

// appendError writes "error": {...} without the braces around it.
func appendError(dst []byte, p *problem, path string, now time.Time) []byte {
	dst = append(dst, `"error":{"code":`...)
	dst = appendString(dst, codeOf(p.status))
	dst = append(dst, `,"message":`...)
	dst = appendString(dst, p.message)
	dst = append(dst, `,"status_code":`...)
	dst = strconv.AppendInt(dst, int64(p.status), 10)
	dst = append(dst, `,"details":{`...)
	if len(p.fields) > 0 {
		dst = appendFieldErrors(append(dst, `"errors":`...), p.fields)
	}
	dst = append(dst, `},"path":`...)
	dst = appendString(dst, path)
	dst = append(dst, `,"timestamp":`...)
	dst = appendTime(dst, now, isoMillis)
	return append(dst, '}')
}

func appendFieldErrors(dst []byte, fields []fieldError) []byte {
	for i, f := range fields {
		if i == 0 {
			dst = append(dst, '[')
		} else {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"loc":[`...)
		for j, step := range f.loc {
			if j > 0 {
				dst = append(dst, ',')
			}
			switch step := step.(type) {
			case int:
				dst = strconv.AppendInt(dst, int64(step), 10)
			case string:
				dst = appendString(dst, step)
			}
		}
		dst = append(dst, `],"msg":`...)
		dst = appendString(dst, f.msg)
		dst = append(dst, `,"type":`...)
		dst = appendString(dst, f.kind)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
