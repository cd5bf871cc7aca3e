package altinn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

// LooksAt reports whether Covers may decide about the caller's system user, which costs a look into the
// store.
func LooksAt(r *wire.Request) bool {
	id := r.Principal.SystemUserID
	return r.Auth == token.Strict && id != "" && (r.SystemUsers.Strict || r.SystemUsers.Resources != nil ||
		isRegistered(id))
}

// Coverage says what the caller's system user may do.
type Coverage struct {
	// Decided is false where nothing is registered of the system user, so that what a token says
	// counts.
	Decided bool
	May     bool
	Why     string // it may not, and what would be right
}

// derivedVersion is the version of the UUIDs of system users that nobody registered: see
// token.DerivedUUID. Those of requests are of version 4.
const derivedVersion = 5

// isRegistered reports whether the register could have a system user of the id.
func isRegistered(id string) bool {
	parsed, err := uuid.Parse(id)
	return err != nil || parsed.Version() != derivedVersion
}

// Covers says whether the caller's system user may report to an API for an organisation, and read
// what was reported: a standard one for its owner, with the API's resource or one of its packages;
// an agent's for its clients, with one of the packages; and for the underenheter of these
// (docs/sources/systembruker.md).
func Covers(tx *store.Tx, r *wire.Request, api *catalog.API, organisation string) (Coverage, error) {
	user, decided, err := callingUser(tx, r)
	if err != nil || decided != nil {
		return orUndecided(decided), err
	}
	if user == nil {
		return Coverage{}, nil
	}
	if why := user.lacks(api); why != "" {
		return Coverage{Decided: true, Why: why}, nil
	}
	if r.Reserved != nil && r.Reserved(organisation) { // K379
		return Coverage{Decided: true, May: true}, nil
	}
	if user.Kind == Agent {
		isClient, err := hasClient(tx, r, *user, organisation)
		why := fmt.Sprintf("the system user is an agent's, and %s is not among its clients; add it with POST "+
			"/_sandkasse/altinn/users/%s/clients", organisation, user.ID)
		return Coverage{Decided: true, May: isClient, Why: why}, err
	}
	why := fmt.Sprintf("the system user is a standard one, for the reporting of its owner %s, and the delivery is for "+
		"%s; an accountant needs an agent's. Delegations of /_sandkasse/delegations are not for registered system "+
		"users",
		user.Owner, organisation)
	return Coverage{Decided: true, May: CountsWith(r, organisation, user.Owner), Why: why}, nil
}

// hasClient reports whether an organisation, or the one that it is an underenhet of, is a client of an
// agent's system user.
func hasClient(tx *store.Tx, r *wire.Request, user User, organisation string) (bool, error) {
	_, found, err := clientsOf.Get(tx, user.ID+"/"+organisation)
	if err != nil || found {
		return found, err
	}
	if organisation = hovedenhet(r, organisation); organisation == "" {
		return false, nil
	}
	_, found, err = clientsOf.Get(tx, user.ID+"/"+organisation)
	return found, err
}

func orUndecided(decided *Coverage) Coverage {
	if decided == nil {
		return Coverage{}
	}
	return *decided
}

// callingUser returns the caller's system user, nil where it is none that is registered; or what is
// decided without looking at one.
func callingUser(tx *store.Tx, r *wire.Request) (user *User, decided *Coverage, err error) {
	id := r.Principal.SystemUserID
	if r.Auth != token.Strict || id == "" {
		return nil, nil, nil
	}
	if r.SystemUsers.Resources != nil {
		if resources, known := r.SystemUsers.Resources(id); known {
			return fileUser(r.Principal, resources), nil, nil
		}
	}
	if !r.SystemUsers.Strict && !isRegistered(id) {
		return nil, nil, nil
	}
	found, is, err := users.Get(tx, strings.ToLower(id))
	switch {
	case err != nil:
		return nil, nil, err
	case !is && r.SystemUsers.Strict:
		return nil, &Coverage{Decided: true, Why: "the token's system user is not registered, and --systembruker " +
			"strict " +
			"wants it to be: register a system, ask for a system user and have it approved"}, nil
	case !is:
		decided, err := ofBoundClient(tx, r.Principal.ClientID)
		return nil, decided, err
	case !found.live(r.Now):
		return nil, &Coverage{Decided: true, Why: "the customer has deleted the token's system user; ask for a new " +
			"one"}, nil
	}
	return &found, nil, nil
}

// ofBoundClient returns the decision about a system user that is not registered: it may nothing where its
// client is on a system, as after a checkpoint was restored (K752); nil where it is on none.
func ofBoundClient(tx *store.Tx, clientID string) (*Coverage, error) {
	system, found, err := SystemOf(tx, clientID)
	if err != nil || !found {
		return nil, err
	}
	return &Coverage{Decided: true, Why: fmt.Sprintf("the token's system user is not registered in this session, "+
		"and its client is on the system %s, whose system users alone count; get a new token", system.ID)}, nil
}

// fileUser returns a system user of the clients file, or nil where it has no resources there: it then has
// all rights (K749).
func fileUser(p token.Principal, resources []string) *User {
	if len(resources) == 0 {
		return nil
	}
	u := User{ID: p.SystemUserID, Kind: Standard, Owner: p.Org}
	for _, name := range resources {
		u.Rights = append(u.Rights, Right{Resource: []Resource{{"urn:altinn:resource", name}}})
	}
	return &u
}

// lacks returns what the system user lacks for an API; empty if it has it. An API without resource
// and packages asks for none.
func (u User) lacks(api *catalog.API) string {
	if api.Resource == "" && len(api.Pakker) == 0 {
		return ""
	}
	for _, one := range u.Packages {
		if slices.Contains(api.Pakker, strings.TrimPrefix(one.URN, packageURN)) || slices.Contains(api.Pakker,
			one.URN) {
			return ""
		}
	}
	has := func(right Right) bool {
		return slices.Contains(right.Resource, Resource{"urn:altinn:resource", api.Resource})
	}
	if u.Kind != Agent && slices.ContainsFunc(u.Rights, has) {
		return ""
	}
	packages := strings.Join(api.Pakker, ", ")
	if len(api.Pakker) == 0 {
		packages = "none, since its page lists no packages; only a standard system user with the resource reports to it"
	}
	if u.Kind == Agent {
		return fmt.Sprintf("the system user has no package of %s, which has %s", api.Name, packages)
	}
	return fmt.Sprintf("the system user has neither the resource %s of %s nor one of its packages: %s", api.Resource,
		api.Name, packages)
}

// Parties returns the organisations whose dialogs the caller's system user may read, with their
// underenheter; decided is false where it is not registered.
func Parties(tx *store.Tx, r *wire.Request) (organisations []string, decided bool, err error) {
	user, refused, err := callingUser(tx, r)
	switch {
	case err != nil || refused != nil:
		return nil, refused != nil, err
	case user == nil:
		return nil, false, nil
	case user.Kind != Agent:
		return WithUnits(r, []string{user.Owner}), true, nil
	}
	list, err := Clients(tx, user.ID)
	for _, one := range list {
		organisations = append(organisations, one.Organisation)
	}
	return WithUnits(r, organisations), true, err
}
