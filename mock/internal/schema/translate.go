package schema

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"sandkasse/mock/internal/jsonptr"
)

// translate turns an error of jsonschema/v5 about the value v at a place into Avvik.
// It takes from the error where it is, not its English text.
func (s *Schema) translate(ve *jsonschema.ValidationError, v any, at place) []Avvik {
	r := s.files.rule(ve.AbsoluteKeywordLocation)
	switch {
	case (r.keyword == "anyOf" || r.keyword == "oneOf") && r.argument == "":
		return s.translateChoice(r, ve, v, at)
	case len(ve.Causes) > 0 && r.keyword != "minContains":
		var all []Avvik
		for _, cause := range ve.Causes {
			all = append(all, s.translate(cause, v, at)...)
		}
		return all
	}
	v, at = locate(v, at, ve.InstanceLocation)
	switch {
	case aboutName(ve.KeywordLocation):
		name := at.sti[strings.LastIndexByte(at.sti, '/')+1:]
		name = jsonptr.Unescape(name)
		v, at.name = name, "navnet «"+truncate(name)+"»"
	case r.keyword == "required":
		return translateMissing(r, v, at)
	case r.keyword == "additionalProperties" && r.node == false:
		return translateUnknown(r, v, at)
	case r.keyword == "dependentRequired" || r.keyword == "dependencies":
		missing, _ := r.node.(string)
		at = at.below(v, missing)
		return one(Avvik{Sti: at.sti, Melding: at.name + " mangler: det må være med når " + truncate(r.argument) +
			" er med", Regel: r.keyword})
	}
	return one(Avvik{Sti: at.sti, AngittVerdi: angitt(v), Melding: at.name + " " + predicate(r, v), Regel: r.keyword})
}

func one(a Avvik) []Avvik { return []Avvik{a} }

// locate follows an instance location of jsonschema/v5 from v, which stands at the place at.
func locate(v any, at place, location string) (any, place) {
	for _, segment := range segmentsOf(location) {
		at = at.below(v, segment)
		v = descend(v, []string{segment})
	}
	return v, at
}

// aboutName reports whether a keyword location lies in a propertyNames, where the name of a member
// is judged, not its value.
func aboutName(location string) bool {
	for keyword := range steps(location) {
		if keyword == "propertyNames" {
			return true
		}
	}
	return false
}

func translateMissing(r rule, v any, at place) []Avvik {
	object, _ := v.(map[string]any)
	var all []Avvik
	for _, name := range texts(r.value) {
		if _, ok := object[name]; !ok {
			missing := at.below(v, name)
			all = append(all, Avvik{Sti: missing.sti, Melding: missing.name + " mangler", Regel: r.keyword})
		}
	}
	return all
}

// translateUnknown returns an Avvik for each of the members that the schema object of the rule
// names neither in properties nor by patternProperties.
func translateUnknown(r rule, v any, at place) []Avvik {
	properties, _ := r.schema["properties"].(map[string]any)
	patterns, _ := r.schema["patternProperties"].(map[string]any)
	known := slices.Sorted(maps.Keys(properties))
	var allowed []*regexp.Regexp
	for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
		known = append(known, "«"+pattern+"»")
		allowed = append(allowed, regexp.MustCompile(pattern)) // jsonschema/v5 has compiled it before
	}
	sentence := unknownSentence(known)
	object, _ := v.(map[string]any)
	var all []Avvik
	for _, name := range slices.Sorted(maps.Keys(object)) {
		matches := func(pattern *regexp.Regexp) bool { return pattern.MatchString(name) }
		if _, ok := properties[name]; ok || slices.ContainsFunc(allowed, matches) {
			continue
		}
		unknown := at.below(v, name)
		all = append(all, Avvik{
			Sti: unknown.sti, AngittVerdi: angitt(object[name]), Melding: unknown.name + sentence,
			Regel: r.keyword,
		})
		if len(all) > maxAvvik {
			break // one more than maxAvvik
		}
	}
	return all
}

