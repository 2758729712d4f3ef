package etl

import "barkeep/schedules"

// First returns the first day for which the vendor has bars of the kind; 0 where
// that is the first day of listing. [Expected] expects none before. Source:
// specification of Baostock, 8.5.
func (k Kind) First() schedules.Day {
	switch k {
	case ETF:
		return firstETF
	case Index:
		return firstIndex
	}
	return 0
}
