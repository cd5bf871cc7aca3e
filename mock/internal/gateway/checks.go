package gateway

import (
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

// check checks one thing about a call, or returns what is wrong with it as a *feil.Feil. It may
// report the offences listed, and requires the checks named to run before it.
type check struct {
	run      func(*Gateway, *call) error
	offences []feil.Offence
	requires []string
}

// ownChecks returns the checks of headers, parameters and form by the names that a family file
// uses.
func ownChecks() map[string]check {
	type offences = []feil.Offence
	type names = []string
	return map[string]check{
		"token":              {(*Gateway).checkToken, offences{feil.MissingToken, feil.InvalidToken}, nil},
		"scope":              {(*Gateway).checkScope, offences{feil.WrongScope}, names{"token"}},
		"systembruker":       {(*Gateway).checkSystembruker, offences{feil.NoSystembruker}, names{"token"}},
		"consumer":           {(*Gateway).checkConsumer, nil, names{"token"}},
		"enterprise-user":    {(*Gateway).checkEnterpriseUser, offences{feil.EnterpriseUser}, nil},
		"accept-any":         {(*Gateway).checkAcceptAny, nil, nil},
		"accept":             {(*Gateway).checkAccept, offences{feil.NotAcceptable}, nil},
		"accept-some-json":   {(*Gateway).checkAcceptSomeJSON, offences{feil.NotAcceptable}, nil},
		"accept-document":    {(*Gateway).checkAcceptDocument, offences{feil.NotAcceptable}, nil},
		"accept-json-or-xml": {(*Gateway).checkAcceptJSONOrXML, offences{feil.NotAcceptable}, nil},
		"content-type":       {(*Gateway).checkContentType, offences{feil.WrongContentType}, nil},
		"body-size":          {(*Gateway).checkBodySize, offences{feil.BodyTooLarge}, nil},
		"idempotency-key": {(*Gateway).checkIdempotencyKey, offences{
			feil.MissingHeader, feil.BadParameter, feil.KeyReused,
		}, names{"token", "body-size"}},
		"inntektsaar": {(*Gateway).checkInntektsaar, offences{feil.BadParameter}, nil},
		"inntektsaar-supported": {
			(*Gateway).checkInntektsaarSupported, offences{feil.YearNotSupported}, names{"inntektsaar"},
		},
		"json":            {(*Gateway).checkJSON, offences{feil.BrokenJSON}, names{"body-size"}},
		"json-or-nothing": {(*Gateway).checkJSONOrNothing, offences{feil.BrokenJSON}, names{"body-size"}},
		"kobo-systemid":   {(*Gateway).checkKoboSystemID, offences{feil.MissingHeader, feil.BadParameter}, nil},
		"kobo-bolig-id":   {(*Gateway).checkKoboBoligID, offences{feil.BadParameter}, nil},
		"schema":          {(*Gateway).checkSchema, offences{feil.SchemaViolation}, names{"json"}},
	}
}

// Vocabulary returns what a catalogue may name of this package: its checks, and the forms of an
// error body.
func Vocabulary() (checks map[string]catalog.Part, forms []string) {
	checks = map[string]catalog.Part{}
	for name, own := range ownChecks() {
		checks[name] = catalog.Part{Offences: own.offences, Requires: own.requires}
	}
	return checks, slices.Sorted(maps.Keys(errorBodies()))
}

// checkToken: GLD_1007 "Mangler Token", GLD_1008 "Ugyldig token" (BSU page, Feilkoder). Several
// tokens are an invalid one (K028).
func (g *Gateway) checkToken(c *call) (err error) {
	values := c.http.Header.Values("Authorization")
	if len(values) > 1 && g.Auth != token.Off {
		return feil.New(feil.InvalidToken, "there are several Authorization headers; send one",
			feil.Detalj{Sti: "Authorization", Melding: "det er flere Authorization-headere"})
	}
	authorization := c.http.Header.Get("Authorization")
	verifier := g.Verifier
	if c.API.ExchangedTokens && token.IsExchanged(authorization) {
		verifier = g.Exchanged
	}
	c.Principal, err = verifier.Verify(authorization, c.Now)
	c.Token = token.Bearer(authorization)
	var invalid *token.InvalidTokenError
	switch {
	case errors.Is(err, token.ErrNoToken):
		whose := "org"
		if c.API.ExchangedTokens { // a vendor calls it
			whose = "vendor"
		}
		return feil.New(feil.MissingToken,
			err.Error()+"; GET /_sandkasse/token?api="+c.API.Name+"&"+whose+"=ORGANISASJONSNUMMER gives one",
			feil.MissingTokenDetalj(noBearer(values)))
	case errors.As(err, &invalid):
		return feil.New(feil.InvalidToken, invalid.Reason,
			feil.InvalidTokenDetalj(invalid.Melding))
	}
	return err
}

// noBearer returns, in Norwegian, what is wrong with an Authorization header without a token; empty
// where there is no such header.
func noBearer(values []string) string {
	if strings.Join(values, "") == "" {
		return ""
	}
	return "Authorization må være Bearer og et token"
}

// checkScope: a token with another scope is an error of authorisation (403). No page has a
// specification code for it.
func (g *Gateway) checkScope(c *call) error {
	scopes, what := c.Route.Scopes, "this operation"
	if len(scopes) == 0 {
		scopes, what = []string{c.API.Scope}, "this API"
	}
	if g.Auth == token.Off || slices.ContainsFunc(scopes, c.Principal.HasScope) {
		return nil
	}
	wants := strings.Join(scopes, " or ")
	return feil.New(feil.WrongScope, fmt.Sprintf("the token's scope is %q; %s wants %s",
		strings.Join(c.Principal.Scopes, " "), what, wants), feil.WrongScopeDetalj(wants))
}

// checkSystembruker: "Bruk av API-et krever systemtilgang med systembruker" (BSU page,
// Systemtilgang med systembruker).
func (g *Gateway) checkSystembruker(c *call) error {
	if g.Auth != token.Strict || c.Principal.HasSystemUser() {
		return nil
	}
	return feil.New(feil.NoSystembruker, c.Principal.NoSystemUser, feil.NoSystembrukerDetalj())
}

// checkConsumer: the API has no systembruker. The token's consumer is who the call is made for;
// with a delegation in Altinn, supplier is who makes it (boligsameie page, Delegering;
// docs/sources/maskinporten.md).
func (g *Gateway) checkConsumer(c *call) error {
	c.Principal.Org = c.Principal.Consumer
	return nil
}

// checkEnterpriseUser: Altinn's exchange refuses the header of enterprise users, which are no more
// (docs/sources/systembruker.md).
func (g *Gateway) checkEnterpriseUser(c *call) error {
	const name = "X-Altinn-EnterpriseUser-Authentication"
	if len(c.http.Header.Values(name)) == 0 {
		return nil
	}
	return feil.New(feil.EnterpriseUser, "the header "+name+" is for enterprise users (virksomhetsbruker), which "+
		"Altinn "+
		"has no longer; use a system user")
}

// checkAcceptAny notes what the caller accepts, and refuses nothing.
func (g *Gateway) checkAcceptAny(c *call) error {
	c.Accept = strings.Join(c.http.Header.Values("Accept"), ", ")
	c.Accepts = func(mediaType string) bool {
		kind, subtype, _ := strings.Cut(mediaType, "/")
		return accepts(c.Accept, kind, subtype)
	}
	return nil
}

// checkAccept: GLD_1030 "APIet har kun støtte for json i response" (BSU page, Feilkoder).
func (g *Gateway) checkAccept(c *call) error {
	accept := strings.Join(c.http.Header.Values("Accept"), ", ")
	if accepts(accept, "application", "json") {
		return nil
	}
	return feil.New(feil.NotAcceptable,
		"the Accept header leaves out application/json, the only type this API answers with",
		feil.NotAcceptableDetalj(accept, "ikke application/json"))
}

// checkAcceptDocument: documents come as JSON, XML, PDF, CSV or zip (boligsameie-api 1.0.0 and
// boligselskap-api 1.0.1, uthenting_dokument). The behaviour checks whether the caller accepts the
// type of the document asked for.
func (g *Gateway) checkAcceptDocument(c *call) error {
	accept := strings.Join(c.http.Header.Values("Accept"), ", ")
	c.Accept = accept
	c.Accepts = func(mediaType string) bool {
		kind, subtype, _ := strings.Cut(mediaType, "/")
		return accepts(accept, kind, subtype)
	}
	if slices.ContainsFunc(documentTypes(), c.Accepts) {
		return nil
	}
	return feil.New(feil.NotAcceptable,
		"the Accept header leaves out every type that a document can have: "+strings.Join(documentTypes(), ", "),
		feil.NotAcceptableDetalj(accept, "ingen av dokumentenes formater"))
}

// documentTypes returns the types that the official documents list for the answer of
// uthenting_dokument.
func documentTypes() []string {
	return []string{"application/json", "application/xml", "application/pdf", "text/csv", "application/zip"}
}

// checkAcceptJSONOrXML: MVA-008 "Kun json eller xml er støttet" (boligsameie page, Feilkoder).
func (g *Gateway) checkAcceptJSONOrXML(c *call) error {
	accept := strings.Join(c.http.Header.Values("Accept"), ", ")
	if accepts(accept, "application", "json") || accepts(accept, "application", "xml") {
		return nil
	}
	return feil.New(feil.NotAcceptable, "the Accept header leaves out both application/json and application/xml",
		feil.NotAcceptableDetalj(accept, "verken application/json eller application/xml"))
}

// checkAcceptSomeJSON: one range that allows any kind of JSON is enough, whatever the others
// exclude; a header that cannot be read allows everything (Altinn/dialogporten,
// RequireJsonAcceptPreProcessor.cs).
func (g *Gateway) checkAcceptSomeJSON(c *call) error {
	accept := strings.Join(c.http.Header.Values("Accept"), ", ")
	if strings.TrimSpace(accept) == "" {
		return nil
	}
	for _, part := range splitUnquoted(accept) {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil || !strings.Contains(media, "/") {
			return nil
		}
		json := media == "*/*" || media == "application/*" || media == "application/json" ||
			strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
		if json && quality(params["q"]) > 0 {
			return nil
		}
	}
	return feil.New(feil.NotAcceptable, "the Accept header leaves out every kind of JSON", feil.NoJSONAcceptedDetalj())
}

// checkContentType: GLD_1047 "APIet har kun støtte for json i request body" (BSU page, Feilkoder).
// JSON is UTF-8, so another charset is another type (K018).
func (g *Gateway) checkContentType(c *call) error {
	values := c.http.Header.Values("Content-Type")
	given := strings.Join(values, ", ")
	media, params, err := mime.ParseMediaType(given)
	why, detalj := fmt.Sprintf("Content-Type is %q; it must be application/json", given),
		feil.WrongContentTypeDetalj(given)
	switch charset := params["charset"]; {
	case given == "":
		why = "there is no Content-Type; it must be application/json"
		detalj.UtenKode = "Content-Type mangler; den må være application/json"
	case len(values) > 1:
		why, detalj.UtenKode = "there are several Content-Type headers; send one", "Content-Type er angitt flere ganger"
	case err != nil:
		why = fmt.Sprintf("Content-Type is %q, which is no media type; it must be application/json", given)
		detalj.UtenKode = "Content-Type kan ikke leses; den må være application/json"
	case media != "application/json":
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		why = fmt.Sprintf("the charset in Content-Type is %q; JSON must be UTF-8", charset)
		detalj.UtenKode = "tegnsettet i Content-Type må være UTF-8"
	default:
		return nil
	}
	return feil.New(feil.WrongContentType, why, detalj)
}

const idempotencyHeader = "idempotencyKey"

// checkIdempotencyKey: the key is "påkrevet. Innholdet skal være en unik UUID" (BSU page,
// Parameter: idempotencyKey). A key that was answered before is found later, by replay or in the
// transaction of the work. K036 lists the spellings that are accepted.
func (g *Gateway) checkIdempotencyKey(c *call) error {
	values := c.http.Header.Values(idempotencyHeader)
	switch {
	case strings.Join(values, "") == "":
		return feil.New(feil.MissingHeader, "the header idempotencyKey is missing; send a new UUID with every new call",
			feil.MissingHeaderDetalj(idempotencyHeader))
	case len(values) > 1:
		return feil.New(feil.BadParameter, "there are several idempotencyKey headers; send one",
			feil.Detalj{
				Sti: idempotencyHeader, AngittVerdi: strings.Join(values, ", "),
				Melding: "idempotencyKey er angitt flere ganger",
			})
	}
	id, err := uuid.Parse(values[0])
	if err != nil || len(values[0]) != len(uuid.UUID{}.String()) {
		return feil.New(feil.BadParameter, "idempotencyKey is not a UUID such as "+uuid.NameSpaceURL.String(),
			feil.KeyFormDetalj(values[0]))
	}
	c.key, c.fingerprint = id.String(), fingerprint(c.Body)
	return nil
}

// checkInntektsaar: the year in the path is four digits; anything else is a fault in a parameter.
func (g *Gateway) checkInntektsaar(c *call) error {
	given, present := c.Params["inntektsaar"]
	if !present {
		return nil
	}
	year, err := strconv.Atoi(given)
	if err != nil || len(given) != 4 || year < 1000 {
		return feil.New(feil.BadParameter,
			fmt.Sprintf("inntektsaar in the path is %q; it must be a year of four digits", given),
			feil.YearFormDetalj(given))
	}
	c.Inntektsaar = year
	return nil
}

// checkInntektsaarSupported: GLD_1027 "Det er ikke tillatt å levere på oppgitt inntektsår" (BSU
// page, Feilkoder).
func (g *Gateway) checkInntektsaarSupported(c *call) error {
	if c.API.Inntektsaar.Holds(c.Inntektsaar, c.Now) {
		return nil
	}
	return feil.New(feil.YearNotSupported,
		fmt.Sprintf("inntektsaar %d is outside the years %d to %d that this API takes",
			c.Inntektsaar, c.API.Inntektsaar.First, c.API.Inntektsaar.Last(c.Now)),
		yearNotSupported(c, strconv.Itoa(c.Inntektsaar)))
}

// yearNotSupported returns the detail with the years that the API takes at the time of the call.
func yearNotSupported(c *call, given string) feil.Detalj {
	span := c.API.Inntektsaar
	return feil.YearNotSupportedDetalj(given, span.First, span.Last(c.Now))
}

// checkJSON: GLD_008 "Strukturell feil i tilknyttet dataformat" (BSU page, Feilkoder).
func (g *Gateway) checkJSON(c *call) (err error) {
	if c.work, err = g.Memory.ReserveWork(c.http.Context(), c.Body); err != nil {
		return err
	}
	c.Document, err = schema.Decode(c.Body)
	var syntax *schema.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	why := fmt.Sprintf("the body is not one well-formed JSON document: line %d, column %d",
		syntax.Linje, syntax.Kolonne)
	if encoding := c.http.Header.Get("Content-Encoding"); encoding != "" {
		why += fmt.Sprintf("; it is sent with Content-Encoding %q, which is not taken (K027)", encoding)
	}
	melding := syntax.Melding
	if len(c.Body) == 0 && c.http.Method == http.MethodDelete { // K223
		why += "; there is no body at all: some clients and proxies drop that of a DELETE"
		melding += "; noen klienter og mellomledd sender ikke med innholdet i en DELETE"
	}
	return feil.New(feil.BrokenJSON, why, feil.Detalj{Sti: syntax.Sti, Melding: melding})
}

// checkSchema: GLD_010, one entry a violation: "API-et validerer mottatte data mot JSON schema"
// (BSU page, Teknisk spesifikasjon). Sums and check digits are not checked (K031).
func (g *Gateway) checkSchema(c *call) error {
	compile, name := c.API.Schema, c.API.SchemaName
	if c.Route.Schema != nil {
		compile, name = c.Route.Schema, c.Route.SchemaName
	}
	compiled := compile()
	if c.Route.Schema == nil {
		c.remarkUnknown(compiled.Unknown(c.Document))
	}
	avvik := compiled.Validate(c.Document)
	if len(avvik) == 0 {
		return nil
	}
	if len(c.Unknown) == 0 { // else listed above
		c.Unknown = unknownNames(slices.DeleteFunc(slices.Clone(avvik), func(a schema.Avvik) bool {
			return a.Regel != "additionalProperties"
		}))
	}
	return feil.New(feil.SchemaViolation,
		fmt.Sprintf("the document breaks the schema %s in %s", name, wire.Places(len(avvik))), violations(avvik)...)
}

// violations returns a detail for each violation of a schema.
func violations(avvik []schema.Avvik) []feil.Detalj {
	detaljer := make([]feil.Detalj, len(avvik))
	for i, a := range avvik {
		detaljer[i] = feil.Detalj{Sti: a.Sti, AngittVerdi: a.AngittVerdi, Melding: a.Melding}
	}
	return detaljer
}
