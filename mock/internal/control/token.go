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
// registered needs an org in the request; without, the error says what became of the request for it.
func (c *request) nameSystemUser(request *token.Request) error {
	return c.view(func(tx *store.Tx) error {
		user, found, err := altinn.FindUserByID(tx, request.SystemUser)
		if err != nil {
			return err
		}
		if !found {
			if request.Org != "" {
				return nil
			}
			return c.missingSystemUser(tx, request.SystemUser)
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

// missingSystemUser returns the refusal of a token for a system user that is not there.
func (c *request) missingSystemUser(tx *store.Tx, id string) error {
	q, _, found, err := altinn.FindRequest(tx, id)
	switch {
	case err != nil:
		return err
	case found && q.Kind == altinn.Changing:
		return badRequest("systemuser %q is a request for a change; give the id of the system user, %s", id, q.User)
	case found:
		return badRequest("the customer %s has not approved the request %s: it is %s; POST "+
			"%saltinn/requests/%s/approve approves a new one", q.Customer, q.ID, q.StatusAt(tx.Now), c.prefix(), q.ID)
	}
	return badRequest("there is no system user %q; GET %saltinn/users lists those there are; a token for one that "+
		"nobody registered needs an org, too", id, c.prefix())
}
