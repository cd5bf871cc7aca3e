package report

import "fmt"

// koboPutWipes finds a change of a home, or of its tenancy, that empties what the document leaves out;
// what it names as null it means to empty. "Kan oppdateres: ja" is all that the page says of a field
// (Kobo page, Kobobolig): that a change replaces is our reading (K205), and a client may leave out
// what it wants to empty, so it is not sure.
func koboPutWipes() rule {
	return rule{
		Rule: Rule{
			ID: "kobo-put-wipes", Gravity: Error, Sure: false,
			Production: "Kobo may replace all that can change, so that what the document leaves out is lost",
			Change: "send the whole home: fetch it, change what is to change and send the rest as it was; send null " +
				"for what is to become empty",
		},
		watch: func(*space) watcher { return koboPutWipesWatcher{} },
	}
}

type koboPutWipesWatcher struct{}

func (koboPutWipesWatcher) see(c *Call) []fault {
	if c.Home == nil || len(c.Home.LeftOut) == 0 || !c.Committed {
		return nil
	}
	places := placesIn(c.Home.LeftOut)
	return []fault{{
		subject: c.Route.Name + " " + places, calls: []int64{c.Number},
		what: fmt.Sprintf("the home had values that the document does not name, and they are empty now: %s", places),
	}}
}
