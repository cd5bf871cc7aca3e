package generation

import (
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/schema"
)

// Sending says how to deliver the documents of a request.
type Sending struct {
	API    string // name of the API
	Path   string // below the server's address: /innrapporteringbsu/v1/2024
	Member string // member of the answer that identifies the delivery: forsendelseId; empty if the API has none
	// Headers are those of every delivery, except Authorization and idempotencyKey.
	Headers map[string]string

	api *catalog.API
	org string
}

// SendingOf returns how to deliver the documents of a request. The error is an *Error if the
// request is at fault or is for Kobo.
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
		Headers: map[string]string{"Accept": "application/json", "Content-Type": "application/json"}, api: api,
		org: r.Org,
	}
	if len(api.Svar) > 0 {
		s.Member = api.Svar[0]
	}
	if slices.Contains(api.Svar, "forsendelseId") {
		s.Member = "forsendelseId"
	}
	return s, nil
}

// Org returns the organisation whose token a document needs: its oppgavegiver or, if it names none,
// that of the request.
func (s Sending) Org(body []byte) string {
	document, err := schema.Decode(body)
	if err != nil {
		return s.org // the generator made it, so the server will say what is wrong
	}
	at := s.api.Felter.First(s.api.Felter.Oppgavegiver)
	if value, ok := at.In(document); ok && len(at) > 0 {
		if org, isText := value.(string); isText {
			return org
		}
	}
	return s.org
}
