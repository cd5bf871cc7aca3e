package drift

import (
	"cmp"
	"maps"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"sandkasse/mock/internal/apidocument"
)

// Patterns that are written otherwise may take the same texts: ^[0-9]+$ with a length of 9 is
// ^[0-9]{9}$. So patterns are compared by what they take, as automata.

// Limits of automata (K803). Patterns that need more are compared as they are written.
const (
	maxPattern      = 10_000 // characters
	maxInstructions = 5_000
	maxWork         = 3_000_000 // steps of all automata of a comparison
)

// program is the automaton of patterns that a text must all match, with classes of characters that
// none of them tells apart.
type program struct {
	parts []*syntax.Prog
}

// compile returns the automaton of patterns; ok is false where one is no pattern of Go, is too
// large, or looks at the borders of words.
func compile(patterns []string) (p program, ok bool) {
	size := 0
	for _, pattern := range patterns {
		if len(pattern) > maxPattern {
			return program{}, false
		}
		parsed, err := syntax.Parse(`(?s:.*)(?:`+apidocument.GoPattern(pattern)+`)(?s:.*)`, syntax.Perl)
		if err != nil {
			return program{}, false
		}
		part, err := syntax.Compile(parsed.Simplify())
		if err != nil {
			return program{}, false
		}
		if size += len(part.Inst); size > maxInstructions {
			return program{}, false
		}
		for _, inst := range part.Inst {
			words := syntax.EmptyWordBoundary | syntax.EmptyNoWordBoundary
			if inst.Op == syntax.InstEmptyWidth && syntax.EmptyOp(inst.Arg)&words != 0 {
				return program{}, false
			}
		}
		p.parts = append(p.parts, part)
	}
	return p, true
}

// classes returns a character of each class that no instruction of the programs tells apart.
func classes(programs ...program) []rune {
	borders := map[rune]bool{0: true}
	add := func(low, high rune) { borders[low], borders[high+1] = true, true }
	for _, p := range programs {
		for _, part := range p.parts {
			for _, inst := range part.Inst {
				switch inst.Op {
				case syntax.InstRune, syntax.InstRune1:
					for i := 0; i+1 < len(inst.Rune); i += 2 {
						add(inst.Rune[i], inst.Rune[i+1])
					}
					if len(inst.Rune) == 1 {
						add(inst.Rune[0], inst.Rune[0])
						for r := unicode.SimpleFold(inst.Rune[0]); r != inst.Rune[0]; r = unicode.SimpleFold(r) {
							add(r, r)
						}
					}
				case syntax.InstRuneAnyNotNL:
					add('\n', '\n')
				}
			}
		}
	}
	starts := slices.Sorted(maps.Keys(borders))
	var shown []rune
	for i, low := range starts {
		high := rune(unicode.MaxRune)
		if i+1 < len(starts) {
			high = starts[i+1] - 1
		}
		if low > unicode.MaxRune {
			break
		}
		for _, r := range "0aA-" { // easier to read in a message
			if low <= r && r <= high {
				low = r
				break
			}
		}
		shown = append(shown, low)
	}
	slices.SortStableFunc(shown, func(a, b rune) int { return cmp.Compare(rank(a), rank(b)) })
	return shown
}

// rank orders characters by how well they can be read.
func rank(r rune) int {
	switch {
	case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
		return 0
	case ' ' <= r && r < unicode.MaxASCII:
		return 1
	case unicode.IsPrint(r):
		return 2
	}
	return 3
}

// automaton is a deterministic automaton: its states are numbers, and the first is 0.
type automaton struct {
	next    [][]int // by state and class
	accepts []bool
}

// automaton returns the deterministic automaton of the program; ok is false where there is not so much work left.
func (p program) automaton(of []rune, work *int) (a automaton, ok bool) {
	type state [][]uint32
	name := func(s state, first bool) string {
		var b strings.Builder
		b.WriteString(strconv.FormatBool(first))
		for _, part := range s {
			b.WriteByte(';')
			for _, pc := range part {
				b.WriteString(strconv.Itoa(int(pc)))
				b.WriteByte(',')
			}
		}
		return b.String()
	}
	var start state
	for _, part := range p.parts {
		start = append(start, []uint32{uint32(part.Start)})
	}
	known, waiting := map[string]int{name(start, true): 0}, []state{start}
	for number := 0; number < len(waiting); number++ {
		here := waiting[number]
		first := number == 0
		accepts := true
		open := make([][]uint32, len(p.parts))
		for i, part := range p.parts {
			accepts = accepts && slices.ContainsFunc(closure(part, here[i], first, true), func(pc uint32) bool {
				return part.Inst[pc].Op == syntax.InstMatch
			})
			open[i] = closure(part, here[i], first, false)
		}
		a.accepts = append(a.accepts, accepts)
		row := make([]int, len(of))
		for c, r := range of {
			next := make(state, len(p.parts))
			for i, part := range p.parts {
				if *work -= 1 + len(open[i]); *work < 0 {
					return automaton{}, false
				}
				for _, pc := range open[i] {
					if inst := &part.Inst[pc]; isRune(inst) && inst.MatchRune(r) {
						next[i] = append(next[i], inst.Out)
					}
				}
				slices.Sort(next[i])
				next[i] = slices.Compact(next[i])
			}
			to, found := known[name(next, false)]
			if !found {
				to = len(waiting)
				known[name(next, false)] = to
				waiting = append(waiting, next)
			}
			row[c] = to
		}
		a.next = append(a.next, row)
	}
	return a, true
}

