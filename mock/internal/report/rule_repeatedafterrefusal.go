package report

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sandkasse/mock/internal/feil"
)

// repeatedAfterRefusal finds a call that is made again without a change after it was refused for what
// it is: a 400, 405, 406, 413 or 415; a 401 with the same token again; a 403 for a scope that the same
// token does not have; a 404 for an address that the API does not have. What another call, the
// customer or the clock can change is no such refusal. An answer on demand may be another one the
// next time, and two tests may share a refused document under keys of their own, so of these it is
// not sure.
func repeatedAfterRefusal() rule {
	return rule{
		Rule: Rule{
			ID: "repeated-after-refusal", Gravity: Warning, Sure: true,
			Production: "the call is refused again, for the same reason, however often it is sent; Skatteetaten " +
				"watches the use of its APIs and throttles where it must (page on use, Bruksmønster)",
			Change: "show the error to somebody, and send the call again when it has been corrected; only 429, 408 " +
				"and 5xx are worth a repeat, and a 401 is with a new token",
		},
		watch: func(s *space) watcher { return &repeatedWatcher{recent[digest, refusal]{space: s}} },
	}
}

const keyHeader = "idempotencyKey"

// refusal is a call that was refused.
type refusal struct {
	call   int64
	status int
	at     time.Time
	key    digest // the call with its idempotencyKey
}

type repeatedWatcher struct{ refused recent[digest, refusal] }

func (w *repeatedWatcher) see(c *Call) (faults []fault) {
	isRefused := c.isRefusedForItself()
	if !isRefused && w.refused.size() == 0 {
		return nil
	}
	for _, by := range []string{"", "Authorization", keyHeader} {
		same := c.identity(by)
		before, found := w.refused.get(same)
		if since := c.Began.Sub(before.at); found && since >= 0 && since <= sameWork { // not one that was under way
			return []fault{{
				subject: fmt.Sprint(before.call), calls: []int64{before.call, c.Number},
				unsure: c.OnDemand() || !isRefused || before.key != c.identity(keyHeader),
				what: fmt.Sprintf("call %d was refused with %d, and was made again as it "+
					"was", before.call, before.status),
			}}
		}
		if isRefused && by == c.refusedFor() {
			w.refused.put(same, refusal{c.Number, c.Status, c.Ended, c.identity(keyHeader)})
		}
	}
	return nil
}

// refusedFor returns the name of the header that a refused call must change: that of the token, or of
// the idempotencyKey; empty where the document was refused.
func (c *Call) refusedFor() string {
	switch {
	case c.Status == http.StatusUnauthorized, c.Status == http.StatusForbidden:
		return "Authorization"
	case c.Offence == feil.MissingHeader, c.Offence == feil.BadParameter:
		return keyHeader
	}
	return ""
}

// isRefusedForItself reports whether a call was refused for what it is, so that it will be refused
// again.
func (c *Call) isRefusedForItself() bool {
	if !c.Reached {
		return false
	}
	switch c.Status {
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotAcceptable,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return !c.dependsOnState()
	case http.StatusUnauthorized:
		return true
	case http.StatusForbidden:
		return c.Offence == feil.WrongScope || c.Offence == feil.NoSystembruker
	case http.StatusNotFound:
		return c.Offence == feil.UnknownURL
	}
	return false
}

// dependsOnState reports whether a call was refused for what is stored, or for the time.
func (c *Call) dependsOnState() bool {
	switch c.Offence {
	case feil.MethodNotAllowed, feil.EnterpriseUser, feil.NotAcceptable, feil.WrongContentType, feil.BodyTooLarge,
		feil.MissingHeader, feil.BadParameter, feil.BrokenJSON, feil.SchemaViolation, feil.YearMismatch,
		feil.ContradictoryData:
		return false
	case "":
		return !c.OnDemand() && c.Behaviour() != tokenBehaviour
	}
	return true
}

// identity returns a digest that calls have in common which are the same, with the headers that
// decide about the document, and with another one; empty for none.
func (c *Call) identity(another string) digest {
	same := c.id()
	text := same[:]
	for _, name := range []string{"Accept", "Content-Type", "x-kobo-systemid", another} {
		text = append(append(text, strings.Join(c.HTTP.Header.Values(name), "\n")...), 0)
	}
	sum := sha256.Sum256(append(text, another...))
	return digest(sum[:len(digest{})])
}
