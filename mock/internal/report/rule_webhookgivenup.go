package report

import "fmt"

// webhookGivenUp finds a message that the receiver took at no attempt. How often Kobo tries is not
// known (K280); that it must stop at some time is certain.
func webhookGivenUp() rule {
	return rule{
		Rule: Rule{
			ID: "webhook-given-up", Gravity: Error, Sure: true,
			Production: "Kobo stops trying at some time, and the client never learns what the message was about",
			Change: "answer 2xx to every message with the right key, also where it is about a home or an event that " +
				"the client does not know, and fetch the homes again after the receiver was down",
		},
		watch: func(*space) watcher { return webhookGivenUpWatcher{} },
	}
}

type webhookGivenUpWatcher struct{ noCalls }

func (webhookGivenUpWatcher) hear(m Message) []fault {
	if !m.Last {
		return nil
	}
	what := "the receiver took a message at no attempt; at the last there was no answer"
	if m.Status != 0 {
		what = fmt.Sprintf("the receiver took a message at no attempt; at the last it answered %d", m.Status)
	}
	return []fault{{subject: m.System, events: []string{m.ID}, what: what}}
}
