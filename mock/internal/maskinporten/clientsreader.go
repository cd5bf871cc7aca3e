package maskinporten

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/yamlfile"
)

const (
	mustOrg    = "an organisation number, nine digits"
	mustScope  = "a scope, in printable ASCII without spaces"
	mustScopes = "a list of one scope or more"
)

// clientsReader builds a register from a clients file, and collects the faults of the file.
type clientsReader struct {
	src      *yamlfile.File
	register *Register
}

// has reports whether the file has a value at a place such as clients[0].id.
func (c clientsReader) has(place string) bool { return c.src.Has("$." + place) }

// fault adds a fault at a place such as clients[0].id. Its text begins with the place.
func (c clientsReader) fault(place, format string, args ...any) {
	c.src.Fault("$."+place, "%s%s", place, fmt.Sprintf(format, args...))
}

// mapping reports whether there is a value at a place that must be a mapping, and adds a fault if
// not.
func (c clientsReader) mapping(place string) bool {
	if !c.has(place) {
		c.fault(place, " is missing, must be a mapping")
	}
	return c.has(place)
}

// text returns a required text, or "" with a fault if it is missing or not good; must says in the
// fault what is right.
func (c clientsReader) text(text, place, must string, good func(string) bool) string {
	switch {
	case !c.has(place):
		c.fault(place, " is missing, must be %s", must)
	case !good(text):
		c.fault(place, " is %q, must be %s", excerpt.ASCII(text), must)
	default:
		return text
	}
	return ""
}

// textOr returns an optional text; other if there is none.
func (c clientsReader) textOr(text, place, other, must string, good func(string) bool) string {
	if !c.has(place) {
		return other
	}
	return c.text(text, place, must, good)
}

// texts returns a list of texts, with a fault for each that is not good.
func (c clientsReader) texts(texts []string, place, must string, good func(string) bool) []string {
	for i, text := range texts {
		c.text(text, fmt.Sprintf("%s[%d]", place, i), must, good)
	}
	return texts
}

// scopes returns a list of scopes, with a fault if it is empty.
func (c clientsReader) scopes(scopes []string, place string) []string {
	if len(scopes) == 0 {
		c.fault(place, " is missing or empty, must be %s", mustScopes)
	}
	return c.texts(scopes, place, mustScope, isScope)
}

// client adds a client to the register. One with faults is added too, so that references to it are
// no faults.
func (c clientsReader) client(entry clientEntry, place string) {
	if !c.mapping(place) {
		return
	}
	client := &client{
		id:           c.text(entry.ID, place+".id", "the client's id", notEmpty),
		organisation: c.text(entry.Organisation, place+".organisation", mustOrg, token.IsOrganisation),
		isMaskinporten: c.textOr(entry.Integration, place+".integration", "maskinporten",
			"maskinporten, or idporten for a client that gets no tokens here", isIntegration) == "maskinporten",
		keys:         c.keys(entry.Keys, place+".keys"),
		certificates: c.certificates(entry.Certificates, place+".certificates"),
		scopes:       c.scopes(entry.Scopes, place+".scopes"),
		ungranted:    c.texts(entry.Ungranted, place+".ungranted", mustScope, isScope),
	}
	if c.has(place+".keys") && c.has(place+".certificates") {
		c.src.Fault("$."+place+".certificates",
			"%s has both keys and certificates, must have one of them: a client with keys may not send certificates",
			place)
	}
	if _, twice := c.register.clients[client.id]; twice && client.id != "" {
		c.fault(place+".id", " is %q, like an earlier client's, must be one of its own", client.id)
	}
	c.register.clients[client.id] = client
}

func notEmpty(s string) bool { return s != "" }

func isIntegration(s string) bool { return s == "maskinporten" || s == "idporten" }

// user adds a system user to the register.
func (c clientsReader) user(entry userEntry, place string) {
	if !c.mapping(place) {
		return
	}
	user := &systemUserEntry{
		organisation: c.text(entry.Organisation, place+".organisation", mustOrg, token.IsOrganisation),
		clients:      entry.Clients,
		resources:    c.texts(entry.Resources, place+".resources", "an Altinn resource", notEmpty),
	}
	vendor := c.vendor(entry.Clients, place+".clients")
	user.externalRef = c.textOr(entry.ExternalRef, place+".externalRef", user.organisation,
		"the text that the system user was asked for with", notEmpty)
	user.system = c.textOr(entry.System, place+".system", token.DefaultSystemID(vendor),
		"the vendor's number, an underscore and a name, as in "+token.DefaultSystemID(vendor),
		func(system string) bool {
			return vendor == "" || strings.HasPrefix(system, vendor+"_")
		})
	user.id = c.textOr(entry.ID, place+".id", user.derivedID(vendor), "a UUID",
		func(id string) bool { return len(id) == 36 && uuid.Validate(id) == nil })
	for _, other := range c.register.users {
		switch {
		case user.sameAs(other):
			c.fault(place,
				" has the organisation, a client and the externalRef (%s) of an earlier one, must have another "+
					"externalRef", user.externalRef)
		case other.id == user.id && user.id != "":
			c.fault(place+".id", " is %q, like an earlier system user's, must be one of its own", user.id)
		}
	}
	c.register.users = append(c.register.users, user)
}

// vendor returns the organisation that the clients of a system user share, or "" if it is unknown.
// Clients of several organisations are a fault.
func (c clientsReader) vendor(ids []string, place string) string {
	if len(ids) == 0 {
		c.fault(place, " is missing or empty, must be a list of one client's id or more")
	}
	var vendor string
	for i, id := range ids {
		at := fmt.Sprintf("%s[%d]", place, i)
		client, known := c.register.clients[id]
		switch {
		case !known:
			c.text(id, at, "the id of a client in this file", func(string) bool { return false })
		case vendor != "" && client.organisation != vendor:
			c.fault(at, " belongs to %s, must belong to %s like the first: a system has one vendor",
				client.organisation, vendor)
		default:
			vendor = client.organisation
		}
	}
	return vendor
}

// sameAs reports whether a grant could mean either system user.
func (u *systemUserEntry) sameAs(other *systemUserEntry) bool {
	return u.organisation == other.organisation && u.externalRef == other.externalRef &&
		slices.ContainsFunc(u.clients, func(id string) bool { return slices.Contains(other.clients, id) })
}

// derivedID returns the id of a system user without one: the id that a token without a register
// has.
func (u *systemUserEntry) derivedID(vendor string) string {
	if u.externalRef == u.organisation {
		return token.DerivedUUID("systemuser", vendor, u.organisation)
	}
	return token.DerivedUUID("systemuser", vendor, u.organisation, u.externalRef)
}

// delegation adds a delegation to the register.
func (c clientsReader) delegation(entry delegationEntry, place string) {
	if !c.mapping(place) {
		return
	}
	d := delegation{
		from:   c.text(entry.From, place+".from", mustOrg, token.IsOrganisation),
		to:     c.text(entry.To, place+".to", mustOrg, token.IsOrganisation),
		scopes: c.scopes(entry.Scopes, place+".scopes"),
	}
	if d.from == d.to && d.from != "" {
		c.fault(place+".to", " is %q, like from, must be another organisation", d.to)
	}
	c.register.delegations = append(c.register.delegations, d)
}
