package journal

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// Mask is a text without whatever in it looks like a credential or an identity number, as a journal that is not raw shows
// it: for a log beside the journal.
func Mask(text string) string { return hideTokens(text) }

// hidden stands where a credential stood.
const hidden = "***"

// maskedHeader returns a copy of the header without credentials and identity numbers. The header it is given, and the values in it,
// are left as they are.
func maskedHeader(header http.Header) http.Header {
	masked := maps.Clone(header)
	for name, values := range header {
		masked[name] = maskedValues(values, hiderOf(name))
	}
	return masked
}

// maskedValues returns the values with their credentials hidden, in a new slice if there was something to hide.
func maskedValues(values []string, hide func(string) string) []string {
	for i, value := range values {
		if hide(value) == value {
			continue
		}
		masked := make([]string, len(values))
		copy(masked, values[:i])
		for k := i; k < len(values); k++ {
			masked[k] = hide(values[k])
		}
		return masked
	}
	return values
}

// hiderOf tells how the values of the header of this name, in any case, are to be hidden.
func hiderOf(name string) func(string) string {
	for _, credentials := range []string{"Authorization", "Proxy-Authorization"} {
		if strings.EqualFold(name, credentials) {
			return hideCredentials
		}
	}
	for _, secret := range []string{"Cookie", "Set-Cookie", "X-Api-Key"} {
		if strings.EqualFold(name, secret) {
			return hideAll
		}
	}
	const token = "token"
	for i := range len(name) - len(token) + 1 {
		if strings.EqualFold(name[i:i+len(token)], token) {
			return hideAll
		}
	}
	return hideTokens
}

// hideAll hides a value whole; that it is empty is no secret.
func hideAll(value string) string {
	if value == "" {
		return ""
	}
	return hidden
}

// hideCredentials hides what follows the scheme of an Authorization header. A first word that is no scheme we know may
// be the credential itself, so then all of it is hidden.
func hideCredentials(value string) string {
	scheme, credentials, _ := strings.Cut(value, " ")
	for _, known := range []string{"Bearer", "Basic", "DPoP", "Digest"} {
		if !strings.EqualFold(scheme, known) {
			continue
		}
		if credentials == "" {
			return value
		}
		return scheme + " " + hidden
	}
	return hideAll(value)
}

// maskedBody returns what is kept of the message's body, without credentials and identity numbers; the body it is given
// where there are none, else a copy.
func maskedBody(body []byte, m *Message) []byte {
	split := splitIdentity(m.Body, len(body), m.BodyBytes)
	if isForm(m.Header) {
		body = []byte(hideSecrets(string(body)))
	}
	if bytes.Contains(body, []byte(jwtStart)) {
		body = []byte(hideJWT(string(body)))
	}
	body = hideIdentitiesIn(body)
	if split > 0 {
		body = bytes.Clone(body)
		star(body[len(body)-split:])
	}
	return body
}

func isForm(header http.Header) bool {
	const form = "application/x-www-form-urlencoded"
	contentType := header.Get("Content-Type")
	return len(contentType) >= len(form) && strings.EqualFold(contentType[:len(form)], form)
}

// hideTokens hides the credentials and the identity numbers in an address, or in a text that may be one. Credentials come
// first: stars in the middle of a JWT would end it.
func hideTokens(text string) string {
	if path, query, found := strings.Cut(text, "?"); found {
		text = path + "?" + hideSecrets(query)
	}
	return hideIdentities(hideJWT(text))
}

// hideSecrets hides the values of the parameters that are secrets, in a query or a form: access_token (RFC 6750, section 2.3)
// and its kin, the name in any case and percent-encoded or not.
func hideSecrets(query string) string {
	var b strings.Builder
	for query != "" {
		pair, separator := query, ""
		if end := strings.IndexAny(query, "&;"); end >= 0 {
			pair, separator = query[:end], query[end:end+1]
		}
		query = query[len(pair)+len(separator):]
		if name, value, _ := strings.Cut(pair, "="); value != "" && isSecret(name) {
			pair = name + "=" + hidden
		}
		b.WriteString(pair)
		b.WriteString(separator)
	}
	return b.String()
}

// isSecret is true when a parameter of this name holds a credential (K333).
func isSecret(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	for _, secret := range []string{"access_token", "refresh_token", "id_token", "client_secret", "client_assertion", "password", "api_key", "apikey"} {
		if strings.EqualFold(name, secret) {
			return true
		}
	}
	return false
}

const (
	// jwtStart is how a JWT begins: its first part is a JSON object in base64url, and this is `{"`.
	jwtStart = "eyJ"
	// jwtHeader is the length of the shortest first part that a JWT can have, `{"alg":""}`. It keeps words of a text from
	// being taken for one.
	jwtHeader = 14
)

// hideJWT hides everything in the text that looks like a JWT, whether signed, encrypted or cut short after its first
// part. It goes through the text once, whatever stands there.
func hideJWT(text string) string {
	start := strings.Index(text, jwtStart)
	if start < 0 {
		return text
	}
	var b strings.Builder
	for ; start >= 0; start = strings.Index(text, jwtStart) {
		b.WriteString(text[:start])
		text = text[start:]
		first := span(text, false)
		if first >= jwtHeader && first < len(text) && text[first] == '.' {
			b.WriteString(hidden)
			text = text[span(text, true):]
		} else {
			b.WriteString(text[:first])
			text = text[first:]
		}
	}
	b.WriteString(text)
	return b.String()
}

// span is the length of the base64url that the text begins with: its first part, or all parts joined by full stops.
func span(text string, joined bool) int {
	for i := range len(text) {
		c := text[i]
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
		case c == '.' && joined:
		default:
			return i
		}
	}
	return len(text)
}
