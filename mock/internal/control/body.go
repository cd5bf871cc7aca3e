package control

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"sandkasse/mock/internal/strictjson"
)

// strayBody is how much is read, in bytes, of a body that must be empty.
const strayBody = 1 << 10

// decodeOptional is decode for a body that may be left out.
func decodeOptional(r *http.Request, limit int64, target any) error {
	if err := decode(r, limit, target); !errors.Is(err, strictjson.ErrEmpty) {
		return err
	}
	return nil
}

// decode reads a body of at most limit bytes that holds one JSON value. The error is a clause for the
// caller.
func decode(r *http.Request, limit int64, target any) error {
	body, err := readBody(r, limit)
	if err != nil {
		return err
	}
	return strictjson.Decode(body, target)
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil: // the caller has gone, or declared another length
		return nil, badRequest("the body does not come to its end")
	case int64(len(body)) > limit:
		return nil, badRequest("the body is over %d bytes, the most that is taken here", limit)
	}
	return body, nil
}

// checkNoBody refuses a body where none is read, so that nobody takes it for heard. An empty object says
// nothing, and some clients send one with every POST (K491).
func checkNoBody(r *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, strayBody))
	if text := bytes.TrimSpace(body); err == nil && len(text) > 0 && !bytes.Equal(text, []byte("{}")) {
		return badRequest("%s %s takes no body; leave it out", r.Method, r.URL.Path)
	}
	return nil
}
