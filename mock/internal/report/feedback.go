package report

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock/internal/wire"
)

// feedback identifies the feedback on a delivery.
type feedback struct {
	dialog, forsendelse, own uuid.UUID
	shows                    time.Time // by the session's clock; zero for never
}

// feedbackOn returns the feedback on a delivery.
func feedbackOn(d *wire.Delivered) feedback {
	return feedback{parseID(d.DialogID), parseID(d.ForsendelseID), parseID(d.TilbakemeldingID), d.Feedback}
}

// parseID returns an id; the zero id where it is none.
func parseID(text string) uuid.UUID {
	id, _ := uuid.Parse(strings.ToLower(text))
	return id
}

// showsAt reports whether the feedback is visible at a time of the session's clock.
func (f feedback) showsAt(now time.Time) bool { return !f.shows.IsZero() && !now.Before(f.shows) }

// feedbackRead returns a function that reports whether a call has shown the client a feedback: its
// document, or what became of the delivery in Dialogporten. It returns nil for a call that has shown
// none (K773).
func (c *Call) feedbackRead() func(feedback) bool {
	if c.HTTP.Method != http.MethodGet || c.Status != http.StatusOK || !c.Reached {
		return nil
	}
	switch c.Behaviour() {
	case "dokument":
		of, document := parseID(c.Params["forsendelseId"]), parseID(c.Params["dokumentId"])
		return func(f feedback) bool {
			return of == f.own || of == f.forsendelse && document != f.forsendelse
		}
	case "dialog", "dialog-transmissions":
		dialog := parseID(c.Params["dialogId"])
		return func(f feedback) bool { return dialog == f.dialog && f.showsAt(c.Now) }
	case "dialog-transmission":
		transmission := parseID(c.Params["transmissionId"])
		return func(f feedback) bool { return transmission == f.own }
	}
	return nil
}
