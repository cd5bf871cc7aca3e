package control

import (
	"context"
	"net/http"
	"time"
)

// stallLimit bounds the wait for a reader that does not read (K376).
const stallLimit = 30 * time.Second

// stream is a result that is written bit by bit, until write returns or the caller is gone.
type stream struct {
	contentType string
	write       func(ctx context.Context, write func([]byte) error)
}

// writeTo writes the stream. It has no time limit as other answers have, as long as its reader
// reads.
func (s stream) writeTo(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	out.SetWriteDeadline(time.Time{})
	w.Header().Set("Content-Type", s.contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	out.Flush()
	s.write(r.Context(), func(text []byte) error {
		stop := func() { out.SetWriteDeadline(time.Unix(1, 0)) } // a deadline that has passed ends the write
		defer context.AfterFunc(r.Context(), stop)()
		defer time.AfterFunc(stallLimit, stop).Stop()
		if _, err := w.Write(text); err != nil {
			return err
		}
		return out.Flush()
	})
}
