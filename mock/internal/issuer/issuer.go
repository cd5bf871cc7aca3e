// Package issuer is Maskinporten as an API of the catalogue: its metadata, its keys, its token endpoint, and pages that explain its errors.
//
// What a grant must be and what a token says is decided in package maskinporten; here it gets an address.
package issuer

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

const jsonType = "application/json"

// Behaviours are those of the family maskinporten, by the names that its file uses.
func Behaviours(key maskinporten.Key, tokens *maskinporten.Issuer) wire.Behaviours {
	e := endpoint{key: key, tokens: tokens}
	return wire.Behaviours{
		"maskinporten-metadata":    {Do: e.metadata},
		"maskinporten-keys":        {Do: e.keys},
		"maskinporten-token":       {Do: e.token, After: []string{"body-size"}, Codes: e.refusals()},
		"maskinporten-explanation": {Do: e.explanation, Tells: []feil.Offence{feil.UnknownURL}},
	}
}

type endpoint struct {
	key    maskinporten.Key
	tokens *maskinporten.Issuer
}

// issuer is the name under which the caller reached this Maskinporten.
func issuer(r *wire.Request) string { return r.Root + "/" + r.API.Label + "/" }

func (e endpoint) metadata(_ *store.Tx, r *wire.Request) (wire.Response, error) {
	return document(http.StatusOK, maskinporten.MetadataOf(issuer(r)))
}

func (e endpoint) keys(*store.Tx, *wire.Request) (wire.Response, error) {
	return document(http.StatusOK, e.key.JWKS())
}

// field is a field of the form in the body, or of the query: both are in use (reference maskinporten-dialogporten 1.2). In a body that is no
// form every field is missing, and so it is told.
func field(r *wire.Request, name string) string {
	if form, err := url.ParseQuery(string(r.Body)); err == nil && form.Has(name) {
		return form.Get(name)
	}
	return r.Query.Get(name)
}

// token gives a token for the grant, or says why not.
func (e endpoint) token(_ *store.Tx, r *wire.Request) (wire.Response, error) {
	answer, err := e.tokens.Token(maskinporten.TokenRequest{
		Session: r.Session, Issuer: issuer(r), GrantType: field(r, "grant_type"), Assertion: field(r, "assertion"), Now: r.Now, NewID: r.IDs.TokenID,
	})
	var refused *maskinporten.OAuthError
	switch {
	case errors.As(err, &refused):
		return tell(refused)
	case err != nil:
		return wire.Response{}, err
	}
	response, err := document(http.StatusOK, answer)
	response.Remarks = answer.Remarks
	return response, err
}

// tell is why no token is given.
func tell(refused *maskinporten.OAuthError) (wire.Response, error) {
	response, err := document(refused.Status, refused)
	response.Refused = &wire.Refusal{Code: refused.Code, Specification: refused.MP, Why: refused.Why}
	return response, err
}

// refusals are the token endpoint's errors on demand: by their MP code (or the name of their explanation where they have none), and by the
// error of OAuth that stands in the answer, which is then the first of that kind.
func (e endpoint) refusals() map[string]func(*wire.Request) (wire.Response, error) {
	told := map[string]func(*wire.Request) (wire.Response, error){}
	for _, page := range maskinporten.Explanations() {
		refuse := func(r *wire.Request) (wire.Response, error) {
			return tell(e.tokens.Refuse(page.Page, issuer(r), field(r, "assertion"), r.IDs.TokenID()))
		}
		told[page.Page] = refuse
		if told[page.Error] == nil {
			told[page.Error] = refuse
		}
	}
	return told
}

// explanation is the page that an error's error_uri leads to.
func (e endpoint) explanation(_ *store.Tx, r *wire.Request) (wire.Response, error) {
	name := r.Params["page"]
	page, ok := maskinporten.Explain(name)
	if !ok {
		var names []string
		for _, known := range maskinporten.Explanations() {
			names = append(names, known.Page)
		}
		return wire.Response{}, feil.New(feil.UnknownURL, fmt.Sprintf("no error is called %q; there are %s", name, strings.Join(names, ", ")))
	}
	text := fmt.Sprintf("%s %s\n\nHTTP %d, error %s\n\n%s\n\nWhat to do: %s\n", page.Page, page.Title, page.Status, page.Error, page.Means, page.Fix)
	return wire.Response{ContentType: "text/plain; charset=utf-8", Document: []byte(text)}, nil
}

func document(status int, value any) (wire.Response, error) {
	body, err := json.Marshal(value)
	return wire.Response{Status: status, ContentType: jsonType, Document: body}, err
}
