package bounds

import (
	"context"
	"net/http"
	"time"
)

// piece is the number of bytes that are written at once at most, and whose reader must take them
// within Limits.Stall.
const piece = 32 << 10

// Writer writes an answer piece by piece. It has no time limit as other answers have, as long as
// its reader reads. It is not safe for concurrent use.
type Writer struct {
	w     http.ResponseWriter
	out   *http.ResponseController
	ctx   context.Context
	stall time.Duration
}

// Writer returns a writer of an answer, which ends with the context.
func (m *Memory) Writer(ctx context.Context, w http.ResponseWriter) *Writer {
	out := http.NewResponseController(w)
	out.SetWriteDeadline(time.Time{})
	return &Writer{w, out, ctx, m.Limits.Stall}
}

// Write writes what it is given. The error is that of the connection, also where its reader did not
// read.
func (w *Writer) Write(text []byte) (written int, err error) {
	defer context.AfterFunc(w.ctx, w.End)()
	for len(text) > 0 && err == nil {
		n := min(len(text), piece)
		timer := time.AfterFunc(w.stall, w.End)
		n, err = w.w.Write(text[:n])
		timer.Stop()
		text, written = text[n:], written+n
	}
	return written, err
}

// Flush sends what net/http has not sent yet.
func (w *Writer) Flush() error {
	defer context.AfterFunc(w.ctx, w.End)()
	defer time.AfterFunc(w.stall, w.End).Stop()
	return w.out.Flush()
}

// End ends a Write that is under way, and all later ones. It does not block, and is safe for
// concurrent use.
func (w *Writer) End() { w.out.SetWriteDeadline(time.Unix(1, 0)) } // a deadline that has passed ends the write

// WriteLarge writes a whole answer, which has its room in a reservation. A reader who is slower than
// Limits.Patience is cut off where others wait for room. A server that closes lets it end.
func (m *Memory) WriteLarge(w http.ResponseWriter, text []byte, space *Reservation) error {
	out := m.Writer(context.Background(), w)
	defer space.Watch(out.End)()
	if _, err := out.Write(text); err != nil {
		return err
	}
	return out.Flush()
}
