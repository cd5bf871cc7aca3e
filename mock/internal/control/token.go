package control

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/token"
)

// DefaultVendor is the organisation in a token's consumer when none is asked for: a synthetic one (K021).
const DefaultVendor = "319000003"

// DefaultTTL is how long a token lives when nothing else is asked for, as Maskinporten's do (reference maskinporten-dialogporten 1.3).
const DefaultTTL = 120 * time.Second

// TokenRequest says which token is wanted. API and one of Org and Vendor are needed, the rest has defaults.
type TokenRequest struct {
	API     string        // which API the token is for, by name: bsu
	Org     string        // the systembruker's organisation, nine digits; empty for a plain token without a systembruker
	Vendor  string        // the vendor that holds the token, nine digits; DefaultVendor, or for boligsameie nobody, when empty
	Scope   string        // instead of the API's own
	TTL     time.Duration // DefaultTTL when 0; a second at the least
	Expired bool          // a token that ended a minute ago
}

// MintToken makes the token that a request asks for, by the key, as the issuer, at that time. The id is the token's jti. The error says
// what in the request was wrong.
func MintToken(known *catalog.Catalog, key token.Key, issuer string, request TokenRequest, now time.Time, id string) (string, error) {
	api := known.ByName(request.API)
	if request.API == "" {
		return "", badRequest("api is missing: which API is the token for? There are %s", strings.Join(known.Names(), ", "))
	}
	if api == nil {
		return "", badRequest("there is no API %q; there are %s", request.API, strings.Join(known.Names(), ", "))
	}
	if request.Org == "" && request.Vendor == "" {
		return "", badRequest("whose token? give an org (nine digits), or a vendor alone for a token without a systembruker")
	}
	grant := token.Spec{
		Issuer:   issuer,
		Scope:    cmp.Or(request.Scope, api.Scope),
		Vendor:   cmp.Or(request.Vendor, DefaultVendor),
		Org:      request.Org,
		IssuedAt: now,
		TTL:      cmp.Or(request.TTL, DefaultTTL),
		ID:       id,
	}
	if wantsConsumer(api) { // on whose behalf stands in consumer, and a vendor beside it rests on a delegation in Altinn
		grant.Org = ""
		if request.Org != "" && request.Vendor != "" {
			grant.ConsumerOrg = request.Org
		} else {
			grant.Vendor = cmp.Or(request.Org, request.Vendor)
		}
	}
	if request.Expired {
		grant.IssuedAt = now.Add(-grant.TTL - time.Minute)
	}
	token, err := token.Mint(key, grant)
	if err != nil {
		return "", badRequest("%s", strings.TrimPrefix(err.Error(), "mint a token: "))
	}
	return token, nil
}

// wantsConsumer tells whether an API takes its callers by the token's consumer and knows no systembruker.
func wantsConsumer(api *catalog.API) bool {
	return slices.ContainsFunc(api.Routes, func(r *catalog.Route) bool { return slices.Contains(r.Checks, "consumer") })
}

// Issuer is the name that a server reached at this base address gives itself as Maskinporten.
func Issuer(base string) string { return strings.TrimSuffix(base, "/") + "/maskinporten/" }

func (c *request) token(r *http.Request) (any, error) {
	query, err := parameters(r, "api", "org", "vendor", "scope", "ttl", "expired")
	if err != nil {
		return nil, err
	}
	request := TokenRequest{API: query.Get("api"), Org: query.Get("org"), Vendor: query.Get("vendor"), Scope: query.Get("scope")}
	if given := query.Get("expired"); query.Has("expired") && given != "" {
		if request.Expired, err = strconv.ParseBool(given); err != nil {
			return nil, badRequest("expired is %q; it must be true or false", given)
		}
	} else {
		request.Expired = query.Has("expired")
	}
	if ttl := query.Get("ttl"); query.Has("ttl") {
		if request.TTL, err = time.ParseDuration(ttl); err != nil || request.TTL < time.Second {
			return nil, badRequest("ttl is %q; it must be a duration such as 2m, at least 1s and less than 292 years (expired=true gives an expired token)", ttl)
		}
	}
	return MintToken(c.Catalog, c.Key, Issuer(c.address.Root), request, c.session.Clock.Now(), c.ids().TokenID())
}
