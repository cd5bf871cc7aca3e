package gateway

import (
	"errors"
	"net/http"
	"slices"

	"sandkasse/mock/internal/bounds"
)

// headerChecks lists the checks that need nothing of a call but its address and header.
var headerChecks = []string{
	"token", "scope", "systembruker", "consumer", "accept", "accept-some-json", "accept-document", "accept-json-or-xml",
	"content-type", "inntektsaar", "inntektsaar-supported", "kobo-systemid", "kobo-bolig-id",
}

// isCondemned reports whether the API refuses a call whatever its body: for its address, its
// method, or in one of the checks that come before the first one of the body. It is asked only
// while there is no room for the body, which then is not kept (K601).
func (g *Gateway) isCondemned(c *call) bool {
	if c.Route == nil {
		return true
	}
	trial := *c // the checks note what they find
	for _, step := range c.Route.CheckSteps() {
		name := step.String()
		if name == "body-size" {
			return c.http.ContentLength > c.API.MaxBody
		}
		if !slices.Contains(headerChecks, name) {
			return false
		}
		if g.checks[name](&trial) != nil {
			return true
		}
	}
	return false
}

// read returns what a function reads as an answer, when there is room for it. Where there is none,
// it lets go of the answer while it waits, and then reads it again. Few calls read at the same time.
func (g *Gateway) read(c *call, read func() (response, error)) (response, error) {
	size := int64(0)
	readOnce := func() (a response, err error) {
		one, err := g.Memory.Reads.Reserve(c.http.Context(), 1)
		if err != nil {
			return a, err
		}
		defer one.Release()
		a, err = read()
		if size = int64(len(a.body)); err == nil && !c.answer.Held() && !g.tryReserveAnswer(c, size) {
			return response{}, bounds.ErrExhausted
		}
		return a, err
	}
	a, err := readOnce()
	if size <= bounds.Small || !errors.Is(err, bounds.ErrExhausted) {
		return a, err
	}
	if c.answer, err = g.Memory.Answers.Reserve(c.http.Context(), size); err != nil {
		return a, err
	}
	return readOnce()
}

// tryReserveAnswer takes room for an answer of this size, and reports whether it needs none or
// there was some.
func (g *Gateway) tryReserveAnswer(c *call, size int64) (ok bool) {
	if size <= bounds.Small {
		return true
	}
	c.answer, ok = g.Memory.Answers.TryReserve(size)
	return ok
}

// reserveAnswer returns the answer when there is room for it, or an answer that says that there was
// none in time. An answer that nobody waits for any more stays as it is.
func (g *Gateway) reserveAnswer(c *call, a response) response {
	if c.answer.Held() || g.tryReserveAnswer(c, int64(len(a.body))) {
		return a
	}
	var err error
	c.answer, err = g.Memory.Answers.Reserve(c.http.Context(), int64(len(a.body)))
	if err == nil || c.http.Context().Err() != nil {
		return a
	}
	return ownError(c, http.StatusServiceUnavailable, err.Error())
}

// releaseWork drops what was made of the body, and gives back its room.
func (c *call) releaseWork() {
	c.Document, c.Prepared = nil, nil
	c.work.Release()
}

// releaseBody drops the body, and gives back its room.
func (c *call) releaseBody() {
	c.Body, c.body.Bytes = nil, nil
	c.body.Release()
}

// release gives back all room of the call.
func (c *call) release() {
	c.releaseWork()
	c.releaseBody()
	c.answer.Release()
}
