package report

import (
	"strings"
	"testing"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/wire"
)

// TestContent: documents that differ in white space or in their reference alone have the same content, and others have
// not.
func TestContent(t *testing.T) {
	t.Parallel()
	api := &catalog.API{Felter: catalog.Felter{Referanse: jsonptr.Pointer{"ref"}}}
	content := func(body string) uint64 {
		document, err := schema.Decode([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return (&Call{Request: &wire.Request{API: api, Body: []byte(body), Document: document}}).content()
	}
	const one = `{"ref": "r1", "list": ["a b", 12, "\"\\"], "n": 1}`
	padding := strings.Repeat(" ", maxContent)
	for other, same := range map[string]bool{
		one: true,
		`{"ref":"r1","list":["a b",12,"\"\\"],"n":1}`:                                true,
		"{\n\t\"ref\": \"r2\", \"list\": [\"a b\", 12, \"\\\"\\\\\"], \"n\": 1}\r\n": true,
		`{"ref": "r1", "list": ["ab", 12, "\"\\"], "n": 1}`:                          false,
		`{"ref": "r1", "list": ["a b", 1, 2, "\"\\"], "n": 1}`:                       false,
		`{"ref": "r1", "list": ["a b", 12, "\\\""], "n": 1}`:                         false,
		`{"ref": "r1", "list": ["a b", 12, "\"\\"], "n": 11}`:                        false,
		`{"ref": "", "list": ["a b", 12, "\"\\"], "n": 1}`:                           false,
		one + padding: false, // its bytes are compared
	} {
		if got := content(one) == content(other); got != same {
			t.Errorf("%.80s has the same content: %t, want %t", other, got, same)
		}
	}
	if content(one+padding) == content(padding+one) {
		t.Error("of long documents not the bytes are compared")
	}
}

// BenchmarkContent measures the content of a document.
func BenchmarkContent(b *testing.B) {
	c := newCalls(2_500).delivery()
	b.SetBytes(int64(len(c.Body)))
	for b.Loop() {
		c.content()
	}
}
