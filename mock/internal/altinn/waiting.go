package altinn

import (
	"slices"
	"time"

	"sandkasse/mock/internal/store"
)

// waits reports whether a scenario has the customer approve the request for a system user later than at
// a time.
func (q Request) waits(now time.Time) bool {
	return q.Kind != Changing && q.Status == New && !q.Deleted && q.Answer == Accepted && now.Before(q.AnswerAt)
}

// findHolder returns the system user that has the references at a time or, where the clock was set back,
// later (K756); found is false if there is none. The system user of a request that waits does not have them yet.
func findHolder(tx *store.Tx, system, customer, ref string, now time.Time) (u User, found bool, err error) {
	id, found, err := userKeys.Get(tx, key(system, customer, ref))
	if err != nil || !found {
		return u, false, err
	}
	u, found, err = users.Get(tx, id)
	if err != nil || !found || u.Deleted {
		return u, false, err
	}
	q, _, err := requests.Get(tx, id)
	return u, !q.waits(now), err
}

// isFree refuses references under which the customer has a system user.
func isFree(tx *store.Tx, system, customer, ref string, now time.Time) error {
	u, found, err := findHolder(tx, system, customer, ref, now)
	if err == nil && found {
		err = refuse("AUTH-00004", "the customer has the system user %s for this system and externalRef already", u.ID)
	}
	return err
}

// settle decides which of the requests with the references that wait makes its system user: the one that is
// approved first, a standard one before an agent's at the same time. The approval of any other will find a system
// user with the references, or the system deleted, and be refused, so that its request stays New (K755). It must be
// called after each change of a request, a system user or a system that those requests depend on.
func settle(tx *store.Tx, system, customer, ref string, now time.Time) error {
	var waiting []Request
	for _, kind := range []Kind{Standard, Agent} {
		q, found, err := findByKey(tx, kind, system, customer, ref)
		if err != nil {
			return err
		}
		if found && q.waits(now) {
			waiting = append(waiting, q)
		}
	}
	slices.SortStableFunc(waiting, func(a, b Request) int { return a.AnswerAt.Compare(b.AnswerAt) })
	of, _, err := systems.Get(tx, system)
	if err != nil {
		return err
	}
	_, taken, err := findHolder(tx, system, customer, ref, now)
	if err != nil {
		return err
	}
	for i, q := range waiting {
		if err := q.dropUser(tx); err != nil {
			return err
		}
		q.AnswerRefused = taken || of.Deleted || i > 0
		if err := requests.Put(tx, q.ID, q); err != nil {
			return err
		}
		waiting[i] = q
	}
	if len(waiting) == 0 || waiting[0].AnswerRefused {
		return nil
	}
	return waiting[0].user(waiting[0].AnswerAt).enter(tx)
}

// settleSystem decides the same for all requests for a system.
func settleSystem(tx *store.Tx, system string, now time.Time) error {
	var waiting []Request
	for _, kind := range []Kind{Standard, Agent} {
		for entry, err := range bySystem.All(tx, key(string(kind), system)+"/") {
			if err != nil {
				return err
			}
			q, _, err := requests.Get(tx, entry.Value)
			if err != nil {
				return err
			}
			if q.waits(now) {
				waiting = append(waiting, q)
			}
		}
	}
	for _, q := range waiting {
		if err := settle(tx, q.System, q.Customer, q.ExternalRef, now); err != nil {
			return err
		}
	}
	return nil
}

// dropUser deletes the system user of a request that waits, if there is one.
func (q Request) dropUser(tx *store.Tx) error {
	at := key(q.System, q.Customer, q.ExternalRef)
	if id, _, err := userKeys.Get(tx, at); err != nil {
		return err
	} else if id == q.ID {
		if err := userKeys.Delete(tx, at); err != nil {
			return err
		}
	}
	if err := usersOf.Delete(tx, key(q.System)+"/"+q.ID); err != nil {
		return err
	}
	return users.Delete(tx, q.ID)
}
