package jsonptr

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestParseReadsWhatStringWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := Pointer(rapid.SliceOfN(rapid.StringMatching(`[a-zæ~/01]{0,6}`), 1, 4).Draw(t, "pointer"))
		if got, ok := Parse(want.String()); !ok || !slices.Equal(got, want) {
			t.Errorf("%q is read as %q, %v", want.String(), got, ok)
		}
	})
}

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Pointer{"/": {""}, "/a~1b/~01": {"a/b", "~1"}, "/a//b": {"a", "", "b"}} {
		if got, ok := Parse(text); !ok || !slices.Equal(got, want) {
			t.Errorf("%q is %q, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "a/b"} {
		if got, ok := Parse(text); ok {
			t.Errorf("%q is %q", text, got)
		}
	}
}

func TestIn(t *testing.T) {
	t.Parallel()
	document := map[string]any{"a/b": []any{"x", map[string]any{"c": nil}}}
	for text, want := range map[string]any{"/a~1b/0": "x", "/a~1b/1/c": nil} {
		at, _ := Parse(text)
		if got, ok := at.In(document); !ok || got != want {
			t.Errorf("%s is %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"/a", "/a~1b/2", "/a~1b/-1", "/a~1b/x", "/a~1b/0/y"} {
		at, _ := Parse(text)
		if got, ok := at.In(document); ok || got != nil {
			t.Errorf("%s is %v", text, got)
		}
	}
}
