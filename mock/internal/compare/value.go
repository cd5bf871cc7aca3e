package compare

import (
	"encoding/json"
	"hash/maphash"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/jsonptr"
)

// pointer returns the JSON pointer of a member of what is at a place.
func pointer(place, name string) string { return place + "/" + jsonptr.Escape(name) }

// values compares two decoded values. The name is that of the member that holds them.
func (c *comparer) values(place, name string, theirs, ours any, depth int) {
	if depth > maxDepth {
		return
	}
	if t, o := typeOf(theirs), typeOf(ours); t != o {
		if t == "a text" || o == "a text" {
			t, o = c.describe(theirs), c.describe(ours)
		}
		c.add(Type, place, t, o)
		return
	}
	switch t := theirs.(type) {
	case string:
		c.texts(place, name, t, ours.(string))
	case json.Number:
		c.numbers(place, t.String(), ours.(json.Number).String())
	case bool:
		if t != ours.(bool) {
			c.add(Value, place, strconv.FormatBool(t), strconv.FormatBool(ours.(bool)))
		}
	case map[string]any:
		c.objects(place, t, ours.(map[string]any), depth)
	case []any:
		c.lists(place, name, t, ours.([]any), depth)
	}
}

// typeOf returns the type of a value of JSON, with its article.
func typeOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	}
	return "an object"
}

// describe returns the type of a value, of a text what it looks like.
func (c *comparer) describe(value any) string {
	if text, ok := value.(string); ok {
		return "a text: " + string(kindOf(text))
	}
	return typeOf(value)
}

// objects compares the members of two objects.
func (c *comparer) objects(place string, theirs, ours map[string]any, depth int) {
	if c.isErrorsByPlace(theirs) && c.isErrorsByPlace(ours) {
		c.errorsByPlace(place, theirs, ours)
		return
	}
	before, older, ties := len(c.found), c.older, c.ties
	for _, name := range slices.Sorted(maps.Keys(theirs)) {
		at := pointer(place, name)
		o, has := ours[name]
		if !has {
			c.add(Member, at, c.describe(theirs[name]), "")
			continue
		}
		c.values(at, name, theirs[name], o, depth+1)
	}
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		if _, has := theirs[name]; !has {
			c.add(Member, pointer(place, name), "", c.describe(ours[name]))
		}
	}
	if c.older > older || c.ties > ties { // where the pages of a list end follows from these
		kept := slices.DeleteFunc(c.found[before:], func(f Finding) bool {
			return f.Place == pointer(place, "continuationToken") || f.Place == pointer(place, "hasNextPage")
		})
		c.found = c.found[:before+len(kept)]
	}
}

// isErrorsByPlace reports whether an object has lists of texts by the places that they are about, as
// problem details of ASP.NET do.
func (c *comparer) isErrorsByPlace(object map[string]any) bool {
	if !c.isError || len(object) == 0 {
		return false
	}
	for _, value := range object {
		list, ok := value.([]any)
		if !ok || slices.ContainsFunc(list, func(one any) bool { return typeOf(one) != "a text" }) {
			return false
		}
	}
	return true
}

// errorsByPlace compares lists of texts by their places.
func (c *comparer) errorsByPlace(place string, theirs, ours map[string]any) {
	var t []string
	for name := range theirs {
		t = append(t, c.Text(name))
	}
	o := slices.Collect(maps.Keys(ours))
	more, less := difference(t, o), difference(o, t)
	if len(more)+len(less) > 0 {
		c.add(Sti, place, joined(more), joined(less))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(theirs)) {
		list := theirs[name]
		other, _ := ours[c.Text(name)].([]any)
		for n, text := range list.([]any) {
			if n < len(other) && !c.sameText("melding", text.(string), other[n].(string)) {
				c.add(Melding, place+"/*", text.(string), other[n].(string))
			}
		}
		if len(other) != len(list.([]any)) {
			c.add(Length, place+"/*", strconv.Itoa(len(list.([]any))), strconv.Itoa(len(other)))
		}
	}
}

// maxListDepth limits the lists in lists whose order is compared.
const maxListDepth = 8

// lists compares two lists: their length, their order, and then each element.
func (c *comparer) lists(place, name string, theirs, ours []any, depth int) {
	if isKeys(theirs) && isKeys(ours) {
		c.keys(place, theirs, ours)
		return
	}
	theirs = c.known(theirs, len(ours))
	at := place + "/*"
	if strings.Count(place, "/*") >= maxListDepth { // which would be looked at again in each list around it
		if len(theirs) != len(ours) {
			c.add(Length, place, strconv.Itoa(len(theirs)), strconv.Itoa(len(ours)))
		}
		for n := range min(len(theirs), len(ours)) {
			c.values(at, name, theirs[n], ours[n], depth+1)
		}
		return
	}
	t, o := make([]uint64, len(theirs)), make([]uint64, len(ours))
	for n, element := range theirs {
		t[n] = c.signature(element, true, 0)
	}
	for n, element := range ours {
		o[n] = c.signature(element, false, 0)
	}
	if len(t) != len(o) {
		c.add(Length, place, strconv.Itoa(len(t)), strconv.Itoa(len(o)))
	}
	if len(t) == len(o) && !slices.Equal(t, o) {
		sortedT, sortedO := slices.Clone(t), slices.Clone(o)
		slices.Sort(sortedT)
		slices.Sort(sortedO)
		if slices.Equal(sortedT, sortedO) && isOrderOfTies(theirs, t, o) {
			c.ties++
		} else if slices.Equal(sortedT, sortedO) {
			c.add(Order, place, positions(t, o), positions(o, o))
		} else { // the elements differ: each is compared with the one in its place
			for n, element := range theirs {
				c.values(at, name, element, ours[n], depth+1)
			}
			return
		}
	}
	// what is alike is compared with each other, to learn its identifiers
	places := map[uint64][]int{}
	for n, sum := range o {
		places[sum] = append(places[sum], n)
	}
	for n, sum := range t {
		if left := places[sum]; len(left) > 0 {
			c.values(at, name, theirs[n], ours[left[0]], depth+1)
			places[sum] = left[1:]
		}
	}
}

