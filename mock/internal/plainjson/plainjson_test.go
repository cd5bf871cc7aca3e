package plainjson

import (
	"testing"

	"pgregory.net/rapid"
)

func TestMarshal(t *testing.T) {
	t.Parallel()
	const want = `{"a":"<b> & \"c\""}`
	text, err := Marshal(map[string]string{"a": `<b> & "c"`})
	if string(text) != want || err != nil {
		t.Errorf("got %s, %v; want %s", text, err, want)
	}
	if text, err := Marshal(func() {}); text != nil || err == nil {
		t.Errorf("a function is %s, %v", text, err)
	}
	if got := MustMarshal([]string{"&"}); string(got) != `["&"]` {
		t.Errorf("got %s", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a channel is encoded")
		}
	}()
	MustMarshal(make(chan int))
}

// TestAppend: a value is appended as MustMarshal returns it.
func TestAppend(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(
			rapid.Just[any](nil), rapid.Int().AsAny(), rapid.String().AsAny(), rapid.Bool().AsAny(),
			rapid.StringMatching(`[ -~]*`).AsAny(), rapid.SliceOf(rapid.Int()).AsAny(),
		).Draw(t, "value")
		if got, want := string(Append([]byte("x"), value)), "x"+string(MustMarshal(value)); got != want {
			t.Fatalf("%v is %s, want %s", value, got, want)
		}
	})
}
