package gateway

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/wire"
)

// errorBody puts what is wrong with a call into the agency's form. It fills in the answer's type and body, and headers of its own.
type errorBody func(c *call, row feil.Row, f *feil.Feil) response

// errorBodies are the forms there are, by the names that a family file uses.
func errorBodies() map[string]errorBody {
	return map[string]errorBody{"spesifisering": bodySpesifisering, "feil": bodyFeil, "problem": bodyProblem, "kobo-problem": bodyKoboProblem, "oauth": bodyOAuth}
}

// bodySpesifisering is the body of the innrapportering APIs (reference skatteetaten 4.2).
func bodySpesifisering(c *call, row feil.Row, f *feil.Feil) response {
	return response{contentType: jsonType, body: wire.Encode(row.Tell(f, c.korrelasjonsid()))}
}

// bodyFeil is the body of Skatteetaten's other APIs: JSON, or XML for a caller who asks for that (reference skatteetaten 4.1). There is no
// list of details; the first one follows the table's text, since "Feilmeldingen vil kunne variere ... for å kunne gi en så presis beskrivelse
// av feilen som mulig" (boligsameie seed, Feilkoder; K044).
func bodyFeil(c *call, row feil.Row, f *feil.Feil) response {
	told := struct {
		XMLName        xml.Name `json:"-" xml:"urn:no:skatteetaten:datasamarbeid:feil:v1 feil"`
		Kode           string   `json:"kode" xml:"kode"`
		Melding        string   `json:"melding" xml:"melding"`
		Korrelasjonsid string   `json:"korrelasjonsid" xml:"korrelasjonsid"`
	}{Kode: row.Kode, Melding: row.Melding, Korrelasjonsid: c.korrelasjonsid()}
	for i, d := range f.Detaljer {
		text := cmp.Or(d.Melding, d.UtenKode)
		if text == "" {
			continue
		}
		told.Melding += " " + text
		if d.Sti != "" {
			told.Melding += " (" + d.Sti + ")"
		}
		if more := len(f.Detaljer) - i - 1; more > 0 {
			told.Melding += fmt.Sprintf(", og %d feil til", more)
		}
		break
	}
	accept := strings.Join(c.http.Header.Values("Accept"), ", ")
	if preference(accept, "application", "json") >= preference(accept, "application", "xml") {
		return response{contentType: jsonType, body: wire.Encode(told)}
	}
	var b bytes.Buffer
	if err := xml.NewEncoder(&b).Encode(told); err != nil {
		panic(err) // values of our own making, none of which can fail
	}
	return response{contentType: "application/xml", body: b.Bytes()}
}

// retryAfter is what a 503 of Dialogporten says, in seconds. That it says something is documented, what is not (K086).
const retryAfter = "60"

// The details of a 500 and of a 406 of Dialogporten, the only errors that have one (Altinn/dialogporten,
// ErrorResponseBuilderExtensions; the first observed in its issue 4128).
const (
	problemDetail    = "Something went wrong during the request."
	acceptJSONDetail = "The Accept header must allow JSON responses."
)

// bodyProblem is the body of Dialogporten: problem details, but for a 503, which is a text (reference
// maskinporten-dialogporten 3.1). The members come in ASP.NET's order. What its source tells by a
// ValidationProblemDetails always has errors, if only an empty object.
func bodyProblem(c *call, row feil.Row, f *feil.Feil) response {
	if row.Status == http.StatusServiceUnavailable {
		return response{contentType: "text/plain", body: []byte(row.Melding), header: http.Header{"Retry-After": {retryAfter}}}
	}
	told := struct {
		Type     string              `json:"type"`
		Title    string              `json:"title"`
		Status   int                 `json:"status"`
		Detail   string              `json:"detail,omitempty"`
		Instance string              `json:"instance"`
		Errors   map[string][]string `json:"errors,omitzero"`
		TraceID  string              `json:"traceId"`
	}{Type: row.Type, Title: row.Melding, Status: row.Status, Instance: c.path, TraceID: traceparent(c.IDs)}
	switch row.Status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		told.Errors = map[string][]string{}
	case http.StatusNotAcceptable:
		told.Errors, told.Detail = map[string][]string{}, acceptJSONDetail
	case http.StatusInternalServerError:
		told.Detail = problemDetail
	}
	for _, d := range f.Detaljer {
		if d.Melding != "" && told.Errors != nil && row.Status != http.StatusUnauthorized { // which never has any
			told.Errors[d.Sti] = append(told.Errors[d.Sti], d.Melding)
		}
	}
	a := response{contentType: "application/problem+json", body: wire.Encode(told)}
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

// bodyKoboProblem is the body of Kobo's API: problem details with kode, the number of the violation, and errors, the places at fault. The page
// shows no error body at all (reference kobo 5; K271). What was sent is not repeated: it may be a secret or a person's number.
func bodyKoboProblem(_ *call, row feil.Row, f *feil.Feil) response {
	type place struct {
		Sti     string `json:"sti"`
		Melding string `json:"melding"`
	}
	told := struct {
		Type   string  `json:"type"`
		Title  string  `json:"title"`
		Status int     `json:"status"`
		Detail string  `json:"detail"`
		Kode   string  `json:"kode"`
		Errors []place `json:"errors,omitempty"`
	}{Type: row.Type, Title: row.Melding, Status: row.Status, Detail: row.Melding, Kode: row.Kode}
	for _, d := range f.Detaljer {
		if d.Sti == "" {
			told.Detail = cmp.Or(d.Melding, told.Detail)
			continue
		}
		told.Errors = append(told.Errors, place{d.Sti, cmp.Or(d.Melding, d.UtenKode, row.Melding)})
	}
	if len(told.Errors) > 0 && told.Detail == row.Melding {
		told.Detail = told.Errors[0].Melding
	}
	a := response{contentType: "application/problem+json", body: wire.Encode(told)}
	if row.Status == http.StatusUnauthorized {
		a.header = http.Header{"Www-Authenticate": {"Bearer"}}
	}
	return a
}

// bodyOAuth is the body of a token endpoint (RFC 6749, 5.2). The error_uri leads to the page that explains the
// offence, in an API that has such pages (K104).
func bodyOAuth(c *call, row feil.Row, f *feil.Feil) response {
	told := struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		URI         string `json:"error_uri,omitempty"`
	}{Error: row.Kode, Description: row.Melding + ": " + f.Why}
	if slices.ContainsFunc(c.API.Routes, func(r *catalog.Route) bool { return r.Behaviour == "maskinporten-explanation" }) {
		told.URI = c.PlainBase + "/errors/" + string(row.Offence)
	}
	return response{contentType: jsonType, body: wire.Encode(told)}
}

// traceparent is a new trace in the form of the W3C's Trace Context, one that is not recorded, as
// Dialogporten's traceId is.
func traceparent(ids *wire.IDs) string {
	trace, span := ids.V4(), ids.V4()
	return fmt.Sprintf("00-%x-%x-00", trace[:], span[:8])
}
