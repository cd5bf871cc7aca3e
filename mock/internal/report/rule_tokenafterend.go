package report

import (
	"fmt"
	"time"

	"sandkasse/mock/internal/feil"
)

// tokenAfterEnd finds a token that is used after its end, in real time: a token "kan gjenbrukes over
// utløpstiden (som oftest 2 min)" (system user page, step 7). A token that the session's clock ended
// earlier is not the client's fault.
func tokenAfterEnd() rule {
	return rule{
		Rule: Rule{
			ID: "token-used-after-end", Gravity: Warning, Sure: true,
			Production: "the call is refused with 401",
			Change: "fetch a new token some seconds before the end that expires_in says, and once more when a call " +
				"is answered with 401",
		},
		watch: func(s *space) watcher { return &tokenAfterEndWatcher{recent[tokenID, issuedToken]{space: s}} },
	}
}

// issuedToken is a token that a call got.
type issuedToken struct {
	call int64
	end  time.Time // in real time
}

type tokenAfterEndWatcher struct{ issued recent[tokenID, issuedToken] }

func (w *tokenAfterEndWatcher) see(c *Call) []fault {
	if id, life := c.issued(); id != (tokenID{}) {
		w.issued.put(id, issuedToken{c.Number, c.Ended.Add(life)})
	}
	if c.Offence != feil.InvalidToken {
		return nil
	}
	used, found := w.issued.get(c.usedToken())
	if !found || !c.Began.After(used.end) {
		return nil
	}
	return []fault{{
		subject: fmt.Sprint(used.call), calls: []int64{used.call, c.Number},
		what: fmt.Sprintf("the token of call %d was used %s after its end", used.call,
			c.Began.Sub(used.end).Round(time.Millisecond)),
	}}
}
