package eastmoney

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"barkeep/etl"
	"barkeep/sources"
)

// Provider asks Eastmoney. It is safe for concurrent use; all its calls share one
// pace and one budget.
type Provider struct {
	config Config
	base   string // of the addresses, without a slash at its end
	web    *sources.Web
	pace   *pace

	mu    sync.Mutex
	limit int  // rows the vendor is known to put into a batch; 0 while unknown
	pages int  // of the whole market when it was last seen
	form  form // of the last answer that told
}

// maxAnswer bounds one answer, in bytes. A row has about 400 of them, and the
// largest page known 5,000 rows. Source: specification of the quote sources, 6.4.
const maxAnswer = 4 << 20

// New returns a Provider that has sent nothing yet. The configuration must be
// valid.
func New(c Config) *Provider {
	return &Provider{
		config: c,
		base:   strings.TrimRight(c.BaseURL, "/"),
		pace:   newPace(c.Pause, c.Budget),
		pages:  56, // 5,560 rows in pages of 100, until the vendor says otherwise
		web: sources.NewWeb(sources.WebConfig{Name: "eastmoney", Timeout: c.Timeout, Parallel: c.Parallel, Limit: maxAnswer,
			Header: http.Header{"Referer": {"https://quote.eastmoney.com/"}}}),
	}
}

// Name returns eastmoney.
func (p *Provider) Name() string { return "eastmoney" }

// Quotes asks for the quotes of symbols. The error joins what went wrong and may
// come with an answer: symbols that are in none of its lists were not answered.
// It holds a *BannedError when Eastmoney turns us away, and an *etl.RefusedError
// when the budget of requests is spent. Times are UTC; the phase of the quotes
// is left to the caller.
func (p *Provider) Quotes(ctx context.Context, symbols []etl.Symbol) (etl.QuoteAnswer, error) {
	c := newCall(p, symbols)
	c.run(ctx)
	c.answer.Requests, c.answer.Bytes = int(c.meter.requests.Load()), c.meter.bytes.Load()
	return c.answer, c.err()
}

// meter counts the requests of one call.
type meter struct {
	requests, bytes atomic.Int64
}

// fetch asks for one answer at the common pace and decodes it. what names the
// answer in errors.
func (p *Provider) fetch(ctx context.Context, m *meter, address, what string) (list, error) {
	if err := p.pace.wait(ctx); err != nil {
		return list{}, fmt.Errorf("eastmoney %s: %w", what, err)
	}
	m.requests.Add(1)
	page, err := p.web.Get(ctx, address)
	if err == nil && len(bytes.TrimSpace(page.Body)) == 0 {
		err = &BannedError{ErrEmpty}
	}
	if err != nil {
		return list{}, fmt.Errorf("eastmoney %s: %w", what, banned(err))
	}
	m.bytes.Add(int64(len(page.Body)))
	l, err := decode(page.Body)
	if err != nil {
		return list{}, &etl.DataError{Where: "eastmoney " + what, Problem: err.Error()}
	}
	l.received = page.Received
	return l, nil
}

// What the vendor's own pages send along. Source: specification of the quote
// sources, 6.1 and 7.
const (
	pageToken  = "bd1d9ddb04089700cf9c27f6f7426281"
	batchToken = "f057cbcbce2a86e2866ab8877db1d059"
	allShares  = "m:0+t:6,m:0+t:80,m:1+t:2,m:1+t:23,m:0+t:81+s:2048"
)

// pageAddress returns the address of a page of all A shares, from 1, sorted by
// code, because other orders change while pages are being read.
func (p *Provider) pageAddress(number int) string {
	return p.base + "/api/qt/clist/get?pn=" + strconv.Itoa(number) + "&pz=" + strconv.Itoa(p.config.PageSize) +
		"&po=1&np=1&ut=" + pageToken + "&fltt=2&invt=2&fid=f12&fs=" + allShares + "&fields=" + wantedFields
}

// batchAddress returns the address of the rows of symbols.
func (p *Provider) batchAddress(symbols []etl.Symbol) string {
	text := []byte(p.base + "/api/qt/ulist.np/get?fltt=2&invt=2&ut=" + batchToken + "&fields=" + wantedFields + "&secids=")
	for i, s := range symbols {
		if i > 0 {
			text = append(text, ',')
		}
		text = fmt.Appendf(text, "%d.%06d", market(s), s.Code())
	}
	return string(text)
}

// resolve returns how the numbers of rows are written. Where the rows do not
// tell, it is as in the last answer that told, or as asked for.
func (p *Provider) resolve(rows []row) form {
	found := formOf(rows)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case found != formUnknown:
		p.form = found
	case p.form == formUnknown:
		return formDecimal
	}
	return p.form
}

// learn keeps how many rows the vendor puts into a batch, when two answers of
// this call were cut at the same number and the rest came when asked for again.
func (p *Provider) learn(c *call) {
	if c.recovered > 0 && c.most > 0 && c.cuts[c.most] >= 2 {
		p.mu.Lock()
		p.limit = c.most
		p.mu.Unlock()
	}
}

// batchSize returns how many symbols to ask for in one request.
func (p *Provider) batchSize() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit == 0 {
		return p.config.Batch
	}
	return min(p.config.Batch, p.limit)
}

// marketPages returns in how many pages the market came the last time.
func (p *Provider) marketPages() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pages
}
