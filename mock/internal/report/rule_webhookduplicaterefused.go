package report

import "fmt"

// webhookDuplicateRefused finds a receiver that refuses a message that it has just taken. That Kobo
// sends one twice no page says; whoever sends a message until it is acknowledged must do so where the
// acknowledgement is lost.
func webhookDuplicateRefused() rule {
	return rule{
		Rule: Rule{
			ID: "webhook-duplicate-refused", Gravity: Warning, Sure: true,
			Production: "Kobo sends a message again whose answer was lost, and goes on until it is taken; those " +
				"about the same home wait behind it",
			Change: "answer 2xx to a message that was dealt with before, by its meldingId, and do nothing else",
		},
		watch: func(*space) watcher { return webhookDuplicateWatcher{} },
	}
}

type webhookDuplicateWatcher struct{ noCalls }

func (webhookDuplicateWatcher) hear(m Message) []fault {
	if !m.Again || m.taken() {
		return nil
	}
	what := "the receiver took a message, and did not answer when it came again"
	if m.Status != 0 {
		what = fmt.Sprintf("the receiver took a message, and answered %d when it came again", m.Status)
	}
	return []fault{{subject: m.System, events: []string{m.ID}, what: what}}
}
