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

// lastSecond is the end of the year 9999. Times past it are a client's slip,
// most often milliseconds where seconds belong (K125).
const lastSecond = 253402300799

// Has reports whether the object tells something under the name; null is nothing.
func (o Claims) Has(name string) bool {
	return len(o[name]) > 0 && string(o[name]) != "null"
}

// Text returns a member that must be a string, or "" when there is none.
func (o Claims) Text(name string) (string, error) {
	if !o.Has(name) {
		return "", nil
	}
	var s string
	if json.Unmarshal(o[name], &s) != nil {
		return "", fmt.Errorf("%s is %s, must be a string", name, excerpt.ASCII(o[name]))
	}
	return s, nil
}

// time returns a member that must be a time in seconds since 1970, or the zero
// time when there is none. Parts of a second, which RFC 7519 allows, are cut off.
func (o Claims) time(name string) (time.Time, error) {
	if !o.Has(name) {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseFloat(string(o[name]), 64)
	if err != nil || seconds < 0 || seconds > lastSecond {
		return time.Time{}, fmt.Errorf("%s is %s, must be a number of seconds (not milliseconds) since 1970-01-01T00:00:00Z", name, excerpt.ASCII(o[name]))
	}
	return time.Unix(int64(math.Floor(seconds)), 0).UTC(), nil
}

// Member returns a member that must be an object, or nil when there is none.
func (o Claims) Member(name string) (Claims, error) {
	if !o.Has(name) {
		return nil, nil
	}
	var m Claims
	if json.Unmarshal(o[name], &m) != nil {
		return nil, fmt.Errorf("%s is %s, must be an object", name, excerpt.ASCII(o[name]))
	}
	return m, nil
}

// organisation returns the number of the organisation under the name, or ""
// when there is none.
func (o Claims) organisation(name string) (string, error) {
	if !o.Has(name) {
		return "", nil
	}
	var p Claims
	if json.Unmarshal(o[name], &p) != nil {
		return "", fmt.Errorf(`%s is %s, must be {"authority":"iso6523-actorid-upis","ID":"0192:NNNNNNNNN"}`, name, excerpt.ASCII(o[name]))
	}
	return p.OrganisationID(name)
}

func (o Claims) OrganisationID(of string) (string, error) {
	id, err := o.Text("ID")
	number, prefixed := strings.CutPrefix(id, organisationPrefix)
	switch {
	case err == nil && prefixed && IsOrganisation(number):
		return number, nil
	case o.Has("ID"):
		return "", fmt.Errorf(`%s.ID is %s, must be "0192:" and nine digits`, of, excerpt.ASCII(o["ID"]))
	case o.Has("id"):
		return "", fmt.Errorf(`%s.ID is missing, must be "0192:" and nine digits (spelled ID, not id)`, of)
	}
	return "", fmt.Errorf(`%s.ID is missing, must be "0192:" and nine digits`, of)
}

// systemUser tells on whose behalf the holder of a token acts.
type systemUser struct{ org, id, system string }

// systemUser returns the system user of the claims. The error says why they
// have none: there is no such claim, or it is not written as Maskinporten does
// (K126).
func (o Claims) systemUser() (systemUser, error) {
	if !o.Has("authorization_details") {
		return systemUser{}, errors.New("authorization_details is missing: the token was asked for without a system user")
	}
	var details []json.RawMessage
	if json.Unmarshal(o["authorization_details"], &details) != nil {
		// One object stands for a list of one, as in Dialogporten's reader.
		details = []json.RawMessage{o["authorization_details"]}
	}
	for i, raw := range details {
		var detail Claims
		if json.Unmarshal(raw, &detail) != nil {
			continue
		}
		if kind, _ := detail.Text("type"); kind != SystemUserType {
			continue
		}
		user, err := detail.asSystemUser()
		if err != nil {
			return systemUser{}, fmt.Errorf("authorization_details[%d].%w", i, err)
		}
		return user, nil
	}
	return systemUser{}, fmt.Errorf("authorization_details has no object with the type %q", SystemUserType)
}

func (o Claims) asSystemUser() (systemUser, error) {
	org, err := o.organisation("systemuser_org")
	if err != nil {
		return systemUser{}, err
	}
	if org == "" {
		return systemUser{}, errors.New("systemuser_org is missing, must be the organisation that the system user belongs to")
	}
	var ids []string
	if json.Unmarshal(o["systemuser_id"], &ids) != nil || len(ids) == 0 || ids[0] == "" {
		return systemUser{}, errors.New("systemuser_id is missing or wrong, must be a list of one id")
	}
	system, err := o.Text("system_id")
	if err != nil {
		return systemUser{}, err
	}
	return systemUser{org, ids[0], system}, nil
}

// principal returns what the claims tell of the caller, as far as they can be
// read, and the first fault on the way. A token without consumer has a fault;
// one whose system user cannot be read has none, but no system user either. Who
// minds a fault: K127.
func (o Claims) principal() (Principal, error) {
	issuer, badIssuer := o.Text("iss")
	scope, badScope := o.Text("scope")
	client, badClient := o.Text("client_id")
	consumer, badConsumer := o.organisation("consumer")
	if !o.Has("consumer") {
		badConsumer = errors.New("consumer is missing, must be the organisation that holds the token")
	}
	supplier, _ := o.organisation("supplier") // told, but nothing rests on it
	user, noUser := o.systemUser()
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

// Quote is a member as it stands in the document, for a sentence.
func (o Claims) Quote(name string) string {
	if !o.Has(name) {
		return "missing"
	}
	return excerpt.ASCII(o[name])
}
