package innrapportering

import (
	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

// Delegation allows the organisation To to report for the organisation From, as From would arrange
// it in Altinn.
type Delegation struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Delegate stores a delegation. Storing it twice has no further effect.
func Delegate(tx *store.Tx, d Delegation) error { return delegations.Put(tx, d.From+"/"+d.To, d) }

// Revoke removes a delegation; a missing one is no error.
func Revoke(tx *store.Tx, d Delegation) error { return delegations.Delete(tx, d.From+"/"+d.To) }

// Delegations returns all delegations, sorted by From and To.
func Delegations(tx *store.Tx) ([]Delegation, error) {
	list := []Delegation{}
	for d, err := range delegations.All(tx, "") {
		if err != nil {
			return nil, err
		}
		list = append(list, d.Value)
	}
	return list, nil
}

// mayReportFor reports whether the caller may deliver for an organisation and read what was
// delivered for it: its own organisation and its underenheter, those that delegated to it, and those that are reserved
// for scenarios, so that a client that can only change its data reaches them (K379). Without strict
// checking of tokens everybody may (K033). A system user of Altinn's register may what it covers, and
// why says what it lacks.
func mayReportFor(
	tx *store.Tx, r *wire.Request, api *catalog.API, organisasjon string,
) (may bool, why string, err error) {
	covered, err := altinn.Covers(tx, r, api, organisasjon)
	if err != nil || covered.Decided {
		return covered.May, covered.Why, err
	}
	may, err = isDelegated(tx, r, organisasjon)
	return may, "", err
}

// isDelegated reports whether a caller whose system user is not registered may report for an
// organisation.
func isDelegated(tx *store.Tx, r *wire.Request, organisasjon string) (bool, error) {
	if r.Auth != token.Strict || altinn.CountsWith(r, organisasjon, r.Principal.Org) ||
		r.Reserved != nil && r.Reserved(organisasjon) {
		return true, nil
	}
	_, found, err := delegations.Get(tx, organisasjon+"/"+r.Principal.Org)
	return found, err
}
