package gateway

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"
)

// callText holds the texts of a call in which scenarios look for an organisation or a reference:
// the body, then the claims of the token, then those of an assertion. None of it is verified; a
// scenario may be meant for just that (K355).
type callText [][]byte

// textOf returns the texts of a call.
func textOf(c *call) callText {
	w := callText{c.Body}
	if _, token, ok := strings.Cut(c.http.Header.Get("Authorization"), " "); ok {
		w = append(w, claims(token))
	}
	if isForm := len(c.Body) > 0 && c.Body[0] != '{'; isForm && bytes.Contains(c.Body, []byte("assertion=")) {
		if form, err := url.ParseQuery(string(c.Body)); err == nil {
			w = append(w, claims(form.Get("assertion")))
		}
	}
	if grant := c.Query.Get("assertion"); grant != "" {
		w = append(w, claims(grant))
	}
	return w
}

// claims returns the second part of a JWT, decoded; nil where there is none.
func claims(token string) []byte {
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(payload, "="))
	if err != nil {
		return nil
	}
	return text
}

// contains reports whether a text stands in the call as a word of its own, not as part of a longer
// word or number.
func (w callText) contains(text string) bool {
	for _, part := range w {
		for at := range occurrences(part, text) {
			if isWholeWord(part, at, len(text)) {
				return true
			}
		}
	}
	return false
}

// organisations returns the numbers of nine digits in the call that begin with the prefix, each
// once.
func (w callText) organisations(prefix string) (numbers []string) {
	const length = 9
	for _, part := range w {
		for at := range occurrences(part, prefix) {
			if at+length > len(part) || !isWholeWord(part, at, length) {
				continue
			}
			number := string(part[at : at+length])
			if strings.Trim(number, "0123456789") == "" && !strings.Contains(strings.Join(numbers, " "), number) {
				numbers = append(numbers, number)
			}
		}
	}
	return numbers
}

// caller returns the organisation that the token names: the systembruker's, or the consumer's;
// empty where it names none.
func (w callText) caller() string {
	if len(w) < 2 {
		return ""
	}
	for _, member := range []string{`"systemuser_org"`, `"consumer"`} {
		if _, rest, ok := bytes.Cut(w[1], []byte(member)); ok {
			if _, id, ok := bytes.Cut(rest, []byte(`"0192:`)); ok && len(id) >= 9 {
				return string(id[:9])
			}
		}
	}
	return ""
}

// occurrences returns the offsets of a text.
func occurrences(in []byte, text string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for from := 0; text != ""; {
			i := bytes.Index(in[from:], []byte(text))
			if i < 0 || !yield(from+i) {
				return
			}
			from += i + 1
		}
	}
}

// isWholeWord reports whether there is no letter or digit before or after a part of a text.
func isWholeWord(in []byte, at, length int) bool {
	word := func(c byte) bool {
		return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
	}
	return (at == 0 || !word(in[at-1])) && (at+length >= len(in) || !word(in[at+length]))
}
