package generation

import (
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/schema"
)

// Sending is how the documents of a request are delivered.
type Sending struct {
	API    string // by name
	Path   string // under the server's address: /innrapporteringbsu/v1/2024
	Member string // of the answer, that names the delivery: forsendelseId; empty where the API answers with no member of its own
	// Headers are those of every delivery, beside Authorization and idempotencyKey.
	Headers map[string]string

	api *catalog.API
	org string
}

// SendingOf returns how the documents of a request are delivered. The error is an *Error where the request is at
// fault, or asks for what is Kobo's.
func SendingOf(known *catalog.Catalog, r Request) (Sending, error) {
	r, api, err := r.withDefaults(known)
	if err != nil {
		return Sending{}, err
	}
	if api == nil {
		return Sending{}, errorf("%s is no delivery", r.Kind)
	}
	s := Sending{
		API: api.Name, Path: strings.ReplaceAll(deliveryPath(api), "{inntektsaar}", strconv.Itoa(r.Year)),
		Headers: map[string]string{"Accept": "application/json", "Content-Type": "application/json"}, api: api, org: r.Org,
	}
	if len(api.Svar) > 0 {
		s.Member = api.Svar[0]
	}
	if slices.Contains(api.Svar, "forsendelseId") {
		s.Member = "forsendelseId"
	}
	return s, nil
}

// Org returns the organisation whose token a document is delivered with: its oppgavegiver, or, where it names none,
// the one that was asked for.
func (s Sending) Org(body []byte) string {
	document, err := schema.Decode(body)
	if err != nil {
		return s.org // the generator made it, so the server will say what is wrong
	}
	if value, ok := s.api.Felter.Oppgavegiver.In(document); ok && len(s.api.Felter.Oppgavegiver) > 0 {
		if org, isText := value.(string); isText {
			return org
		}
	}
	return s.org
}
