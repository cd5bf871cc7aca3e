package maskinporten

import (
	"cmp"
	"crypto/rsa"
	"crypto/x509"
	"maps"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/token"
)

// Register holds the clients, system users and delegations of a clients file. ParseClients makes
// it; it does not change afterwards.
type Register struct {
	clients     map[string]*client
	users       []*systemUserEntry
	delegations []delegation
}

// client is a registered client.
type client struct {
	id, organisation string
	// isMaskinporten is true if its integration type is maskinporten; MP-201 if not (K118).
	isMaskinporten bool
	// keys are its registered keys by kid. A client without keys sends its certificate.
	keys map[string]clientKey
	// certificates are those that it may send; empty for any of its organisation (K119).
	certificates []*x509.Certificate
	// scopes are those it may request, and ungranted those that are refused with MP-250 (K118).
	scopes, ungranted []string
}

// clientKey is a registered key. A zero expires means never.
type clientKey struct {
	public  *rsa.PublicKey
	expires time.Time
}

// systemUserEntry is a system user that a customer has approved.
type systemUserEntry struct {
	organisation, id, system, externalRef string
	clients, resources                    []string
}

// delegation lets one organisation (to) request tokens on behalf of another (from).
type delegation struct {
	from, to string
	scopes   []string
}

// Resources returns the Altinn resources that a system user has access to; false if the register
// has no system user with that id. No token depends on them.
func (r *Register) Resources(systemUserID string) (resources []string, known bool) {
	for _, user := range r.users {
		if user.id == systemUserID {
			return slices.Clone(user.resources), true
		}
	}
	return nil, false
}

// client returns the client with that id. The error is a refusal with MP-100.
func (r *Register) client(id string) (*client, error) {
	if c, ok := r.clients[id]; ok {
		return c, nil
	}
	ids := slices.Sorted(maps.Keys(r.clients))
	for _, other := range ids {
		if _, isKid := r.clients[other].keys[id]; isKid {
			return nil, refuse("MP-100", "iss is %q, the id of a key, must be the id of its client: %q",
				excerpt.ASCII(id), other)
		}
	}
	return nil, refuse("MP-100", "iss is %q, an unknown client, must be one of those in the clients file: %s",
		excerpt.ASCII(id), joinFirst(ids))
}

// checkScopes checks that a client may request the scopes. The error is a refusal.
func (c *client) checkScopes(scopes []string) error {
	if !c.isMaskinporten {
		return refuse("MP-201", "client %q has another integration than maskinporten, must be a client of that type",
			c.id)
	}
	var unknown []string
	for _, scope := range scopes {
		if !slices.Contains(c.scopes, scope) && !slices.Contains(c.ungranted, scope) {
			unknown = append(unknown, scope)
		}
	}
	if len(unknown) > 0 {
		names := strings.Join(unknown, ", ")
		return refuseWith("MP-200", "Token request contains invalid scopes for client, "+names,
			"scope has what is not on client %[2]q: %[1]s; must be of: %[3]s", joinFirst(unknown), c.id,
			joinFirst(c.scopes))
	}
	for _, scope := range scopes {
		if slices.Contains(c.ungranted, scope) {
			return refuseWith("MP-250", "Consumer has not been granted access to the scope "+scope,
				"scope %q stands under ungranted on client %q in the clients file, must be under scopes to be granted",
				excerpt.ASCII(scope), c.id)
		}
	}
	return nil
}

// checkDelegation checks that an organisation has delegated the scopes to another. The error is a
// refusal with MP-251.
func (r *Register) checkDelegation(from, to string, scopes []string) error {
	for _, scope := range scopes {
		delegated := slices.ContainsFunc(r.delegations, func(d delegation) bool {
			return d.from == from && d.to == to && slices.Contains(d.scopes, scope)
		})
		if !delegated {
			return refuseWith("MP-251", "Consumer "+from+" has not delegated access to the scope "+scope+
				" to supplier "+to,
				"the clients file has no delegation of %q from %s to %s, must have one", excerpt.ASCII(scope), from, to)
		}
	}
	return nil
}

// user returns the system user that the client requests. The error is a refusal with MP-303. A
// missing externalRef, here or there, counts as the customer's number (Digdir, func_systembruker).
func (r *Register) user(c *client, wanted *systemUserRequest) (*systemUserEntry, error) {
	ref := cmp.Or(wanted.externalRef, wanted.organisation)
	var refs []string
	for _, user := range r.users {
		switch {
		case user.organisation != wanted.organisation || !slices.Contains(user.clients, c.id):
		case user.externalRef == ref:
			return user, nil
		default:
			refs = append(refs, user.externalRef)
		}
	}
	if len(refs) > 0 {
		return nil, refuse("MP-303", "externalRef is %q, must be the one that the system user of %s was made with: %s",
			excerpt.ASCII(ref), wanted.organisation, joinFirst(refs))
	}
	return nil,
		refuse("MP-303", "%s has no system user for client %q, must have one under systembrukere in the clients file",
			wanted.organisation, c.id)
}

// authorize checks that a registered client may get what it requests, and adds the system user to
// the spec. The error is a refusal.
func (r *Register) authorize(c *client, a assertion, spec *token.Spec) error {
	if err := c.checkScopes(a.scopes); err != nil {
		return err
	}
	if a.consumer != "" {
		if err := r.checkDelegation(a.consumer, c.organisation, a.scopes); err != nil {
			return err
		}
	}
	if a.systemUser == nil {
		return nil
	}
	user, err := r.user(c, a.systemUser)
	if err != nil {
		return err
	}
	spec.SystemUserID, spec.SystemID = user.id, user.system
	return nil
}
