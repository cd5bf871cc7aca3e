package report

import (
	"fmt"
	"time"

	"sandkasse/mock/internal/feil"
)

// keyKept finds an idempotencyKey that is used for another document after the first was refused.
// Sandkasse takes it, since a refused call leaves its key free (K037); the pages say that each new
// call has a new key, and nothing of refused ones. So it is a note, and not sure.
func keyKept() rule {
	return rule{
		Rule: Rule{
			ID: "key-kept-after-refusal", Gravity: Note, Sure: false,
			Production: "the API may have remembered the key with the refused document, and then refuses the " +
				"corrected one with 409 GLD_019: the page says that each new call has a new idempotencyKey, and not " +
				"what a refusal does to it",
			Change: "make a new idempotencyKey when you correct a document",
		},
		watch: func(s *space) watcher { return &keyKeptWatcher{recent[usedKey, refusedKey]{space: s}} },
	}
}

// refusedKey is a delivery that was refused.
type refusedKey struct {
	call int64
	body digest
	at   time.Time
}

type keyKeptWatcher struct{ refused recent[usedKey, refusedKey] }

func (w *keyKeptWatcher) see(c *Call) (faults []fault) {
	if !c.isDelivery() || c.Key == "" {
		return nil
	}
	isRefused := c.Status >= 400 && c.Status < 500 && !c.hasFailed() && c.Offence != feil.KeyReused
	if !isRefused && w.refused.size() == 0 {
		return nil
	}
	key := c.usedKey()
	before, found := w.refused.get(key)
	if found && before.body != c.fingerprint() && c.Offence != feil.KeyReused && c.Began.Sub(before.at) <= sameWork {
		faults = []fault{{
			subject: fmt.Sprint(before.call), calls: []int64{before.call, c.Number},
			what: fmt.Sprintf("call %d was refused, and its idempotencyKey was used for another document", before.call),
		}}
	}
	switch {
	case isRefused && !found:
		w.refused.put(key, refusedKey{c.Number, c.fingerprint(), c.Ended})
	case !isRefused && c.Status < 400:
		w.refused.remove(key)
	}
	return faults
}
