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
// next time, so of that it is not sure.
func repeatedAfterRefusal() rule {
	return rule{
		Rule: Rule{
			ID: "repeated-after-refusal", Gravity: Warning, Sure: true,
			Production: "refuses the call again, for the same reason, however often it is sent; Skatteetaten " +
				"watches the use of its APIs and throttles where it must (page on use, Bruksmønster)",
			Change: "show the error to somebody, and send the call again when it has been corrected; only 429, 408 " +
				"and 5xx are worth a repeat, and a 401 is with a new token",
		},
		watch: func(s *space) watcher { return &repeatedWatcher{recent[digest, refusal]{space: s}} },
	}
}

// refusal is a call that was refused.
type refusal struct {
	call   int64
	status int
	at     time.Time
}

type repeatedWatcher struct{ refused recent[digest, refusal] }

func (w *repeatedWatcher) see(c *Call) (faults []fault) {
	isRefused := c.isRefusedForItself()
	if !isRefused && w.refused.size() == 0 {
		return nil
	}
	for _, withToken := range []bool{false, true} {
		same := c.identity(withToken)
		before, found := w.refused.get(same)
		if found && c.Began.Sub(before.at) <= sameWork {
			return []fault{{
				subject: fmt.Sprint(before.call), calls: []int64{before.call, c.Number},
				unsure: c.OnDemand() || !isRefused,
				what: fmt.Sprintf("call %d was refused with %d, and was made again as it "+
					"was", before.call, before.status),
			}}
		}
		if isRefused && withToken == c.isRefusedForToken() {
			w.refused.put(same, refusal{c.Number, c.Status, c.Ended})
		}
	}
	return nil
}

// isRefusedForToken reports whether a call was refused for its token alone.
func (c *Call) isRefusedForToken() bool {
	return c.Status == http.StatusUnauthorized || c.Status == http.StatusForbidden
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

// identity returns a digest that calls have in common which are the same, with their headers, but
// without the token unless that is to count too.
func (c *Call) identity(withToken bool) digest {
	headers := []string{"Accept", "Content-Type", "idempotencyKey", "x-kobo-systemid"}
	if withToken {
		headers = append(headers, "Authorization")
	}
	same := c.id()
	text := same[:]
	for _, name := range headers {
		text = append(append(text, strings.Join(c.HTTP.Header.Values(name), "\n")...), 0)
	}
	sum := sha256.Sum256(text)
	return digest(sum[:len(digest{})])
}
