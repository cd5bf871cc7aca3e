package journal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// masker finds what is to be hidden in the texts of one call.
type masker struct {
	members []string // names of JSON members whose values are hidden, beside those that isSecret knows
	found   [][]byte // values of secret members and parameters, maxEchoes at most
	echoes  [][]byte // values that are hidden wherever they stand
}

// Limits of what a masker remembers of a call, and of how it looks into a text.
const (
	minEcho   = 6  // bytes; a shorter value would hide other things by chance
	maxEchoes = 16 // values
	// maxDepth bounds how often an encoded text in a text is decoded: a URL in a JSON string in a
	// parameter.
	maxDepth = 4
)

// edit replaces text[from:to].
type edit struct {
	from, to int
	with     string
}

// scope says where a text stands.
type scope struct {
	depth int  // the encodings around it
	cut   bool // it was cut off at its end
}

// mask returns a body with its credentials and identity numbers hidden; the body itself where there
// are none. It takes time in proportion to the length.
func (m *masker) mask(body []byte, form, cut bool) []byte {
	edits := m.find(body, scope{cut: cut})
	if form {
		edits = append(edits, m.parameters(body)...)
	}
	return apply(body, edits)
}

// find returns what is to be hidden in a text, whatever that is: JSON, XML, a form, an address, or a
// mixture, in plain or encoded.
func (m *masker) find(text []byte, at scope) []edit {
	edits := append(identities(text), cutUser(text)...)
	if at.cut {
		edits = append(edits, cutIdentity(text)...)
	}
	for _, echo := range m.echoes {
		for i := 0; ; i += len(echo) {
			next := bytes.Index(text[i:], echo)
			if next < 0 {
				break
			}
			i += next
			edits = append(edits, edit{i, i + len(echo), hidden})
		}
	}
	for _, pattern := range patterns {
		if bytes.Contains(text, []byte(pattern.with)) {
			edits = append(edits, m.match(pattern, text)...)
		}
	}
	if bytes.IndexByte(text, '"') >= 0 {
		edits = append(append(edits, m.strings(text, at)...), m.looseMembers(text)...)
	}
	if at.depth == maxDepth {
		return edits
	}
	if plain := percentDecoded(text); plain != nil {
		edits = append(edits, plain.edits(m.find(plain.text, scope{at.depth + 1, at.cut}))...)
	}
	// its quotes may not be in pairs, as strings takes them to be
	if at.depth == 0 && bytes.IndexByte(text, '\\') >= 0 && !json.Valid(text) {
		if plain := jsonDecoded(text); plain != nil {
			edits = append(edits, plain.edits(m.find(plain.text, scope{at.depth + 1, at.cut}))...)
		}
	}
	return edits
}

// match returns the secrets that a pattern finds in a text.
func (m *masker) match(p pattern, text []byte) (edits []edit) {
	for _, match := range p.form.FindAllSubmatchIndex(text, -1) {
		name, from, to := text[match[2]:match[3]], match[len(match)-2], match[len(match)-1]
		switch {
		case from == to:
		case !p.named:
			edits = append(edits, edit{from, to, hidden})
		case isSecret(name):
			m.remember(text[from:to])
			edits = append(edits, edit{from, to, hidden})
		case isAddress(name):
			edits = append(edits, decoded(text[from:to], percentDecoded, from, addressQuery)...)
		}
	}
	return edits
}

// pattern finds secrets by what stands around them. The first group is the name, the last the
// secret; where it is not named, the secret alone.
type pattern struct {
	with  string // a text without which the form does not match
	form  *regexp.Regexp
	named bool // it is a secret only where isSecret says so of the name
}

var patterns = []pattern{
	// Whatever looks like a JWT, signed, encrypted or cut short after its first part. That part is a
	// JSON object in base64url, so it begins with eyJ and has at least the 14 characters of
	// `{"alg":""}`; shorter ones are words of a text.
	{"eyJ", regexp.MustCompile(`(eyJ[A-Za-z0-9_-]{11,}\.[A-Za-z0-9_.-]*)`), false},
	// a private key in PEM, whole or cut off
	{"PRIVATE KEY", regexp.MustCompile(
		`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)`), false},
	// the user of a URL, with a password
	{"://", regexp.MustCompile(`[A-Za-z]://([^/?#\s"<>\\]+)@`), false},
	// a parameter or an attribute; a backslash before a quote belongs to the text around it
	{"=", regexp.MustCompile(`([\w.%\-\[\]]+)=("[^"]*|'[^']*|(?:[^&;\s"'<>\\]|\\[^"])*)`), true},
	// an element of XML
	{"<", regexp.MustCompile(
		`(?s)<(?:[\w.\-]+:)?([\w.\-]+)(?:\s[^<>]*)?>((?:[^<]|<!\[CDATA\[.*?(?:\]\]>|$))*)`), true},
	// a part of multipart/form-data
	{"form-data", regexp.MustCompile(
		`(?i)form-data;[^\r\n]*name="?([\w.\-]+)"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n([^\r\n]*)`), true},
}