func isRune(inst *syntax.Inst) bool {
	switch inst.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	}
	return false
}

// closure returns the instructions that are reached from others without a character, at the
// beginning or the end of a text.
func closure(part *syntax.Prog, from []uint32, begin, end bool) []uint32 {
	seen := map[uint32]bool{}
	var reached []uint32
	waiting := slices.Clone(from)
	for len(waiting) > 0 {
		pc := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		reached = append(reached, pc)
		switch inst := part.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			waiting = append(waiting, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			waiting = append(waiting, inst.Out)
		case syntax.InstEmptyWidth:
			needs := syntax.EmptyOp(inst.Arg)
			atBegin := needs&(syntax.EmptyBeginText|syntax.EmptyBeginLine) == 0 || begin
			atEnd := needs&(syntax.EmptyEndText|syntax.EmptyEndLine) == 0 || end
			if atBegin && atEnd {
				waiting = append(waiting, inst.Out)
			}
		}
	}
	return reached
}

// language is a set of texts: those that an automaton takes, of some lengths.
type language struct {
	automaton

	shortest, longest int // characters; longest is unbounded for no limit
}

const unbounded = -1

// takes reports whether a text of that length which leads to a state is one of the language.
func (l language) takes(state, length int) bool {
	return l.accepts[state] && length >= l.shortest && (l.longest == unbounded || length <= l.longest)
}

// lengths returns the language with the lengths that its texts really have; ok is false where it
// has no text, or that would take too long to find out.
func (l language) lengths(work *int) (narrowed language, ok bool) {
	end := l.shortest + len(l.next) // any text beyond goes through a state twice
	if l.longest != unbounded {
		end = l.longest
	}
	narrowed = l
	narrowed.shortest, narrowed.longest = unbounded, unbounded
	at := map[int]bool{0: true}
	for n := 0; n <= end; n++ {
		below := map[int]bool{}
		for state := range at {
			if *work -= 1 + len(l.next[state]); *work < 0 {
				return l, false
			}
			if l.takes(state, n) {
				if narrowed.longest = n; narrowed.shortest == unbounded {
					narrowed.shortest = n
				}
			}
			for _, to := range l.next[state] {
				below[to] = true
			}
		}
		at = below
	}
	if l.longest == unbounded && l.endless(at) {
		narrowed.longest = unbounded
	}
	return narrowed, narrowed.shortest != unbounded
}

// endless reports whether a text that leads from one of some states is taken.
func (l language) endless(from map[int]bool) bool {
	seen := map[int]bool{}
	waiting := slices.Collect(maps.Keys(from))
	for len(waiting) > 0 {
		state := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if l.accepts[state] {
			return true
		}
		for _, to := range l.next[state] {
			if !seen[to] {
				seen[to] = true
				waiting = append(waiting, to)
			}
		}
	}
	return false
}

// unlike returns a shortest text that one of two languages has and the other has not; differ is
// false where there is none, and ok where that would take too long to find out.
func unlike(a, b language, of []rune, work *int) (text string, differ, ok bool) {
	last := max(a.shortest, b.shortest, a.longest, b.longest) + 1 // from there on lengths are all alike
	type pair struct{ a, b, length int }
	type step struct {
		pair
		from  int
		class int
	}
	seen := map[pair]bool{{}: true}
	steps := []step{{from: -1}}
	for i := 0; i < len(steps); i++ {
		here := steps[i]
		if *work -= 1 + len(of); *work < 0 {
			return "", false, false
		}
		if a.takes(here.a, here.length) != b.takes(here.b, here.length) {
			var found []rune
			for j := i; steps[j].from >= 0; j = steps[j].from {
				found = append(found, of[steps[j].class])
			}
			slices.Reverse(found)
			return string(found), true, true
		}
		for c := range of {
			next := pair{a.next[here.a][c], b.next[here.b][c], min(here.length+1, last)}
			if !seen[next] {
				seen[next] = true
				steps = append(steps, step{next, i, c})
			}
		}
	}
	return "", false, true
}
