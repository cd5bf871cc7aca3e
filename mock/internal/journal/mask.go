package journal

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// Mask is a text without whatever in it looks like a credential, as the journal shows it: for a log beside the journal.
func Mask(text string) string { return hideTokens(text) }

// hidden stands where a credential stood.
const hidden = "***"

// maskedHeader returns a copy of the header without credentials; never nil. The header it is given, and the values in it,
// are left as they are.
func maskedHeader(header http.Header) http.Header {
	masked := maps.Clone(header)
	if masked == nil {
		masked = http.Header{}
	}
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

// hideTokens hides the tokens in an address, or in a text that may be one.
func hideTokens(text string) string {
	return hideJWT(hideAccessToken(text))
}

// hideAccessToken hides the values of the query parameter access_token (RFC 6750, section 2.3), its name in any case and
// percent-encoded or not.
func hideAccessToken(address string) string {
	path, query, found := strings.Cut(address, "?")
	if !found {
		return address
	}
	var b strings.Builder
	b.WriteString(path)
	b.WriteByte('?')
	for query != "" {
		pair, separator := query, ""
		if end := strings.IndexAny(query, "&;"); end >= 0 {
			pair, separator = query[:end], query[end:end+1]
		}
		query = query[len(pair)+len(separator):]
		if name, value, _ := strings.Cut(pair, "="); value != "" && isAccessToken(name) {
			pair = name + "=" + hidden
		}
		b.WriteString(pair)
		b.WriteString(separator)
	}
	return b.String()
}

func isAccessToken(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	return strings.EqualFold(name, "access_token")
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
