package drift

import (
	"fmt"
	"slices"
	"strings"
)

// texts compares what is said of texts: format, lengths and patterns.
func (c *comparison) texts(at spot, theirs, ours facts) {
	if theirs.format != ours.format {
		c.differ("format", at, theirs.format, ours.format)
	}
	if slices.Equal(theirs.patterns, ours.patterns) {
		c.counts("minLength", at, theirs.shortest, ours.shortest)
		c.counts("maxLength", at, theirs.longest, ours.longest)
		return
	}
	a, b, of, ok := languages(theirs, ours, c.work)
	if !ok {
		c.asWritten(at, theirs, ours)
		return
	}
	_, differ, ok := unlike(a, b, of, c.work)
	switch {
	case !ok:
		c.asWritten(at, theirs, ours)
		return
	case !differ:
		return
	case len(theirs.patterns) == 0 || len(ours.patterns) == 0:
		c.differ("pattern", at, theirs.form(), ours.form())
		return
	}
	a, fine := a.lengths(c.work)
	b, ok = b.lengths(c.work)
	if !ok || !fine {
		c.asWritten(at, theirs, ours)
		return
	}
	c.counts("minLength", at, a.shortest, b.shortest)
	c.counts("maxLength", at, a.longest, b.longest)
	a.shortest = max(a.shortest, b.shortest)
	a.longest = lower(a.longest, b.longest)
	b.shortest, b.longest = a.shortest, a.longest
	if text, differ, ok := unlike(a, b, of, c.work); differ || !ok {
		c.patterns(at, theirs, ours, text)
	}
}

// patterns adds the difference of two patterns, with a text that only one of them takes.
func (c *comparison) patterns(at spot, theirs, ours facts, text string) {
	with := func(f facts) string { return strings.Join(f.patterns, " and ") }
	of := ""
	if text != "" {
		of = fmt.Sprintf(" (they differ on %q)", text)
	}
	c.differ("pattern", at, with(theirs)+of, with(ours))
}

// asWritten compares lengths and patterns without regard to what they take together.
func (c *comparison) asWritten(at spot, theirs, ours facts) {
	c.counts("minLength", at, theirs.shortest, ours.shortest)
	c.counts("maxLength", at, theirs.longest, ours.longest)
	c.patterns(at, theirs, ours, "")
}

// form returns what is said of a text in words.
func (f *facts) form() string {
	plain := facts{types: []string{"string"}, patterns: f.patterns, shortest: f.shortest, longest: f.longest}
	return plain.brief()
}

// languages returns the texts that fit each side; ok is false where a pattern cannot be looked into.
func languages(theirs, ours facts, work *int) (a, b language, of []rune, ok bool) {
	first, fine := compile(theirs.patterns)
	second, ok := compile(ours.patterns)
	if !fine || !ok {
		return a, b, nil, false
	}
	of = classes(first, second)
	left, fine := first.automaton(of, work)
	right, ok := second.automaton(of, work)
	a = language{left, theirs.shortest, theirs.longest}
	b = language{right, ours.shortest, ours.longest}
	return a, b, of, ok && fine
}
