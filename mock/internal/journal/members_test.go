package journal

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestMaskMembers(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		``:                                     ``,
		`{"a":1}`:                              `{"a":1}`,
		`{"key":"s"}`:                          `{"key":"***"}`,
		`{"key" : 12.5, "b":[{"key":"s\"t"}]}`: `{"key" : "***", "b":[{"key":"***"}]}`,
		`{"x":[":"],"key":"s"}`:                `{"x":[":"],"key":"***"}`,
		`{"k\u0065y":"s"}`:                     `{"k\u0065y":"***"}`,
		`{"key":"s`:                            `{"key":"***"`,
		`{"key":["s"],"b":1}`:                  `{"key":"***"`,
		`["key","s"]`:                          `["key","s"]`,
		`{"key":null}`:                         `{"key":"***"}`,
	} {
		if got := string(maskMembers([]byte(body), []string{"key"})); got != want {
			t.Errorf("%s is shown as %s, want %s", body, got, want)
		}
	}
	if got := maskMembers([]byte(`{"key":1}`), nil); string(got) != `{"key":1}` {
		t.Errorf("without names: %s", got)
	}
}

// FuzzMaskMembers: the secret of any whole document is hidden, and nothing else is.
func FuzzMaskMembers(f *testing.F) {
	f.Add("name", `a text with "quotes" and : {`)
	f.Add(`":`, `\`)
	f.Fuzz(func(t *testing.T, name, value string) {
		body, err := json.Marshal(map[string]any{"a": []any{name, value, map[string]any{"key": "S3CRET" + value}}, "b" + name: value, "key": "S3CRET" + name})
		if err != nil {
			t.Skip()
		}
		got := maskMembers(body, []string{"key"})
		if !json.Valid(got) || bytes.Contains(got, []byte("S3CRET")) && !bytes.Contains([]byte(name+value), []byte("S3CRET")) {
			t.Errorf("%s is shown as %s", body, got)
		}
	})
}