// translateChoice returns the Avvik of an anyOf or oneOf of which no form fits, or of which more
// than one fits though only one may.
func (s *Schema) translateChoice(r rule, ve *jsonschema.ValidationError, v any, at place) []Avvik {
	value, here := locate(v, at, ve.InstanceLocation)
	forms, _ := r.value.([]any)
	sentence := func(text string) []Avvik {
		return one(Avvik{Sti: here.sti, AngittVerdi: angitt(value), Melding: here.name + " " + text, Regel: r.keyword})
	}
	if len(ve.Causes) == 0 {
		names := requiredNames(forms)
		switch {
		case names == nil:
			return sentence("passer med flere av de tillatte formene, men skal passe med nøyaktig én")
		case len(names) == 2:
			return sentence(alternatives(r.keyword, names) + ", ikke begge")
		}
		return sentence(alternatives(r.keyword, names) + ", ikke flere av dem")
	}
	branches := make([][]Avvik, len(ve.Causes))
	for i, cause := range ve.Causes {
		branches[i] = s.translate(cause, v, at)
	}
	switch names := missingNames(branches, here); {
	case len(names) > 1:
		return sentence(alternatives(r.keyword, names) + "; ingen av dem er med")
	case len(names) == 1: // whatever form is meant
		return branches[0]
	}
	if predicates := predicates(branches, here); predicates != nil {
		return sentence(strings.Join(predicates, ", eller "))
	}
	return append(sentence(fmt.Sprintf("passer ikke med noen av de %d tillatte formene", len(branches))),
		nearest(branches, here)...)
}

// alternatives returns the demand that there be one of the names, and for oneOf only one.
func alternatives(keyword string, names []string) string {
	switch {
	case keyword == "oneOf" && len(names) == 2:
		return "må ha enten " + names[0] + " eller " + names[1]
	case keyword == "oneOf":
		return "må ha nøyaktig én av " + strings.Join(names, ", ")
	}
	return "må ha minst én av " + strings.Join(names, ", ")
}

// requiredNames returns what each form requires, or nil where one of them requires nothing.
func requiredNames(forms []any) []string {
	var names []string
	for _, form := range forms {
		object, _ := form.(map[string]any)
		required := texts(object["required"])
		if len(required) == 0 {
			return nil
		}
		names = append(names, strings.Join(required, " og "))
	}
	return names
}

// missingNames returns the members of the object at the place that the branches miss, or nil where
// one has another fault too.
func missingNames(branches [][]Avvik, here place) []string {
	var names []string
	for _, branch := range branches {
		var missing []string
		for _, a := range branch {
			if a.Regel != "required" || a.Sti[:strings.LastIndexByte(a.Sti, '/')] != here.sti {
				return nil
			}
			missing = append(missing, strings.TrimSuffix(a.Melding, " mangler"))
		}
		if together := strings.Join(missing, " og "); !slices.Contains(names, together) {
			names = append(names, together)
		}
	}
	return names
}

// predicates returns what each branch says about the value at the place, or nil where they say more
// than fits in a sentence.
func predicates(branches [][]Avvik, here place) []string {
	var all []string
	for _, branch := range branches {
		if len(branches) > 5 || len(branch) != 1 || branch[0].Sti != here.sti {
			return nil
		}
		predicate, ok := strings.CutPrefix(branch[0].Melding, here.name+" ")
		if !ok {
			return nil
		}
		all = append(all, predicate)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// nearest returns the branch with the fewest faults, if possible among those that at least want a
// value of this type.
func nearest(branches [][]Avvik, here place) []Avvik {
	otherType := func(b []Avvik) bool {
		return slices.ContainsFunc(b, func(a Avvik) bool { return a.Sti == here.sti && a.Regel == "type" })
	}
	if candidates := slices.DeleteFunc(slices.Clone(branches), otherType); len(candidates) > 0 {
		branches = candidates
	}
	return slices.MinFunc(branches, func(a, b []Avvik) int { return len(a) - len(b) })
}
