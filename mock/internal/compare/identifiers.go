package compare

import (
	"encoding/json"
	"hash/maphash"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Identifiers translates what the real API gave out into what Sandkasse gave out instead. It learns
// from each pair of answers. It is not safe for concurrent use.
type Identifiers struct {
	Own string // the address that Sandkasse has where a call is to a real host

	ours    map[string]string // by theirs
	theirs  map[string]string // by ours
	tainted map[string]int    // identifiers of theirs that Sandkasse lacks, with the number of the call that gave them
	masked  map[string]bool   // identifiers of theirs for documents with masked identity numbers
	sent    map[uint64]bool   // hashes of the words that the client sent
	seed    maphash.Seed
	bases   []base
	own     string // the sandbox's own address in the answers to a call at a real host; empty for another call
	masks   masks
}

// base is the address of an API in the recording, and where Sandkasse has it.
type base struct{ theirs, ours string }

// Limits of what is remembered. What is beyond them is not followed.
const (
	maxPairs     = 1_000_000
	maxSent      = 4_000_000
	maxPairBytes = 4096 // of one identifier
	maxBases     = 100
)

// NewIdentifiers returns Identifiers of a recording that was made at about the given time.
func NewIdentifiers(today time.Time) *Identifiers {
	return &Identifiers{
		ours: map[string]string{}, theirs: map[string]string{}, tainted: map[string]int{}, masked: map[string]bool{},
		sent: map[uint64]bool{}, seed: maphash.MakeSeed(),
		masks: masks{numbers: map[string]string{}, used: map[string]int{}, today: today},
	}
}

// addBase notes that what is below an address of the recording is below another one here.
func (i *Identifiers) addBase(b base) {
	if b.theirs != b.ours && len(i.bases) < maxBases && !slices.Contains(i.bases, b) {
		i.bases = append(i.bases, b)
	}
}

// minWord is the length in bytes from which a word may be an identifier.
const minWord = 8

// words returns the words of a text that may be identifiers, with where they begin: letters, digits,
// hyphens and underscores.
func words(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		start := 0
		for i := 0; i <= len(text); i++ {
			if i < len(text) && isWordByte(text[i]) {
				continue
			}
			if i-start >= minWord && !yield(start, text[start:i]) {
				return
			}
			start = i + 1
		}
	}
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c >= 0x80
}

