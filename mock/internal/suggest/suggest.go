// Package suggest finds the name that somebody most likely meant.
package suggest

import (
	"slices"
	"strings"
)

// NearestFirst returns the names in alphabetical order, with the one nearest to a misspelt name
// before all others.
func NearestFirst(name string, all []string) []string {
	sorted := slices.Sorted(slices.Values(all))
	first, ok := Nearest(name, sorted)
	if !ok {
		return sorted
	}
	at := slices.Index(sorted, first)
	return slices.Concat([]string{first}, sorted[:at], sorted[at+1:])
}

// Nearest returns the name nearest to a misspelt one; ok is false where all differ in more than
// half of it.
func Nearest(name string, all []string) (best string, ok bool) {
	const longest = 100 // what is longer is no slip of the pen
	if len(name) > longest {
		return "", false
	}
	limit := len(name)/2 + 1
	for _, one := range all {
		if d := Distance(strings.ToLower(name), strings.ToLower(one)); d < limit {
			best, limit = one, d
		}
	}
	return best, best != ""
}

// Distance returns how many bytes must be inserted, deleted or changed to make one text of another.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
