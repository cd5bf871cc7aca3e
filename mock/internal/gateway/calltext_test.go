package gateway

import (
	"encoding/base64"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/wire"
)

// TestWords: an organisation is found in the body, in the token and in a grant, and never inside a
// longer number.
func TestWords(t *testing.T) {
	t.Parallel()
	jwt := func(text string) string { return "x." + base64.RawURLEncoding.EncodeToString([]byte(text)) + ".y" }
	for _, test := range []struct {
		name, body, token, query string
		want                     []string
	}{
		{name: "body", body: `{"organisasjonsnummer":"319912345"}`, want: []string{"319912345"}},
		{name: "number", body: `{"a":319912345}`, want: []string{"319912345"}},
		{name: "token", token: jwt(`{"ID":"0192:319912345"}`), want: []string{"319912345"}},
		{
			name: "grant in a form", body: "grant_type=x&assertion=" + jwt(`"0192:319912345"`),
			want: []string{"319912345"},
		},
		{name: "grant in the query", query: "assertion=" + jwt(`"319912345"`), want: []string{"319912345"}},
		{name: "each once", body: `"319912345" "319912345" "319954321"`, want: []string{"319912345", "319954321"}},
		{name: "in a longer number", body: `"13199123451" "3199123451" "0319912345"`},
		{name: "cut off", body: `"31991234`},
		{name: "letters", body: `"3199a2345"`},
		{name: "no token", token: "319912345"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("POST", "/x?"+test.query, nil)
			r.Header.Set("Authorization", "Bearer "+test.token)
			c := &call{http: r, Request: wire.Request{Body: []byte(test.body), Query: r.URL.Query()}}
			w := textOf(c)
			if diff := cmp.Diff(test.want, w.organisations("3199")); diff != "" {
				t.Errorf("organisations (-want +got):\n%s", diff)
			}
			for _, number := range test.want {
				if !w.contains(number) || w.contains(number[1:]) || w.contains("") {
					t.Errorf("%s is not distinguished from what is inside it", number)
				}
			}
		})
	}
	if w := (callText{[]byte(strings.Repeat("31", 100))}); w.contains("31") {
		t.Error("31 is found inside a longer number")
	}
}
