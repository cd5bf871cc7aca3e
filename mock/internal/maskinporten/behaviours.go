package maskinporten

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

const jsonType = "application/json"

// Behaviours returns the behaviours of the family maskinporten, by the names in its file.
func Behaviours(key token.Key, tokens *Issuer) wire.Behaviours {
	e := behaviours{key: key, tokens: tokens}
	return wire.Behaviours{
		"maskinporten-metadata": {
			Do: e.metadata, Summary: "Get the metadata of the issuer",
			Answers: []wire.Answer{{
				Status: 200, Means: "The metadata.", ContentTypes: []string{jsonType}, Body: Metadata{},
				Example: func(r *wire.Request) (wire.Response, error) { return e.metadata(nil, r) },
			}},
		},
		"maskinporten-keys": {
			Do: e.keys, Summary: "Get the key that verifies tokens",
			Answers: []wire.Answer{{
				Status: 200, Means: "The key.", ContentTypes: []string{jsonType}, Body: token.JWKS{},
				Example: func(r *wire.Request) (wire.Response, error) { return e.keys(nil, r) },
			}},
		},
		"maskinporten-token": {
			Do: e.token, Requires: []string{"body-size"}, Codes: e.errorsOnDemand(), Summary: "Get a token for a grant",
			Form: []wire.Parameter{
				{
					Name: "grant_type", Required: true, Values: []string{jwtBearer},
					Means: "The only type of grant.",
				},
				{
					Name: "assertion", Required: true, Means: "The grant: a JWT that the client has signed.",
					Example: "eyJhbGciOiJSUzI1NiIsImtpZCI6Im15LWtleSJ9.eyJpc3MiOiJteS1jbGllbnQifQ.c2lnbmF0dXJl",
				},
			},
			Answers: []wire.Answer{{
				Status: 200, Means: "The token.", ContentTypes: []string{jsonType}, Body: TokenResponse{},
			}},
		},
		"maskinporten-explanation": {
			Do: e.explanation, Offences: []feil.Offence{feil.UnknownURL}, Summary: "Explain an error",
			Answers: []wire.Answer{{
				Status: 200, Means: "The explanation, in plain words.", ContentTypes: []string{"text/plain"},
			}},
		},
	}
}

// behaviours has a method for each behaviour.
type behaviours struct {
	key    token.Key
	tokens *Issuer
}

// issuerOf returns the issuer at the address of the call. That of Skyporten has no slash at its end
// (docs/sources/maskinporten.md, 1.1).
func issuerOf(r *wire.Request) string { return r.Base + issuerEnd(r.Host) }

// audiences returns the values that a grant's aud may have instead of the issuer. Clients in use
// cannot change it, so at the sandbox's own address it may be any real issuer. Under a real host it
// may be that host's, whatever the port, session and scenario, and no other (K524).
func audiences(r *wire.Request) []string {
	if r.Host != nil {
		return []string{RealIssuer(*r.Host)}
	}
	var real []string
	for _, host := range r.API.Hosts {
		real = append(real, RealIssuer(host))
	}
	return real
}

// pagesOf returns the base address of the explanations of errors, without the scenarios of the
// call's address, which would be played there again.
func pagesOf(r *wire.Request) string { return r.PlainBase + "/errors/" }

// metadata answers with the metadata (RFC 8414); under a host of Skyporten with what that has
// (K642).
func (e behaviours) metadata(_ *store.Tx, r *wire.Request) (wire.Response, error) {
	if r.Host != nil && r.Host.Skyporten {
		return jsonResponse(http.StatusOK, SkyportenMetadataOf(issuerOf(r)))
	}
	return jsonResponse(http.StatusOK, MetadataOf(issuerOf(r)))
}

// keys answers with the public key.
func (e behaviours) keys(*store.Tx, *wire.Request) (wire.Response, error) {
	return jsonResponse(http.StatusOK, e.key.JWKS())
}

// formFields returns the parameters of the form in the body and of the query, which are both in
// use (docs/sources/maskinporten.md), and the name of the first that is repeated, or "". A field
// that cannot be read is missing, as all are if the body is no form.
func formFields(r *wire.Request) (all url.Values, repeated string) {
	all = maps.Clone(r.Query)
	form, _ := url.ParseQuery(string(r.Body)) // what can be read of it is there beside the error
	for name, values := range form {
		all[name] = slices.Concat(all[name], values)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if len(all[name]) > 1 {
			return all, name
		}
	}
	return all, ""
}

// token answers a request for a token.
func (e behaviours) token(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	given, repeated := formFields(r)
	answer, err := e.tokens.Token(TokenRequest{
		Replays: r.Grants, Issuer: issuerOf(r), Audiences: audiences(r), Pages: pagesOf(r), Now: r.Now,
		NewID:       r.IDs.TokenID,
		SystemUsers: findIn(tx, r), Strict: r.SystemUsers.Strict,
		Production: r.Host != nil && r.Host.Environment == catalog.Production,
		Repeated:   repeated, GrantType: given.Get("grant_type"), Assertion: given.Get("assertion"),
	})
	var refused *OAuthError
	switch {
	case errors.As(err, &refused):
		return renderRefusal(refused)
	case err != nil:
		return wire.Response{}, err
	}
	response, err := jsonResponse(http.StatusOK, answer)
	response.Remarks = answer.Remarks
	return response, err
}

