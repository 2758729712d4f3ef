package tencent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"barkeep/etl"
)

const (
	rankRows   = 200    // per page; the most that is known to work
	minRows    = 20     // of a page that others follow
	maxMarket  = 20_000 // securities; a few times what is listed
	rankPasses = 4
)

// Symbols lists every A share, ascending. The vendor sorts the list by price and
// hands it out in pages, so while prices move, rows move between pages: one shows
// up twice and another not at all. Therefore the pages are asked for at once,
// and again with other bounds until as many symbols were seen as the vendor says
// there are. If they never are, the list comes with an error: what it holds is
// true, and not all. Source: specification of the quote sources, 5.
func (p *Provider) Symbols(ctx context.Context) ([]etl.Symbol, error) {
	first, err := p.rankPage(ctx, 0)
	if err != nil {
		return nil, err
	}
	m := market{seen: map[etl.Symbol]struct{}{}}
	m.add(first)
	step := len(first.Data.List)
	switch {
	case m.total == 0 || step == 0:
		return nil, errors.New("tencent: the list of the market is empty")
	case m.total > maxMarket:
		return nil, fmt.Errorf("tencent: a market of %d securities is not believed", m.total)
	case step < min(minRows, m.total) || step > m.total:
		return nil, fmt.Errorf("tencent: the list of the market has %d securities and %d on its first page", m.total, step)
	}
	for pass := range rankPasses {
		err = p.rankPass(ctx, &m, pass, step)
		if len(m.seen) >= m.total || err != nil {
			break
		}
	}
	list := make([]etl.Symbol, 0, len(m.seen))
	for s := range m.seen {
		list = append(list, s)
	}
	slices.Sort(list)
	if len(list) < m.total {
		err = errors.Join(err, m.bad, fmt.Errorf("tencent: the list of the market is incomplete: %d of %d securities came", len(list), m.total))
	} else {
		err = nil
	}
	return list, err
}

// market is what was seen of the list.
type market struct {
	mu    sync.Mutex
	seen  map[etl.Symbol]struct{}
	total int   // the largest that any page named
	bad   error // the first code that is no symbol
}

func (m *market) add(page rankPage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total = max(m.total, min(page.Data.Total, maxMarket+1))
	for _, one := range page.Data.List {
		s, err := etl.ParseSymbol(one.Code)
		if err != nil || len(one.Code) != 8 {
			m.bad = errors.Join(err, fmt.Errorf("tencent: the list of the market has the code %q", one.Code))
			continue
		}
		if len(m.seen) <= maxMarket {
			m.seen[s] = struct{}{}
		}
	}
}

// rankPass asks for all pages at once. The first pass has the first page already;
// the bounds of the pages of later ones are shifted.
func (p *Provider) rankPass(ctx context.Context, m *market, pass, step int) error {
	var offsets []int
	if pass > 0 {
		offsets = append(offsets, 0)
	} else {
		pass = rankPasses
	}
	for offset := pass * step / rankPasses; offset < m.total; offset += step {
		offsets = append(offsets, offset)
	}
	var running sync.WaitGroup
	problems := make([]error, len(offsets))
	for i, offset := range offsets {
		running.Go(func() {
			page, err := p.rankPage(ctx, offset)
			if problems[i] = err; err == nil {
				m.add(page)
			}
		})
	}
	running.Wait()
	return errors.Join(problems...)
}

// rankPage is one page of the list, as far as it is read.
type rankPage struct {
	Code json.Number `json:"code"`
	Msg  string      `json:"msg"`
	Data struct {
		Total int `json:"total"`
		List  []struct {
			Code string `json:"code"`
		} `json:"rank_list"`
	} `json:"data"`
}

func (p *Provider) rankPage(ctx context.Context, offset int) (rankPage, error) {
	var page rankPage
	const path = "%s/cgi/cgi-bin/rank/hs/getBoardRankList?_appver=11.17.0&board_code=aStock&sort_type=price&direct=down&offset=%d&count=%d"
	answer, _, err := p.get(ctx, fmt.Sprintf(path, p.config.rank(), offset, rankRows))
	if err != nil {
		return page, fmt.Errorf("list of the market, from row %d: %w", offset, err)
	}
	if err := json.Unmarshal(answer.Body, &page); err != nil {
		return page, fmt.Errorf("tencent: list of the market, from row %d: %w: %s", offset, err, glimpse(answer.Body))
	}
	if page.Code != "0" {
		return page, fmt.Errorf("tencent: list of the market, from row %d: code %q: %s", offset, page.Code, page.Msg)
	}
	return page, nil
}
