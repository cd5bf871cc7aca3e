package report

import (
	"fmt"
	"time"
)

// deliveredTwice finds a document that is delivered again under a new idempotencyKey though the first
// delivery was stored, and stands: "Flere etterfølgende POST kall med samme request-body og samme
// idempotencyKey vil gi den samme responsen. Kun det første av denne rekken med like API kall vil
// behandles" (BSU page, Parameter: idempotencyKey), and another key makes another forsendelse. It is
// not sure of a document that differs in white space or in its reference (K771).
func deliveredTwice() rule {
	return rule{
		Rule: Rule{
			ID: "delivered-twice", Gravity: Error, Sure: true,
			Production: "the agency stores both, and has the document twice, under two forsendelseId",
			Change: "make the idempotencyKey once for each document, keep it with the document, and send it again " +
				"with the same key until there is an answer",
		},
		watch: func(s *space) watcher {
			return &deliveredTwiceWatcher{
				stored: recent[document, delivery]{space: s}, deleted: recent[dialog, int64]{space: s},
			}
		},
	}
}

// document identifies a delivery by what it says, for whom it is, and who delivers it.
type document struct {
	api, org string
	year     int
	content  uint64
}

// delivery is the call that stored a document.
type delivery struct {
	call int64
	at   time.Time
	body digest // its very bytes
}

// dialog identifies the deliveries of an oppgavegiver for one year under one API.
type dialog struct {
	api, oppgavegiver string
	year              int
}

type deliveredTwiceWatcher struct {
	stored  recent[document, delivery]
	deleted recent[dialog, int64] // the last call that deleted oppgaver
}

func (w *deliveredTwiceWatcher) see(c *Call) []fault {
	if c.Delivered == nil || c.Delivered.Avvist { // what is avvist does not stand
		return nil
	}
	where := c.dialog()
	if c.Delivered.Deletes {
		w.deleted.put(where, c.Number)
	}
	doc := document{c.APIName(), c.Principal.Org, c.Inntektsaar, c.content()}
	first, found := w.stored.get(doc)
	deleted, _ := w.deleted.get(where)
	if !found || c.Began.Sub(first.at) > sameWork || deleted > first.call && deleted != c.Number {
		w.stored.remove(doc)
		w.stored.put(doc, delivery{c.Number, c.Ended, c.fingerprint()})
		return nil
	}
	how := "was delivered again"
	same := first.body == c.fingerprint()
	if !same {
		how = "was delivered again with other white space or another reference"
	}
	return []fault{{
		subject: fmt.Sprint(first.call), calls: []int64{first.call, c.Number}, unsure: !same,
		what: fmt.Sprintf("the document of call %d was stored, and %s under another idempotencyKey", first.call, how),
	}}
}

// dialog returns the dialog of a delivery that was stored.
func (c *Call) dialog() dialog {
	return dialog{c.APIName(), c.Delivered.Oppgavegiver, c.Inntektsaar}
}
