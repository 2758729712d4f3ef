package simulator

import (
	"time"

	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator/market"
)

// exchange is one request on its way to an answer.
type exchange struct {
	conn    *connection
	server  *Server
	request wire.Request
	readErr error
	arrived time.Time // on the real clock

	now       time.Time     // on the server's clock
	today     schedules.Day // on the server's clock
	published schedules.Day // last trading day whose bars are out
	factors   schedules.Day // the same of adjust factors
	partial   int           // rows of the published day to show; -1: all

	method     wire.Method
	args       []string
	page, size int
	rows       rowWriter
	reply      reply
	frame      []byte
	framing    framing
	delivery   delivery
	played     []string // faults
}

func newExchange(c *connection, a arrival) *exchange {
	s := c.server
	now := s.config.Now()
	return &exchange{
		conn: c, server: s, request: a.request, readErr: a.err, arrived: a.at,
		now: now, today: schedules.DayOf(now), partial: -1,
		published: s.published(now, s.config.BarsReady), factors: s.published(now, s.config.FactorsReady),
	}
}

// run makes the answer: reply, then bytes, with whatever faults hit it.
func (e *exchange) run() {
	e.reply = reply{version: e.server.config.Version}
	f := e.recognize()
	asked := e.server.guests.count(e.conn.address, e.today)
	if f == nil {
		f = e.turnedAway(asked)
	}
	if f == nil {
		f = e.play(beforeAnswer)
	}
	if f == nil {
		f = e.authorize()
	}
	if f == nil {
		f = e.fill()
	}
	if f != nil {
		e.fail(f)
	}
	e.play(onReply)
	e.conn.body = e.reply.appendBody(e.conn.body[:0])
	e.play(onFrame)
	e.conn.frame = e.framing.appendFrame(e.conn.frame[:0], &e.reply, e.conn.body)
	e.frame = e.conn.frame
	e.play(onDelivery)
}

// fail turns the answer into an error. Source of the form: specification of
// Baostock, 2.5.
func (e *exchange) fail(f *failure) {
	e.reply.kind, e.reply.code, e.reply.message = wire.Error, f.code, f.message
	e.reply.rows = 0
}

// recognize finds the method and checks the number of fields.
func (e *exchange) recognize() *failure {
	if e.readErr != nil {
		return malformed
	}
	m, ok := wire.ByType(e.request.Type)
	day := m.Request == wire.MarketDay || m.Request == wire.ETFDay || m.Request == wire.FactorDay
	if !ok || m.Withdrawn || day && e.server.config.OldServer {
		return unknownType
	}
	e.method = m
	fields := e.request.Fields
	own := 2
	if m.Paged {
		own = 4
	}
	if len(fields) != own+len(m.Args) {
		return fieldCount
	}
	if fields[0] != m.Name {
		return malformed
	}
	e.args = fields[own:]
	return nil
}

// authorize requires a login, except for logging in.
func (e *exchange) authorize() *failure {
	if e.method.Request == wire.Login {
		return nil
	}
	if e.conn.user == "" || e.request.Fields[1] != e.conn.user {
		return notLoggedIn
	}
	return nil
}

// fill answers the request with what the market knows.
func (e *exchange) fill() *failure {
	m, fields := e.method, e.request.Fields
	e.page, e.size = 1, 0
	if m.Paged {
		page, ok := positive(fields[2])
		size, ok2 := positive(fields[3])
		if !ok || !ok2 {
			return badPage
		}
		if limit := e.server.config.PageCap; limit > 0 {
			size = min(size, limit)
		}
		e.page, e.size = page, size
	}
	return e.fillPage()
}

// fillPage fills the reply with the page of rows that was asked for.
func (e *exchange) fillPage() *failure {
	m := e.method
	e.rows = rowWriter{skip: (e.page - 1) * e.size, limit: e.size, json: e.conn.rows[:0]}
	if f := e.ask(); f != nil {
		return f
	}
	r := &e.reply
	r.kind, r.method, r.user = m.Answer, m.Name, e.request.Fields[1]
	r.records, r.rows = e.rows.finish(), e.rows.rows
	e.conn.rows = e.rows.json
	if m.Request == wire.Login || m.Request == wire.Logout {
		return nil
	}
	r.hasRecords, r.args, r.columns = true, e.args, m.Columns
	if !m.Paged { // the whole-market answers do not echo their date
		r.args = nil
		return nil
	}
	r.paged, r.page, r.size = true, e.request.Fields[2], e.request.Fields[3]
	if asked, _ := positive(r.size); asked != e.size { // the page cap
		r.size = decimal(e.size)
	}
	return nil
}

// ask calls the method.
func (e *exchange) ask() *failure {
	switch e.method.Request {
	case wire.Login:
		return e.login()
	case wire.Logout:
		return e.logout()
	case wire.KLine:
		return e.kLine()
	case wire.MarketDay:
		return e.marketDay(market.Stock)
	case wire.ETFDay:
		return e.marketDay(market.Fund)
	case wire.FactorDay:
		return e.factorDay()
	case wire.AdjustFactor:
		return e.adjustFactor()
	case wire.TradeDates:
		return e.tradeDates()
	case wire.AllStock:
		return e.allStock()
	case wire.StockBasic:
		return e.stockBasic()
	case wire.Industry:
		return e.industry()
	case "13":
		return e.dividends()
	case wire.HS300, wire.SZ50, wire.ZZ500, "67", "69", "71", "73":
		return e.members()
	}
	return nil // tables that this market has no rows for
}
