package backend

import (
	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/webhook"
)

// noteMessage counts what came of sending a webhook message, and tells it to the report of the
// session, unless another has taken its place.
func (b *Backend) noteMessage(o webhook.Outcome) {
	b.metrics.Webhook(o.Name)
	session := b.Sessions.Get(o.Session.Name())
	if session == nil || session.Store != o.Session {
		return
	}
	for i, attempt := range o.Attempts {
		session.Report.Hear(report.Message{
			ID: o.Event.ID, System: o.Event.System, Status: attempt.Status, Late: attempt.Late,
			WrongKey: attempt.Fault == webhook.WrongKey, Again: i > 0, OutOfOrder: o.OutOfOrder,
			Last: o.Name == "dead",
		})
	}
}
