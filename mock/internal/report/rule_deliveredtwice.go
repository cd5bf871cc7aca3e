package report

import (
	"crypto/sha256"
	"fmt"
)

// deliveredTwice finds a document that is delivered again under a new idempotencyKey though the
// first delivery was stored: "samme request-body og samme idempotencyKey vil gi den samme
// responsen" (BSU page, Parameter: idempotencyKey), and another key makes another forsendelse.
func deliveredTwice() rule {
	return rule{
		Rule: Rule{
			ID: "delivered-twice", Gravity: Error, Sure: true,
			Production: "stores both: the agency has the document twice, under two forsendelseId",
			Change: "make the idempotencyKey once for each document, keep it with the document, and send it again " +
				"with the same key until there is an answer",
		},
		watch: func(r *space) watcher {
			return &deliveredTwiceWatcher{stored: recent[document, delivered]{space: r}}
		},
	}
}

// document identifies the content of a delivery, and for whom it is.
type document struct {
	api, org string
	body     [sha256.Size]byte
}

// delivered is the call that stored a document, and its idempotencyKey.
type delivered struct {
	call int64
	key  string
}

type deliveredTwiceWatcher struct{ stored recent[document, delivered] }

func (w *deliveredTwiceWatcher) see(c *Call) []fault {
	if !c.isDelivery() || !c.Committed || c.Replayed {
		return nil
	}
	doc := document{c.APIName(), c.Principal.Org, c.fingerprint()}
	first, found := w.stored.get(doc)
	if !found {
		w.stored.put(doc, delivered{c.Number, c.Key})
		return nil
	}
	return []fault{{
		subject: fmt.Sprint(first.call), calls: []int64{first.call, c.Number},
		what: fmt.Sprintf("the document of call %d was stored, and was delivered again under another idempotencyKey",
			first.call),
	}}
}
