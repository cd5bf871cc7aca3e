package drift

import (
	"fmt"
	"slices"
	"strings"
)

// alternatives compares anyOf and oneOf. Alternatives stand in no order, so those that say the same
// are left out first.
func (c *comparison) alternatives(at string, theirs, ours facts) {
	here := spot{at, theirs.place, theirs.line}
	for i := range max(len(theirs.choices), len(ours.choices)) {
		switch {
		case i >= len(theirs.choices):
			if !c.isAnswer {
				c.differ(kindAlternative, here, "", ours.choices[i].brief())
			}
		case i >= len(ours.choices):
			c.differ(kindAlternative, here, theirs.choices[i].brief(), "")
		default:
			c.choice(here, theirs.choices[i], ours.choices[i])
		}
	}
}

// choice compares one anyOf or oneOf with another.
func (c *comparison) choice(here spot, theirs, ours choice) {
	if theirs.keyword != ours.keyword {
		c.differ(kindAlternative, here, theirs.brief(), ours.brief())
		return
	}
	left := slices.Clone(ours.among)
	var missing []facts
	for _, one := range theirs.among {
		same := slices.IndexFunc(left, func(other facts) bool { return c.same(one, other) })
		if same < 0 {
			missing = append(missing, one)
			continue
		}
		left = slices.Delete(left, same, same+1)
	}
	for i := range max(len(missing), len(left)) {
		switch {
		case i >= len(missing):
			c.differ(kindAlternative, here, "", left[i].describe())
		case i >= len(left):
			c.differ(kindAlternative, spot{here.at, missing[i].place, missing[i].line}, missing[i].describe(), "")
		default:
			c.facts(here.at, missing[i], left[i], nil)
		}
	}
}

// same reports whether two alternatives say the same.
func (c *comparison) same(theirs, ours facts) bool {
	trial := &comparison{
		theirs: c.theirs, ours: c.ours, isAnswer: c.isAnswer, index: map[string]int{}, open: c.open, work: c.work,
		maxFound: 1,
		api:      c.api, isBuiltIn: c.isBuiltIn, operation: c.operation,
	}
	trial.facts("", theirs, ours, nil)
	return len(trial.found) == 0 && len(trial.codes) == 0
}

// brief returns the alternatives in a few words.
func (o choice) brief() string {
	var words []string
	for _, one := range o.among {
		words = append(words, one.describe())
	}
	return fmt.Sprintf("%s: %s", o.keyword, strings.Join(words, "; "))
}

// describe returns an alternative in a few words.
func (f *facts) describe() string {
	var names []string
	for _, member := range f.properties {
		if !slices.Contains(f.required, member.name) {
			names = append(names, member.name)
		}
	}
	text := f.brief()
	if len(f.required) > 0 {
		text += " with " + strings.Join(f.required, ", ")
	}
	if len(names) > 0 {
		text += " and perhaps " + strings.Join(names, ", ")
	}
	return text
}
