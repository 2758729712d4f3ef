package sina

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"barkeep/etl"
)

// The market pages. Source: specification of the quote sources, 3.1.
const (
	pagesPath = "/quotes_service/api/json_v2.php/Market_Center."
	node      = "hs_a" // all A shares
	pageRows  = 80     // asked for; the vendor may send fewer per page
	maxPages  = 1000
)

// Symbols lists the A shares of Sina's market pages, in the order of their
// symbols, in about 70 requests one after the other. With an error the list is
// what was read until then: an *etl.DataError says that pages ended before all
// the symbols that Sina counts had come, which happens where Sina counts
// Beijing's shares and does not list them. A *sources.StatusError of 456 or 429
// says that Sina blocks the address.
func (p *Provider) Symbols(ctx context.Context) ([]etl.Symbol, error) {
	count, err := p.count(ctx)
	if err != nil {
		return nil, err
	}
	var all []etl.Symbol
	size := 0 // rows of page 1, which is the vendor's cap when that is below pageRows
	for number := 1; ; number++ {
		page, err := p.page(ctx, number)
		if err != nil {
			return distinct(all), err
		}
		all = append(all, page...)
		size = max(size, len(page))
		if len(page) == 0 || len(page) < size && len(all) >= count {
			break
		}
		if limit := min(maxPages, (count+size-1)/size+2); number > limit {
			return distinct(all), incomplete("the pages do not end: page %d still has %d rows, and %d symbols were counted", number, len(page), count)
		}
	}
	all = distinct(all)
	if len(all) < count {
		return all, incomplete("%d symbols were counted, and the pages hold %d", count, len(all))
	}
	return all, nil
}

func distinct(symbols []etl.Symbol) []etl.Symbol {
	slices.Sort(symbols)
	return slices.Compact(symbols)
}

func incomplete(format string, args ...any) error {
	return &etl.DataError{Where: "sina's market pages of " + node, Problem: fmt.Sprintf(format, args...)}
}

// count asks how many symbols there are.
func (p *Provider) count(ctx context.Context) (int, error) {
	page, err := p.web.Get(ctx, p.config.pages()+pagesPath+"getHQNodeStockCount?node="+node)
	if err != nil {
		return 0, fmt.Errorf("number of A shares: %w", err)
	}
	count, err := pageCount(page.Body)
	if err != nil {
		return 0, fmt.Errorf("number of A shares: sina: %w", err)
	}
	return count, nil
}

// page asks for the symbols of a page, the first of which is 1. It is empty past
// the end.
func (p *Provider) page(ctx context.Context, number int) ([]etl.Symbol, error) {
	page, err := p.web.Get(ctx, p.config.pages()+pagesPath+"getHQNodeData?page="+strconv.Itoa(number)+
		"&num="+strconv.Itoa(pageRows)+"&sort=symbol&asc=1&node="+node+"&symbol=&_s_r_a=page")
	if err != nil {
		return nil, fmt.Errorf("page %d of A shares: %w", number, err)
	}
	symbols, err := pageSymbols(page.Body)
	if err != nil {
		return nil, fmt.Errorf("page %d of A shares: sina: %w", number, err)
	}
	return symbols, nil
}
