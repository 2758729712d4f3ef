package sina

import (
	"barkeep/etl"
	"barkeep/sources"
)

// Take reads a body as the answer to a request for symbols. The quotes go into
// room when it is large enough.
func (p *Provider) Take(page sources.Page, symbols []etl.Symbol, room []etl.Quote) (answer etl.QuoteAnswer, missing []etl.Symbol) {
	if cap(room) < len(symbols) {
		room = make([]etl.Quote, 0, len(symbols))
	}
	part := part{quotes: room[:0]}
	missing = p.take(page, symbols, &part)
	return etl.QuoteAnswer{Quotes: part.quotes, Unknown: part.unknown, Refused: part.refused}, missing
}

// Readers of cells and of market pages.
var (
	Price       = price
	Quantity    = quantity
	Amount      = amount
	PageSymbols = pageSymbols
	PageCount   = pageCount
)