// looseMembers returns the texts that are values of secret members wherever one seems to stand, also
// where the quotes of the document are not in pairs.
func (m *masker) looseMembers(text []byte) (edits []edit) {
	const longest = 50 // bytes of a name
	for i := 0; ; i++ {
		next := bytes.IndexByte(text[i:], ':')
		if next < 0 {
			return edits
		}
		i += next
		name, quoted := bytes.CutSuffix(bytes.TrimRight(text[max(0, i-longest):i], " \t\r\n"), []byte(`"`))
		start := bytes.LastIndexByte(name, '"')
		value := skipBlanks(text, i+1)
		if !quoted || start < 0 || value == len(text) || text[value] != '"' {
			continue
		}
		switch name = name[start+1:]; {
		case isSecret(name):
			edits = append(edits, edit{value + 1, contentEnd(text, value), hidden})
		case isAddress(name):
			edits = append(edits, addressIn(text, value)...)
		default:
			continue
		}
		i = contentEnd(text, value) - 1
	}
}

// secretNames are the names of members, parameters and headers that hold a credential, in lower
// case and without hyphens, underscores, full stops and blanks (K333, K612).
var secretNames = []string{
	"apikey", "xapikey", "password", "passord", "passwd", "pwd", "passphrase", "secret", "clientsecret", "token",
	"accesstoken", "refreshtoken", "idtoken", "bearertoken", "sessiontoken", "assertion", "clientassertion",
	"privatekey", "secretkey", "accesskey", "signature", "credentials", "authorization",
}

// secretEndings end the names of others, such as webhookSecret.
var secretEndings = []string{"secret", "password", "passord", "apikey", "privatekey", "accesstoken"}

