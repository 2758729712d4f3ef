package eastmoney

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"barkeep/etl"
)

// maxPages bounds what a page may claim about the size of the market.
const maxPages = 1000

// walk reads the pages of all A shares. How many there are follows from the
// first one. visit gets one page after the other, in any order, and fail the
// errors of the others; either ends the walk by returning false. Source:
// specification of the quote sources, 6.4.
func (p *Provider) walk(ctx context.Context, m *meter, visit func(l list, pages int) bool, fail func(error) bool) {
	var mu sync.Mutex
	pages, ended := 1, false
	read := func(number int) {
		mu.Lock()
		over := ended
		mu.Unlock()
		if over {
			return
		}
		l, err := p.page(ctx, m, number)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case ended:
		case err != nil:
			ended = !fail(err)
		case len(l.rows) == 0:
			ended = true // the pages have come to an end before they should
		default:
			if number == 1 {
				pages = batches(l.total, len(l.rows))
			}
			ended = !visit(l, pages)
		}
	}
	read(1)
	var group errgroup.Group
	group.SetLimit(p.config.Parallel)
	mu.Lock()
	last := pages
	mu.Unlock()
	for number := 2; number <= last; number++ {
		group.Go(func() error {
			read(number)
			return nil // errors went to fail
		})
	}
	_ = group.Wait() // always nil
}

// page reads one page and refuses a first one from which the others do not
// follow.
func (p *Provider) page(ctx context.Context, m *meter, number int) (list, error) {
	what := fmt.Sprintf("page %d of the market", number)
	l, err := p.fetch(ctx, m, p.pageAddress(number), what)
	if err != nil || number > 1 {
		return l, err
	}
	problem := ""
	switch n := len(l.rows); {
	case n == 0:
		problem = "it is empty; this can be the beginning of a ban"
	case l.total < n:
		problem = fmt.Sprintf("it has %d rows, and data.total is %d or missing", n, max(l.total, 0))
	case batches(l.total, n) > maxPages:
		problem = fmt.Sprintf("with %d rows of %d it makes more than %d pages", n, l.total, maxPages)
	}
	if problem != "" {
		return list{}, &etl.DataError{Where: "eastmoney " + what, Problem: problem}
	}
	p.mu.Lock()
	p.pages = batches(l.total, len(l.rows))
	p.mu.Unlock()
	return l, nil
}

// scan settles A shares from the pages of the market, as long as batches of the
// given size would not do it with fewer requests. What is on no page, because
// rows moved or a page failed, stays open.
func (c *call) scan(ctx context.Context, size int) {
	asked := func(s etl.Symbol) bool {
		_, ok := c.state[s] // the keys do not change
		return ok && share(s)
	}
	seen := 0
	c.provider.walk(ctx, &c.meter, func(l list, pages int) bool {
		c.take(l, asked)
		seen++
		c.mu.Lock()
		left := len(c.todo(share))
		c.mu.Unlock()
		return left > 0 && batches(left, size) >= pages-seen
	}, func(err error) bool {
		seen++
		c.fail(ctx, nil, err)
		return !c.halted()
	})
}

// Symbols lists the A shares of the three exchanges, sorted, without those that
// left them. It takes one request per page of the market, some dozens. With an
// error there is no list: half a market is not told from a whole one.
func (p *Provider) Symbols(ctx context.Context) ([]etl.Symbol, error) {
	var failure error
	seen, listed, total := map[[2]string]bool{}, map[etl.Symbol]bool{}, 0
	p.walk(ctx, new(meter), func(l list, _ int) bool {
		total = max(total, l.total)
		rows := parse(l.rows)
		form := p.resolve(rows)
		for i := range rows {
			r, scope := &rows[i], share
			if r.Market.text() != "" { // the vendor says more than the code
				scope = func(s etl.Symbol) bool { return !s.Index() }
			}
			if _, ok := r.code(); ok {
				seen[[2]string{r.Market.text(), r.Code.text()}] = true
			}
			s, ok := r.symbol(scope)
			if !ok {
				continue // of a kind that was not asked for
			}
			// A row that must not be served still names a security.
			if q, _ := r.read(s, form, l.received); q.Status != etl.Delisted {
				listed[s] = true
			}
		}
		return true
	}, func(err error) bool {
		failure = err
		return false
	})
	if failure != nil {
		return nil, failure
	}
	if len(seen) < total {
		return nil, &etl.DataError{Where: "eastmoney pages of the market", Problem: fmt.Sprintf("%d securities are announced, and %d came", total, len(seen))}
	}
	return slices.Sorted(maps.Keys(listed)), nil
}
