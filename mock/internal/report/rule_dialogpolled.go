package report

import (
	"fmt"
	"net/http"
	"time"
)

// pollInterval is the shortest real time between two looks at the same part of a dialog (K776).
const pollInterval = 2 * time.Second

// dialogPolled finds a dialog that is asked for again within pollInterval, though nothing was
// delivered meanwhile. It is silent where feedback is there at once, so that there is nothing to wait
// for. It is not sure: two people who look at the same dialog do the same.
func dialogPolled() rule {
	return rule{
		Rule: Rule{
			ID: "dialog-polled", Gravity: Warning, Sure: false,
			Production: "a delivery is processed after its call was answered, so the feedback takes its time, and " +
				"asking more often does not bring it sooner; Dialogporten may slow down or shut out a client that " +
				"does",
			Change: "wait at least 2 s before you ask for the dialog again, and longer each time, or subscribe to " +
				"the dialog's events in Altinn",
		},
		watch: func(r *space) watcher {
			return &dialogPolledWatcher{last: recent[dialogPart, look]{space: r}}
		},
	}
}

// dialogPart identifies a dialog, or its transmissions or activities, and who looks at it.
type dialogPart struct{ org, path string }

// look is a call that was answered with a part of a dialog.
type look struct {
	call       int64
	at         time.Time // when it began
	deliveries int       // that had been stored before it
}

type dialogPolledWatcher struct {
	last       recent[dialogPart, look]
	deliveries int
}

func (w *dialogPolledWatcher) see(c *Call) []fault {
	if c.isDelivery() && c.Committed {
		w.deliveries++
	}
	switch c.Behaviour() {
	case "dialog", "dialog-transmissions", "dialog-activities":
	default:
		return nil
	}
	if c.FeedbackAfter == 0 || c.Status != http.StatusOK || !c.Reached {
		return nil
	}
	part := dialogPart{c.Principal.Org, c.HTTP.URL.Path}
	before, found := w.last.get(part)
	w.last.put(part, look{c.Number, c.Began, w.deliveries})
	if !found || before.deliveries != w.deliveries || c.Began.Sub(before.at) >= pollInterval {
		return nil
	}
	return []fault{{
		subject: part.org + " " + part.path, calls: []int64{before.call, c.Number},
		what: fmt.Sprintf("the dialog of call %d was asked for again after %d ms, and nothing was delivered in between",
			before.call, max(c.Began.Sub(before.at), 0).Milliseconds()),
	}}
}
