package compare

import (
	"bytes"
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Answer is the answer to a call.
type Answer struct {
	Status    int
	Header    http.Header
	HasHeader bool // the headers are known, and not just the content type
	Body      []byte
	HasBody   bool // the body is known, and whole
}

// Kind names a sort of difference.
type Kind string

// The kinds of differences. docs/compare.md explains them.
const (
	Status        Kind = "status"
	ContentType   Kind = "content-type"
	Header        Kind = "header"
	Code          Kind = "code"
	Specification Kind = "specification"
	Melding       Kind = "melding"
	Sti           Kind = "sti"
	Member        Kind = "member"
	Type          Kind = "type"
	Enumeration   Kind = "enumeration"
	Value         Kind = "value"
	Identifier    Kind = "identifier"
	Length        Kind = "length"
	Order         Kind = "order"
	Format        Kind = "format"
)

// Finding is a difference between two answers.
type Finding struct {
	Kind         Kind
	Place        string // header, or JSON pointer with * for each element; empty for the whole
	Theirs, Ours string // empty for nothing
}

// maxFindings limits the differences of one call.
const maxFindings = 200

// comparer compares the answers to one call.
type comparer struct {
	*Identifiers
	found   []Finding
	began   time.Time // of the recording: what is older is not known here
	older   int       // elements that are
	ties    int       // lists with elements of one moment in another order
	isError bool
}

// Options say how to compare the answers to one call.
type Options struct {
	Began time.Time // when the recording began; lists may have what is older
}

// Answers returns what differs between the answer of the real API to a call and that of Sandkasse, and
// the number of elements of lists that it left out, since they are older than the recording.
func (i *Identifiers) Answers(theirs, ours Answer, o Options) (found []Finding, older int) {
	c := &comparer{Identifiers: i, began: o.Began, isError: theirs.Status >= http.StatusBadRequest}
	sameClass := theirs.Status/100 == ours.Status/100 || theirs.Status >= 400 && ours.Status >= 400
	if theirs.Status != ours.Status {
		c.add(Status, "", strconv.Itoa(theirs.Status), strconv.Itoa(ours.Status))
	}
	if !sameClass {
		return c.found, 0
	}
	c.headers(theirs, ours)
	sameType := true
	if theirs.Header.Get("Content-Type") != "" && (theirs.HasBody || len(theirs.Body) > 0) || theirs.HasHeader {
		t, o := mediaType(theirs.Header), mediaType(ours.Header)
		if sameType = t == o; !sameType && !isWithoutBody(theirs, ours) {
			c.add(ContentType, "", t, o)
		}
	}
	if theirs.HasBody && ours.HasBody {
		c.bodies(theirs, ours, sameType)
	}
	return c.found, c.older
}

// isWithoutBody reports whether one of two answers alone has a body, and the other neither that nor a content type:
// one difference, of their forms.
func isWithoutBody(theirs, ours Answer) bool {
	isEmpty := func(a Answer) bool { return len(bytes.TrimSpace(a.Body)) == 0 }
	isNothing := func(a Answer) bool { return isEmpty(a) && a.Header.Get("Content-Type") == "" }
	return theirs.HasBody && ours.HasBody &&
		(isNothing(theirs) && !isEmpty(ours) || isNothing(ours) && !isEmpty(theirs))
}

// add adds a difference.
func (c *comparer) add(kind Kind, place, theirs, ours string) {
	if len(c.found) < maxFindings {
		c.found = append(c.found, Finding{kind, place, theirs, ours})
	}
}

// mediaType returns the content type without its parameters, and with a charset other than UTF-8.
func mediaType(header http.Header) string {
	given := header.Get("Content-Type")
	media, params, err := mime.ParseMediaType(given)
	if err != nil {
		return strings.ToLower(strings.TrimSpace(given))
	}
	if charset := strings.ToLower(params["charset"]); charset != "" && charset != "utf-8" && charset != "utf8" {
		media += "; charset=" + charset
	}
	return media
}

// headers compares the headers that a client acts on.
func (c *comparer) headers(theirs, ours Answer) {
	if !theirs.HasHeader {
		return
	}
	for _, header := range []struct {
		name string
		form func(string) string // what matters of a value
	}{
		{"Allow", allowForm},
		{"Etag", func(value string) string { return present(value, "a tag") }},
		{"Location", nil},
		{"Retry-After", retryForm},
		{"Www-Authenticate", challengeForm},
		{"X-Kobo-Behandlet", strings.ToLower},
	} {
		t, o := strings.Join(theirs.Header[header.name], ", "), strings.Join(ours.Header[header.name], ", ")
		place := strings.ReplaceAll(header.name, "Www-", "WWW-")
		place = strings.ReplaceAll(place, "Etag", "ETag")
		place = strings.ReplaceAll(place, "X-Kobo-Behandlet", "x-kobo-behandlet")
		switch {
		case t == "" && o == "":
		case header.form != nil:
			if header.name == "Etag" && t != "" && o != "" {
				c.Learn(strings.Trim(strings.TrimPrefix(t, "W/"), `"`), strings.Trim(strings.TrimPrefix(o, "W/"), `"`))
			}
			if header.form(t) != header.form(o) {
				c.add(Header, place, header.form(t), header.form(o))
			}
		case t == "" || o == "" || !c.sameText("", t, o):
			c.add(Header, place, t, o)
		}
	}
}

func present(value, as string) string {
	if value == "" {
		return ""
	}
	return as
}

func allowForm(value string) string {
	var methods []string
	for method := range strings.SplitSeq(value, ",") {
		methods = append(methods, strings.ToUpper(strings.TrimSpace(method)))
	}
	slices.Sort(methods)
	return strings.Join(slices.Compact(methods), ", ")
}

func retryForm(value string) string {
	if _, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
		return "seconds"
	}
	return present(value, "a time")
}

