package maskinporten

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// ParseClients reads a clients file, YAML that says who may get which token. The
// name of the file is for the error, which tells everything wrong with it, each
// fault on a line of its own as FILE:LINE: TEXT. A full example (the key, given
// in two forms, is sandkasse's published test key):
//
//	clients:
//	  # A client with registered keys: its grants name one as kid.
//	  - id: 6f0c0a0e-0000-4000-8000-000000000001
//	    organisation: 311111116
//	    scopes:
//	      - skatteetaten:innrapporteringboligsparingungdom
//	      - digdir:dialogporten
//	    keys:
//	      - kid: my-key
//	        pem: |
//	          -----BEGIN PUBLIC KEY-----
//	          MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAv5zEYis6zXJwlhMaQx/n
//	          2/fGYdoJHs3Cwa2wrh6TBWKh7kf6+GJv3Z/nnUGQaytsV8e3o0AxG7cMKOo+LrBy
//	          EFJj8f7mdfgIx3pajc0mJF6h5yi1nfeAkMrUFxZDTO2MEk/5diAGA/l5SpUnJBW+
//	          Mjy6bHqiaPp5uU8lMfYQZ1XvKedUXQZEOecOKDWeab9PQmnEQsrldlH0df0VdM07
//	          oo+qecloPNmevCt7A5p5ho46NcDNWNWtHillH2RIQCqki5QYzsvc6LkrN8vG7dws
//	          rrdOn/X56E27pzSFUGn2D8FrQw7+GMYvTkocMqP7X/qa7/5SQ/qh0oGcSQK/z9ut
//	          mQIDAQAB
//	          -----END PUBLIC KEY-----
//	      - kid: last-years-key
//	        expires: 2026-06-30
//	        jwk:
//	          kty: RSA
//	          e: AQAB
//	          n: "v5zEYis6zXJwlhMaQx_n2_fGYdoJHs3Cwa2wrh6TBWKh7kf6-GJv3Z_nnUGQ\
//	            aytsV8e3o0AxG7cMKOo-LrByEFJj8f7mdfgIx3pajc0mJF6h5yi1nfeAkMrUFxZD\
//	            TO2MEk_5diAGA_l5SpUnJBW-Mjy6bHqiaPp5uU8lMfYQZ1XvKedUXQZEOecOKDWe\
//	            ab9PQmnEQsrldlH0df0VdM07oo-qecloPNmevCt7A5p5ho46NcDNWNWtHillH2RI\
//	            QCqki5QYzsvc6LkrN8vG7dwsrrdOn_X56E27pzSFUGn2D8FrQw7-GMYvTkocMqP7\
//	            X_qa7_5SQ_qh0oGcSQK_z9utmQ"
//	  # One without: its grants have a certificate of the organisation (x5c).
//	  - id: 6f0c0a0e-0000-4000-8000-000000000002
//	    organisation: 313333337
//	    scopes: [skatteetaten:boligsameie]
//	    ungranted: [skatteetaten:annet] # on the client, refused with MP-250
//
//	# The system users that customers have approved.
//	systembrukere:
//	  - organisation: 312222221
//	    clients: [6f0c0a0e-0000-4000-8000-000000000001]
//	    id: 33a0911a-0000-4000-8000-00000000016c # made up when left out
//	    system: 311111116_demo                   # 311111116_sandkasse when left out
//	    externalRef: avdeling-7                  # 312222221 when left out
//	    resources: [ske-innrapportering-boligsparing-ungdom]
//
//	# Who has delegated an API to whom, for grants with consumer_org.
//	delegations:
//	  - from: 312222221
//	    to: 313333337
//	    scopes: [skatteetaten:boligsameie]
//
// A client may also have certificates, a list of PEM texts: then it may send no
// others, and they are its own even if their subject names no organisation. Its
// integration is maskinporten; with idporten all its grants fail with MP-201. A
// key's expires is a date, at the beginning of which it ends (UTC), or a time as
// in 2026-06-30T12:00:00Z.
func ParseClients(file string, text []byte) (*Register, error) {
	f, root := parseYAML(file, text)
	if len(f.faults) > 0 {
		return nil, f.err()
	}
	r := &Register{clients: map[string]*client{}}
	if at, ok := f.object(root, "clients", "systembrukere", "delegations"); ok {
		for _, v := range f.filled(at("clients"), "a list of one client or more") {
			f.client(v, r)
		}
		for _, v := range f.list(at("systembrukere")) {
			f.user(v, r)
		}
		for _, v := range f.list(at("delegations")) {
			f.delegation(v, r)
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	return r, nil
}

const (
	mustOrg    = "an organisation number, nine digits"
	mustScope  = "a scope, in printable ASCII without spaces"
	mustScopes = "a list of one scope or more"
)

// client reads one client into the register. One with faults is there too, so
// that what names it later has no fault for that.
func (f *yamlFile) client(v value, r *Register) {
	at, ok := f.object(v, "id", "organisation", "integration", "keys", "certificates", "scopes", "ungranted")
	if !ok {
		return
	}
	c := &client{
		id:           f.text(at("id"), "the client's id", notEmpty),
		organisation: f.text(at("organisation"), mustOrg, isOrg),
		maskinporten: true,
		keys:         f.keys(at("keys")),
		certificates: f.certificates(at("certificates")),
		scopes:       f.texts(f.filled(at("scopes"), mustScopes), mustScope, isScope),
		ungranted:    f.texts(f.list(at("ungranted")), mustScope, isScope),
	}
	if integration := at("integration"); integration.given() {
		name := f.text(integration, "maskinporten, or idporten for a client that gets no tokens here", isIntegration)
		c.maskinporten = name == "maskinporten"
	}
	if at("keys").given() && at("certificates").given() {
		f.fault(at("certificates"), "%s has both keys and certificates, must have one of them: a client with keys may not send certificates", v.name)
	}
	if _, twice := r.clients[c.id]; twice && c.id != "" {
		f.fault(at("id"), "%s.id is %q, like an earlier client's, must be one of its own", v.name, c.id)
	}
	r.clients[c.id] = c
}

func notEmpty(s string) bool { return s != "" }

func isIntegration(s string) bool { return s == "maskinporten" || s == "idporten" }

// user reads one system user into the register.
func (f *yamlFile) user(v value, r *Register) {
	at, ok := f.object(v, "organisation", "clients", "id", "system", "externalRef", "resources")
	if !ok {
		return
	}
	user := &registeredUser{
		organisation: f.text(at("organisation"), mustOrg, isOrg),
		resources:    f.texts(f.list(at("resources")), "an Altinn resource", notEmpty),
	}
	vendor := f.vendor(at("clients"), user, r)
	user.externalRef = f.textOr(at("externalRef"), user.organisation, "the text that the system user was asked for with", notEmpty)
	user.system = f.textOr(at("system"), defaultSystem(vendor), "the vendor's number, an underscore and a name, as in "+defaultSystem(vendor), func(system string) bool {
		return vendor == "" || strings.HasPrefix(system, vendor+"_")
	})
	user.id = f.textOr(at("id"), user.derivedID(vendor), "a UUID", func(id string) bool { return len(id) == 36 && uuid.Validate(id) == nil })
	for _, other := range r.users {
		switch {
		case user.sameAs(other):
			f.fault(v, "%s has the organisation, a client and the externalRef (%s) of an earlier one, must have another externalRef", v.name, user.externalRef)
		case other.id == user.id && user.id != "":
			f.fault(at("id"), "%s.id is %q, like an earlier system user's, must be one of its own", v.name, user.id)
		}
	}
	r.users = append(r.users, user)
}

// vendor reads the clients of a system user, and returns the organisation that
// they have in common, or "" where that cannot be told.
func (f *yamlFile) vendor(v value, user *registeredUser, r *Register) string {
	var vendor string
	for _, item := range f.filled(v, "a list of one client's id or more") {
		id, _ := item.text()
		c, known := r.clients[id]
		switch {
		case !known:
			f.fault(item, "%s is %s, must be the id of a client in this file", item.name, item.shown())
		case vendor != "" && c.organisation != vendor:
			f.fault(item, "%s belongs to %s, must belong to %s like the first: a system has one vendor", item.name, c.organisation, vendor)
		default:
			vendor = c.organisation
		}
		user.clients = append(user.clients, id)
	}
	return vendor
}

// sameAs is whether a grant could mean either system user.
func (u *registeredUser) sameAs(other *registeredUser) bool {
	return u.organisation == other.organisation && u.externalRef == other.externalRef &&
		slices.ContainsFunc(u.clients, func(id string) bool { return slices.Contains(other.clients, id) })
}

// derivedID is the id of a system user that was given none: the same that a token
// without a register has.
func (u *registeredUser) derivedID(vendor string) string {
	if u.externalRef == u.organisation {
		return derivedUUID("systemuser", vendor, u.organisation)
	}
	return derivedUUID("systemuser", vendor, u.organisation, u.externalRef)
}

// delegation reads one delegation into the register.
func (f *yamlFile) delegation(v value, r *Register) {
	at, ok := f.object(v, "from", "to", "scopes")
	if !ok {
		return
	}
	d := delegation{
		from:   f.text(at("from"), mustOrg, isOrg),
		to:     f.text(at("to"), mustOrg, isOrg),
		scopes: f.texts(f.filled(at("scopes"), mustScopes), mustScope, isScope),
	}
	if d.from == d.to && d.from != "" {
		f.fault(at("to"), "%s.to is %q, like from, must be another organisation", v.name, d.to)
	}
	r.delegations = append(r.delegations, d)
}
