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

// OAuthError is why no token is given: the token endpoint's answer (RFC 6749,
// section 5.2), and what lies behind it. Its JSON is the answer's body.
type OAuthError struct {
	// Status is the answer's HTTP status: 400, or 403 for MP-250 and MP-251.
	Status int `json:"-"`
	// Code is the kind of error, such as invalid_grant.
	Code string `json:"error"`
	// Description is the text, in the words of Maskinporten. It ends with
	// "(trace_id: ...)", 32 hexadecimal digits.
	Description string `json:"error_description"`
	// URI is where the explanation is to be found, at the issuer's own address:
	// also that of an error for which Maskinporten has no code, and no page (K104).
	URI string `json:"error_uri"`

	// MP is the code, such as MP-110, or empty where there is none.
	MP string `json:"-"`
	// Page is the explanation's name, for Explain. It is never empty.
	Page string `json:"-"`
	// Why says in one English sentence without a full stop what was wrong with
	// the values of this grant, and what would be right. It is one line of
	// printable ASCII, fit for a header, and never quotes the grant whole.
	Why string `json:"-"`
}

// Error returns the error's code and why it was given.
func (e *OAuthError) Error() string {
	return fmt.Sprintf("%s: %s", cmp.Or(e.MP, e.Code), e.Why)
}

// refusal is why a grant is not good, before it is put in Maskinporten's words.
type refusal struct {
	page string
	text string // instead of the page's title, where that names something
	why  string
}

func (r *refusal) Error() string { return r.page + ": " + r.why }

// refuse makes a refusal that the given page explains.
func refuse(page, why string, args ...any) error {
	return &refusal{page: page, why: fmt.Sprintf(why, args...)}
}

// refuseWith makes a refusal whose description has a text of its own.
func refuseWith(page, text, why string, args ...any) error {
	return &refusal{page: page, text: text, why: fmt.Sprintf(why, args...)}
}

// render puts a refusal in Maskinporten's words (reference
// maskinporten-dialogporten 1.5, and the observed answers there). The explanations
// stand below the address pages. The id names the answer: the trace is made from it.
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

// ErrorFor is the error that the page of an explanation tells, as the token
// endpoint would answer it to this assertion, whatever that is, with the address
// below which the explanations stand. The id names the answer. The page must be one
// of Explanations.
func (i *Issuer) ErrorFor(page, pages, text, id string) *OAuthError {
	scope, customer := "the:scope", i.vendor
	if a, err := readAssertion(i.rules, text); err == nil {
		scope, customer = strings.Join(a.scopes, " "), cmp.Or(a.consumer, i.vendor)
	}
	told, _ := Explain(page)
	words := strings.Fields(told.Title)
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

// traceID makes the 32 hexadecimal digits of a trace_id from any id.
func traceID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

// joinFirst is the first ten of some names, for a sentence.
func joinFirst(names []string) string {
	const most = 10
	var shown []string
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, excerpt.ASCII(name))
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