// challengeForm returns the scheme of a challenge and its error.
func challengeForm(value string) string {
	scheme, rest, _ := strings.Cut(value, " ")
	if _, after, ok := strings.Cut(rest, `error="`); ok {
		code, _, _ := strings.Cut(after, `"`)
		return scheme + ` error="` + code + `"`
	}
	return scheme
}

// bodies compares the bodies of two answers.
func (c *comparer) bodies(theirs, ours Answer, sameType bool) {
	t, tForm := decode(theirs.Body)
	o, oForm := decode(ours.Body)
	switch {
	case tForm == formNone || oForm == formNone:
		if tForm != oForm {
			c.add(Format, "", string(tForm), string(oForm))
		}
	case tForm == formDeep || oForm == formDeep: // nobody's answer is so deep
	case tForm != oForm:
		if sameType {
			c.add(Format, "", string(tForm), string(oForm))
		}
	case tForm == formText:
		if text := string(theirs.Body); c.isError && !c.sameText("melding", text, string(ours.Body)) {
			c.add(Melding, "", text, string(ours.Body))
		}
	case tForm == formBinary:
	default:
		if c.isError {
			c.errors(t, o)
			return
		}
		c.values("", "", t, o, 0)
	}
}

// form is the form of a body, as differences name it.
type form string

const (
	formNone   form = "nothing"
	formJSON   form = "JSON"
	formXML    form = "XML"
	formText   form = "text"
	formBinary form = "bytes"
	formDeep   form = "too deep"
)

// maxDepth limits how deep values are compared.
const maxDepth = 100

// decode returns the value of a body, of JSON or XML; of anything else nil and its form.
func decode(body []byte) (any, form) {
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(trimmed) == 0:
		return nil, formNone
	case trimmed[0] == '{' || trimmed[0] == '[' || json.Valid(trimmed):
		d := json.NewDecoder(bytes.NewReader(trimmed))
		d.UseNumber()
		var value any
		if err := d.Decode(&value); err == nil && len(bytes.TrimSpace(trimmed[d.InputOffset():])) == 0 {
			return value, formJSON
		}
	case trimmed[0] == '<':
		if value, deep := decodeXML(trimmed); value != nil {
			return value, formXML
		} else if deep {
			return nil, formDeep
		}
	}
	if isPlain(trimmed) {
		return nil, formText
	}
	return nil, formBinary
}

