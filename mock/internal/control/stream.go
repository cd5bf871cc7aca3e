package control

import (
	"context"
	"net/http"
	"time"
)

// stallLimit is how long a stream waits for a reader that does not read (K376).
const stallLimit = 30 * time.Second

// stream is what an operation shows bit by bit, until it is done or the caller has gone.
type stream struct {
	contentType string
	write       func(ctx context.Context, write func([]byte) error)
}

// serve writes a stream. The limit of the listener is for calls: a stream lasts as long as its reader reads.
func (s stream) serve(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	out.SetWriteDeadline(time.Time{})
	w.Header().Set("Content-Type", s.contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	out.Flush()
	s.write(r.Context(), func(text []byte) error {
		cut := func() { out.SetWriteDeadline(time.Unix(1, 0)) } // long ago: it ends the writing that is under way
		defer context.AfterFunc(r.Context(), cut)()
		defer time.AfterFunc(stallLimit, cut).Stop()
		if _, err := w.Write(text); err != nil {
			return err
		}
		return out.Flush()
	})
}
