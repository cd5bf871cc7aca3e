package mock

import (
	"slices"

	"sandkasse/mock/internal/compare"
)

// maxDifferences limits the differences of one comparison, and the reasons not to compare, that are not alike.
const maxDifferences = 2000

// foldedDifferences holds differences, of which those that are alike are one.
type foldedDifferences struct {
	list []Difference
	at   map[differenceKey]int
	more int // that are not in the list, which is full
}

// differenceKey holds the fields in which differences that are alike agree.
type differenceKey struct{ kind, api, operation, place, theirs, ours string }

// add adds a difference that was found in a place, such as a call.
func (f *foldedDifferences) add(d Difference, where string) {
	key := differenceKey{d.Kind, d.API, d.Operation, d.Place, d.Theirs, d.Ours}
	if slices.Contains([]compare.Kind{
		compare.Melding, compare.Value, compare.Identifier, compare.Length, compare.Sti,
	}, compare.Kind(d.Kind)) { // which are others at each call
		key.theirs, key.ours = "", ""
	}
	i, known := f.at[key]
	if !known {
		if len(f.list) == maxDifferences {
			f.more++
			return
		}
		if f.at == nil {
			f.at = map[differenceKey]int{}
		}
		i = len(f.list)
		f.at[key] = i
		f.list = append(f.list, d)
	}
	f.list[i].Count, f.list[i].First = counting(f.list[i].Count, f.list[i].First, where)
}

// foldedReasons holds what was not compared, by its reason.
type foldedReasons struct {
	list []NotCompared
}

// add adds a place, such as a call, that was not compared for a reason.
func (f *foldedReasons) add(reason, where string) {
	i := slices.IndexFunc(f.list, func(known NotCompared) bool { return known.Reason == reason })
	if i < 0 {
		if len(f.list) == maxDifferences {
			return
		}
		i = len(f.list)
		f.list = append(f.list, NotCompared{Reason: reason})
	}
	f.list[i].Count, f.list[i].First = counting(f.list[i].Count, f.list[i].First, where)
}

// counting counts a place, unless it is the one that was counted last, and returns the first few places with it.
func counting(count int, first []string, where string) (int, []string) {
	if slices.Contains(first, where) {
		return count, first
	}
	if len(first) < compare.MaxShown {
		first = append(first, where)
	}
	return count + 1, first
}
