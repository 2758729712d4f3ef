package simulator

import (
	"time"

	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
)

// turnedAway applies what the server holds against the address: a ban, the
// daily quota, the rule of one connection.
func (e *exchange) turnedAway(asked int) *failure {
	g, c := e.server.guests, e.conn
	if f, ok := e.server.faults.quota(); ok && asked > f.number() {
		e.note(f)
		if f.word() == "drop" {
			e.delivery = delivery{nothing: true, ending: reset}
		}
		return blacklisted
	}
	if g.isBanned(c.address, e.now) {
		return blacklisted
	}
	if e.method.Request != wire.Login {
		return nil
	}
	others := g.others(c)
	if len(others) == 0 {
		return nil
	}
	if f, ok := e.server.faults.secondConnection(); ok {
		e.note(f)
		if f.Arg == "first" {
			for _, o := range others {
				o.reset()
			}
			return nil
		}
	} else if !e.server.config.OneConnection {
		return nil
	}
	e.delivery = delivery{nothing: true, ending: reset}
	return tooManyLogins // not sent
}

// note records that a fault was played on this exchange.
func (e *exchange) note(f *activeFault) { e.played = append(e.played, f.Name) }

// login opens the session. Source: specification of Baostock, 4.2 and 6.
func (e *exchange) login() *failure {
	user, password, options := e.request.Fields[1], e.args[0], e.args[1]
	if want, ok := e.server.config.Accounts[user]; !ok || want != password {
		return badPassword
	}
	if options != "0" && !validAPIKey(options) {
		return badAPIKey
	}
	e.conn.user = user
	e.server.guests.entered(e.conn)
	e.server.counters.with(func(s *Stats) { s.Logins++ })
	e.reply.args = []string{serverTime(e.now)}
	return nil
}

func (e *exchange) logout() *failure {
	e.conn.user = ""
	e.server.guests.left(e.conn)
	e.reply.args = []string{serverTime(e.now)}
	return nil
}

// serverTime writes an instant as yyyyMMddHHmmssSSS in Shanghai.
func serverTime(t time.Time) string {
	t = t.In(schedules.Shanghai)
	return t.Format("20060102150405") + t.Format(".000")[1:]
}

// validAPIKey checks form and checksum. Source: specification of Baostock,
// 6.2.
func validAPIKey(key string) bool {
	if len(key) != 33 || key[:3] != "bs-" {
		return false
	}
	sum := 0
	for i := 3; i < 32; i++ {
		v, ok := digit62(key[i])
		if !ok {
			return false
		}
		sum += v
	}
	last, ok := digit62(key[32])
	return ok && last == sum%62
}

func digit62(c byte) (int, bool) {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0'), true
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10, true
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 36, true
	}
	return 0, false
}
