package configs

import "strings"

// didYouMean returns "; did you mean x?" for the candidate nearest to a key
// nobody knows, or nothing when none is near. A candidate of the same last
// name in another section counts as near.
func didYouMean(key string, candidates []string) string {
	last := lastName(key)
	limit := min(max(len(last)/3, 1), 3)
	best, bestDistance := "", limit+1
	for _, c := range candidates {
		if d := editDistance(key, c); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	for i := 0; best == "" && i < len(candidates); i++ {
		if lastName(candidates[i]) == last {
			best = candidates[i]
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

func lastName(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b.
func editDistance(a, b string) int {
	if len(a) > 128 || len(b) > 128 {
		return len(a) + len(b) // no key is that long
	}
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
