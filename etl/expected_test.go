package etl_test

import (
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

func TestExpected(t *testing.T) {
	date := schedules.MakeDay
	share, fund, index, bond, beijing := sym(t, "sh600000"), sym(t, "sz159001"), sym(t, "sh000001"), sym(t, "sz123001"), sym(t, "bj920000")
	wide := etl.Scope{From: june[0], To: june[20], ETF: true, Index: true}
	tests := []struct {
		name  string
		in    etl.Instrument
		scope etl.Scope
		want  []schedules.Day
	}{
		{"listed before", etl.Instrument{Symbol: share, Kind: etl.Stock, Listed: date(1999, 11, 10)}, wide, june},
		{"listing date unknown", etl.Instrument{Symbol: share, Kind: etl.Stock}, wide, june},
		{"listed in between, that day included", etl.Instrument{Symbol: share, Kind: etl.Stock, Listed: june[4]}, wide, june[4:]},
		{"listed on a Saturday", etl.Instrument{Symbol: share, Kind: etl.Stock, Listed: date(2026, 6, 6)}, wide, june[5:]},
		{"listed afterwards", etl.Instrument{Symbol: share, Kind: etl.Stock, Listed: date(2026, 7, 1)}, wide, nil},
		{"delisted in between, that day not expected", etl.Instrument{Symbol: share, Kind: etl.Stock, Delisted: june[4]}, wide, june[:4]},
		{"delisted on a Sunday", etl.Instrument{Symbol: share, Kind: etl.Stock, Delisted: date(2026, 6, 7)}, wide, june[:5]},
		{"delisted on the day after the last", etl.Instrument{Symbol: share, Kind: etl.Stock, Delisted: date(2026, 7, 1)}, wide, june},
		{"delisted before", etl.Instrument{Symbol: share, Kind: etl.Stock, Delisted: june[0]}, wide, nil},
		{"listed and delisted", etl.Instrument{Symbol: share, Kind: etl.Stock, Listed: june[3], Delisted: june[6]}, wide, june[3:6]},
		{"listed and delisted on one day", etl.Instrument{Symbol: share, Kind: etl.Stock, Listed: june[3], Delisted: june[3]}, wide, nil},
		{"narrow scope", etl.Instrument{Symbol: share, Kind: etl.Stock}, etl.Scope{From: june[2], To: june[5]}, june[2:6]},
		{"scope of a holiday", etl.Instrument{Symbol: share, Kind: etl.Stock}, etl.Scope{From: date(2026, 6, 19), To: date(2026, 6, 21)}, nil},
		{"scope that ends before it begins", etl.Instrument{Symbol: share, Kind: etl.Stock}, etl.Scope{From: june[5], To: june[2]}, nil},

		{"fund", etl.Instrument{Symbol: fund, Kind: etl.ETF}, wide, june},
		{"fund not in scope", etl.Instrument{Symbol: fund, Kind: etl.ETF}, etl.Scope{From: june[0], To: june[20], Index: true}, nil},
		{"index", etl.Instrument{Symbol: index, Kind: etl.Index}, wide, june},
		{"index not in scope", etl.Instrument{Symbol: index, Kind: etl.Index}, etl.Scope{From: june[0], To: june[20], ETF: true}, nil},
		{"bond", etl.Instrument{Symbol: bond, Kind: etl.Bond}, wide, nil},
		{"other", etl.Instrument{Symbol: share, Kind: etl.Other}, wide, nil},
		{"Beijing", etl.Instrument{Symbol: beijing, Kind: etl.Stock}, wide, nil},
		{"Beijing fund", etl.Instrument{Symbol: beijing, Kind: etl.ETF}, wide, nil},

		{"named", etl.Instrument{Symbol: share, Kind: etl.Stock}, etl.Scope{From: june[0], To: june[20], Symbols: []etl.Symbol{index, share}}, june},
		{"not named", etl.Instrument{Symbol: share, Kind: etl.Stock}, etl.Scope{From: june[0], To: june[20], Symbols: []etl.Symbol{index}}, nil},
		{"named, whatever its kind", etl.Instrument{Symbol: index, Kind: etl.Index}, etl.Scope{From: june[0], To: june[20], Symbols: []etl.Symbol{index}}, june},
		{"named fund", etl.Instrument{Symbol: fund, Kind: etl.ETF}, etl.Scope{From: june[0], To: june[20], Symbols: []etl.Symbol{fund}}, june},
		{"ETF wanted but only another is named", etl.Instrument{Symbol: fund, Kind: etl.ETF}, etl.Scope{From: june[0], To: june[20], ETF: true, Symbols: []etl.Symbol{share}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cells := etl.Expected(etl.Universe{tt.in}, tt.scope, june)
			if got := slices.Collect(cells.Of(tt.in.Symbol)); !slices.Equal(got, tt.want) {
				t.Errorf("days %v, want %v", got, tt.want)
			}
			if cells.Len() != len(tt.want) {
				t.Errorf("%d cells, want %d", cells.Len(), len(tt.want))
			}
		})
	}
}

// What the vendor does not have is not expected from it.
func TestExpectedFirstDaysOfKinds(t *testing.T) {
	all := schedules.Embedded().Days(schedules.MakeDay(1990, 12, 19), schedules.MakeDay(2026, 6, 30))
	scope := etl.Scope{From: all[0], To: all[len(all)-1], ETF: true, Index: true}
	u := universe(stocks(1), etfs(1), indices(1))
	cells := etl.Expected(u, scope, all)
	for kind, want := range map[etl.Kind]schedules.Day{
		etl.Stock: schedules.MakeDay(1991, 1, 2), // when it was listed
		etl.Index: schedules.MakeDay(2006, 1, 4), // the first trading day of 2006
		etl.ETF:   schedules.MakeDay(2026, 1, 5),
	} {
		for _, in := range u {
			if in.Kind != kind {
				continue
			}
			days := slices.Collect(cells.Of(in.Symbol))
			if len(days) == 0 || days[0] != want || days[len(days)-1] != all[len(all)-1] {
				t.Errorf("%s: days %v.., want them from %s", kind, days[:min(len(days), 1)], want)
			}
		}
	}
	if etl.FirstETF != schedules.MakeDay(2026, 1, 5) || etl.FirstIndex != schedules.MakeDay(2006, 1, 1) {
		t.Error("the vendor's first days have changed")
	}
}
