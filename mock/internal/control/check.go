package control

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/token"
)

// handleChecks registers the operations that look at what a caller has, and change nothing.
func (c *Control) handleChecks() {
	c.handle("POST token/decode", (*request).decodeToken)
	c.handle("POST apis/{api}/validate", (*request).validate)
}

// tokenView describes a token.
type tokenView struct {
	Header  map[string]json.RawMessage `json:"header"`
	Claims  map[string]json.RawMessage `json:"claims"`
	Issued  *time.Time                 `json:"issued"`  // null where it says nothing of it
	Expires *time.Time                 `json:"expires"` // likewise
	Now     time.Time                  `json:"now"`     // by the session's clock
	Valid   bool                       `json:"valid"`   // here and now
	Why     string                     `json:"why"`     // why it is not valid; empty where it is
	// Remark says what a valid token lacks for the APIs that demand a system user; empty for nothing.
	Remark string `json:"remark"`
	// APIs are the names of the APIs whose scope it has.
	APIs []string `json:"apis"`
}

// decodeToken reads a token, whoever signed it, and says whether it is valid in this session now.
func (c *request) decodeToken(r *http.Request) (any, error) {
	var body struct {
		Token string `json:"token"`
	}
	if err := decode(r, 2*token.MaxBytes, &body); err != nil {
		return nil, badRequest(`the body is no token (%v): it must be such as {"token": "eyJ…"}`, err)
	}
	text := strings.TrimSpace(body.Token)
	if scheme, rest, found := strings.Cut(text, " "); found && strings.EqualFold(scheme, "Bearer") {
		text = strings.TrimSpace(rest)
	}
	header, claims, err := token.Parse(text)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	view := tokenView{Now: c.session.Clock.Now().UTC(), APIs: []string{}, Header: header, Claims: claims}
	view.Issued, view.Expires = seconds(claims["iat"]), seconds(claims["exp"])
	principal, err := c.Verifier.Verify("Bearer "+text, view.Now)
	view.Valid = err == nil
	switch invalid, ok := errors.AsType[*token.InvalidTokenError](err); {
	case ok:
		view.Why = invalid.Reason
	case err != nil:
		view.Why = err.Error()
	default:
		view.Remark = principal.NoSystemUser
		for _, api := range c.Catalog.APIs {
			if api.Scope != "" && slices.Contains(principal.Scopes, api.Scope) {
				view.APIs = append(view.APIs, api.Name)
			}
		}
	}
	return view, nil
}

// seconds returns a claim that is a number of seconds as a time; nil for any other.
func seconds(claim json.RawMessage) *time.Time {
	var n float64
	if json.Unmarshal(claim, &n) != nil || n < 0 || n > 253402300799 {
		return nil
	}
	at := time.Unix(int64(n), 0).UTC()
	return &at
}

// violation is a place where a document breaks a rule of its API.
type violation struct {
	Sti         string `json:"sti"`
	AngittVerdi string `json:"angittVerdi,omitempty"`
	Melding     string `json:"melding"`
	Line        int    `json:"line"` // from 1; 0 where it cannot be said
	Column      int    `json:"column"`
}

// validate checks a document as the API in the path does on delivery, as far as this depends on the
// document alone.
func (c *request) validate(r *http.Request) (any, error) {
	api := c.Catalog.ByName(r.PathValue("api"))
	if api == nil {
		return c.api(r) // which says so
	}
	if api.Schema == nil {
		return nil, badRequest("the API %s takes no documents; only the reporting APIs do", api.Name)
	}
	document, err := readBody(r, api.MaxBody)
	if err != nil {
		return nil, err
	}
	found, err := innrapportering.Violations(api, document)
	if err != nil {
		return nil, err
	}
	verdict := struct {
		Valid      bool        `json:"valid"`
		Violations []violation `json:"violations"`
	}{len(found) == 0, []violation{}}
	for _, one := range found {
		verdict.Violations = append(verdict.Violations, violation(one))
	}
	return verdict, nil
}
