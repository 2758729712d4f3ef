package main

import (
	"fmt"
	"slices"
	"strings"

	"barkeep/etl"
)

// securities names one security, or says how many there are.
func securities(n int, example etl.Symbol) string {
	if n == 1 {
		return example.String()
	}
	return count(int64(n)) + " securities"
}

// plural writes a number of things.
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return count(int64(n)) + " " + noun
}

// count writes a number with commas between the thousands.
func count(n int64) string {
	digits := fmt.Sprint(n)
	var groups []string
	for len(digits) > 3 {
		groups = append(groups, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	groups = append(groups, digits)
	slices.Reverse(groups)
	return strings.Join(groups, ",")
}

// size writes a number of bytes with a unit.
func size(n int64) string {
	v, unit := float64(n), 0
	for v >= 999.5 && unit < 4 {
		v /= 1000
		unit++
	}
	return fmt.Sprintf("%.3g %s", v, []string{"B", "kB", "MB", "GB", "TB"}[unit])
}
