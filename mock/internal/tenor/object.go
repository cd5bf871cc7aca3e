package tenor

import (
	"bytes"
	"strings"

	"sandkasse/mock/internal/plainjson"
)

// Object is a JSON object with ordered members. A value is a string, a number, a bool, a []string,
// an Object, an []Object or nil.
type Object []Member

// Member is a member of an Object.
type Member struct {
	Name  string
	Value any
}

// MarshalJSON writes the members in their order.
func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		for _, part := range []any{m.Name, m.Value} {
			text, err := plainjson.Marshal(part)
			if err != nil {
				return nil, err
			}
			b.Write(text)
			b.WriteByte(':')
		}
		b.Truncate(b.Len() - 1) // the second colon
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// add appends a member unless the value is nil or an empty text. An empty list or object is added,
// as Tenor sends it: "harUnderenheter": [], "erUnderenhet": {}.
func (o *Object) add(name string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case []string:
		if v == nil {
			return
		}
	case Object:
		if v == nil {
			return
		}
	case []Object:
		if v == nil {
			return
		}
	}
	*o = append(*o, Member{name, value})
}

// selection is the members that a search shows (vis) and hides (skjul): paths with points, in which
// * stands for anything.
type selection struct{ show, hide []string }

// wants reports whether the member at a path, or anything in it, is shown.
func (s selection) wants(path string) bool {
	if covered(s.hide, path) {
		return false
	}
	if covered(s.show, path) {
		return true
	}
	depth := strings.Count(path, ".") + 1
	for _, pattern := range s.show {
		if parts := strings.Split(pattern, "."); len(parts) > depth && matches(strings.Join(parts[:depth], "."), path) {
			return true
		}
	}
	return false
}

// covered reports whether a pattern matches the path, or the path of an object that contains it.
func covered(patterns []string, path string) bool {
	for i := range path {
		if path[i] == '.' && matchesAny(patterns, path[:i]) {
			return true
		}
	}
	return matchesAny(patterns, path)
}

// apply returns the object with the members that are shown.
func (s selection) apply(o Object, path string) Object { return s.applyWithin(o, path, false) }

// applyWithin returns the members of an object at a path that are shown. All of them are if all is
// true, except hidden ones.
func (s selection) applyWithin(o Object, path string, all bool) Object {
	var chosen Object
	for _, m := range o {
		at := path + m.Name
		if matchesAny(s.hide, at) {
			continue
		}
		whole := all || matchesAny(s.show, at)
		value, some := m.Value, whole
		switch v := m.Value.(type) {
		case Object:
			inner := s.applyWithin(v, at+".", whole)
			value, some = inner, len(inner) > 0 || whole && len(v) == 0
			if inner == nil {
				value = Object{}
			}
		case []Object:
			list := []Object{}
			for _, entry := range v {
				if entry = s.applyWithin(entry, at+".", whole); len(entry) > 0 {
					list = append(list, entry)
				}
			}
			value, some = list, len(list) > 0 || whole && len(v) == 0
		}
		if some {
			chosen = append(chosen, Member{m.Name, value})
		}
	}
	return chosen
}

// matchesAny reports whether one of the patterns matches the path.
func matchesAny(patterns []string, path string) bool {
	for _, pattern := range patterns {
		if matches(pattern, path) {
			return true
		}
	}
	return false
}

// matches reports whether a text matches a pattern, in which * stands for any text, in any case of
// letters. The work is at most proportional to the product of their lengths.
func matches(pattern, text string) bool {
	pattern, text = strings.ToLower(pattern), strings.ToLower(text)
	star, from := -1, 0 // of the last star, and the text that it does not cover yet
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
