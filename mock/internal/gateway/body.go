package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"sandkasse/mock/internal/bounds"
	"sandkasse/mock/internal/feil"
)

const (
	// unknownBodyLimit bounds what the journal keeps of a body sent to an address without an API.
	unknownBodyLimit = 64 << 10
	// drainLimit bounds what is read of a body beyond what is kept. A client that is still sending
	// would otherwise see its connection torn instead of its answer (K005).
	drainLimit = 64 << 20
)

// readBody reads the call's body, up to one byte more than the limit. A longer body is marked and
// read past: the check body-size reports it, in its place in the order. A client that asks before
// it sends (Expect) is not asked for a body that would be refused.
//
// While there is no room for the body it waits, unless unneeded reports that the call is refused
// without it: then the body is read past and not kept (K601).
func (g *Gateway) readBody(c *call, limit int64, unneeded func() bool) (err error) {
	r := c.http
	c.bodyBytes = max(r.ContentLength, 0)
	if r.ContentLength > limit && strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		c.oversize = true
		return nil
	}
	c.body, err = g.Memory.ReadBody(c.writer, r, limit, unneeded)
	read := int64(len(c.body.Bytes))
	switch {
	case errors.Is(err, bounds.ErrNotKept):
		c.releaseBody()
		c.bodyBytes = max(c.bodyBytes, read+Drain(r))
		c.oversize = r.ContentLength > limit
		c.Remarks = append(c.Remarks, "the body was not kept: sandkasse held as many large bodies as it has memory "+
			"for, and this call is refused without it")
		return nil
	case errors.Is(err, bounds.ErrExhausted):
		c.releaseBody()
		c.bodyBytes = max(c.bodyBytes, read+Drain(r))
		return err
	}
	c.Body = c.body.Bytes
	c.bodyBytes = max(c.bodyBytes, read)
	if err != nil { // K029
		return feil.New(feil.BadParameter,
			"the body could not be read to its end: it is shorter than declared, or the connection was lost",
			feil.Detalj{Melding: "request body kunne ikke leses til slutten"})
	}
	if read > limit {
		c.oversize = true
		c.Body = c.Body[:limit:limit]
		Drain(r)
	}
	return nil
}

// Drain reads what is left of a request's body, within bounds, so that a client that is still
// sending gets to its answer. It returns the number of bytes.
func Drain(r *http.Request) int64 {
	n, _ := io.CopyN(io.Discard, r.Body, drainLimit)
	return n
}

// checkBodySize: a body over the API's limit is a fault in the request. No page documents it
// (docs/sources/skatteetaten.md).
func (g *Gateway) checkBodySize(c *call) error {
	if !c.oversize {
		return nil
	}
	return feil.New(feil.BodyTooLarge,
		fmt.Sprintf("the body is over %d bytes, the most that this API takes", c.API.MaxBody),
		feil.BodyTooLargeDetalj(c.API.MaxBody))
}
