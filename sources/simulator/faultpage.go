package simulator

import (
	"slices"
	"strconv"

	"barkeep/sources/baostock/wire"
)

func pageFaults() []faultKind {
	later := func(e *exchange) bool {
		if !e.method.Paged || len(e.request.Fields) < 3 {
			return false
		}
		page, ok := positive(e.request.Fields[2])
		return ok && page > 1
	}
	return []faultKind{
		{name: "missing-page", text: "no page after the first: a reset, an orderly end, silence or an error", possible: later,
			arg: argument{usage: "reset|close|silence|error", words: []string{"reset", "close", "silence", "error"}},
			play: func(e *exchange, f *activeFault) *failure {
				if f.Arg == "error" {
					return systemError
				}
				e.delivery.nothing = true
				switch f.Arg {
				case "close":
					e.delivery.ending = halfClose
				case "silence":
					e.delivery.ending = hang
				default:
					e.delivery.ending = reset
				}
				return nil
			}},
		{name: "oversized-page", text: "a full page has ROWS (1) more than asked for", arg: argument{usage: "ROWS", kind: "number"}, stage: onReply,
			possible: func(e *exchange) bool { return e.reply.paged && e.reply.rows == e.size },
			play: func(e *exchange, f *activeFault) *failure {
				return e.refill(e.page, max(f.number(), 1))
			}},
		{name: "repeated-page", text: "a later page has the rows of the page before it", stage: onReply,
			possible: func(e *exchange) bool { return e.reply.code == 0 && later(e) },
			play:     func(e *exchange, _ *activeFault) *failure { return e.refill(e.page-1, 0) }},
		{name: "empty-json", text: `no rows are {"record":[]} instead of the empty text`, always: true, stage: onReply,
			possible: func(e *exchange) bool { return e.reply.code == 0 && e.reply.hasRecords && e.reply.rows == 0 },
			play: func(e *exchange, _ *activeFault) *failure {
				e.reply.records = []byte(`{"record":[]}`)
				return nil
			}},
		{name: "short-body", text: "a successful answer has only FIELDS (3) fields", arg: argument{usage: "FIELDS", kind: "number"}, stage: onReply, possible: succeeds,
			play: func(e *exchange, f *activeFault) *failure {
				if e.reply.fields = f.number(); e.reply.fields == 0 {
					e.reply.fields = 3
				}
				return nil
			}},
		{name: "echo", text: "a field that should repeat the request does not: method, user, page, rows, columns or an argument's name", stage: onReply,
			arg:      argument{usage: "FIELD", words: echoFields()},
			possible: func(e *exchange) bool { return succeeds(e) && e.reply.hasRecords }, play: wrongEcho},
	}
}

func succeeds(e *exchange) bool { return e.reply.code == 0 }

// refill takes the rows of another page, or more of them, under the same
// echo.
func (e *exchange) refill(page, extra int) *failure {
	e.rows = rowWriter{skip: (page - 1) * e.size, limit: e.size + extra, json: e.rows.json[:0]}
	if f := e.ask(); f != nil {
		return f
	}
	e.reply.records, e.reply.rows = e.rows.finish(), e.rows.rows
	return nil
}

// echoFields lists what an answer can repeat.
func echoFields() []string {
	fields := []string{"method", "user", "page", "rows", "columns"}
	for _, m := range wire.Methods() {
		for _, a := range m.Args {
			if m.Request != wire.Login && m.Request != wire.Logout && !slices.Contains(fields, a) {
				fields = append(fields, a)
			}
		}
	}
	return fields
}

// echoed returns the field of the reply that repeats the named one, or nil.
// Without a name it is the first argument, or else the columns.
func (r *reply) echoed(m wire.Method, name string) *string {
	switch {
	case name == "method":
		return &r.method
	case name == "user":
		return &r.user
	case name == "page" && r.paged:
		return &r.page
	case name == "rows" && r.paged:
		return &r.size
	case name == "columns" && r.columns != "":
		return &r.columns
	case name == "" && len(r.args) == 0:
		return &r.columns
	}
	for i := range r.args {
		if a := m.Args[i]; a == name || name == "" || name == "columns" && a == "fields" {
			return &r.args[i]
		}
	}
	return nil
}

// wrongEcho alters one repeated field. An answer without the field stays as it
// is.
func wrongEcho(e *exchange, f *activeFault) *failure {
	e.reply.args = slices.Clone(e.reply.args) // they belong to the request
	if field := e.reply.echoed(e.method, f.Arg); field != nil {
		*field = altered(*field)
	}
	return nil
}

// altered changes the last character of a text.
func altered(s string) string {
	if s == "" {
		return "x"
	}
	last := s[len(s)-1]
	if last >= '0' && last <= '9' {
		return s[:len(s)-1] + strconv.Itoa(int(last-'0'+1)%10)
	}
	return s[:len(s)-1] + "x"
}
