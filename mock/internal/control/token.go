package control

import (
	"net/http"
	"strconv"
	"time"

	"sandkasse/mock/internal/token"
)

func (c *request) token(r *http.Request) (any, error) {
	query, err := parameters(r, "api", "org", "vendor", "scope", "ttl", "expired")
	if err != nil {
		return nil, err
	}
	request := token.Request{
		API: query.Get("api"), Org: query.Get("org"), Vendor: query.Get("vendor"),
		Scope: query.Get("scope"),
	}
	if given := query.Get("expired"); query.Has("expired") && given != "" {
		if request.Expired, err = strconv.ParseBool(given); err != nil {
			return nil, badRequest("expired is %q; it must be true or false", given)
		}
	} else {
		request.Expired = query.Has("expired")
	}
	if ttl := query.Get("ttl"); query.Has("ttl") {
		if request.TTL, err = time.ParseDuration(ttl); err != nil || request.TTL < time.Second {
			return nil,
				badRequest(
					"ttl is %q; it must be a duration such as 2m, at least 1s and less than 292 years (expired=true "+
						"gives an expired token)", ttl)
		}
	}
	if err := c.keepSession(r); err != nil { // which numbers its tokens
		return nil, err
	}
	minted, err := token.MintFor(request, token.MintOptions{
		Catalog: c.Catalog, Key: c.Key, Issuer: token.IssuerAt(c.address.Own()), Now: c.session.Clock.Now(),
		ID: c.ids().TokenID(),
	})
	if err != nil {
		return nil, badRequest("%v", err)
	}
	return minted, nil
}
