package maskinporten

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/token"
)

// OAuthError is the token endpoint's answer without a token (RFC 6749, section 5.2), and its
// reason. Its JSON is the answer's body.
type OAuthError struct {
	// Status is the answer's HTTP status: 400, or 403 for MP-250 and MP-251.
	Status int `json:"-"`
	// Code is the error, such as invalid_grant.
	Code string `json:"error"`
	// Description is Maskinporten's text. It ends with "(trace_id: ...)", 32 hexadecimal digits.
	Description string `json:"error_description"`
	// URI is the address of the explanation, at the sandbox, also for errors that have no code and
	// no page at Maskinporten (K104).
	URI string `json:"error_uri"`

	// MP is the code, such as MP-110, or empty where there is none.
	MP string `json:"-"`
	// Page is the explanation's name, for Explain. It is never empty.
	Page string `json:"-"`
	// Why is an English sentence without a full stop: what was wrong with this grant, and what
	// would be right. It is one line of printable ASCII, fit for a header, and never quotes the
	// whole grant.
	Why string `json:"-"`
}

// Error returns the code and the reason.
func (e *OAuthError) Error() string {
	return fmt.Sprintf("%s: %s", cmp.Or(e.MP, e.Code), e.Why)
}

// refusal is a reason not to issue a token, before it is rendered as an OAuthError.
type refusal struct {
	page string
	text string // instead of the page's title, where that names something
	why  string
}

func (r *refusal) Error() string { return r.page + ": " + r.why }

// is reports whether the refusal is the one that a page explains.
func (r *refusal) is(page string) bool { return r.page == page }

// refuse returns a refusal that the page explains, with the reason as a format.
func refuse(page, why string, args ...any) error {
	return &refusal{page: page, why: fmt.Sprintf(why, args...)}
}

// refuseWith refuses as refuse does, with a text for the description instead of the page's title.
func refuseWith(page, text, why string, args ...any) error {
	return &refusal{page: page, text: text, why: fmt.Sprintf(why, args...)}
}

// render returns the answer to a refusal in Maskinporten's words (docs/sources/maskinporten.md).
// Pages is the base address of the explanations; the trace_id is made from the id.
func (r *refusal) render(pages, id string) *OAuthError {
	page, _ := Explain(r.page)
	text := cmp.Or(r.text, page.Title)
	if page.prefixed {
		text = "Invalid assertion. Client authentication failed. " + text + "."
	}
	return &OAuthError{
		Status:      page.Status,
		Code:        page.Error,
		Description: fmt.Sprintf("%s (trace_id: %s)", token.Printable(text), traceID(id)),
		URI:         pages + page.Page,
		MP:          page.MP,
		Page:        page.Page,
		Why:         token.Printable(r.why),
	}
}

// ErrorFor returns the error of one of the Explanations as the answer to an assertion, whatever
// that is. Pages is the base address of the explanations; the trace_id is made from the id.
func (i *Issuer) ErrorFor(page, pages, text, id string) *OAuthError {
	scope, customer := "the:scope", i.vendor
	if a, err := readAssertion(i.rules, text); err == nil {
		scope, customer = strings.Join(a.scopes, " "), cmp.Or(a.consumer, i.vendor)
	}
	explanation, _ := Explain(page)
	words := strings.Fields(explanation.Title)
	for j, word := range words {
		switch word {
		case "X":
			words[j] = scope
		case "N":
			words[j] = customer
		case "M":
			words[j] = i.vendor
		}
	}
	r := refusal{page: page, text: strings.Join(words, " "), why: "asked for by a scenario, whatever the grant"}
	return r.render(pages, id)
}

// traceID returns the 32 hexadecimal digits of a trace_id for an id.
func traceID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

// joinFirst returns the first ten names, separated by commas, and the number of others.
func joinFirst(names []string) string {
	const maxShown = 10
	var shown []string
	for _, name := range names[:min(len(names), maxShown)] {
		shown = append(shown, excerpt.ASCII(name))
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - maxShown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
