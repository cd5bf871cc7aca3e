package report

import (
	"fmt"
	"time"
)

// maxGrantLife is the longest life of a grant that Digdir's page promises to take.
const maxGrantLife = 120 * time.Second

// grantLife finds a grant that is valid for longer than the page promises: exp is at most 120 s after
// iat (Digdir, protocol_jwtgrant; docs/sources/maskinporten.md, 1.2 and 1.6).
func grantLife() rule {
	return rule{
		Rule: Rule{
			ID: "grant-life", Gravity: Warning, Sure: true,
			Production: "Maskinporten takes up to 180 s today, of which its page promises 120 s, and refuses more: " +
				"JWT has too long lifetime",
			Change: "set exp to at most 120 s after iat; golang.org/x/oauth2/jwt adds 10 s to its Expires, so 110 " +
				"s there",
		},
		watch: func(*space) watcher { return grantLifeWatcher{} },
	}
}

type grantLifeWatcher struct{}

func (grantLifeWatcher) see(c *Call) []fault {
	grant := c.grant()
	times, err := grant.Validity()
	if err != nil || times.IssuedAt.IsZero() {
		return nil
	}
	life := times.ExpiresAt.Sub(times.IssuedAt)
	if life <= maxGrantLife {
		return nil
	}
	client, _ := grant.Text("iss")
	return []fault{{
		subject: client, calls: []int64{c.Number},
		what: fmt.Sprintf("a grant was valid for %d s, which is more than 120 s", int64(life.Seconds())),
	}}
}
