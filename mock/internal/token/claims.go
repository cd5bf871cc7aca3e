package token

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/json"

	"sandkasse/mock/internal/excerpt"
)

// lastSecond is the last second of the year 9999. Later times are a mistake of the client, mostly
// milliseconds instead of seconds (K125).
const lastSecond = 253402300799

// Has reports whether the object has the member with a value other than null.
func (c Claims) Has(name string) bool {
	return len(c[name]) > 0 && string(c[name]) != "null"
}

// Text returns a string member, or "" when there is none. The error says that it has another type.
func (c Claims) Text(name string) (string, error) {
	if !c.Has(name) {
		return "", nil
	}
	var s string
	if json.Unmarshal(c[name], &s) != nil {
		return "", fmt.Errorf("%s is %s, must be a string", name, excerpt.ASCII(c[name]))
	}
	return s, nil
}

// time returns a member in seconds since 1970, or the zero time when there is none. Fractions,
// which RFC 7519 allows, are cut off.
func (c Claims) time(name string) (time.Time, error) {
	if !c.Has(name) {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseFloat(string(c[name]), 64)
	if err != nil || seconds < 0 || seconds > lastSecond {
		return time.Time{},
			fmt.Errorf("%s is %s, must be a number of seconds (not milliseconds) since 1970-01-01T00:00:00Z", name,
				excerpt.ASCII(c[name]))
	}
	return time.Unix(int64(math.Floor(seconds)), 0).UTC(), nil
}

// Member returns a member that is an object, or nil when there is none. The error says that it has
// another type.
func (c Claims) Member(name string) (Claims, error) {
	if !c.Has(name) {
		return nil, nil
	}
	var m Claims
	if json.Unmarshal(c[name], &m) != nil {
		return nil, fmt.Errorf("%s is %s, must be an object", name, excerpt.ASCII(c[name]))
	}
	return m, nil
}

// organisation returns the number of the organisation in the member, nine digits, or "" when there
// is none.
func (c Claims) organisation(name string) (string, error) {
	if !c.Has(name) {
		return "", nil
	}
	var p Claims
	if json.Unmarshal(c[name], &p) != nil {
		return "", fmt.Errorf(`%s is %s, must be {"authority":"iso6523-actorid-upis","ID":"0192:NNNNNNNNN"}`, name,
			excerpt.ASCII(c[name]))
	}
	return p.OrganisationID(name)
}

// OrganisationID returns the organisation number in the member ID, nine digits without prefix. The
// error says what is wrong with it, and names the object by the argument.
func (c Claims) OrganisationID(of string) (string, error) {
	id, err := c.Text("ID")
	number, prefixed := strings.CutPrefix(id, organisationPrefix)
	switch {
	case err == nil && prefixed && IsOrganisation(number):
		return number, nil
	case c.Has("ID"):
		return "", fmt.Errorf(`%s.ID is %s, must be "0192:" and nine digits`, of, excerpt.ASCII(c["ID"]))
	case c.Has("id"):
		return "", fmt.Errorf(`%s.ID is missing, must be "0192:" and nine digits (spelled ID, not id)`, of)
	}
	return "", fmt.Errorf(`%s.ID is missing, must be "0192:" and nine digits`, of)
}

// systemUser is the system user that a token is for, and its organisation.
type systemUser struct{ org, id, system string }

// systemUser returns the first system user of authorization_details. The error says why there is
// none: the claim is missing, or not written as Maskinporten writes it (K126).
func (c Claims) systemUser() (systemUser, error) {
	if !c.Has("authorization_details") {
		return systemUser{},
			errors.New("authorization_details is missing: the token was asked for without a system user")
	}
	var details []json.RawMessage
	if json.Unmarshal(c["authorization_details"], &details) != nil {
		// One object stands for a list of one, as in Dialogporten's reader.
		details = []json.RawMessage{c["authorization_details"]}
	}
	for i, raw := range details {
		var detail Claims
		if json.Unmarshal(raw, &detail) != nil {
			continue
		}
		if kind, _ := detail.Text("type"); kind != SystemUserType {
			continue
		}
		user, err := detail.parseSystemUser()
		if err != nil {
			return systemUser{}, fmt.Errorf("authorization_details[%d].%w", i, err)
		}
		return user, nil
	}
	return systemUser{}, fmt.Errorf("authorization_details has no object with the type %q", SystemUserType)
}

// parseSystemUser reads one object of authorization_details as a system user.
func (c Claims) parseSystemUser() (systemUser, error) {
	org, err := c.organisation("systemuser_org")
	if err != nil {
		return systemUser{}, err
	}
	if org == "" {
		return systemUser{},
			errors.New("systemuser_org is missing, must be the organisation that the system user belongs to")
	}
	var ids []string
	if json.Unmarshal(c["systemuser_id"], &ids) != nil || len(ids) == 0 || ids[0] == "" {
		return systemUser{}, errors.New("systemuser_id is missing or wrong, must be a list of one id")
	}
	system, err := c.Text("system_id")
	if err != nil {
		return systemUser{}, err
	}
	return systemUser{org, ids[0], system}, nil
}

// principal returns what the claims say about the caller, as far as it can be read, and the first
// fault found. A missing consumer is a fault; a system user that cannot be read is none, but is
// left out. K127 says which mode refuses faults.
func (c Claims) principal() (Principal, error) {
	issuer, badIssuer := c.Text("iss")
	scope, badScope := c.Text("scope")
	client, badClient := c.Text("client_id")
	consumer, badConsumer := c.organisation("consumer")
	if !c.Has("consumer") {
		badConsumer = errors.New("consumer is missing, must be the organisation that holds the token")
	}
	supplier, _ := c.organisation("supplier") // reported only
	user, noUser := c.systemUser()
	p := Principal{
		Org:          user.org,
		Consumer:     consumer,
		Supplier:     supplier,
		ClientID:     client,
		SystemUserID: user.id,
		SystemID:     user.system,
		Scopes:       strings.Fields(scope),
		Issuer:       issuer,
	}
	if noUser != nil {
		p.NoSystemUser = Printable(noUser.Error())
	}
	return p, cmp.Or(badIssuer, badScope, badClient, badConsumer)
}

// Quote returns a member as it stands in the document, shortened, or "missing".
func (c Claims) Quote(name string) string {
	if !c.Has(name) {
		return "missing"
	}
	return excerpt.ASCII(c[name])
}
