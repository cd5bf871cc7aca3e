package report

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// feedbackNeverFetched finds deliveries whose feedback is there and was never looked at: "Det
// opprettes som regel en forsendelse for innrapporteringen og en annen forsendelse for
// tilbakemeldingen" (page on use, step 6; steps 7 to 9 say how to get it). It is not sure: another
// program may read the feedback, and in Altinn people can; and it is a note, since most tests of a
// delivery end with the delivery.
func feedbackNeverFetched() rule {
	return rule{
		Rule: Rule{
			ID: "feedback-never-fetched", Gravity: Note, Sure: false,
			Production: "the answer 200 says that a document was received; the feedback in Dialogporten says whether " +
				"it is godkjent or avvist, and what is avvist counts as not delivered",
			Change: "look for the feedback on each delivery in its dialog, whose dialogId is in the answer, and " +
				"fetch its documents",
		},
		watch: func(s *space) watcher { return &feedbackWatcher{recent[uuid.UUID, unread]{space: s}} },
	}
}

// unread is a delivery whose feedback was not looked at yet.
type unread struct {
	feedback

	call int64
	api  string
}

type feedbackWatcher struct{ unread recent[uuid.UUID, unread] }

func (w *feedbackWatcher) see(c *Call) []fault {
	if c.Delivered != nil && !c.Delivered.Feedback.IsZero() {
		on := feedbackOn(c.Delivered)
		w.unread.put(on.own, unread{on, c.Number, c.APIName()})
	}
	if w.unread.size() == 0 {
		return nil
	}
	isRead := c.feedbackRead()
	if isRead == nil {
		return nil
	}
	if c.Behaviour() == "dokument" { // of many unread ones, mostly one or none without looking at all
		of := parseID(c.Params["forsendelseId"])
		if w.unread.find(of) != nil || of == parseID(c.Params["dokumentId"]) {
			w.unread.remove(of)
			return nil
		}
	}
	var read []uuid.UUID
	for id, of := range w.unread.all {
		if isRead(of.feedback) {
			read = append(read, id)
		}
	}
	for _, id := range read {
		w.unread.remove(id)
	}
	return nil
}

func (w *feedbackWatcher) open(now time.Time) (faults []fault) {
	for _, of := range w.unread.all {
		if of.showsAt(now) {
			faults = append(faults, fault{
				subject: of.api, calls: []int64{of.call},
				what: fmt.Sprintf("the feedback on deliveries to %s was never looked at", of.api),
			})
		}
	}
	return faults
}