// isSecret reports whether the member, parameter or header of this name holds a credential.
func isSecret(name []byte) bool {
	plain := make([]byte, 0, 48)
	for _, c := range name {
		switch {
		case c == '_' || c == '-' || c == '.' || c == ' ':
			continue
		case len(plain) == cap(plain):
			return false
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		plain = append(plain, c)
	}
	return slices.ContainsFunc(secretNames, func(secret string) bool { return string(plain) == secret }) ||
		slices.ContainsFunc(secretEndings, func(end string) bool { return bytes.HasSuffix(plain, []byte(end)) })
}

// isAddress reports whether the member or parameter of this name holds the address of a receiver,
// in whose query any value may be its key (K612).
func isAddress(name []byte) bool {
	for _, end := range []string{"webhookurl", "callbackurl"} {
		if len(name) >= len(end) && bytes.EqualFold(name[len(name)-len(end):], []byte(end)) {
			return true
		}
	}
	return false
}

// user matches the user and the beginning of the password of a URL that is cut there; it may be a
// host with a port.
var (
	user = regexp.MustCompile(`[A-Za-z]://([^/?#\s"<>\\@]*:[^/?#\s"<>\\@]*)$`)
	port = regexp.MustCompile(`^[^:]*:[0-9]{0,5}$`)
)

// cutUser finds the user of a URL that was cut before the host, as a sentence may quote it too.
func cutUser(text []byte) []edit {
	const longest = 2000 // bytes
	begin := max(0, len(text)-longest)
	match := user.FindSubmatchIndex(text[begin:])
	if match == nil || port.Match(text[begin+match[2]:]) {
		return nil
	}
	return []edit{{begin + match[2], len(text), hidden}}
}

// remember keeps a secret, so that it is hidden where it is repeated.
func (m *masker) remember(value []byte) {
	value = bytes.Trim(value, `"'`)
	if plain := jsonDecoded(value); plain != nil {
		value = plain.text
	}
	if len(value) >= minEcho && len(m.found) < maxEchoes && string(value) != hidden {
		m.found = append(m.found, bytes.Clone(value))
	}
}

// parameters returns what is to be hidden in a query or a form by the names of its parameters,
// whatever is in their values: access_token (RFC 6750, section 2.3) and the like.
func (m *masker) parameters(query []byte) (edits []edit) {
	inSecret := false
	for start := 0; start < len(query); {
		end := len(query)
		if i := bytes.IndexAny(query[start:], "&;"); i >= 0 {
			end = start + i
		}
		equals := bytes.IndexByte(query[start:end], '=')
		value := start
		switch {
		case equals >= 0:
			name := query[start : start+equals]
			if plain := percentDecoded(name); plain != nil {
				name = plain.text
			}
			value = start + equals + 1
			inSecret = isSecret(name)
			if isAddress(name) {
				edits = append(edits, decoded(query[value:end], percentDecoded, value, addressQuery)...)
			}
		case start == 0 || query[start-1] == '&': // else it may go on from before the semicolon
			inSecret = false
		}
		if inSecret && value < end {
			secret := query[value:end]
			if plain := percentDecoded(secret); plain != nil {
				secret = plain.text
			}
			m.remember(secret)
			edits = append(edits, edit{value, end, hidden})
		}
		start = end + 1
	}
	return edits
}

// addressQuery returns the values in the query and the fragment of an address.
func addressQuery(address []byte) (edits []edit) {
	start := bytes.IndexAny(address, "?#")
	if start < 0 {
		return nil
	}
	for start++; start < len(address); {
		end := len(address)
		if i := bytes.IndexAny(address[start:], "&;#"); i >= 0 {
			end = start + i
		}
		if value := start + bytes.IndexByte(address[start:end], '=') + 1; value < end {
			edits = append(edits, edit{value, end, hidden})
		}
		start = end + 1
	}
	return edits
}

// strings returns what is to be hidden in the JSON strings of a text, and in the values of its
// secret members at any depth.
func (m *masker) strings(text []byte, at scope) (edits []edit) {
	isKey := bytes.Contains(text, []byte(`"kty"`)) // in a JWK the private parts have names of their own
	for i := 0; ; {
		next := bytes.IndexByte(text[i:], '"')
		if next < 0 {
			return edits
		}
		start := i + next
		end, closed := stringEnd(text, start)
		content := text[start+1 : end]
		i = end
		if closed {
			content = text[start+1 : end-1]
			if colon := skipBlanks(text, end); colon < len(text) && text[colon] == ':' {
				name := content
				if plain := jsonDecoded(name); plain != nil {
					name = plain.text
				}
				value := skipBlanks(text, colon+1)
				switch {
				case isSecret(name) || slices.Contains(m.members, string(name)) || isKey && isPrivatePart(string(name)):
					i = valueEnd(text, value)
					edits = append(edits, m.hideValue(text, value, i, at)...)
					continue
				case isAddress(name) && value < len(text) && text[value] == '"':
					edits = append(edits, addressIn(text, value)...)
				}
			}
		}
		if at.depth < maxDepth {
			if plain := jsonDecoded(content); plain != nil {
				inner := plain.edits(m.find(plain.text, scope{at.depth + 1, at.cut && !closed}))
				edits = append(edits, moved(inner, start+1)...)
			}
		}
	}
}

// isPrivatePart reports whether a member of a JWK is a part of a private or symmetric key (RFC 7518,
// section 6).
func isPrivatePart(name string) bool {
	return slices.Contains([]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}, name)
}

// hideValue hides the value of a member. In a document that is a string of another it leaves the
// quotes, which are escaped there.
func (m *masker) hideValue(text []byte, from, to int, at scope) []edit {
	if from == to {
		return nil
	}
	if text[from] == '"' {
		end := contentEnd(text, from)
		m.remember(text[from+1 : end])
		if at.depth > 0 {
			return []edit{{from + 1, end, hidden}}
		}
	}
	if at.depth > 0 {
		return []edit{{from, to, hidden}}
	}
	return []edit{{from, to, `"` + hidden + `"`}}
}

// stringEnd returns the end of the JSON string that begins at a quote, and whether the text has it.
func stringEnd(text []byte, start int) (end int, closed bool) {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1, true
		}
	}
	return len(text), false
}

// contentEnd returns the end of what stands between the quotes of the JSON string that begins there.
func contentEnd(text []byte, start int) int {
	end, closed := stringEnd(text, start)
	if closed {
		end--
	}
	return end
}

// addressIn returns what is to be hidden in the query of an address in a JSON string.
func addressIn(text []byte, start int) []edit {
	return decoded(text[start+1:contentEnd(text, start)], jsonDecoded, start+1, addressQuery)
}

