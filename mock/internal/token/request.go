package token

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock/internal/catalog"
)

// DefaultVendor is the synthetic organisation that holds a token when a Request names no vendor
// (K021).
const DefaultVendor = "319000003"

// DefaultTTL is the lifetime of Maskinporten's tokens (docs/sources/maskinporten.md).
const DefaultTTL = 120 * time.Second

// Request asks for a token without an assertion. API and one of Org and Vendor are required.
type Request struct {
	API string // the name of the API that the token is for, such as bsu
	Org string // the system user's organisation, nine digits; empty for a token without a system user
	// the vendor that holds the token, nine digits; empty for DefaultVendor, or for none on
	// boligsameie
	Vendor string
	// SystemUser and System are the ids of the system user and its system; empty for derived ones. They
	// require Org.
	SystemUser, System string
	ClientID           string        // empty for a derived one
	Scope              string        // empty for the API's own
	TTL                time.Duration // 0 for DefaultTTL; at least a second
	Expired            bool          // whether the token ended a minute ago
}

// MintOptions configures MintFor. All fields are required.
type MintOptions struct {
	Catalog *catalog.Catalog
	Key     Key
	Issuer  string // see IssuerAt
	Now     time.Time
	ID      string // the token's jti
}

// MintFor returns the token that a request asks for. The error says what in the request is wrong.
func MintFor(request Request, options MintOptions) (string, error) {
	names := strings.Join(options.Catalog.Names(), ", ")
	if request.API == "" {
		return "", fmt.Errorf("api is missing: which API is the token for? There are %s", names)
	}
	api := options.Catalog.ByName(request.API)
	if api == nil {
		return "", fmt.Errorf("there is no API %q; there are %s", request.API, names)
	}
	if request.Org == "" && request.Vendor == "" {
		return "",
			errors.New("whose token? give an org (nine digits), or a vendor alone for a token without a systembruker")
	}
	if err := request.checkIDs(); err != nil {
		return "", err
	}
	spec := Spec{
		Issuer:       options.Issuer,
		Scope:        cmp.Or(request.Scope, api.Scope),
		Vendor:       cmp.Or(request.Vendor, DefaultVendor),
		Org:          request.Org,
		SystemUserID: request.SystemUser, SystemID: request.System, ClientID: request.ClientID,
		IssuedAt: options.Now,
		TTL:      cmp.Or(request.TTL, DefaultTTL),
		ID:       options.ID,
	}
	if identifiesByConsumer(api) {
		spec.Org = ""
		if request.Org != "" && request.Vendor != "" { // the vendor acts by an API delegation in Altinn
			spec.ConsumerOrg = request.Org
		} else {
			spec.Vendor = cmp.Or(request.Org, request.Vendor)
		}
	}
	if api.ExchangedTokens { // the vendor itself calls, and for nobody
		spec.Vendor, spec.Org = cmp.Or(request.Vendor, request.Org), ""
	}
	if request.Expired {
		spec.IssuedAt = options.Now.Add(-spec.TTL - time.Minute)
	}
	if err := spec.check(); err != nil {
		return "", err
	}
	return Mint(options.Key, spec)
}

// checkIDs returns an error that says which id of the system user or its system is no such id.
func (r Request) checkIDs() error {
	vendor, name, _ := strings.Cut(r.System, "_")
	switch {
	case r.SystemUser != "" && uuid.Validate(r.SystemUser) != nil:
		return fmt.Errorf("the system user is %q, must be a UUID, the id of its request", r.SystemUser)
	case r.System != "" && (!IsOrganisation(vendor) || name == "" || strings.ContainsAny(name, " \t\r\n")):
		return fmt.Errorf("the system is %q, must be the vendor's nine digits, _ and a name, such as 311111116_demo",
			r.System)
	}
	return nil
}

// identifiesByConsumer reports whether an API identifies its callers by the token's consumer and
// uses no system users.
func identifiesByConsumer(api *catalog.API) bool {
	return slices.ContainsFunc(api.Routes, func(r *catalog.Route) bool { return slices.Contains(r.Checks, "consumer") })
}

// IssuerAt returns the issuer of a server at the given base address, which may end with a slash.
func IssuerAt(base string) string { return strings.TrimSuffix(base, "/") + "/maskinporten/" }
