package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"sandkasse/mock/internal/feil"
)

// drainLimit bounds what is read of a body that is too large, in bytes: a client that is still sending would otherwise see its connection
// torn instead of its answer.
const drainLimit = 64 << 20

// readBody reads the call's body, at most one byte more than the API takes. A longer one is only marked: the check "body-size" tells it,
// at its place in the order.
func (g *Gateway) readBody(c *call) error {
	limit := c.API.MaxBody
	body, err := readAtMost(c.http, limit)
	if err != nil {
		return feil.New(feil.BadParameter, "the body could not be read to its end: "+err.Error(), feil.Detalj{
			Melding: "request body kunne ikke leses til slutten",
		})
	}
	if int64(len(body)) > limit {
		c.oversize = true
		body = body[:limit:limit]
		if _, err := io.CopyN(io.Discard, c.http.Body, drainLimit); err != nil && !errors.Is(err, io.EOF) {
			return feil.New(feil.BodyTooLarge, "the body is too large and broke off: "+err.Error())
		}
	}
	c.Body = body
	return nil
}

func readAtMost(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength < 0 || r.ContentLength > limit {
		return io.ReadAll(io.LimitReader(r.Body, limit+1))
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

// checkBodySize: no page says what a body over the limit gets; it is a fault in the request (reference skatteetaten 11, row 18).
func (g *Gateway) checkBodySize(c *call) error {
	if !c.oversize {
		return nil
	}
	return feil.New(feil.BodyTooLarge, fmt.Sprintf("the body is over %d bytes; split the delivery", c.API.MaxBody),
		feil.Detalj{Melding: fmt.Sprintf("request body er større enn %d byte", c.API.MaxBody)})
}
