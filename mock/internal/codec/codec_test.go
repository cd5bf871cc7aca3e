package codec

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestFields: every field comes back as it was, and a record that is cut short anywhere has an
// error.
func TestFields(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, n, flag := rapid.String().Draw(t, "text"), rapid.Int().Draw(t, "n"), rapid.Bool().Draw(t, "flag")
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds"),
			rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
		fields := AppendTime(AppendBool(AppendInt(AppendString(nil, text), n), flag), at)
		rest := rapid.SliceOf(rapid.Byte()).Draw(t, "rest")

		r := NewReader(append(bytes.Clone(fields), rest...))
		gotText, gotN, gotFlag, gotAt := r.String(), r.Int(), r.Bool(), r.Time()
		if gotText != text || gotN != n || gotFlag != flag || !gotAt.Equal(at) || !bytes.Equal(r.Rest(), rest) ||
			r.Err() != nil {
			t.Fatalf("%q %d %v %v %x %v", gotText, gotN, gotFlag, gotAt, r.Rest(), r.Err())
		}
		cut := NewReader(fields[:rapid.IntRange(0, len(fields)-1).Draw(t, "cut")])
		_, _, _, _ = cut.String(), cut.Int(), cut.Bool(), cut.Time()
		if cut.Err() == nil {
			t.Fatal("a record that is cut short has no error")
		}
	})
}

func TestZeroTime(t *testing.T) {
	t.Parallel()
	if got := NewReader(AppendTime(nil, time.Time{})).Time(); !got.IsZero() {
		t.Errorf("the zero time comes back as %v", got)
	}
}
