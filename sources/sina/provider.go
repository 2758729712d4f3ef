package sina

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"barkeep/etl"
	"barkeep/sources"
	"barkeep/sources/fields"
)

// Provider asks Sina. It is safe for concurrent use and keeps nothing but
// connections and names.
type Provider struct {
	config Config
	web    *sources.Web
	names  fields.Names
}

// New returns a Provider that has sent nothing yet. The configuration must be
// valid.
func New(c Config) *Provider {
	const rowLimit = 1024 // bytes; the longest known row has 320
	return &Provider{
		config: c,
		web: sources.NewWeb(sources.WebConfig{
			Name: "sina", Timeout: c.Timeout, Parallel: c.Parallel,
			Limit:  max(1<<20, int64(c.Batch)*rowLimit),
			Header: http.Header{"Referer": {"https://finance.sina.com.cn/"}},
		}),
	}
}

// Name returns sina.
func (p *Provider) Name() string { return "sina" }

// Quotes asks for the quotes of distinct symbols. The error joins what went
// wrong and may come with an answer: symbols that are in none of its lists were
// not answered. A *sources.StatusError is found in it by errors.As. Times are
// UTC; the phase of the quotes is left to the caller.
func (p *Provider) Quotes(ctx context.Context, symbols []etl.Symbol) (etl.QuoteAnswer, error) {
	chunks, refused := p.chunks(symbols)
	call := &call{provider: p}
	parts, errs := make([]part, len(chunks)), make([]error, len(chunks))
	rows := make([]etl.Quote, len(symbols))
	var group errgroup.Group
	group.SetLimit(p.config.Parallel)
	from := 0
	for i, chunk := range chunks {
		parts[i].quotes = rows[from : from : from+len(chunk)]
		from += len(chunk)
		group.Go(func() error {
			errs[i] = call.ask(ctx, chunk, &parts[i])
			return nil // the other chunks go on
		})
	}
	_ = group.Wait() // always nil
	answer := etl.QuoteAnswer{Quotes: rows[:0], Requests: int(call.requests.Load()), Bytes: call.bytes.Load()}
	for _, part := range parts {
		answer.Quotes = append(answer.Quotes, part.quotes...) // moves rows down to where holes were
		answer.Unknown = append(answer.Unknown, part.unknown...)
		answer.Refused = append(answer.Refused, part.refused...)
	}
	clear(rows[len(answer.Quotes):])
	return answer, errors.Join(append(errs, refused)...)
}

// chunks splits symbols into requests of about equal size. What is no symbol at
// all is not asked, and is in the error.
func (p *Provider) chunks(symbols []etl.Symbol) (chunks [][]etl.Symbol, err error) {
	if i := slices.IndexFunc(symbols, noSecurity); i >= 0 {
		err = fmt.Errorf("sina: symbol %d of those asked for, %v, is no security", i+1, symbols[i])
		symbols = slices.DeleteFunc(slices.Clone(symbols), noSecurity)
	}
	requests := (len(symbols) + p.config.Batch - 1) / p.config.Batch
	for i := range requests {
		chunks = append(chunks, symbols[i*len(symbols)/requests:(i+1)*len(symbols)/requests])
	}
	return chunks, err
}

func noSecurity(s etl.Symbol) bool { return s.Exchange() < etl.Beijing || s.Exchange() > etl.Shenzhen }

// address returns the page of the symbols' quotes.
func (p *Provider) address(symbols []etl.Symbol) string {
	return fields.Address(strings.TrimRight(p.config.BaseURL, "/")+"/list=", symbols)
}
