package control

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/token"
)

const (
	// sendLimit bounds the body of an order to send a call again, in bytes.
	sendLimit = 1 << 10
	// sendWait bounds a call that is sent again, in real time: a scenario may let it hang.
	sendWait = 30 * time.Second
)

// sendForm says what the body of an order to send a call again must be.
const sendForm = `it must be empty, or such as {"idempotencyKey": "new"} ("same" is the default)`

// send makes a call of the journal again, with a fresh token that says what the old one said (K701),
// and answers the call that comes of it as the journal has it.
func (c *request) send(r *http.Request) (any, error) {
	var body struct {
		IdempotencyKey string `json:"idempotencyKey"`
	}
	if err := decodeOptional(r, sendLimit, &body); err != nil {
		return nil, badRequest("the body is no order to send a call again (%v): %s", err, sendForm)
	}
	newKey := body.IdempotencyKey == "new"
	if body.IdempotencyKey != "" && body.IdempotencyKey != "same" && !newKey {
		return nil, badRequest("idempotencyKey is %q: %s", body.IdempotencyKey, sendForm)
	}
	entry, err := c.entry(r)
	if err != nil {
		return nil, err
	}
	entry, found := c.session.Log.Sent(entry.Number)
	if !found || entry.Request.Cut {
		return nil, &apiError{http.StatusConflict, fmt.Sprintf(
			"call %d cannot be sent again: of its body %d of %d bytes are kept; send it from your own program",
			entry.Number, len(entry.Request.Body), entry.Request.BodyBytes)}
	}
	ctx, cancel := context.WithTimeout(r.Context(), sendWait)
	defer cancel()
	again, err := c.callAgain(ctx, r, entry, newKey)
	if err != nil {
		return nil, &apiError{http.StatusConflict, fmt.Sprintf("call %d cannot be sent again: %v", entry.Number, err)}
	}
	number := c.Send(again)
	sent, found := c.session.Log.Call(number)
	if !found {
		return nil, &apiError{http.StatusConflict, fmt.Sprintf(
			"call %d was sent again as call %d, which the journal has no longer", entry.Number, number)}
	}
	return sent, nil
}

// callAgain returns the request of a call of the journal, as if the caller of this one made it.
func (c *request) callAgain(
	ctx context.Context, from *http.Request, entry journal.Entry, newKey bool,
) (*http.Request, error) {
	header := entry.Request.Header
	if scheme, old, _ := strings.Cut(header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		if fresh, ok := token.Renew(c.Key, strings.TrimSpace(old), c.session.Clock.Now(), c.ids().TokenID()); ok {
			header.Set("Authorization", "Bearer "+fresh)
		}
	}
	if newKey {
		header.Set("idempotencyKey", c.ids().V4().String())
	}
	r, err := innerCall{
		method: entry.Method, path: entry.Path, host: entry.Host, secure: entry.Scheme == "https", header: header,
		body: entry.Request.Body,
	}.from(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("its address %q is none that can be called", entry.Path)
	}
	return r, nil
}
