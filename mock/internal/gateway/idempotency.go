package gateway

import (
	"crypto/sha256"
	"errors"
	"slices"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/codec"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
)

// storedAnswer is an answer as it is stored under an idempotencyKey, for as long as the session's
// data (K037). Only successes are stored: a call that is refused leaves its key free.
type storedAnswer struct {
	fingerprint string // of the request's body
	status      int
	contentType string
	body        string
}

// AppendBinary appends the answer as the store keeps it. It cannot fail.
func (a storedAnswer) AppendBinary(b []byte) ([]byte, error) {
	b = slices.Grow(b, len(a.fingerprint)+len(a.contentType)+len(a.body)+16) // and their lengths
	b = codec.AppendInt(codec.AppendString(b, a.fingerprint), a.status)
	return codec.AppendString(codec.AppendString(b, a.contentType), a.body), nil
}

// UnmarshalBinary reads what AppendBinary has appended.
func (a *storedAnswer) UnmarshalBinary(record []byte) error {
	r := codec.NewReader(record)
	*a = storedAnswer{r.String(), r.Int(), r.String(), r.String()}
	return r.Err()
}

var storedAnswers = store.NewCollection[storedAnswer]("idempotencyKey") // by API, organisation and key

// storeKey returns the key of the call's answer: the API, the organisation and the idempotencyKey.
func (c *call) storeKey() string { return c.API.Name + "/" + c.Principal.Org + "/" + c.key }

// storedResponse returns the answer given before under the call's key, or nil. The same key with
// another body is GLD_019 (K811).
func (g *Gateway) storedResponse(tx *store.Tx, c *call) (*response, error) {
	before, found, err := storedAnswers.Get(tx, c.storeKey())
	if err != nil || !found {
		return nil, err
	}
	if before.fingerprint != c.fingerprint {
		return nil, feil.New(feil.KeyReused,
			"this idempotencyKey was answered before, for another body; a new call needs a new key",
			feil.KeyReusedDetalj(c.sentKey()))
	}
	return &response{
		status: before.status, contentType: before.contentType, body: []byte(before.body),
		stoppedBy: catalog.IdempotencyKeyStep, replayed: true,
		why: "this key and body were answered before: the first answer again",
	}, nil
}

// storeResponse stores an answer under the call's key, in the transaction that did the work.
func (g *Gateway) storeResponse(tx *store.Tx, c *call, a response) error {
	return storedAnswers.Put(tx, c.storeKey(), storedAnswer{
		fingerprint: c.fingerprint, status: a.status, contentType: a.contentType, body: string(a.body),
	})
}

// replay returns the answer to a call whose key was answered before: that answer, or the refusal of
// another body. It stands in for whatever the checks after that of the key say, so it is asked for
// where one of them refuses the call, or a scenario may end it; of all other calls the transaction
// of the work finds the key, which saves them a read. The path is not compared: "samme request-body
// og samme idempotencyKey vil gi den samme responsen" (BSU page, Parameter: idempotencyKey; K025).
func (g *Gateway) replay(c *call) (a response, answered bool) {
	if c.key == "" {
		return response{}, false
	}
	var known *response
	err := c.Read(func(tx *store.Tx) (err error) {
		known, err = g.storedResponse(tx, c)
		return err
	})
	switch {
	case err != nil:
		c.step = catalog.IdempotencyKeyStep
		return g.refuse(c, err), true
	case known != nil:
		return *known, true
	}
	return response{}, false
}

// isKeyReused reports whether an error is that the key was answered before for another body.
func isKeyReused(err error) bool {
	reused, ok := errors.AsType[*feil.Feil](err)
	return ok && reused.Offence == feil.KeyReused
}

// fingerprint returns the SHA-256 of a body, as 32 bytes.
func fingerprint(body []byte) string {
	sum := sha256.Sum256(body)
	return string(sum[:])
}