// valueEnd returns the end of the JSON value that begins there, or of the text where that is cut.
func valueEnd(text []byte, start int) int {
	if start == len(text) {
		return start
	}
	depth := 0
	for i := start; i < len(text); i++ {
		switch text[i] {
		case '"':
			end, _ := stringEnd(text, i)
			if depth == 0 {
				return end
			}
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return i
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

func skipBlanks(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n') {
		i++
	}
	return i
}

// plainText is a decoded text, with the place of each of its bytes in the encoded one.
type plainText struct {
	text   []byte
	places []int // one more than text has bytes: the last is the end
}

// edits returns edits of the decoded text as those of the encoded one.
func (p *plainText) edits(list []edit) []edit {
	for i := range list {
		list[i].from, list[i].to = p.places[list[i].from], p.places[list[i].to]
	}
	return list
}

// add adds decoded bytes that stand at a place.
func (p *plainText) add(place int, text ...byte) {
	for range text {
		p.places = append(p.places, place)
	}
	p.text = append(p.text, text...)
}

// decoded returns what find finds in a decoded text, as edits of a text in which the encoded one
// stands at a place.
func decoded(text []byte, decode func([]byte) *plainText, place int, find func([]byte) []edit) []edit {
	if plain := decode(text); plain != nil {
		return moved(plain.edits(find(plain.text)), place)
	}
	return moved(find(text), place)
}

// moved returns edits of a text that stands at a place of another as edits of that.
func moved(list []edit, place int) []edit {
	for i := range list {
		list[i].from += place
		list[i].to += place
	}
	return list
}

// percentDecoded returns a text decoded; nil where nothing in it is encoded. What is no escape stays
// as it is, but for one that is cut off at the end, which is left out.
func percentDecoded(text []byte) *plainText {
	if bytes.IndexByte(text, '%') < 0 {
		return nil
	}
	p := &plainText{text: make([]byte, 0, len(text)), places: make([]int, 0, len(text)+1)}
	found := false
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			p.add(i, text[i])
			continue
		}
		if i+2 >= len(text) && (i+1 == len(text) || isHex(text[i+1])) {
			p.places = append(p.places, i)
			return p
		}
		c, ok := hexNumber(text[i+1:], 2)
		if !ok {
			p.add(i, '%')
			continue
		}
		p.add(i, byte(c))
		found = true
		i += 2
	}
	p.places = append(p.places, len(text))
	if !found {
		return nil
	}
	return p
}

// jsonDecoded returns the content of a JSON string decoded; nil where nothing in it is escaped. What
// is no escape stays as it is, but for one that is cut off at the end, which is left out.
func jsonDecoded(text []byte) *plainText {
	if bytes.IndexByte(text, '\\') < 0 {
		return nil
	}
	p := &plainText{text: make([]byte, 0, len(text)), places: make([]int, 0, len(text)+1)}
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			p.add(i, text[i])
			i++
			continue
		}
		if i+1 == len(text) || text[i+1] == 'u' && isCutEscape(text[i:]) {
			p.places = append(p.places, i)
			return p
		}
		size := 2
		switch c := text[i+1]; c {
		case '"', '\\', '/':
			p.add(i, c)
		case 'b', 'f', 'n', 'r', 't':
			p.add(i, map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}[c])
		case 'u':
			r, ok := unicodeEscape(text[i:])
			if !ok {
				p.add(i, '\\')
				size = 1
				break
			}
			size = 6
			if utf16.IsSurrogate(r) {
				low, _ := unicodeEscape(text[i+6:])
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					size = 12
				}
			}
			p.add(i, utf8.AppendRune(nil, r)...)
		default:
			p.add(i, '\\')
			size = 1
		}
		i += size
	}
	p.places = append(p.places, len(text))
	return p
}

// unicodeEscape returns the character of the escape \uXXXX at the beginning of a text.
func unicodeEscape(text []byte) (r rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	return hexNumber(text[2:], 4)
}

// hexNumber returns the number of so many hexadecimal digits at the beginning of a text.
func hexNumber(text []byte, digits int) (n rune, ok bool) {
	if len(text) < digits {
		return 0, false
	}
	for _, c := range text[:digits] {
		switch {
		case isDigit(c):
			n = n<<4 + rune(c-'0')
		case isHex(c):
			n = n<<4 + rune(c|0x20-'a') + 10
		default:
			return 0, false
		}
	}
	return n, true
}

// isCutEscape reports whether a text is the beginning of an escape \uXXXX and no more.
func isCutEscape(text []byte) bool {
	if len(text) >= 6 {
		return false
	}
	for _, c := range text[2:] {
		if !isHex(c) {
			return false
		}
	}
	return true
}

// apply returns a text with edits made, the text itself where there are none. Of edits that overlap
// one is made, over the places of both.
func apply(text []byte, edits []edit) []byte {
	if len(edits) == 0 {
		return text
	}
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	masked, done := make([]byte, 0, len(text)+len(hidden)*len(edits)), 0
	for i := 0; i < len(edits); {
		e := edits[i]
		for i++; i < len(edits) && edits[i].from < e.to; i++ {
			if edits[i].to > e.to {
				e.to, e.with = edits[i].to, hidden
			}
		}
		masked = append(append(masked, text[done:e.from]...), e.with...)
		done = e.to
	}
	return append(masked, text[done:]...)
}
