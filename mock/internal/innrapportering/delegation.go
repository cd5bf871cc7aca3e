package innrapportering

import (
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Delegation lets the organisation To report for the organisation From, as From would arrange in Altinn.
type Delegation struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Delegate stores a delegation. Doing so twice is doing it once.
func Delegate(tx *store.Tx, d Delegation) error { return delegations.Put(tx, d.From+"/"+d.To, d) }

// Revoke takes a delegation back; one that is not there is no error.
func Revoke(tx *store.Tx, d Delegation) error { return delegations.Delete(tx, d.From+"/"+d.To) }

// Delegations lists them, by From and To.
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

// mayReportFor tells whether the caller may deliver for an organisation and see what was delivered for it: for its own, and for those that
// delegated to it; and for those that are kept for scenarios, so that a client which can change its data and nothing else gets to what they do
// (K379). Only strict looks at this; lenient and off are for callers without organisations of their own (design, Tokens; K033).
func mayReportFor(tx *store.Tx, r *wire.Request, organisasjon string) (bool, error) {
	if r.Auth != maskinporten.Strict || r.Principal.Org == organisasjon || r.Reserved != nil && r.Reserved(organisasjon) {
		return true, nil
	}
	_, found, err := delegations.Get(tx, organisasjon+"/"+r.Principal.Org)
	return found, err
}
