package plainjson

import "testing"

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
