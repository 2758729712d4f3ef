package simulator

import (
	"time"

	"barkeep/sources/baostock/wire"
)

// fails answers the failure instead of rows.
func fails(f *failure) func(*exchange, *activeFault) *failure {
	return func(*exchange, *activeFault) *failure { return f }
}

// banTime is how long a first blacklisting lasts. Source: specification of
// Baostock, 6.4.
const banTime = 6 * time.Hour

func sessionFaults() []faultKind {
	return []faultKind{
		{name: "blacklist", text: "10001011 to a login (or to the request WHEN names), and to everything of the address for DURATION (6h)", arg: pauseArg, about: isLogin,
			play: func(e *exchange, f *activeFault) *failure {
				d := f.duration()
				if d == 0 {
					d = banTime
				}
				e.server.guests.ban(e.conn.address, e.now.Add(d))
				return blacklisted
			}},
		{name: "quota", text: "after REQUESTS of an address in a day 10001011 to everything, or with ,drop a reset", always: true, stage: outside,
			arg: argument{usage: "REQUESTS[,drop]", kind: "number", words: []string{"drop"}, must: true}},
		{name: "logins", text: "10001005, too many logins, to a login", about: isLogin, play: fails(tooManyLogins)},
		{name: "expired", text: "10001004, client version expired, to a login", about: isLogin, play: fails(&failure{wire.CodeClientTooOld, "客户端版本号过期"})},
		{name: "session", text: "the login is forgotten: 10001001 to a query and until the next login", play: func(e *exchange, _ *activeFault) *failure {
			e.conn.user = ""
			e.server.guests.left(e.conn)
			return notLoggedIn
		}},
		{name: "system", text: "10005001, system error, to a query", play: fails(systemError)},
		{name: "error", text: "error CODE to a query", arg: argument{usage: "CODE", kind: "number", must: true}, play: func(_ *exchange, f *activeFault) *failure {
			return &failure{f.number(), "模拟错误"}
		}},
		{name: "error-typed", text: "errors come under the type of the normal answer instead of 04, compressed where that is", always: true, stage: onReply, about: anyRequest,
			possible: func(e *exchange) bool { return e.reply.code != 0 && e.method.Answer != "" },
			play: func(e *exchange, _ *activeFault) *failure {
				e.reply.kind = e.method.Answer
				return nil
			}},
		{name: "version", text: "the header names another server version", always: true, stage: onReply, about: anyRequest,
			arg: argument{usage: "00.9.40", kind: "digits", must: true}, play: func(e *exchange, f *activeFault) *failure {
				e.reply.version = f.Arg
				return nil
			}},
		{name: "unpublished", text: "the newest trading day is not there yet (types 95, 98, 9A, 35)", always: true, possible: asksNewest,
			play: func(e *exchange, _ *activeFault) *failure {
				if d, ok := e.server.calendar.Prev(e.published); ok {
					e.published = d
				}
				return nil
			}},
		{name: "partial-day", text: "a whole-market answer of the newest trading day stops after ROWS (half)", always: true, arg: argument{usage: "ROWS", kind: "number"},
			possible: func(e *exchange) bool {
				return e.request.Type != wire.KLine && e.request.Type != wire.AllStock && asksNewest(e)
			},
			play: func(e *exchange, f *activeFault) *failure {
				e.partial = f.number()
				if e.partial == 0 {
					e.partial = len(e.server.market.Securities()) / 2
				}
				return nil
			}},
	}
}

// asksNewest reports whether the request covers the newest published day.
func asksNewest(e *exchange) bool {
	newest := e.published.String()
	switch e.request.Type {
	case wire.MarketDay, wire.ETFDay, wire.AllStock:
		return len(e.args) == 1 && (e.args[0] == newest || e.args[0] == "")
	case wire.KLine:
		return len(e.args) == 6 && e.args[2] <= newest && e.args[3] >= newest
	}
	return false
}
