package compare

import (
	"maps"
	"slices"
)

// isKeys reports whether a list is one of public keys, as Maskinporten publishes them at /jwk.
func isKeys(list []any) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(element any) bool {
		object, _ := element.(map[string]any)
		kid, _ := object["kid"].(string)
		kty, _ := object["kty"].(string)
		return kid == "" || kty == ""
	})
}

// keys compares two lists of keys: which members their keys have, and of what types. How many keys there are and what
// is in them is another matter at each server (K817).
func (c *comparer) keys(place string, theirs, ours []any) {
	t, o := membersOf(theirs), membersOf(ours)
	for _, name := range slices.Sorted(maps.Keys(t)) {
		at := pointer(place+"/*", name)
		switch kind, has := o[name]; {
		case !has:
			c.add(Member, at, t[name], "")
		case kind != t[name]:
			c.add(Type, at, t[name], kind)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if _, has := t[name]; !has {
			c.add(Member, pointer(place+"/*", name), "", o[name])
		}
	}
}

// membersOf returns the types of the members that objects have, by name.
func membersOf(list []any) map[string]string {
	types := map[string]string{}
	for _, element := range list {
		object, _ := element.(map[string]any)
		for name, value := range object {
			types[name] = typeOf(value)
		}
	}
	return types
}
