package journal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// hidden replaces a credential.
const hidden = "***"

// masked returns the entry as a reader may see it, with copies of what differs; see Entry for what
// is hidden. In bodies the values of the JSON members of these names are hidden too.
func (e Entry) masked(members []string) Entry {
	e.Path = Mask(e.Path)
	e.Why = Mask(e.Why)
	e.IdempotencyKey = Mask(e.IdempotencyKey)
	e.Request = e.Request.masked(members)
	e.Answer = e.Answer.masked(members)
	return e
}

// masked returns the message with its credentials and identity numbers hidden.
func (m Message) masked(members []string) Message {
	body := maskMembers(m.Body, members)
	if isForm(m.Header) {
		body = []byte(maskParameters(string(body)))
	}
	body = maskIdentities(jwts.ReplaceAll(body, []byte(hidden)))
	if m.Cut {
		maskCutIdentity(body)
	}
	m.Body, m.Header = body, maskHeader(m.Header)
	return m
}

// Mask returns an address, or any other text, with its credentials and identity numbers hidden as
// in an Entry. Credentials come first: stars in the middle of a JWT would end it.
func Mask(text string) string {
	if path, query, found := strings.Cut(text, "?"); found {
		text = path + "?" + maskParameters(query)
	}
	return string(maskIdentities(jwts.ReplaceAll([]byte(text), []byte(hidden))))
}

// maskHeader returns a copy of a header with its credentials and identity numbers hidden.
func maskHeader(header http.Header) http.Header {
	masked := header.Clone()
	for name, values := range masked {
		for i, value := range values {
			values[i] = maskHeaderValue(name, value)
		}
	}
	return masked
}

// maskHeaderValue hides a header value, or the credentials and identity numbers in it.
func maskHeaderValue(name, value string) string {
	name = strings.ToLower(name)
	switch {
	case value == "":
		return ""
	case name == "authorization", name == "proxy-authorization":
		return maskCredentials(value)
	case name == "cookie", name == "set-cookie", name == "x-api-key", strings.Contains(name, "token"):
		return hidden
	}
	return Mask(value)
}

// maskCredentials hides what follows the scheme of an Authorization header. An unknown first word
// may be the credential itself, so it is hidden with the rest.
func maskCredentials(value string) string {
	scheme, credentials, _ := strings.Cut(value, " ")
	switch strings.ToLower(scheme) {
	case "bearer", "basic", "dpop", "digest":
		if credentials == "" {
			return value
		}
		return scheme + " " + hidden
	}
	return hidden
}

// isForm reports whether the body below a header is a form.
func isForm(header http.Header) bool {
	return strings.HasPrefix(strings.ToLower(header.Get("Content-Type")), "application/x-www-form-urlencoded")
}

var parameter = regexp.MustCompile(`[^&;]+`)

// maskParameters hides the values of the secret parameters of a query or a form: access_token (RFC
// 6750, section 2.3) and the like, whatever the case of the name and percent-encoded or not.
func maskParameters(query string) string {
	return parameter.ReplaceAllStringFunc(query, func(pair string) string {
		if name, value, _ := strings.Cut(pair, "="); value != "" && isSecret(name) {
			return name + "=" + hidden
		}
		return pair
	})
}

// isSecret reports whether the parameter of this name holds a credential (K333).
func isSecret(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	secrets := []string{
		"access_token", "refresh_token", "id_token", "client_secret", "client_assertion", "password", "api_key",
		"apikey",
	}
	return slices.ContainsFunc(secrets, func(secret string) bool { return strings.EqualFold(secret, name) })
}

// jwts matches whatever looks like a JWT, signed, encrypted or cut short after its first part. That
// part is a JSON object in base64url, so it begins with eyJ and has at least the 14 characters of
// `{"alg":""}`; shorter ones are words of a text.
var jwts = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{11,}\.[A-Za-z0-9_.-]*`)

var (
	quoted    = regexp.MustCompile(`(?s)"(?:[^"\\]|\\.)*"?`) // a JSON string, whole or cut off
	afterName = regexp.MustCompile(`^\s*:\s*`)
	// scalar matches a JSON string, number, true, false or null.
	scalar = regexp.MustCompile(`(?s)^(?:"(?:[^"\\]|\\.)*"?|[^\s",{}\[\]]+)`)
)

