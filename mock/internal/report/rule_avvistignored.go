package report

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
)

const (
	maxRejected     = 64  // deliveries of a session that are avvist and not corrected
	maxOfRejected   = 128 // oppgaver of such a delivery that are known again
	maxAfterRefused = 10  // later deliveries of such a delivery that are shown
)

// avvistIgnored finds deliveries that are avvist, which the client has read, and that it goes on from
// as if they stood: it delivers the same document again, or delivers other oppgaver for the same
// oppgavegiver and never corrects the first. A delivery for the same year with one of the same oppgaver
// is a correction (K773). It is not sure: the correction may come later, from a person.
func avvistIgnored() rule {
	return rule{
		Rule: Rule{
			ID: "avvist-ignored", Gravity: Error, Sure: false,
			Production: "the agency has nothing of a delivery that is avvist: for it the delivery was never made, " +
				"and the deadline passes",
			Change: "show what the feedback says to somebody, correct the document, and deliver all of it again " +
				"under a new idempotencyKey",
		},
		watch: func(s *space) watcher { return &avvistWatcher{recent[uuid.UUID, rejected]{space: s}} },
	}
}

// rejected is a delivery that is avvist.
type rejected struct {
	feedback

	call  int64
	where dialog
	body  digest
	// oppgaver are those that it has; nil where there are too many, or they cannot be known again.
	oppgaver []digest
	read     int64   // the call that showed the feedback; 0 for none yet
	later    []int64 // deliveries that do not correct it
}

type avvistWatcher struct{ rejected recent[uuid.UUID, rejected] }

func (w *avvistWatcher) see(c *Call) (faults []fault) {
	if c.Delivered == nil {
		if w.rejected.size() == 0 {
			return nil
		}
		if isRead := c.feedbackRead(); isRead != nil {
			for _, r := range w.rejected.all {
				if r.read == 0 && isRead(r.feedback) {
					r.read = c.Number
				}
			}
		}
		return nil
	}
	var mended []uuid.UUID
	for id, r := range w.rejected.all {
		switch {
		case r.where.api != c.APIName() || r.where.oppgavegiver != c.Delivered.Oppgavegiver:
		case r.where == c.dialog() && r.body == c.fingerprint():
			mended = append(mended, id)
			if r.read != 0 {
				faults = append(faults, fault{
					subject: fmt.Sprint(r.call), calls: []int64{r.call, r.read, c.Number},
					what: fmt.Sprintf("the delivery of call %d was avvist, as call %d showed, and was delivered "+
						"again as it was",
						r.call, r.read),
				})
			}
		case r.where == c.dialog() && r.isCorrectedBy(c):
			mended = append(mended, id)
		case r.read != 0 && len(r.later) < maxAfterRefused:
			r.later = append(r.later, c.Number)
		}
	}
	for _, id := range mended {
		w.rejected.remove(id)
	}
	if c.Delivered.Avvist && !c.Delivered.Feedback.IsZero() {
		if w.rejected.size() == maxRejected {
			w.rejected.remove(w.rejected.oldest())
		}
		oppgaver, _ := oppgaverOf(c)
		on := feedbackOn(c.Delivered)
		w.rejected.put(on.own, rejected{
			feedback: on, call: c.Number, where: c.dialog(), body: c.fingerprint(), oppgaver: oppgaver,
		})
	}
	return faults
}

func (w *avvistWatcher) open(time.Time) (faults []fault) {
	for _, r := range w.rejected.all {
		if len(r.later) > 0 {
			faults = append(faults, fault{
				subject: fmt.Sprint(r.call), calls: append([]int64{r.call, r.read}, r.later...),
				what: fmt.Sprintf("the delivery of call %d was avvist, as call %d showed; it was never corrected, "+
					"and more was delivered for the same oppgavegiver", r.call, r.read),
			})
		}
	}
	return faults
}

// isCorrectedBy reports whether a delivery to the same dialog has an oppgave of a rejected one.
func (r *rejected) isCorrectedBy(c *Call) bool {
	oppgaver, known := oppgaverOf(c)
	return !known || r.oppgaver == nil ||
		slices.ContainsFunc(oppgaver, func(one digest) bool { return slices.Contains(r.oppgaver, one) })
}

// oppgaverOf returns what identifies each oppgave of a delivery; known is false where there are more
// than maxOfRejected, or nothing identifies them.
func oppgaverOf(c *Call) (all []digest, known bool) {
	felter, by := c.API.Felter, c.API.Kontroll().Identity
	if len(by.Oppgave) == 0 {
		return nil, false
	}
	for _, leveranse := range leveranserOf(felter, c.Document) {
		value, _ := felter.Oppgave.In(leveranse)
		list, _ := value.([]any)
		if len(all)+len(list) > maxOfRejected {
			return nil, false
		}
		for _, oppgave := range list {
			h := sha256.New()
			for _, part := range []struct {
				places []jsonptr.Pointer
				of     any
			}{{by.Leveranse, leveranse}, {by.Oppgave, oppgave}} {
				for _, at := range part.places {
					value, _ := at.In(part.of)
					fmt.Fprintf(h, "%v ", value)
				}
			}
			all = append(all, digest(h.Sum(nil)[:len(digest{})]))
		}
	}
	return all, true
}

// leveranserOf returns the leveranser of a document.
func leveranserOf(felter catalog.Felter, document any) []any {
	if len(felter.Leveranser) == 0 {
		return []any{document}
	}
	value, _ := felter.Leveranser.In(document)
	list, _ := value.([]any)
	return list
}
