package gateway

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/plainjson"
)

// errorBody writes an offence in an agency's form. It returns an answer with the type, the body,
// and headers of its own.
type errorBody func(c *call, row feil.Row, f *feil.Feil) response

// errorBodies returns the forms by the names that a family file uses.
func errorBodies() map[string]errorBody {
	return map[string]errorBody{
		"spesifisering": bodySpesifisering, "feil": bodyFeil, "problem": bodyProblem, "kobo-problem": bodyKoboProblem,
		"oauth": bodyOAuth, "altinn": bodyAltinn,
	}
}

// plainFeil is the body of the form feil.
type plainFeil struct {
	XMLName        xml.Name `json:"-" xml:"urn:no:skatteetaten:datasamarbeid:feil:v1 feil"`
	Kode           string   `json:"kode" xml:"kode"`
	Melding        string   `json:"melding" xml:"melding"`
	Korrelasjonsid string   `json:"korrelasjonsid" xml:"korrelasjonsid"`
}

// problem is the body of the form problem (RFC 9457).
type problem struct {
	Type     string              `json:"type"`
	Title    string              `json:"title"`
	Status   int                 `json:"status"`
	Detail   string              `json:"detail,omitempty"`
	Instance string              `json:"instance"`
	Errors   map[string][]string `json:"errors,omitzero"`
	TraceID  string              `json:"traceId"`
}

// koboProblem is the body of the form kobo-problem.
type koboProblem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Kode   string         `json:"kode"`
	Errors []problemPlace `json:"errors,omitempty"`
}

// problemPlace is a place at fault in a koboProblem.
type problemPlace struct {
	Sti     string `json:"sti"`
	Melding string `json:"melding"`
}

// oauthError is the body of the form oauth.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	URI         string `json:"error_uri,omitempty"`
}

// altinnProblem is the body of the form altinn: problem details as ASP.NET has them.
type altinnProblem struct {
	Type    string              `json:"type"`
	Title   string              `json:"title"`
	Status  int                 `json:"status"`
	Errors  map[string][]string `json:"errors,omitempty"`
	TraceID string              `json:"traceId"`
}

// ErrorBody returns a value of the type that the JSON of error bodies of a form is made of.
func ErrorBody(form string) any {
	return map[string]any{
		"spesifisering": feil.Body{}, "feil": plainFeil{}, "problem": problem{}, "kobo-problem": koboProblem{},
		"oauth": oauthError{}, "altinn": altinnProblem{},
	}[form]
}

// bodySpesifisering returns the body of the reporting APIs (docs/sources/skatteetaten.md).
func bodySpesifisering(c *call, row feil.Row, f *feil.Feil) response {
	return response{contentType: jsonType, body: plainjson.MustMarshal(row.Body(f, c.korrelasjonsid()))}
}

// bodyFeil returns the body of Skatteetaten's other APIs: JSON, or XML where the caller prefers
// that (docs/sources/skatteetaten.md). It has no list of details; the first one follows the table's
// text, since "Feilmeldingen vil kunne variere ... for å kunne gi en så presis beskrivelse av
// feilen som mulig" (boligsameie page, Feilkoder; K044).
func bodyFeil(c *call, row feil.Row, f *feil.Feil) response {
	body := plainFeil{Kode: row.Kode, Melding: row.Melding, Korrelasjonsid: c.korrelasjonsid()}
	for i, d := range f.Detaljer {
		text := cmp.Or(d.Melding, d.UtenKode)
		if text == "" {
			continue
		}
		body.Melding += " " + text
		if d.Sti != "" {
			body.Melding += " (" + d.Sti + ")"
		}
		if more := len(f.Detaljer) - i - 1; more > 0 {
			body.Melding += fmt.Sprintf(", og %d feil til", more)
		}
		break
	}
	accept := strings.Join(c.http.Header.Values("Accept"), ", ")
	if preference(accept, "application", "json") >= preference(accept, "application", "xml") {
		return response{contentType: jsonType, body: plainjson.MustMarshal(body)}
	}
	var b bytes.Buffer
	if err := xml.NewEncoder(&b).Encode(body); err != nil {
		panic(err) // values of our own making, none of which can fail
	}
	return response{contentType: "application/xml", body: b.Bytes()}
}

// retryAfter is the Retry-After of a 503 of Dialogporten, in seconds. The header is documented, its
// value is not (K086).
const retryAfter = "60"

// The details of a 500 and of a 406 of Dialogporten, the only errors that have one
// (Altinn/dialogporten, ErrorResponseBuilderExtensions; the first observed in its issue 4128).
const (
	problemDetail    = "Something went wrong during the request."
	acceptJSONDetail = "The Accept header must allow JSON responses."
)