// isPlain reports whether a body can be shown as text.
func isPlain(body []byte) bool {
	return !bytes.ContainsFunc(body[:min(len(body), 1000)], func(r rune) bool {
		return r == '\uFFFD' || r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f
	})
}

// errors compares the bodies of two errors: the code first, and what depends on it where it is the
// same.
func (c *comparer) errors(theirs, ours any) {
	t, isObject := theirs.(map[string]any)
	o, oIsObject := ours.(map[string]any)
	if !isObject || !oIsObject {
		c.values("", "", theirs, ours, 0)
		return
	}
	name := codeMember(t)
	if code, ok := t[name].(string); ok {
		if other, _ := o[name].(string); code != other {
			c.add(Code, pointer("", name), code, other)
			c.specifications(t, o)
			return
		}
	}
	if len(c.found) > 0 && c.found[0].Kind == Status {
		return // what else differs follows from that
	}
	if c.specifications(t, o) {
		return
	}
	c.values("", "", theirs, ours, 0)
}

// codeMember returns the name of the member that has the code of an error; empty for none.
func codeMember(object map[string]any) string {
	for _, name := range []string{"kode", "code", "error", "type"} {
		if text, ok := object[name].(string); ok && (name != "type" || text != "about:blank") {
			return name
		}
	}
	return ""
}

// specificationMembers hold what is wrong in particular.
var specificationMembers = []string{"spesifisering", "validationErrors", "errors"}

// specifications compares the codes of the list that specifies an error, and the places that it names. It
// returns whether these differ.
func (c *comparer) specifications(theirs, ours map[string]any) bool {
	for _, name := range specificationMembers {
		t, isList := theirs[name].([]any)
		o, oIsList := ours[name].([]any)
		if !isList || !oIsList {
			continue
		}
		place := pointer("", name)
		for _, part := range []struct {
			kind    Kind
			members []string
		}{{Specification, []string{"kode", "code"}}, {Sti, []string{"sti", "path"}}} {
			theirTexts, ourTexts := c.textsOf(t, part.members), textsIn(o, part.members)
			more, less := difference(theirTexts, ourTexts), difference(ourTexts, theirTexts)
			if len(more)+len(less) > 0 {
				c.add(part.kind, place, joined(more), joined(less))
				return true
			}
		}
	}
	return false
}

// textsOf returns the texts of members of the elements of a list of theirs, translated.
func (c *comparer) textsOf(list []any, members []string) []string {
	texts := textsIn(list, members)
	for n, text := range texts {
		texts[n] = c.Text(text)
	}
	return texts
}

// textsIn returns the text of the first of the members that each element of a list has.
func textsIn(list []any, members []string) (texts []string) {
	for _, element := range list {
		object, _ := element.(map[string]any)
		for _, name := range members {
			if text, ok := object[name].(string); ok {
				texts = append(texts, text)
				break
			}
		}
	}
	return texts
}

// difference returns what the first list has and the second has not, each as often as it is missing.
func difference(list, other []string) (more []string) {
	count := map[string]int{}
	for _, text := range other {
		count[text]++
	}
	for _, text := range list {
		if count[text]--; count[text] < 0 {
			more = append(more, text)
		}
	}
	return more
}

// joined returns the first few of some texts, sorted.
func joined(texts []string) string {
	slices.Sort(texts)
	texts = slices.Compact(texts)
	if more := len(texts) - MaxShown; more > 0 {
		return strings.Join(texts[:MaxShown], ", ") + " and " + strconv.Itoa(more) + " more"
	}
	return cmp.Or(strings.Join(texts, ", "), "")
}
