package report

import "time"

// webhookOrderRefused finds a receiver that refuses a message about a home that comes before an earlier
// one, or after a later one, though it takes others. A receiver that was down for a moment does the
// same, so it is not sure; where it takes the message at a later attempt there is no finding (K806).
func webhookOrderRefused() rule {
	return rule{
		Rule: Rule{
			ID: "webhook-order-refused", Gravity: Warning, Sure: false,
			Production: "Kobo does not promise to send messages in the order of what happened",
			Change: "take a message as a hint only: fetch the home, and go by what it says rather than by the order " +
				"of messages",
		},
		watch: func(r *space) watcher {
			return &webhookOrderWatcher{
				refused: recent[string, string]{space: r}, takers: recent[string, bool]{space: r},
			}
		},
	}
}

type webhookOrderWatcher struct {
	noCalls
	refused recent[string, string] // systems by message
	takers  recent[string, bool]   // systems whose receiver has taken a message
}

func (w *webhookOrderWatcher) hear(m Message) []fault {
	_, takes := w.takers.get(m.System)
	switch {
	case m.taken():
		w.refused.remove(m.ID)
		w.takers.put(m.System, true)
	case m.OutOfOrder && m.Last && takes:
		w.refused.remove(m.ID)
		return []fault{orderRefused(m.System, m.ID)}
	case m.OutOfOrder:
		w.refused.put(m.ID, m.System)
	}
	return nil
}

func orderRefused(system, id string) fault {
	return fault{
		subject: system, events: []string{id},
		what: "the receiver takes other messages, and did not take one that came in another order",
	}
}

func (w *webhookOrderWatcher) open(time.Time) (faults []fault) {
	if w.refused.known == nil {
		return nil
	}
	for _, id := range w.refused.known.order {
		system, _ := w.refused.get(id)
		if _, takes := w.takers.get(system); takes {
			faults = append(faults, orderRefused(system, id))
		}
	}
	return faults
}
