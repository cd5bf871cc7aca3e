package control

import (
	"net/http"
	"regexp"

	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
)

// delegationLimit bounds the body of a delegation, in bytes.
const delegationLimit = 4 << 10

var organisasjonsnummer = regexp.MustCompile(`^[0-9]{9}$`)

// listDelegations lists the delegations of the session.
func (c *request) listDelegations(*http.Request) (any, error) {
	var list []innrapportering.Delegation
	err := c.view(func(tx *store.Tx) (err error) {
		list, err = innrapportering.Delegations(tx)
		return err
	})
	return map[string][]innrapportering.Delegation{"delegations": list}, err
}

// delegate makes a delegation.
func (c *request) delegate(r *http.Request) (any, error) {
	return c.changeDelegation(r, innrapportering.Delegate)
}

// revoke removes a delegation.
func (c *request) revoke(r *http.Request) (any, error) {
	return c.changeDelegation(r, innrapportering.Revoke)
}

// changeDelegation makes or revokes the delegation in the body.
func (c *request) changeDelegation(
	r *http.Request, change func(*store.Tx, innrapportering.Delegation) error,
) (any, error) {
	var d innrapportering.Delegation
	if err := decode(r, delegationLimit, &d); err != nil {
		return nil, badRequest(`the body is not a delegation (%v): it must be {"from": "319000011", `+
			`"to": "319000003"}, with nothing else`, err)
	}
	for _, one := range []struct{ name, org string }{{"from", d.From}, {"to", d.To}} {
		if !organisasjonsnummer.MatchString(one.org) {
			return nil, badRequest("%s is %q; it must be an organisasjonsnummer of nine digits", one.name, one.org)
		}
	}
	if d.From == d.To {
		return nil, badRequest("%s needs no delegation from itself", d.From)
	}
	err := c.update(func(tx *store.Tx) error { return change(tx, d) })
	return d, err
}
