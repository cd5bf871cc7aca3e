package report

import (
	"fmt"

	"sandkasse/mock/internal/feil"
)

// keyReused finds an idempotencyKey that was answered for one document and is used for another: "Hvert
// nye kall til API-et skal ha en tilsvarende ny idempotencyKey" (BSU page, Parameter: idempotencyKey).
// That such a call is GLD_019 is our reading (K811).
func keyReused() rule {
	return rule{
		Rule: Rule{
			ID: "key-reused", Gravity: Warning, Sure: true,
			Production: "the agency most likely refuses the call with 409 GLD_019, Idempotensnøkkel er benyttet " +
				"tidligere, so that the document is not delivered; the page lists the error, and does not say when " +
				"it occurs",
			Change: "make a new idempotencyKey, a random UUID, for each document",
		},
		watch: func(s *space) watcher { return &keyReusedWatcher{recent[usedKey, int64]{space: s}} },
	}
}

// usedKey is an idempotencyKey, with what it counts for.
type usedKey struct{ api, org, key string }

// usedKey returns the key of a delivery.
func (c *Call) usedKey() usedKey { return usedKey{c.APIName(), c.Org, c.Key} }

type keyReusedWatcher struct{ answered recent[usedKey, int64] }

func (w *keyReusedWatcher) see(c *Call) []fault {
	if c.Delivered != nil {
		w.answered.put(c.usedKey(), c.Number)
	}
	if c.Offence != feil.KeyReused {
		return nil
	}
	f := fault{
		subject: fmt.Sprint(c.Number), calls: []int64{c.Number},
		what: "an idempotencyKey that was answered before was used for another document",
	}
	if first, found := w.answered.get(c.usedKey()); found {
		f.subject, f.calls = fmt.Sprint(first), []int64{first, c.Number}
		f.what = fmt.Sprintf("the idempotencyKey of call %d was used for another document", first)
	}
	return []fault{f}
}