// findIn returns a function that looks into Altinn's register in the session of a call. An empty
// vendor is any.
func findIn(tx *store.Tx, r *wire.Request) func(clientID, vendor, customer, ref string) (Registered, error) {
	return func(clientID, vendor, customer, ref string) (Registered, error) {
		system, found, err := altinn.SystemOf(tx, clientID)
		if err != nil {
			return Registered{}, err
		}
		var known Registered
		if found {
			known.Vendor = system.Vendor
		}
		if customer == "" {
			return known, nil
		}
		user, why, err := altinn.FindUser(tx, altinn.UserQuery{
			ClientID: clientID, Vendor: cmp.Or(vendor, system.Vendor), Customer: customer, ExternalRef: ref,
		}, r.Now)
		if why == "" && err == nil {
			known.SystemUserID, known.SystemID = user.ID, user.System
		}
		known.Why = why
		return known, err
	}
}

// renderRefusal returns the answer to a request that is refused.
func renderRefusal(refused *OAuthError) (wire.Response, error) {
	response, err := jsonResponse(refused.Status, refused)
	response.Refused = &wire.Refusal{Code: refused.Code, Why: refused.Why}
	if refused.MP != "" {
		response.Refused.Specifications = []string{refused.MP}
	}
	return response, err
}

// errorsOnDemand returns the token endpoint's errors by MP code, or by the page of their
// explanation if they have none, and by OAuth error, which is the first of that kind.
func (e behaviours) errorsOnDemand() map[string]func(*wire.Request) (wire.Response, error) {
	onDemand := map[string]func(*wire.Request) (wire.Response, error){}
	for _, page := range Explanations() {
		refuse := func(r *wire.Request) (wire.Response, error) {
			given, _ := formFields(r)
			return renderRefusal(e.tokens.ErrorFor(page.Page, pagesOf(r), given.Get("assertion"), r.IDs.TokenID()))
		}
		onDemand[page.Page] = refuse
		if onDemand[page.Error] == nil {
			onDemand[page.Error] = refuse
		}
	}
	return onDemand
}

// explanation answers with the page of an error_uri.
func (e behaviours) explanation(_ *store.Tx, r *wire.Request) (wire.Response, error) {
	name := r.Params["page"]
	page, ok := Explain(name)
	if !ok {
		page, ok = explainOffence(r, feil.Offence(name))
	}
	if !ok {
		var names []string
		for _, known := range Explanations() {
			names = append(names, known.Page)
		}
		for _, offence := range slices.Sorted(maps.Keys(offenceHelp())) {
			names = append(names, string(offence))
		}
		return wire.Response{}, feil.New(feil.UnknownURL,
			fmt.Sprintf("no error is called %q; there are %s", name, strings.Join(names, ", ")))
	}
	text := fmt.Sprintf("%s %s\n\nHTTP %d, error %s\n\n%s\n\nWhat to do: %s\n", page.Page, page.Title, page.Status,
		page.Error, page.Means, page.Fix)
	return wire.Response{ContentType: "text/plain; charset=utf-8", Document: []byte(text)}, nil
}

// explainOffence returns the explanation of an error that comes before the token endpoint, such as
// an unknown address; false if there is none.
func explainOffence(r *wire.Request, offence feil.Offence) (page Explanation, ok bool) {
	about, ok := offenceHelp()[offence]
	row := r.API.Feil[offence]
	return Explanation{
		Page: string(offence), Status: row.Status, Error: row.Kode, Title: row.Melding, Means: about.means,
		Fix: about.fix,
	}, ok
}

// offenceHelp returns for each offence of the family what it means, and how to correct it.
func offenceHelp() map[feil.Offence]struct{ means, fix string } {
	const again = "Try again with a growing wait. If nobody asked for the failure by a scenario, the sandbox's log " +
		"and journal say what happened."
	return map[feil.Offence]struct{ means, fix string }{
		feil.UnknownURL: {
			"Maskinporten has nothing at this address.",
			"Take the addresses from the metadata: /.well-known/oauth-authorization-server, /token and /jwk, each " +
				"below the issuer. Skyporten alone has an openid-configuration.",
		},
		feil.MethodNotAllowed: {
			"The address is right, and the method is not: the header Allow says which there is.",
			"Ask for a token with POST, and for the metadata and the keys with GET.",
		},
		feil.BodyTooLarge: {
			"The body is longer than any grant.",
			"Send the form fields grant_type and assertion and nothing else; a grant has some kilobytes, also with " +
				"a chain of certificates.",
		},
		feil.BadParameter: {
			"A parameter of the call cannot be read.",
			"Send grant_type and assertion with Content-Type application/x-www-form-urlencoded.",
		},
		feil.UnexpectedFailure:  {"Something failed inside, or a scenario asked for that.", again},
		feil.UnspecifiedFailure: {"Something failed inside, or a scenario asked for that.", again},
		feil.BackendFailure: {
			"What stands behind Maskinporten does not answer, or a scenario asked for that.",
			again,
		},
	}
}

// jsonResponse returns a response with the value as JSON.
func jsonResponse(status int, value any) (wire.Response, error) {
	body, err := json.Marshal(value)
	return wire.Response{Status: status, ContentType: jsonType, Document: body}, err
}