// maskMembers returns a JSON body, whole or cut off, with the values of the members of these names
// hidden at any depth. Where such a value is an array or an object, the body ends after it.
func maskMembers(body []byte, names []string) []byte {
	if len(names) == 0 {
		return body
	}
	masked, rest := make([]byte, 0, len(body)), body
	for {
		text := quoted.FindIndex(rest)
		if text == nil {
			return append(masked, rest...)
		}
		name := rest[text[0]:text[1]]
		masked, rest = append(masked, rest[:text[1]]...), rest[text[1]:]
		colon := afterName.Find(rest)
		if colon == nil || !isNamed(name, names) {
			continue
		}
		masked, rest = append(masked, colon...), rest[len(colon):]
		masked = append(masked, `"`+hidden+`"`...)
		value := scalar.Find(rest)
		if value == nil {
			return masked
		}
		rest = rest[len(value):]
	}
}

// isNamed reports whether a JSON string is one of the names.
func isNamed(text []byte, names []string) bool {
	var name string
	return json.Unmarshal(text, &name) == nil && slices.Contains(names, name)
}

const (
	// identityLength is the number of digits of a fødselsnummer or a D-nummer.
	identityLength = 11
	// birthLength is the number of the first of them, which are the date of birth.
	birthLength = 6
)

// maskIdentities returns a copy of a text in which stars replace the last five digits of each
// identity number. The date of birth stays, to distinguish one person from the next, and so does
// the length (K330).
func maskIdentities(text []byte) []byte {
	masked := bytes.Clone(text)
	for first := 0; first < len(text); first++ {
		last := first
		for last < len(text) && isDigit(text[last]) {
			last++
		}
		if at := identityIn(text, first, last); at >= 0 {
			maskDigits(masked[at+birthLength : at+identityLength])
		}
		first = last
	}
	return masked
}

// maskCutIdentity hides, in place, the last digits of a body that was cut where an identity number
// may have gone on.
func maskCutIdentity(body []byte) {
	first := len(body)
	for first > 0 && isDigit(body[first-1]) {
		first--
	}
	for _, escaped := range []int{0, 2, 4} {
		at := first + escaped
		length := len(body) - at
		if birthLength < length && length < identityLength && isEscaped(body, first, escaped) && isBirth(body[at:]) {
			maskDigits(body[at+birthLength:])
			return
		}
	}
}

// identityIn returns where the identity number in text[first:last] begins, a run of digits between
// other characters; -1 when it is none. Check digits are not asked for: the agencies' own examples
// fail them, and a mistyped number is nearly somebody's. So an account number whose first four
// digits are a day and a month is hidden too; those of the generated accounts begin with 99 and
// never are (K331).
func identityIn(text []byte, first, last int) int {
	escaped := last - first - identityLength
	if !isEscaped(text, first, escaped) {
		return -1
	}
	first += escaped
	if !isBirth(text[first:]) || isInHex(text, first, last) {
		return -1
	}
	return first
}

// isEscaped reports whether the first count digits from there belong to an escape, as in %22, %2522
// and \u0022; always for 0.
func isEscaped(text []byte, first, count int) bool {
	before := text[:first]
	return count == 0 || (count == 2 || count == 4) && bytes.HasSuffix(before, []byte("%")) ||
		count == 4 && bytes.HasSuffix(before, []byte(`\u`))
}

// isBirth reports whether a text of at least four digits begins with a day and a month as an
// identity number has them: to the day 40 is added in a D-nummer, and to the month 20 (NAV's own
// numbers), 40, 50, 60, 65 or 80 (numbers of the health service and of education, and synthetic
// ones). A felles hjelpenummer has no date and is not recognised (K335).
func isBirth(text []byte) bool {
	day, month := int(text[0]-'0')*10+int(text[1]-'0'), int(text[2]-'0')*10+int(text[3]-'0')
	return (1 <= day && day <= 31 || 41 <= day && day <= 71) &&
		(1 <= month && month <= 12 || 21 <= month && month <= 32 || 41 <= month && month <= 77 ||
			81 <= month && month <= 92)
}

var uuidEnd = regexp.MustCompile(`(^|[^0-9A-Fa-f])[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// isInHex reports whether the digits stand in a UUID, or in 32 hexadecimal digits and more such as
// a digest: there they are digits by chance, and to hide them would spoil one key in some thousand
// (K332).
func isInHex(text []byte, first, last int) bool {
	start, end := first, last
	for start > 0 && isHex(text[start-1]) && last-start < 64 {
		start--
	}
	for end < len(text) && isHex(text[end]) && end-first < 64 {
		end++
	}
	const uuidLength = 36
	return end-start >= 32 || end-start == 12 && uuidEnd.Match(text[max(0, end-uuidLength-1):end])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

// maskDigits replaces digits by stars, in place.
func maskDigits(digits []byte) {
	for i := range digits {
		digits[i] = '*'
	}
}