// Text returns a text with the identifiers of the real API as those of Sandkasse, and with masked
// identity numbers as synthetic ones.
func (i *Identifiers) Text(text string) string {
	if ours, known := i.ours[text]; known {
		return ours
	}
	for _, base := range i.bases {
		if rest, below := strings.CutPrefix(text, base.theirs); below &&
			(rest == "" || strings.ContainsAny(rest[:1], "/?#")) {
			text = base.ours + rest
			break
		}
	}
	if i.own != "" {
		text = i.page(text)
	}
	if hasMask(text) {
		text = maskedIdentity.ReplaceAllStringFunc(text, i.masks.number)
	}
	if len(i.ours) == 0 {
		return text
	}
	var b strings.Builder
	done := 0
	for at, found := range words(text) {
		if ours, known := i.ours[found]; known && ours != found {
			b.WriteString(text[done:at])
			b.WriteString(ours)
			done = at + len(found)
		}
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// pagePath begins the path of the page for people that a dialog leads to in Sandkasse (K075). At the agency
// it is the first label of a host.
const pagePath = "/forsendelseaapnet/"

// page returns the address of the page for people that a dialog leads to, as Sandkasse has it in the
// answers to calls at the real hosts; any other text as it is.
func (i *Identifiers) page(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	host, path, ok := strings.Cut(rest, "/")
	if !ok || scheme != "https" && scheme != "http" {
		return text
	}
	if firstLabel(host) == strings.Trim(pagePath, "/") {
		return i.own + pagePath + path
	}
	prefix, path, ok := strings.Cut("/"+path, pagePath)
	if !ok {
		return text
	}
	for _, modifier := range []string{"/_session/", "/_scenario/"} { // which stand behind the prefix of a proxy
		if at := strings.Index(prefix, modifier); at >= 0 {
			return i.own + prefix[at:] + pagePath + path
		}
	}
	return i.own + pagePath + path
}

// value returns the translation of the value of a member or parameter of that name, of which nothing
// may be left.
func (i *Identifiers) value(name, text string) string {
	if isPersonMember(name) && maskedWhole.MatchString(text) {
		return i.masks.number(text)
	}
	return i.Text(text)
}

// Learn notes that what the real API calls theirs is ours here. It returns false where one of them is
// known as something else already.
func (i *Identifiers) Learn(theirs, ours string) bool {
	known, isKnown := i.ours[theirs]
	if isKnown {
		return known == ours
	}
	if other, taken := i.theirs[ours]; taken && other != theirs {
		return false
	}
	if theirs != "" && len(i.ours) < maxPairs && len(theirs) <= maxPairBytes && len(ours) <= maxPairBytes {
		i.ours[theirs], i.theirs[ours] = ours, theirs
	}
	return true
}

// Knows reports whether the real API's identifier has one of ours.
func (i *Identifiers) Knows(theirs string) bool {
	_, known := i.ours[theirs]
	return known
}

// wasSent reports whether the client sent a word itself, so that no other can stand for it.
func (i *Identifiers) wasSent(text string) bool { return i.sent[maphash.String(i.seed, text)] }

// noteSent notes the words of a text that the client sends.
func (i *Identifiers) noteSent(text string) {
	for _, found := range words(text) {
		if len(i.sent) < maxSent && !i.Knows(found) {
			i.sent[maphash.String(i.seed, found)] = true
		}
	}
}

// maxSentence limits the bytes of a sentence of the client that is known in answers.
const maxSentence = 4096

// noteSentences notes the texts with spaces in a document of JSON, each as a whole.
func (i *Identifiers) noteSentences(document string) {
	for document != "" {
		_, rest, ok := strings.Cut(document, `"`)
		if !ok {
			return
		}
		end := 0
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(rest))
		if text := rest[:end]; len(text) <= maxSentence && strings.Contains(text, " ") && len(i.sent) < maxSent {
			if strings.Contains(text, `\`) {
				_ = json.Unmarshal([]byte(`"`+text+`"`), &text) // a broken one is not given back
			}
			i.sent[maphash.String(i.seed, text)] = true
		}
		document = rest[min(end+1, len(rest)):]
	}
}

// Request returns a call as Sandkasse is to get it: its address, headers and body.
func (i *Identifiers) Request(c *Call, body []byte) (*url.URL, http.Header, []byte) {
	i.addBase(c.base)
	i.own = ""
	if c.real {
		i.own = i.Own
	}
	at := *c.At
	at.RawPath = i.path(c.At.EscapedPath())
	at.Path, _ = url.PathUnescape(at.RawPath) // as readable as it was
	at.RawQuery = i.query(c.URL.RawQuery)
	i.noteSent(c.URL.Path + "?" + c.URL.RawQuery)
	header := http.Header{}
	for name, values := range c.Header {
		for _, value := range values {
			if name != "Authorization" {
				i.noteSent(value)
				value = i.Text(value)
			}
			header[name] = append(header[name], value)
		}
	}
	if isForm(header.Get("Content-Type")) {
		i.noteSent(string(body))
		return &at, header, []byte(i.query(string(body)))
	}
	i.noteSent(string(body))
	i.noteSentences(string(body))
	return &at, header, []byte(i.Body(string(body)))
}

// path returns an escaped path with its segments translated.
func (i *Identifiers) path(escaped string) string {
	segments := strings.Split(escaped, "/")
	for n, segment := range segments {
		if plain, err := url.PathUnescape(segment); err == nil {
			if ours := i.Text(plain); ours != plain {
				segments[n] = url.PathEscape(ours)
			}
		}
	}
	return strings.Join(segments, "/")
}

// query returns a query or a form with its values translated.
func (i *Identifiers) query(query string) string {
	parts := strings.Split(query, "&")
	for n, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			if ours := i.value(name, plain); ours != plain {
				parts[n] = name + "=" + url.QueryEscape(ours)
			}
		}
	}
	return strings.Join(parts, "&")
}

// maskedValue stands for a secret of which nothing is left.
const maskedValue = "maskert"

// maskedMember matches a member of a document of which nothing is left of the value.
var maskedMember = regexp.MustCompile(`"([^"\\]{1,60})"\s*:\s*"(` + nothingLeft + `)"`)

// Body returns a document translated. What is not translated stays to the byte, also where the
// document is broken.
func (i *Identifiers) Body(text string) string {
	if !hasMask(text) {
		return i.Text(text)
	}
	text = maskedMember.ReplaceAllStringFunc(text, func(found string) string {
		m := maskedMember.FindStringSubmatch(found)
		value := maskedValue
		if isPersonMember(m[1]) {
			value = i.masks.number(m[2])
		}
		return strings.TrimSuffix(found, `"`+m[2]+`"`) + `"` + value + `"`
	})
	return i.Text(text)
}

// Taint notes the identifiers of a call that went otherwise here, so that what builds on them is not
// compared: those of its path, and those that the real API gave out in a text.
func (i *Identifiers) Taint(call int, texts ...string) {
	const max = 1000 // identifiers of one text
	for _, text := range texts {
		count := 0
		for _, found := range words(text) {
			if k := kindOf(found); k != kindUUID && k != kindID {
				continue
			}
			if count++; count > max || len(i.tainted) >= maxPairs {
				break
			}
			if _, known := i.tainted[found]; !known {
				i.tainted[found] = call
			}
		}
	}
}

// NoteMasked notes the identifiers that the real API gave out in its answer to a document, if identity
// numbers are masked in that.
func (i *Identifiers) NoteMasked(document, answer string) {
	if !hasMask(document) || !maskedIdentity.MatchString(document) && !maskedMember.MatchString(document) {
		return
	}
	const max = 10
	count := 0
	for _, found := range words(answer) {
		if k := kindOf(found); k != kindUUID && k != kindID {
			continue
		}
		if count++; count > max || len(i.masked) >= maxPairs {
			return
		}
		i.masked[found] = true
	}
}

// IsMasked reports whether a path is about a document with masked identity numbers.
func (i *Identifiers) IsMasked(path string) bool {
	for _, found := range words(path) {
		if i.masked[found] {
			return true
		}
	}
	return false
}

// TaintedBy returns the number of the call that went otherwise here and on which a text builds; 0 for
// none.
func (i *Identifiers) TaintedBy(text string) int {
	if len(i.tainted) == 0 {
		return 0
	}
	for _, found := range words(text) {
		if call := i.tainted[found]; call != 0 {
			return call
		}
	}
	return 0
}

// Unknown reports whether a path or a document names an identifier that the recording did not give out,
// so that Sandkasse cannot know it.
func (i *Identifiers) Unknown(text string) bool {
	for _, found := range words(text) {
		if k := kindOf(found); (k == kindUUID || k == kindID) && !i.Knows(found) {
			return true
		}
	}
	return false
}
