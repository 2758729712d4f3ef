package market

import (
	"cmp"
	"fmt"
	"slices"

	"barkeep/schedules"
)

// listing is a share before it has a life: when and where it comes.
type listing struct {
	day   int32 // index into the trading days
	board board
	sh    bool
	code  string
}

// newShares is about how many shares were listed in each year from 1990 on;
// only the proportions matter. Source: counts over the vendor's list of 2026.
var newShares = []int{8, 5, 40, 125, 112, 24, 203, 206, 106, 98, 136, 79, 71, 67, 100, 15, 66, 126, 77, 99,
	350, 282, 155, 2, 125, 223, 227, 438, 105, 203, 396, 483, 345, 236, 77, 90, 25}

// sampleYears make sure that even a tiny market has every board and one share
// from each age.
var sampleYears = []int{2019, 2010, 1996, 2001, 2007, 1993, 2016, 2021, 1991, 2023}

// drawListings draws n listings, ascending by day, with codes.
func drawListings(d *dice, days []schedules.Day, n int) []listing {
	byYear := map[int][]int32{}
	var weighted []int // years, each as often as shares were listed
	for i, day := range days {
		y := day.Year()
		if byYear[y] == nil {
			for range newShares[min(max(y-1990, 0), len(newShares)-1)] {
				weighted = append(weighted, y)
			}
		}
		byYear[y] = append(byYear[y], int32(i))
	}
	out := make([]listing, n)
	for i := range out {
		year := weighted[d.below(len(weighted))]
		if i < len(sampleYears) && byYear[sampleYears[i]] != nil {
			year = sampleYears[i]
		}
		at := byYear[year]
		l := listing{day: at[d.below(len(at))]}
		if i == 0 { // one STAR share of the first day
			if first, ok := slices.BinarySearch(days, starBegin); ok {
				l.day = int32(first)
			}
		}
		l.board, l.sh = drawBoard(d, days[l.day], i)
		out[i] = l
	}
	slices.SortStableFunc(out, func(a, b listing) int { return cmp.Compare(a.day, b.day) })
	giveCodes(d, out)
	return out
}

// drawBoard picks where a share of that day is listed; the first two of the
// sample go to STAR and ChiNext.
func drawBoard(d *dice, day schedules.Day, i int) (board, bool) {
	roll := d.below(100)
	switch {
	case day >= starBegin && (i == 0 || roll < 30):
		return star, true
	case day >= chiNextBegin && (i == 1 || roll < 62):
		return chiNext, false
	case i == 2, i == 5:
		return mainBoard, false
	}
	return mainBoard, i == 3 || d.below(100) < 52
}

// The code blocks of each board, in the order in which they were filled.
var (
	shMainCodes  = []int{600000, 601000, 603000, 605000, 602000, 606000}
	szMainCodes  = []int{1, 2001, 1201, 3001, 4001, 5001}
	chiNextCodes = []int{300001, 301001, 302001, 303001, 304001}
	starCodes    = []int{688001, 689001, 687001, 686001, 685001}
)

// giveCodes numbers each board's shares in the order of listing, leaving gaps
// while there is room.
func giveCodes(d *dice, listings []listing) {
	type key struct {
		b  board
		sh bool
	}
	blocks := map[key][]int{
		{mainBoard, true}: shMainCodes, {mainBoard, false}: szMainCodes, {chiNext, false}: chiNextCodes, {star, true}: starCodes,
	}
	count := map[key]int{}
	for _, l := range listings {
		count[key{l.board, l.sh}]++
	}
	next := map[key]int{}
	for i := range listings {
		l := &listings[i]
		k := key{l.board, l.sh}
		gap := min(max(2100/max(count[k], 1), 1), 4)
		room := min(max(count[k]*4/3, 10), 700) // codes used of a block of 1000, gaps included
		n := next[k]
		prefix := "sz."
		if l.sh {
			prefix = "sh."
		}
		l.code = fmt.Sprintf("%s%06d", prefix, blocks[k][n/room]+n%room)
		next[k] = n + d.between(1, gap)
	}
}
