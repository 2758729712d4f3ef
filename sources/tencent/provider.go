package tencent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"

	"barkeep/etl"
	"barkeep/sources"
	"barkeep/sources/fields"
)

// maxPage bounds one answer: seven times what 900 rows take.
const maxPage = 4 << 20

// Provider asks Tencent for quotes. It is safe for concurrent use.
type Provider struct {
	config Config
	web    *sources.Web
	names  fields.Names
}

// New returns a Provider that has asked for nothing yet. The configuration must
// be valid.
func New(c Config) *Provider {
	c.BaseURL, c.RankURL = strings.TrimRight(c.BaseURL, "/"), strings.TrimRight(c.RankURL, "/")
	return &Provider{config: c, web: sources.NewWeb(sources.WebConfig{
		Name: "tencent", Timeout: c.Timeout, Parallel: c.Parallel, Limit: maxPage,
	})}
}

// Name returns tencent.
func (p *Provider) Name() string { return "tencent" }

// Quotes asks for distinct symbols, batch of them per request and parallel
// requests at once. A request that fails loses its own symbols only: they are in
// none of the answer's lists, and the error joins what every failed request says.
func (p *Provider) Quotes(ctx context.Context, symbols []etl.Symbol) (etl.QuoteAnswer, error) {
	chunks := slices.Collect(slices.Chunk(symbols, p.config.Batch))
	answers, problems := make([]chunkAnswer, len(chunks)), make([]error, len(chunks))
	var running sync.WaitGroup
	for i, chunk := range chunks {
		running.Go(func() { answers[i], problems[i] = p.chunk(ctx, chunk) })
	}
	running.Wait()
	var all etl.QuoteAnswer
	for i, a := range answers {
		if i == 0 {
			all.Quotes = slices.Grow(a.Quotes, len(symbols)-len(a.Quotes))
		} else {
			all.Quotes = append(all.Quotes, a.Quotes...)
		}
		all.Unknown = append(all.Unknown, a.Unknown...)
		all.Refused = append(all.Refused, a.Refused...)
		all.Requests += a.Requests
		all.Bytes += a.Bytes
	}
	for _, a := range answers {
		for _, stray := range a.strays {
			if slices.Contains(symbols, stray.Symbol) {
				stray.Symbol = 0 // what counts is the answer to the request that asked for it
			}
			all.Refused = append(all.Refused, stray)
		}
	}
	return all, errors.Join(problems...)
}

// chunkAnswer is what the requests for one chunk of symbols brought.
type chunkAnswer struct {
	etl.QuoteAnswer
	strays []etl.RefusedQuote // rows that its requests did not ask for
}

// rounds is how often symbols that an answer lacks are asked for.
const rounds = 4

// chunk asks for as many symbols as one request carries. The vendor leaves out
// symbols it does not know, and says so only when it knows none of them. So
// what an answer lacks is asked for again, by itself: either that brings rows,
// because the answer was cut short, or the vendor says that it knows none.
func (p *Provider) chunk(ctx context.Context, symbols []etl.Symbol) (a chunkAnswer, err error) {
	a.Quotes = make([]etl.Quote, 0, len(symbols))
	missing := symbols
	for range rounds {
		page, requests, err := p.get(ctx, p.address(missing))
		a.Requests += requests
		a.Bytes += int64(len(page.Body))
		if err != nil {
			return a, fmt.Errorf("quotes of %s: %w", span(missing), err)
		}
		r := reply{asked: missing, quotes: a.Quotes}
		err = r.read(page.Body, page.Received, &p.names)
		a.Quotes, a.Refused, a.strays = r.quotes, append(a.Refused, r.refused...), append(a.strays, r.strays...)
		if err != nil {
			return a, fmt.Errorf("quotes of %s: tencent: %w", span(missing), err)
		}
		left := r.missing()
		switch found := len(missing) - len(left); {
		case len(left) == 0:
			return a, nil
		case found == 0 && r.none && !r.cut && believable(len(left), len(symbols)):
			a.Unknown = slices.Clone(left)
			return a, nil
		case found == 0:
			return a, fmt.Errorf("quotes of %s: tencent answered with none of them: %s", span(missing), glimpse(page.Body))
		}
		missing = left
	}
	return a, fmt.Errorf("quotes of %s: tencent left them out of %d answers without saying that it does not know them", span(missing), rounds)
}

// believable reports whether a provider may truly not know this many of the
// symbols of a request. A whole request of unknown symbols looks like a vendor
// that knows nothing at the moment.
func believable(unknown, asked int) bool { return unknown <= 50 || unknown <= asked/2 }

// get fetches a page, twice if the connection breaks.
func (p *Provider) get(ctx context.Context, address string) (page sources.Page, requests int, err error) {
	for requests < 2 {
		page, err = p.web.Get(ctx, address)
		requests++
		if err == nil || ctx.Err() != nil || !broken(err) {
			break
		}
	}
	return page, requests, err
}

// broken reports whether a connection failed, other than by silence: whoever was
// silent for the time-out will be so again.
func broken(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	e, ok := errors.AsType[*net.OpError](err)
	return ok && !e.Timeout()
}

// address of the quotes.
func (p *Provider) address(symbols []etl.Symbol) string {
	return fields.Address(p.config.BaseURL+"/q=", symbols)
}

// span names symbols briefly.
func span(symbols []etl.Symbol) string {
	if len(symbols) == 1 {
		return symbols[0].String()
	}
	return fmt.Sprintf("%d symbols, %s first", len(symbols), symbols[0])
}

// glimpse shows how a page begins.
func glimpse(body []byte) string {
	if len(body) == 0 {
		return "the answer is empty"
	}
	return fmt.Sprintf("%q", body[:min(len(body), 80)])
}
