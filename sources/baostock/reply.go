package baostock

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"barkeep/sources/baostock/wire"
)

// reply is a successful answer.
type reply struct {
	fields [][]byte // the body split at 0x01; 0 is the code, 1 "success", 2 the method, 3 the user
	body   []byte   // what the fields are parts of
	bytes  int
}

// parseReply splits an answer, turns error answers, whichever type they arrive
// under, into *Error, and checks that the rest answers the query.
func parseReply(q query, a wire.Answer) (reply, error) {
	fields := bytes.Split(a.Body, []byte{wire.Sep})
	code, err := strconv.Atoi(string(fields[0]))
	if err != nil {
		return reply{}, &ConnectionError{q.name, fmt.Errorf("answer begins with %.40q instead of an error code", fields[0])}
	}
	if code != wire.CodeOK {
		message := ""
		if len(fields) > 1 {
			message = string(fields[1])
		}
		return reply{}, &Error{Request: q.name, Code: code, Message: message}
	}
	method, _ := wire.ByType(q.t)
	if a.Type != method.Answer {
		return reply{}, &ConnectionError{q.name, fmt.Errorf("answer has type %s, expected %s", a.Type, method.Answer)}
	}
	r := reply{fields, a.Body, a.Bytes}
	if q.check != nil {
		if err := q.check(r); err != nil {
			return reply{}, &ConnectionError{q.name, err}
		}
	}
	return r, nil
}

// echo checks that the fields from index at on repeat what was sent.
func (r reply) echo(at int, want ...string) error {
	if len(r.fields) < at+len(want) {
		return fmt.Errorf("answer has %d fields, expected at least %d", len(r.fields), at+len(want))
	}
	for i, w := range want {
		if got := string(r.fields[at+i]); got != w {
			return fmt.Errorf("answer belongs to another request: field %d is %.80q, we sent %q", at+i, got, w)
		}
	}
	return nil
}

// columns splits a column list, trimming blanks and tabs as the real server
// writes them in places.
func columns(list []byte) []string {
	names := strings.Split(string(list), ",")
	for i, n := range names {
		names[i] = strings.Trim(n, " \t\r\n")
	}
	return names
}
