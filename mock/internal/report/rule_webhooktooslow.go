package report

// webhookTooSlow finds a receiver that does not answer in time. How long Kobo waits is not known
// (K280), so it is not sure.
func webhookTooSlow() rule {
	return rule{
		Rule: Rule{
			ID: "webhook-too-slow", Gravity: Warning, Sure: false,
			Production: "Kobo gives up waiting, and counts the message as not taken, although the receiver may have " +
				"dealt with it: it comes again",
			Change: "store the message, answer 2xx, and do the work afterwards",
		},
		watch: func(*space) watcher { return webhookSlowWatcher{} },
	}
}

type webhookSlowWatcher struct{ noCalls }

func (webhookSlowWatcher) hear(m Message) []fault {
	if !m.Late {
		return nil
	}
	return []fault{{
		subject: m.System, events: []string{m.ID}, what: "the receiver had not answered a message when its time was up",
	}}
}
