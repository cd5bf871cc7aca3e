package scenarios

import (
	"slices"
	"strings"
)

// nearestFirst are names sorted, with the one that is most like a misspelt name before the others.
func nearestFirst(name string, all []string) []string {
	sorted := slices.Sorted(slices.Values(all))
	first, ok := nearest(name, sorted)
	if !ok {
		return sorted
	}
	at := slices.Index(sorted, first)
	return slices.Concat([]string{first}, sorted[:at], sorted[at+1:])
}

// nearest is the name that is most like a misspelt one; there is none where all differ in more than half of it.
func nearest(name string, all []string) (best string, ok bool) {
	const longest = 100 // what is longer is no slip of the pen
	if len(name) > longest {
		return "", false
	}
	least := len(name)/2 + 1
	for _, one := range all {
		if d := distance(strings.ToLower(name), strings.ToLower(one)); d < least {
			best, least = one, d
		}
	}
	return best, best != ""
}

// distance is how many bytes must be put in, left out or changed to make one text of another.
func distance(a, b string) int {
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
