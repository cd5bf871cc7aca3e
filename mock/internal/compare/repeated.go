package compare

import (
	"bytes"
	"hash/maphash"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// isRepeated is the reason to leave out a call that two tools have recorded, such as a browser and the proxy that it
// uses.
const isRepeated = "recorded twice, by a browser and a proxy for example"

// repeatedWithin is the longest time between the two records of a call (K816).
const repeatedWithin = time.Second

// dropRepeated leaves out each call that is the same as one within a second before it: its request, and its answer
// with an identifier in it. Of the two the one with more headers stays, in the first one's place.
func (r *Recording) dropRepeated() {
	const maxAlike = 20 // calls with one request that are looked at
	seed := maphash.MakeSeed()
	alike := map[uint64][]int{} // indexes in kept, by what is the same of a request
	var kept []Call
	left := LeftOut{Reason: isRepeated}
	for _, call := range r.Calls {
		key := maphash.String(seed, strconv.Itoa(call.Status)+" "+call.Method+" "+call.URL.String()+" "+
			call.request.text)
		before := alike[key][max(0, len(alike[key])-maxAlike):]
		at := slices.IndexFunc(before, func(i int) bool { return isSameCall(&kept[i], &call) })
		if at < 0 {
			alike[key] = append(alike[key], len(kept))
			kept = append(kept, call)
			continue
		}
		first := &kept[before[at]]
		dropped := call.Number
		if len(call.Header)+len(call.AnswerHeader) > len(first.Header)+len(first.AnswerHeader) {
			dropped, call.Time = first.Number, first.Time
			*first = call
		}
		if left.Count++; len(left.First) < MaxShown {
			left.First = append(left.First, dropped)
		}
	}
	if r.Calls = kept; left.Count > 0 {
		r.LeftOut = append(r.LeftOut, left)
	}
}

// isSameCall reports whether two calls with the same request and status are records of one.
func isSameCall(first, second *Call) bool {
	if second.Time.Sub(first.Time) > repeatedWithin || !bothSame(first.Header, second.Header, "Idempotencykey") {
		return false
	}
	for _, name := range []string{"Date", "Korrelasjonsid", "Sandkasse-Call"} {
		if !bothSame(first.AnswerHeader, second.AnswerHeader, name) {
			return false
		}
	}
	answer, lacks := first.Answer()
	other, otherLacks := second.Answer()
	return lacks == "" && otherLacks == "" && bytes.Equal(answer, other) &&
		(first.AnswerHeader.Get("Korrelasjonsid") != "" || hasIdentifier(string(answer)))
}

// bothSame reports whether two headers have the same value of that name, or one has none.
func bothSame(first, second http.Header, name string) bool {
	a, b := first.Get(name), second.Get(name)
	return a == "" || b == "" || a == b
}

// hasIdentifier reports whether a text has an identifier, which is another one at each call.
func hasIdentifier(text string) bool {
	for _, found := range words(text) {
		if k := kindOf(found); k == kindUUID || k == kindID {
			return true
		}
	}
	return false
}
