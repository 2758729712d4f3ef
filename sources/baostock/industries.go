package baostock

import (
	"context"
	"fmt"

	"barkeep/etl"
	"barkeep/sources/baostock/wire"
)

// Industries returns the vendor's classification of all stocks, request 59, in
// his order. A stock without an industry has an empty name; one that is named
// twice, and an empty answer, are an etl.DataError. The classification changes
// with the years. Source: specification of Baostock, 8.7.
func (c *Client) Industries(ctx context.Context) ([]etl.Industry, error) {
	const name = "list of industries"
	var list []etl.Industry
	known := map[etl.Symbol]bool{}
	want := []string{"updateDate", "code", "industry", "industryClassification"}
	err := c.table(ctx, wire.Industry, name, want, func(cells [][]byte) error {
		updated, ok := parseDay(cells[0])
		symbol, ok2 := parseCode(cells[1])
		switch {
		case !ok2:
			return fmt.Errorf("%.40q is no code of a security", cells[1])
		case !ok:
			return fmt.Errorf("%s: %.40q is no date of a list", symbol, cells[0])
		case known[symbol]:
			return fmt.Errorf("%s comes twice", symbol)
		}
		known[symbol] = true
		list = append(list, etl.Industry{Symbol: symbol, Name: string(cells[2]), Classification: string(cells[3]), Updated: updated})
		return nil
	}, "", "")
	if err == nil && len(list) == 0 {
		err = &etl.DataError{Where: name, Problem: "the answer is empty"}
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}
