package maskinporten

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4/json"
)

// wantedUser is a system user as a grant asks for it.
type wantedUser struct {
	org string // the customer, nine digits
	ref string // externalRef; empty when left out
}

// wantedUser returns the system user that a grant asks for, or nil when it asks
// for none. The error is a refusal. Maskinporten takes one party in a grant
// (Digdir, func_systembruker). Which code a list of none or two gets, or
// something that is no list, is not documented: it is MP-303, whose text fits (K106).
// A consent is an unknown type, MP-301 (K107).
func (o object) wantedUser() (*wantedUser, error) {
	if !o.has("authorization_details") {
		return nil, nil
	}
	var details []object
	err := json.Unmarshal(o["authorization_details"], &details)
	switch {
	case err != nil:
		return nil, refuse("MP-303", "authorization_details is %s, must be a list of one object", cut(o["authorization_details"]))
	case len(details) != 1:
		return nil, refuse("MP-303", "authorization_details has %d objects, must have one: a grant is for one system user", len(details))
	}
	detail := details[0]
	if kind, _ := detail.text("type"); kind != systemUserType {
		return nil, refuse("MP-301", "authorization_details[0].type is %s, must be %q", detail.shown("type"), systemUserType)
	}
	if err := detail.only("authorization_details[0]", "type", "systemuser_org", "externalRef"); err != nil {
		return nil, err
	}
	ref, err := detail.text("externalRef")
	if err != nil {
		return nil, refuse("MP-303", "authorization_details[0].%v", err)
	}
	org, err := detail.wantedOrg()
	if err != nil {
		return nil, err
	}
	return &wantedUser{org, ref}, nil
}

// wantedOrg returns the customer of authorization_details.
func (o object) wantedOrg() (string, error) {
	const at = "authorization_details[0].systemuser_org"
	var org object
	if json.Unmarshal(o["systemuser_org"], &org) != nil || org == nil {
		return "", refuse("MP-303", `%s is %s, must be {"authority":"iso6523-actorid-upis","ID":"0192:NNNNNNNNN"}`, at, o.shown("systemuser_org"))
	}
	if err := org.only(at, "authority", "ID"); err != nil {
		return "", err
	}
	if register, _ := org.text("authority"); register != authority {
		return "", refuse("MP-303", "%s.authority is %s, must be %q", at, org.shown("authority"), authority)
	}
	number, err := org.organisationID(at)
	if err != nil {
		return "", refuse("MP-303", "%v", err)
	}
	return number, nil
}

// only refuses members that Maskinporten does not know.
func (o object) only(at string, known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if slices.Contains(known, name) {
			continue
		}
		if name == "id" && slices.Contains(known, "ID") {
			return refuse("MP-302", "%s has the member id, must be spelled ID", at)
		}
		return refuse("MP-302", "%s has the member %q, must have none but %s", at, cut(name), strings.Join(known, ", "))
	}
	return nil
}

// shown is a member as it stands in the document, for a sentence.
func (o object) shown(name string) string {
	if !o.has(name) {
		return "missing"
	}
	return cut(o[name])
}
