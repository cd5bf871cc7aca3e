package report

import (
	"crypto/sha256"
	"fmt"
	"time"
)

const (
	// maxTokensForOne is the number of tokens in a row that are each used for one call before that
	// counts as a fault (K775).
	maxTokensForOne = 5
	// stillGood is the time that a token must have left for another call to use it.
	stillGood = 30 * time.Second
)

// tokenPerCall finds a client that fetches a token for each call though the one before is still valid:
// a token "kan gjenbrukes over utløpstiden (som oftest 2 min)" (system user page, step 7). It is not
// sure: each test, or each run of a program, may be a client of its own (K775).
func tokenPerCall() rule {
	return rule{
		Rule: Rule{
			ID: "token-for-each-call", Gravity: Warning, Sure: false,
			Production: "Maskinporten issues the tokens, but each call waits for one more call to Maskinporten, " +
				"although a token may be used until its end, mostly 2 minutes",
			Change: "keep the token until some seconds before its end, for all calls with the same scope and customer",
		},
		watch: func(s *space) watcher {
			return &tokenPerCallWatcher{
				clients: recent[digest, lastToken]{space: s}, tokens: recent[tokenID, digest]{space: s},
			}
		},
	}
}

// lastToken is the last token that was issued for the same grant, apart from its times.
type lastToken struct {
	id   tokenID
	call int64
	end  time.Time // in real time
	uses int       // calls that carried it
	row  []int64   // the calls that got the tokens before it, each of which was used for one call
}

type tokenPerCallWatcher struct {
	clients recent[digest, lastToken] // by what their grants ask for
	tokens  recent[tokenID, digest]   // what the grant of each token asks for
}

func (w *tokenPerCallWatcher) see(c *Call) (faults []fault) {
	id, life := c.issued()
	if id == (tokenID{}) {
		if w.tokens.size() == 0 {
			return nil
		}
		id := c.usedToken()
		if asked, found := w.tokens.get(id); found {
			if last := w.clients.find(asked); last != nil && last.id == id {
				last.uses++
			}
		}
		return nil
	}
	asked := c.askedFor()
	next := lastToken{id: id, call: c.Number, end: c.Ended.Add(life)}
	if last, found := w.clients.get(asked); found {
		w.tokens.remove(last.id)
		if last.uses == 1 && last.end.Sub(c.Ended) > stillGood {
			next.row = append(last.row, last.call)
		}
	}
	if len(next.row) >= maxTokensForOne-1 {
		faults = []fault{{
			subject: fmt.Sprint(next.row[0]), calls: append(next.row[:len(next.row):len(next.row)], c.Number),
			what: fmt.Sprintf("%d tokens for the same were fetched one after the other, and each but the last was "+
				"used for one call", maxTokensForOne),
		}}
		next.row = next.row[:maxTokensForOne-1]
	}
	w.tokens.put(id, asked)
	w.clients.put(asked, next)
	return faults
}

// askedFor returns a digest that grants have in common which differ in their times and jti alone.
func (c *Call) askedFor() digest {
	grant := c.grant()
	h := sha256.New()
	for _, name := range []string{
		"iss", "scope", "resource", "consumer_org", "iss_onbehalfof", "authorization_details",
	} {
		fmt.Fprintf(h, "%q ", grant[name])
	}
	return digest(h.Sum(nil)[:len(digest{})])
}
