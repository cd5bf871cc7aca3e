package report

import (
	"fmt"
	"slices"

	"sandkasse/mock/internal/token"
)

// grantReplayed finds a grant that got a token and is sent again: "jti" is for one use, and a JWT
// cannot be used again (Digdir, protocol_jwtgrant; docs/sources/maskinporten.md, 1.2).
func grantReplayed() rule {
	return rule{
		Rule: Rule{
			ID: "grant-replayed", Gravity: Warning, Sure: true,
			Production: "Maskinporten refuses it with 400 invalid_grant, Grant is used before (MP-012)",
			Change: "make a grant with a jti of its own each time you ask for a token, and keep the token, not " +
				"the grant",
		},
		watch: func(s *space) watcher { return &grantReplayedWatcher{recent[token.Fingerprint, int64]{space: s}} },
	}
}

type grantReplayedWatcher struct {
	used recent[token.Fingerprint, int64]
}

func (w *grantReplayedWatcher) see(c *Call) []fault {
	isReplay := slices.Contains(c.Specification, "MP-012") && !c.OnDemand()
	id, _ := c.issued()
	if id == (tokenID{}) && !isReplay {
		return nil
	}
	grant := c.grant()
	client, _ := grant.Text("iss")
	jti, _ := grant.Text("jti")
	same := token.FingerprintOf(client, jti)
	if jti == "" { // all of it is compared (K114)
		sum := c.fingerprint()
		same = token.FingerprintOf(string(sum[:]))
	}
	if !isReplay {
		w.used.put(same, c.Number)
		return nil
	}
	f := fault{
		subject: fmt.Sprint(c.Number), calls: []int64{c.Number}, what: "a grant was sent that had got its token " +
			"already",
	}
	if first, found := w.used.get(same); found {
		f.subject, f.calls = fmt.Sprint(first), []int64{first, c.Number}
		f.what = fmt.Sprintf("the grant of call %d, which had got its token, was sent again", first)
	}
	return []fault{f}
}
