package control

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
)

func (c *request) token(r *http.Request) (any, error) {
	query, err := parameters(r, "api", "org", "vendor", "scope", "ttl", "expired", "systemuser", "system")
	if err != nil {
		return nil, err
	}
	request := token.Request{
		API: query.Get("api"), Org: query.Get("org"), Vendor: query.Get("vendor"),
		Scope: query.Get("scope"),
	}
	request.SystemUser, request.System = query.Get("systemuser"), query.Get("system")
	if request.SystemUser != "" {
		if err := c.nameSystemUser(&request); err != nil {
			return nil, err
		}
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

// nameSystemUser completes a request for a token of a registered system user. One that nobody
// registered needs an org in the request.
func (c *request) nameSystemUser(request *token.Request) error {
	return c.view(func(tx *store.Tx) error {
		user, found, err := altinn.FindUserByID(tx, request.SystemUser)
		if err != nil || !found {
			return err
		}
		system, err := altinn.FindSystem(tx, user.System)
		request.SystemUser, request.Org = user.ID, cmp.Or(request.Org, user.Owner)
		request.System, request.Vendor = cmp.Or(request.System, user.System), cmp.Or(request.Vendor, user.Vendor)
		if len(system.ClientIDs) > 0 {
			request.ClientID = system.ClientIDs[0]
		}
		return err
	})
}
