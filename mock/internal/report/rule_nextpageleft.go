package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// nextPageLeft finds lists of which a client has not asked for the next page: a search in Dialogporten
// answers at most 100 dialogs unless it asks for more (docs/sources/dialogporten.md, Search), and
// Altinn's lists have pages too. Who looks for the newest only need not go on, so it is not sure
// (K778).
func nextPageLeft() rule {
	return rule{
		Rule: Rule{
			ID: "next-page-left", Gravity: Warning, Sure: false,
			Production: "long lists come in pages, and what is on the later ones stays unseen",
			Change: "go on until hasNextPage is false, with the continuationToken of each answer and the same " +
				"parameters; in Altinn's lists, as long as there is a links.next",
		},
		watch: func(r *space) watcher { return &nextPageWatcher{left: recent[pageToken, []int64]{space: r}} },
	}
}

// pageToken identifies a page of a list, and who may ask for it.
type pageToken struct{ org, path, token string }

// nextPageWatcher holds the pages that were not asked for, with the calls that were answered with
// their tokens.
type nextPageWatcher struct{ left recent[pageToken, []int64] }

func (w *nextPageWatcher) see(c *Call) []fault {
	if c.API == nil {
		return nil
	}
	page := pageToken{org: c.Org, path: c.HTTP.URL.Path}
	for name, values := range c.Query {
		if strings.EqualFold(name, "continuationToken") || strings.EqualFold(name, "token") {
			page.token = strings.Join(values, ",")
			w.left.remove(page)
		}
	}
	if c.NextPage == "" || !c.Reached {
		return nil
	}
	page.token = strings.Clone(c.NextPage)
	calls, _ := w.left.get(page)
	if len(calls) < maxShown {
		w.left.put(page, append(slices.Clone(calls), c.Number))
	}
	return nil
}

func (w *nextPageWatcher) open(time.Time) (faults []fault) {
	if w.left.known == nil {
		return nil
	}
	for _, page := range w.left.known.order {
		calls, _ := w.left.get(page)
		faults = append(faults, fault{
			subject: fmt.Sprint(calls[0]), calls: calls,
			what: "the answer had a token for the next page of the list, and the client never asked for that page",
		})
	}
	return faults
}
