package market

import (
	"math"

	"barkeep/schedules"
)

// sectorReturns are the moves of the whole market and of each sector, in ppm,
// one value per trading day.
type sectorReturns struct {
	market []int32
	sector [][]int32
}

// returnsOf draws the common moves. Calm and wild times follow each other (the
// spread is a slow process of its own), and the early years were wilder.
func returnsOf(seed uint64, days []schedules.Day, sectors int) sectorReturns {
	m := series(&dice{key: mix(seed, 1)}, days, 1)
	out := sectorReturns{market: m, sector: make([][]int32, sectors)}
	for i := range out.sector {
		out.sector[i] = series(&dice{key: mix(seed, uint64(100+i))}, days, 0.6)
	}
	return out
}

func series(d *dice, days []schedules.Day, scale float64) []int32 {
	out := make([]int32, len(days))
	mood := 0.0 // logarithm of the spread against its usual size
	for i, day := range days {
		usual := 11000.0 * scale // ppm
		switch y := day.Year(); {
		case y < 1997:
			usual *= 2.2
		case y < 2009:
			usual *= 1.45
		}
		h := d.next()
		mood = float64(mood*0.97) + float64(float64(normal[h&(quantiles-1)])/one*0.1) // no fused rounding on any processor
		r := float64(fatTail[h>>12&(quantiles-1)]) / one * usual * math.Exp(mood)
		out[i] = int32(math.Round(min(max(r, -85000), 85000)))
	}
	return out
}
