package report

import (
	"fmt"
	"net/http"
)

// koboStaleHome finds a call that changes a home, or tries to, after somebody else changed it and
// before the client has read it again: Kobo sends "referanse til boligen, og et hint om hva som har
// skjedd i Kobo", and the home is read to learn more (Kobo page, Hente bolig). A home that the client
// never read is none of its knowledge, and not looked at (K777). Where both work on a home at the same
// moment the client cannot know better, so it is not sure.
func koboStaleHome() rule {
	return rule{
		Rule: Rule{
			ID: "kobo-stale-home", Gravity: Warning, Sure: false,
			Production: "Kobo carries the call out on the home as it is now: what a case worker has changed " +
				"meanwhile is overwritten, or the call is refused",
			Change: "fetch the home at each message about it, and before you change it, and go by what it says",
		},
		watch: func(r *space) watcher { return &koboStaleHomeWatcher{known: recent[string, homeRead]{space: r}} },
	}
}

// homeRead is a home as a client knows it: how often it had been changed, and the call that read it or
// changed it last.
type homeRead struct{ changes, call int64 }

type koboStaleHomeWatcher struct{ known recent[string, homeRead] }

func (w *koboStaleHomeWatcher) see(c *Call) []fault {
	reads := c.Behaviour() == "kobo-hentBolig"
	if c.Home == nil {
		if reads && c.Status == http.StatusNotFound && c.Reached && !c.OnDemand() {
			w.known.remove(c.Params["koboBoligId"]) // it is gone, and the client has read so
		}
		return nil
	}
	before, found := w.known.get(c.Home.ID)
	stale := found && !reads && before.changes != c.Home.Before
	// The answer shows the home. Of what it has changed itself the client knows also without one.
	if c.Status < http.StatusMultipleChoices && c.Reached || found && !stale && !reads && c.Committed {
		w.known.put(c.Home.ID, homeRead{c.Home.After, c.Number})
	}
	if !stale {
		return nil
	}
	return []fault{{
		subject: c.Home.ID + fmt.Sprint(before.call), calls: []int64{before.call, c.Number},
		what: fmt.Sprintf("the home was changed in Kobo after call %d, and the client did not read it again before it "+
			"acted on it", before.call),
	}}
}
