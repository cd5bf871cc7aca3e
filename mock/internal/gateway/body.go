package gateway

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"

	"sandkasse/mock/internal/feil"
)

const (
	// firstRead bounds the memory that a body gets before its bytes arrive, whatever length it
	// declares.
	firstRead = 64 << 10
	// unknownBodyLimit bounds what the journal keeps of a body sent to an address without an API.
	unknownBodyLimit = 64 << 10
	// drainLimit bounds what is read of a body beyond what is kept. A client that is still sending
	// would otherwise see its connection torn instead of its answer (K005).
	drainLimit = 64 << 20
)

// readBody reads the call's body, up to one byte more than the limit. A longer body is marked and
// read past: the check body-size reports it, in its place in the order. A client that asks before
// it sends (Expect) is not asked for a body that would be refused.
func readBody(c *call, limit int64) error {
	r := c.http
	c.bodyBytes = max(r.ContentLength, 0)
	if r.ContentLength > limit && strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		c.oversize = true
		return nil
	}
	var body bytes.Buffer
	body.Grow(int(min(max(r.ContentLength, 0), firstRead)) + bytes.MinRead)
	_, err := body.ReadFrom(io.LimitReader(r.Body, limit+1))
	c.Body = body.Bytes()
	c.bodyBytes = max(c.bodyBytes, int64(len(c.Body)))
	if err != nil { // K029
		return feil.New(feil.BadParameter,
			"the body could not be read to its end: it is shorter than declared, or the connection was lost",
			feil.Detalj{Melding: "request body kunne ikke leses til slutten"})
	}
	if int64(len(c.Body)) > limit {
		c.oversize = true
		c.Body = c.Body[:limit:limit]
		Drain(r)
	}
	return nil
}

// Drain reads what is left of a request's body, within bounds, so that a client that is still
// sending gets to its answer.
func Drain(r *http.Request) { io.CopyN(io.Discard, r.Body, drainLimit) }

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