// isOrderOfTies reports whether a list of theirs with these signatures would show the same times in the
// order of ours: dialogs of one moment are in the order of their identifiers, which says nothing (K815).
func isOrderOfTies(theirs []any, t, o []uint64) bool {
	const sortedBy = "contentUpdatedAt"
	at := map[uint64][]string{} // the times of the elements with a signature, in their order
	for n, element := range theirs {
		object, _ := element.(map[string]any)
		text, ok := object[sortedBy].(string)
		if !ok {
			return false
		}
		at[t[n]] = append(at[t[n]], text)
	}
	for n, sum := range o {
		if object, _ := theirs[n].(map[string]any); len(at[sum]) == 0 || at[sum][0] != object[sortedBy] {
			return false
		}
		at[sum] = at[sum][1:]
	}
	return true
}

// positions returns where the elements of a list with these signatures are in another one, counted from
// 1.
func positions(list, in []uint64) string {
	const max = 10
	var texts []string
	taken := map[int]bool{}
	for _, sum := range list[:min(len(list), max)] {
		for n, other := range in {
			if other == sum && !taken[n] {
				taken[n] = true
				texts = append(texts, strconv.Itoa(n+1))
				break
			}
		}
	}
	if len(list) > max {
		texts = append(texts, "…")
	}
	return strings.Join(texts, ", ")
}

// known returns a list of theirs without the elements that Sandkasse cannot have, where it has more
// than ours: those that are older than the recording, and those of calls that went otherwise here.
func (c *comparer) known(theirs []any, ours int) []any {
	if len(theirs) <= ours || len(theirs) > 10_000 {
		return theirs
	}
	return slices.DeleteFunc(slices.Clone(theirs), func(element any) bool {
		object, _ := element.(map[string]any)
		id, ok := object["id"].(string)
		if !ok {
			return false
		}
		foreign := c.TaintedBy(id) != 0
		for _, value := range object {
			text, _ := value.(string)
			if at := timeOf(text); !at.IsZero() && at.Before(c.began) && !c.Knows(id) {
				foreign = true
			}
		}
		if foreign {
			c.older++
		}
		return foreign
	})
}

// signature returns a sum over what does not change from call to call of a value. Equal values have
// equal sums. Of theirs it is translated.
func (c *comparer) signature(value any, isTheirs bool, depth int) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seed)
	c.sign(&h, value, isTheirs, depth)
	return h.Sum64()
}

func (c *comparer) sign(h *maphash.Hash, value any, isTheirs bool, depth int) {
	if depth > maxDepth {
		return
	}
	h.WriteString(typeOf(value))
	switch v := value.(type) {
	case string:
		if isTheirs {
			v = c.Text(v)
		}
		if _, isKnown := c.theirs[v]; isKnown {
			h.WriteString(v)
			return
		}
		switch k := kindOf(v); k {
		case kindUUID, kindID, kindJWT, kindTime, kindLocal, kindClock, kindDigits:
			h.WriteString(string(k))
		default:
			marked, _ := skeleton(v)
			h.WriteString(marked)
		}
	case json.Number:
		h.WriteString(plainNumber(v.String()))
	case bool:
		h.WriteString(strconv.FormatBool(v))
	case []any:
		for _, element := range v {
			c.sign(h, element, isTheirs, depth+1)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			h.WriteString(name)
			c.sign(h, v[name], isTheirs, depth+1)
		}
	}
}

// plainNumber returns a number so that equal ones of the usual lengths are the same text.
func plainNumber(text string) string {
	if len(text) > 40 || strings.ContainsAny(text, "eE") && len(text) > 12 {
		return text
	}
	number, ok := new(big.Rat).SetString(text)
	if _, exponent, has := strings.Cut(strings.ToLower(text), "e"); has && len(strings.Trim(exponent, "+-")) > 2 {
		return text
	}
	if !ok {
		return text
	}
	return number.RatString()
}

// minIDDigits is the number of digits from which a number that the client did not send is taken for
// an identifier or a time.
const minIDDigits = 8

// numbers compares two numbers.
func (c *comparer) numbers(place, theirs, ours string) {
	if plainNumber(theirs) == plainNumber(ours) {
		return
	}
	isID := func(text string) bool { return len(text) >= minIDDigits && strings.Trim(text, "0123456789") == "" }
	if isID(theirs) && isID(ours) && !c.isEcho(theirs, ours) {
		if !c.Learn(theirs, ours) {
			c.add(Identifier, place, theirs, ours)
		}
		return
	}
	c.add(Value, place, theirs, ours)
}
