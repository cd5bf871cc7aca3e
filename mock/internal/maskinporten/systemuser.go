package maskinporten

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4/json"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/token"
)

// systemUserRequest is the system user that a grant requests.
type systemUserRequest struct {
	organisation string // the customer, nine digits
	externalRef  string // externalRef; empty when left out
}

// readSystemUserRequest returns the system user that a grant requests, or nil if it requests none.
// The error is a refusal. Maskinporten accepts one in a grant (Digdir, func_systembruker). The code
// for a list of none or two, or for what is no list, is not documented: MP-303, whose text fits
// (K106). A consent is an unknown type, MP-301 (K107).
func readSystemUserRequest(claims token.Claims) (*systemUserRequest, error) {
	if !claims.Has("authorization_details") {
		return nil, nil
	}
	var details []token.Claims
	err := json.Unmarshal(claims["authorization_details"], &details)
	switch {
	case err != nil:
		return nil, refuse("MP-303", "authorization_details is %s, must be a list of one object",
			excerpt.ASCII(claims["authorization_details"]))
	case len(details) != 1:
		return nil,
			refuse("MP-303", "authorization_details has %d objects, must have one: a grant is for one system user",
				len(details))
	}
	detail := details[0]
	if kind, _ := detail.Text("type"); kind != token.SystemUserType {
		return nil, refuse("MP-301", "authorization_details[0].type is %s, must be %q", detail.Quote("type"),
			token.SystemUserType)
	}
	if err := checkMembers(detail, "authorization_details[0]", "type", "systemuser_org", "externalRef"); err != nil {
		return nil, err
	}
	ref, err := detail.Text("externalRef")
	if err != nil {
		return nil, refuse("MP-303", "authorization_details[0].%v", err)
	}
	org, err := readCustomer(detail)
	if err != nil {
		return nil, err
	}
	return &systemUserRequest{org, ref}, nil
}

// readCustomer returns the organisation number of systemuser_org. The error is a refusal.
func readCustomer(detail token.Claims) (string, error) {
	const at = "authorization_details[0].systemuser_org"
	var org token.Claims
	if json.Unmarshal(detail["systemuser_org"], &org) != nil || org == nil {
		return "", refuse("MP-303", `%s is %s, must be {"authority":"iso6523-actorid-upis","ID":"0192:NNNNNNNNN"}`, at,
			detail.Quote("systemuser_org"))
	}
	if err := checkMembers(org, at, "authority", "ID"); err != nil {
		return "", err
	}
	if register, _ := org.Text("authority"); register != token.OrganisationAuthority {
		return "", refuse("MP-303", "%s.authority is %s, must be %q", at, org.Quote("authority"),
			token.OrganisationAuthority)
	}
	number, err := org.OrganisationID(at)
	if err != nil {
		return "", refuse("MP-303", "%v", err)
	}
	return number, nil
}

// checkMembers refuses members other than the known ones. The error is a refusal with MP-302.
func checkMembers(object token.Claims, at string, known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if slices.Contains(known, name) {
			continue
		}
		if name == "id" && slices.Contains(known, "ID") {
			return refuse("MP-302", "%s has the member id, must be spelled ID", at)
		}
		return refuse("MP-302", "%s has the member %q, must have none but %s", at, excerpt.ASCII(name),
			strings.Join(known, ", "))
	}
	return nil
}
