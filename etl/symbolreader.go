package etl

// SymbolReader parses the texts of a sorted column, most of which repeat the one
// before. The zero SymbolReader is ready to use.
type SymbolReader struct {
	text   string
	symbol Symbol
}

// Parse returns the symbol of a text, which may lie in memory that is reused.
func (p *SymbolReader) Parse(text string) (Symbol, error) {
	if text == p.text && text != "" {
		return p.symbol, nil
	}
	symbol, err := ParseSymbol(text)
	if err != nil {
		return 0, &DataError{"a stored row", err.Error()}
	}
	p.text, p.symbol = string([]byte(text)), symbol
	return symbol, nil
}
