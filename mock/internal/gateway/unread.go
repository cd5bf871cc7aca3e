package gateway

import (
	"errors"
	"net/http"

	"sandkasse/mock/internal/address"
)

// ServeUnread answers a call as Serve does, but nobody reads the answer: it is in the journal alone.
// It returns the number of the call there. A call that would end with a torn connection just ends.
func (g *Gateway) ServeUnread(r *http.Request, at address.Address, misaddressed error) (number int64) {
	defer func() {
		problem := recover()
		if err, ok := problem.(error); problem != nil && !(ok && errors.Is(err, http.ErrAbortHandler)) {
			panic(problem)
		}
	}()
	g.serve(unread{http.Header{}}, r, at, misaddressed, func(c *call) { number, c.unwatched = c.Number, true })
	return number
}

// unread is a ResponseWriter of an answer that nobody reads.
type unread struct{ header http.Header }

func (u unread) Header() http.Header { return u.header }

func (u unread) Write(text []byte) (int, error) { return len(text), nil }

func (u unread) WriteHeader(int) {}
