package report

import "fmt"

// webhookKeyNotChecked finds a receiver that takes a message with a wrong API key: "Det er dermed FDVU
// systemets ansvar å sjekke at innkommende webhookmeldinger har riktig API key" (Kobo page, Registrere
// Webhook API key).
func webhookKeyNotChecked() rule {
	return rule{
		Rule: Rule{
			ID: "webhook-key-not-checked", Gravity: Error, Sure: true,
			Production: "Kobo sends the right key, but the receiver is open to the internet, so anybody can send it " +
				"messages",
			Change: "compare the key of every message with the one that was registered, and answer 401 where it is " +
				"another; a message of Kobo's then comes again with the right one",
		},
		watch: func(*space) watcher { return webhookKeyWatcher{} },
	}
}

type webhookKeyWatcher struct{ noCalls }

func (webhookKeyWatcher) hear(m Message) []fault {
	if !m.WrongKey || !m.taken() {
		return nil
	}
	return []fault{{
		subject: m.System, events: []string{m.ID},
		what: fmt.Sprintf("the receiver answered %d to a message with a wrong API key", m.Status),
	}}
}
