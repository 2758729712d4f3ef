package etl_test

import (
	"barkeep/etl"
	"barkeep/schedules"
)

// june is the 21 trading days of June 2026: the 19th is the Dragon Boat
// Festival. Every kind has bars in it.
var june = schedules.Embedded().Days(schedules.MakeDay(2026, 6, 1), schedules.MakeDay(2026, 6, 30))

// stocks returns n stocks of Shanghai, listed long ago.
func stocks(n int) []etl.Instrument { return instruments(n, etl.Stock, etl.Shanghai, 600000) }

// etfs returns n funds of Shenzhen, listed long ago.
func etfs(n int) []etl.Instrument { return instruments(n, etl.ETF, etl.Shenzhen, 159001) }

// indices returns n indices of Shanghai, listed long ago.
func indices(n int) []etl.Instrument { return instruments(n, etl.Index, etl.Shanghai, 1) }

func instruments(n int, kind etl.Kind, e etl.Exchange, code int) []etl.Instrument {
	list := make([]etl.Instrument, n)
	for i := range list {
		list[i] = etl.Instrument{Symbol: etl.MakeSymbol(e, code+i), Kind: kind, Listed: schedules.MakeDay(1991, 1, 2)}
	}
	return list
}

// universe joins lists; it panics on what no test would write.
func universe(lists ...[]etl.Instrument) etl.Universe {
	var all []etl.Instrument
	for _, l := range lists {
		all = append(all, l...)
	}
	u, err := etl.MakeUniverse(all)
	if err != nil {
		panic(err)
	}
	return u
}
