package simulator

import (
	"net"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"

	"barkeep/etl"
)

// webExchange is one request on its way to its answer.
type webExchange struct {
	web     *Web
	request *http.Request
	ask     webAsk
	at      time.Time // the moment of the market that is shown
	items   []webItem
	total   int // rows of the whole list, for those that come in pages

	status      int         // 0: close the connection without an answer
	body        []byte      // UTF-8 until encode
	contentType string      // empty: the endpoint's own
	header      http.Header // further ones
	answered    bool        // status and body are final, whatever the rows are
	swapCharset string      // "body" or "label": what a fault exchanges
	cut         int         // bytes of the body before the connection is closed; -1: all
	wait        time.Duration
	seen        WebRequest
}

// webItem is one row of an answer, or one symbol that has none.
type webItem struct {
	text   string // what was asked, byte for byte
	form   webForm
	symbol etl.Symbol
	row    *webRow // nil: unknown
}

// webForm is a form of row.
type webForm uint8

const (
	wholeRow   webForm = iota
	shortRow           // s_sh600000
	profileRow         // sh600000_i
)

// ServeHTTP answers one request of a client of any provider.
func (w *Web) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	w.counters.running.Add(1)
	w.mu.Unlock()
	defer w.counters.running.Done()

	x := &webExchange{web: w, request: r, at: w.config.Now(), status: http.StatusOK, cut: -1}
	x.seen = WebRequest{Remote: r.RemoteAddr, Target: targetOf(r), Arrived: time.Now()}
	ask, ok := routeWeb(x.seen.Target)
	x.ask = ask
	switch {
	case !ok:
		x.answer(http.StatusNotFound, "no quote provider has this path; see the documentation of the fake exchange\n")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		x.answer(http.StatusMethodNotAllowed, "only GET\n")
	default:
		x.work()
	}
	x.finish(out)
}

// work makes the answer of a request that has an endpoint.
func (x *webExchange) work() {
	e := x.ask.endpoint
	x.seen.Provider, x.seen.Endpoint = e.provider, e.name
	x.wait = x.web.latency(e.provider)
	x.gate()
	x.play(onGate)
	if x.answered {
		return
	}
	x.play(onMoment)
	e.collect(x)
	if !x.answered {
		x.play(onRows)
		x.body = e.render(x)
	}
	for _, item := range x.items {
		if item.row != nil {
			x.seen.Rows++
		}
	}
	x.play(onBody)
	x.encode()
	x.play(onSending)
}

func (w *Web) latency(provider string) time.Duration {
	switch provider {
	case webSina:
		return w.config.Latency.Sina
	case webTencent:
		return w.config.Latency.Tencent
	}
	return w.config.Latency.Eastmoney
}

// gate turns banned addresses away and counts the others.
func (x *webExchange) gate() {
	e, now := x.ask.endpoint, time.Now()
	quota, status := WebQuota{}, 0
	switch {
	case e == sinaNode:
		quota, status = x.web.config.NodeQuota, 456
	case e.provider == webEastmoney:
		quota = x.web.config.EastmoneyQuota
	}
	if x.web.bans.spend(x.banKey(), quota, now) {
		x.ban(status, quota.Block)
	}
	if ban, ok := x.web.bans.find(x.banKey(), now); ok {
		x.refuse(ban.status)
	}
}

// banKey names the client's address and the host that it asked.
func (x *webExchange) banKey() string {
	address, _, err := net.SplitHostPort(x.request.RemoteAddr)
	if err != nil {
		address = x.request.RemoteAddr
	}
	return address + " " + x.ask.endpoint.host
}

// ban shuts the client out for a while.
func (x *webExchange) ban(status int, d time.Duration) {
	x.web.bans.ban(x.banKey(), webBan{status, time.Now().Add(d)})
}

// refuse answers with an error status, or with nothing for 0.
func (x *webExchange) refuse(status int) {
	switch status {
	case http.StatusForbidden:
		x.answer(status, "Kinsoku jikou desu!")
	case 456:
		x.answer(status, "<html><head><title>456</title></head><body>too many requests</body></html>\n")
	default:
		x.answer(status, http.StatusText(status)+"\n")
	}
}

// answer fixes status and body; rows have no say any more.
func (x *webExchange) answer(status int, text string) {
	x.status, x.body, x.answered = status, []byte(text), true
	x.items = nil
	if status != http.StatusOK {
		x.contentType = "text/html"
	}
}

// lookup returns the row of a symbol at the exchange's moment, or nil.
func (x *webExchange) lookup(s etl.Symbol) *webRow {
	instant, ok := x.web.tape.At(s, x.at)
	if !ok {
		return nil
	}
	return rowOf(&instant, x.web.calendar.Moment(x.at), x.at)
}

// encode turns the body into the charset of the endpoint and names it.
func (x *webExchange) encode() {
	e := x.ask.endpoint
	inUTF8 := e.utf8 || x.ask.utf8
	label := e.charset
	if x.ask.utf8 {
		label = "UTF-8"
	}
	if x.swapCharset == "label" {
		label = "GBK"
		if !inUTF8 {
			label = "UTF-8"
		}
	}
	if x.contentType == "" {
		x.contentType = e.contentType
		if !e.jsonType || x.swapCharset == "label" {
			x.contentType += "; charset=" + label
		}
	}
	if inUTF8 == (x.swapCharset == "body") {
		encoder := encoding.ReplaceUnsupported(simplifiedchinese.GB18030.NewEncoder())
		if body, err := encoder.Bytes(x.body); err == nil { // GB18030 has every character
			x.body = body
		}
	}
}

// finish waits as long as the answer takes and sends it.
func (x *webExchange) finish(out http.ResponseWriter) {
	sent := len(x.body)
	if x.cut >= 0 {
		sent = min(sent, x.cut)
	}
	if x.status == 0 {
		sent = 0
	}
	x.seen.Status, x.seen.Bytes, x.seen.Shown = x.status, sent, x.at
	x.web.counters.request(&x.seen)
	if x.web.config.OnRequest != nil {
		x.web.config.OnRequest(x.seen)
	}
	x.web.log.Debug("web request", "endpoint", x.seen.Endpoint, "status", x.status, "symbols", x.seen.Symbols,
		"rows", x.seen.Rows, "bytes", sent, "faults", x.seen.Faults)
	if x.wait > 0 {
		timer := time.NewTimer(x.wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-x.request.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	if x.status == 0 {
		panic(http.ErrAbortHandler) // net/http closes the connection and is silent
	}
	for key, values := range x.header {
		out.Header()[key] = values
	}
	out.Header().Set("Content-Type", x.contentType)
	out.Header().Set("Content-Length", strconv.Itoa(len(x.body)))
	out.WriteHeader(x.status)
	if x.request.Method == http.MethodHead {
		return
	}
	_, err := out.Write(x.body[:sent])
	if sent < len(x.body) || err != nil {
		if f, ok := out.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
}