// bodyProblem returns the body of Dialogporten: problem details, but a text for a 503
// (docs/sources/dialogporten.md). The members come in the order of ASP.NET. Where Dialogporten uses
// a ValidationProblemDetails there is always errors, if only an empty object.
func bodyProblem(c *call, row feil.Row, f *feil.Feil) response {
	if row.Status == http.StatusServiceUnavailable {
		header := http.Header{"Retry-After": {retryAfter}}
		return response{contentType: "text/plain", body: []byte(row.Melding), header: header}
	}
	body := problem{
		Type:     row.Type,
		Title:    row.Melding,
		Status:   row.Status,
		Instance: c.path,
		TraceID:  c.IDs.Traceparent(),
	}
	switch row.Status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		body.Errors = map[string][]string{}
	case http.StatusNotAcceptable:
		body.Errors, body.Detail = map[string][]string{}, acceptJSONDetail
	case http.StatusInternalServerError:
		body.Detail = problemDetail
	}
	for _, d := range f.Detaljer {
		if d.Melding != "" && body.Errors != nil && row.Status != http.StatusUnauthorized { // which never has any
			body.Errors[d.Sti] = append(body.Errors[d.Sti], d.Melding)
		}
	}
	a := response{contentType: "application/problem+json", body: plainjson.MustMarshal(body)}
	switch row.Status {
	case http.StatusNotAcceptable: // which the source writes in another way than the rest
		a.contentType = jsonType + "; charset=utf-8"
	case http.StatusUnauthorized:
		challenge := "Bearer"
		if row.Offence == feil.InvalidToken { // as the source's own tests have it, AuthenticationTestHelpers.cs
			challenge += ` error="invalid_token"`
		}
		a.header = http.Header{"Www-Authenticate": {challenge}}
	}
	return a
}

// bodyKoboProblem returns the body of Kobo's API: problem details with kode, the number of the
// violation, and errors, the places at fault. The page shows no error body (docs/sources/kobo.md;
// K271). What was sent is not repeated: it may be a secret or a person's number.
func bodyKoboProblem(_ *call, row feil.Row, f *feil.Feil) response {
	body := koboProblem{Type: row.Type, Title: row.Melding, Status: row.Status, Detail: row.Melding, Kode: row.Kode}
	for _, d := range f.Detaljer {
		if d.Sti == "" {
			body.Detail = cmp.Or(d.Melding, body.Detail)
			continue
		}
		body.Errors = append(body.Errors, problemPlace{d.Sti, cmp.Or(d.Melding, d.UtenKode, row.Melding)})
	}
	if len(body.Errors) > 0 && body.Detail == row.Melding {
		body.Detail = body.Errors[0].Melding
	}
	a := response{contentType: "application/problem+json", body: plainjson.MustMarshal(body)}
	if row.Status == http.StatusUnauthorized {
		a.header = http.Header{"Www-Authenticate": {"Bearer"}}
	}
	return a
}

// bodyAltinn returns the body of Altinn's authentication where the error has no code of Altinn's:
// none, a text for a 410, else problem details of ASP.NET (docs/sources/systembruker.md; K740).
func bodyAltinn(c *call, row feil.Row, f *feil.Feil) response {
	switch row.Status {
	case http.StatusUnauthorized:
		return response{body: []byte{}, header: http.Header{"Www-Authenticate": {"Bearer"}}}
	case http.StatusGone:
		return response{contentType: "text/plain; charset=utf-8", body: []byte(row.Melding)}
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge,
		http.StatusServiceUnavailable:
		return response{body: []byte{}}
	}
	body := altinnProblem{
		Type: altinn.StatusType(row.Status), Title: row.Melding, Status: row.Status, TraceID: c.IDs.Traceparent(),
	}
	if row.Status == http.StatusBadRequest {
		body.Title, body.Errors = "One or more validation errors occurred.", map[string][]string{}
		for _, d := range f.Detaljer {
			body.Errors[d.Sti] = append(body.Errors[d.Sti], cmp.Or(d.Melding, d.UtenKode))
		}
	}
	return response{contentType: "application/problem+json", body: plainjson.MustMarshal(body)}
}

// bodyOAuth returns the body of a token endpoint (RFC 6749, 5.2). The error_uri leads to the page
// that explains the offence, in an API that has such pages (K104).
func bodyOAuth(c *call, row feil.Row, f *feil.Feil) response {
	body := oauthError{Error: row.Kode, Description: row.Melding + ": " + f.Why}
	explains := func(r *catalog.Route) bool { return r.Behaviour == "maskinporten-explanation" }
	if slices.ContainsFunc(c.API.Routes, explains) {
		body.URI = c.PlainBase + "/errors/" + string(row.Offence)
	}
	return response{contentType: jsonType, body: plainjson.MustMarshal(body)}
}
