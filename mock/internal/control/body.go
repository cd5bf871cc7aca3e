package control

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"sandkasse/mock/internal/bounds"
	"sandkasse/mock/internal/strictjson"
)

// strayBody bounds, in bytes, what is read of a body that must be empty.
const strayBody = 1 << 10

// decodeOptional reads a body as decode does, but leaves the target as it is if there is none.
func decodeOptional(r *http.Request, limit int64, target any) error {
	if err := decode(r, limit, target); !errors.Is(err, strictjson.ErrEmpty) {
		return err
	}
	return nil
}

// decode reads a body of at most limit bytes that holds one JSON value. The error is a clause that
// says what is wrong with it.
func decode(r *http.Request, limit int64, target any) error {
	body, err := readBody(r, limit)
	if err != nil {
		return err
	}
	return strictjson.Decode(body, target)
}

// readBody reads a body of at most limit bytes, once in a request, which holds its room until the
// operation has returned. Whatever the operation makes of bounds.ErrExhausted is answered with 503.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	c := requestOf(r)
	var err error
	if c.body, err = c.Memory.ReadBody(c.writer, r, limit, nil); err == nil {
		c.work, err = c.Memory.ReserveWork(r.Context(), c.body.Bytes)
	}
	body := c.body.Bytes
	switch {
	case errors.Is(err, bounds.ErrExhausted):
		c.exhausted = true
		return nil, err
	case err != nil: // the caller has gone, or declared another length
		return nil, badRequest("the body does not come to its end")
	case int64(len(body)) > limit:
		return nil, badRequest("the body is over %d bytes, the most that is taken here", limit)
	}
	return body, nil
}

// checkNoBody refuses a body, so that nobody believes that it had an effect. An empty object
// passes, since some clients send one with every POST (K491).
func checkNoBody(r *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, strayBody))
	if text := bytes.TrimSpace(body); err == nil && len(text) > 0 && !bytes.Equal(text, []byte("{}")) {
		return badRequest("%s %s takes no body; leave it out", r.Method, r.URL.Path)
	}
	return nil
}
