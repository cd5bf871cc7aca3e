package drift

import "testing"

func languagesOf(t *testing.T, a, b []string) (one, two language, of []rune) {
	t.Helper()
	first, ok := compile(a)
	second, fine := compile(b)
	if !ok || !fine {
		t.Fatalf("%q and %q do not compile", a, b)
	}
	of, work := classes(first, second), maxWork
	left, ok := first.automaton(of, &work)
	right, fine := second.automaton(of, &work)
	if !ok || !fine {
		t.Fatalf("%q and %q have no automata", a, b)
	}
	return language{left, 0, unbounded}, language{right, 0, unbounded}, of
}

// TestLanguages compares patterns by the texts that they take.
func TestLanguages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b          string
		aShort, aLong int
		bShort, bLong int
		differ        bool
		text          string
	}{
		{"^[0-9]+$", "^[0-9]{9}$", 9, 9, 0, unbounded, false, ""},
		{"^[0-3][0-9][0-1][0-9]+$", "^[0-3][0-9][0-1][0-9]$", 4, 4, 0, unbounded, false, ""},
		{"^[0-9]+$", "^[0-9]{9}$", 0, 10, 0, unbounded, true, "0"},
		{`^\d+$`, "^[0-9]+$", 0, unbounded, 0, unbounded, false, ""},
		{"a", "^.*a.*$", 0, unbounded, 0, unbounded, true, "a\n"},
		{"a", `^[\s\S]*a[\s\S]*$`, 0, unbounded, 0, unbounded, false, ""},
		{"^(ab|ac)$", "^a[bc]$", 0, unbounded, 0, unbounded, false, ""},
		{"^(?i:k)$", "^[kK\u212a]$", 0, unbounded, 0, unbounded, false, ""},
		{"^[A-Z]{2}$", "^[A-Z]{1,2}$", 0, unbounded, 2, unbounded, false, ""},
		{"^[A-ZÆØÅ]+$", "^[A-ZÆØ]+$", 1, 200, 1, 200, true, "Å"},
		{"", "^", 0, unbounded, 0, unbounded, false, ""},
		{"x^", "$x", 0, unbounded, 0, unbounded, false, ""},
		{"^[0-9]*$", "^[0-9]*$", 0, 3_999, 0, 4_000, true, ""},
	} {
		a, b, of := languagesOf(t, []string{test.a}, []string{test.b})
		a.shortest, a.longest, b.shortest, b.longest = test.aShort, test.aLong, test.bShort, test.bLong
		work := maxWork
		text, differ, ok := unlike(a, b, of, &work)
		if !ok || differ != test.differ || test.text != "" && text != test.text {
			t.Errorf("%q and %q: %v, %q, %v", test.a, test.b, differ, text, ok)
		}
	}
}

// TestLengths finds the lengths of the texts that a pattern takes.
func TestLengths(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern           string
		short, long       int
		shortest, longest int
		ok                bool
	}{
		{"^[0-9]{9}$", 0, unbounded, 9, 9, true},
		{"^[0-9]+$", 0, unbounded, 1, unbounded, true},
		{"^[0-9]+$", 11, 11, 11, 11, true},
		{"^[0-9]{2,4}$", 3, unbounded, 3, 4, true},
		{"[0-9]", 0, unbounded, 1, unbounded, true},
		{"^(ab)*$", 1, 5, 2, 4, true},
		{"^[0-9]{2}$", 3, unbounded, 0, 0, false},
		{"^a|b$", 0, unbounded, 1, unbounded, true},
	} {
		l, _, _ := languagesOf(t, []string{test.pattern}, []string{""})
		l.shortest, l.longest = test.short, test.long
		work := maxWork
		found, ok := l.lengths(&work)
		if ok != test.ok || ok && (found.shortest != test.shortest || found.longest != test.longest) {
			t.Errorf("%+v: %d to %d, %v", test, found.shortest, found.longest, ok)
		}
	}
}
