package excerpt

import (
	"strings"
	"testing"
)

func TestTruncate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		max  int
		want string
	}{
		{"", 0, ""},
		{"a", 0, "…"},
		{"abc", 3, "abc"},
		{"abcd", 3, "abc…"},
		{"æøå", 3, "æøå"},
		{"æøåæ", 3, "æøå…"},
		{"\xff\xff\xff", 2, "\xff\xff…"},
	} {
		if got := Truncate(test.text, test.max, "…"); got != test.want {
			t.Errorf("%q to %d characters is %q, want %q", test.text, test.max, got, test.want)
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "æøå": "æøå", "æøåæ": "æø…", "abcdef": "ab…"} {
		if got := Fit(text, 3); got != want {
			t.Errorf("%q in 3 characters is %q, want %q", text, got, want)
		}
	}
}

func TestASCII(t *testing.T) {
	t.Parallel()
	long := "a" + strings.Repeat("ø", 40)
	if got, want := ASCII([]byte(long)), "a"+strings.Repeat("ø", 39)+"..."; got != want {
		t.Errorf("excerpt is %q, want %q", got, want)
	}
	if got := ASCII(long[1:]); got != long[1:] {
		t.Errorf("excerpt of 80 bytes is %q", got)
	}
	if got, want := ASCII(strings.Repeat("\x80", 81)), strings.Repeat("\x80", 76)+"..."; got != want {
		t.Errorf("excerpt of what is no UTF-8 is %q, want %q", got, want)
	}
}
