package fields

import "barkeep/etl"

// Address ends an address with the symbols, separated by commas that stay as they
// are: the providers do not all understand escaped ones.
func Address(begin string, symbols []etl.Symbol) string {
	text := make([]byte, 0, len(begin)+len("sh600000,")*len(symbols))
	text = append(text, begin...)
	for i, s := range symbols {
		if i > 0 {
			text = append(text, ',')
		}
		text = s.Append(text)
	}
	return string(text)
}
