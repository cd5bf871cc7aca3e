package bounds

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// Small is the greatest body or answer, in bytes, that needs no room of the budget of large ones,
// so that ordinary calls never wait behind those. It is a little more than 64 KiB, the limit of
// several bodies.
const Small = 65 << 10

// Memory has the budgets of a server. It is safe for concurrent use.
//
// Together with what a server needs without calls they stay below 256 MiB (K600). A call takes room
// for its body, then for the work on it, then for its answer, and never the other way round, so no
// two calls wait for each other.
type Memory struct {
	Limits Limits

	Bodies, SmallBodies *Budget // as they were sent
	Work, SmallWork     *Budget // what is made of them: decoded documents
	Answers             *Budget // those above Small
	Lists, Reads        *Budget // in pieces of lists and in GETs, not in bytes: those made at the same time

	large largeCalls
}

// NewMemory returns budgets that nobody has taken from. notify, unless nil, is called with true when
// a large call begins, and with false two seconds after the last one; it must return at once.
func NewMemory(notify func(underWay bool)) *Memory {
	m := &Memory{
		Limits: Limits{Wait: 30 * time.Second, Patience: 10 * time.Second, Stall: 30 * time.Second},
		large:  largeCalls{notify: notify},
	}
	m.Bodies = newBudget(32<<20, &m.Limits, &m.large)
	m.SmallBodies = newBudget(16<<20, &m.Limits, nil)
	m.Work = newBudget(80<<20, &m.Limits, &m.large)
	m.SmallWork = newBudget(16<<20, &m.Limits, nil)
	m.Answers = newBudget(32<<20, &m.Limits, &m.large)
	m.Lists, m.Reads = newBudget(2, &m.Limits, nil), newBudget(4, &m.Limits, nil)
	return m
}

// ErrNotKept is returned for a body that nobody needs, while there is no room for it.
var ErrNotKept = errors.New("the body was not kept")

// Body is the body of a call. It must be released.
type Body struct {
	Bytes []byte

	space Reservation
}

// Release gives back the room of the body, whose bytes must not be kept.
func (b *Body) Release() { b.space.Release() }

// firstBuffer is the length of the first buffer of a body. A caller who declares a long body and
// sends little of it takes little room.
const firstBuffer = 8 << 10

// ReadBody reads a body up to one byte more than the limit, which shows that it is longer. It takes
// room as bytes arrive, and above Small at once for all that the body may have.
//
// unneeded reports whether the call is refused whatever its body; nil stands for no. It is asked
// only where there is no room, and then the error is ErrNotKept. The error is ErrExhausted where
// there was no room in time, or where the caller sent so slowly that others waited. The body that
// was read so far is returned in any case, and must be released.
func (m *Memory) ReadBody(w http.ResponseWriter, r *http.Request, limit int64, unneeded func() bool) (Body, error) {
	var body Body
	if r.Body == nil || r.Body == http.NoBody {
		return body, nil
	}
	whole := limit + 1
	if r.ContentLength > 0 {
		whole = min(whole, r.ContentLength)
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	slow := func() { // ends the wait for room, or for the caller
		cancel()
		http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
	}
	for int64(len(body.Bytes)) < whole {
		if len(body.Bytes) == cap(body.Bytes) {
			if err := m.grow(ctx, &body, whole, slow, unneeded); err != nil {
				return body, err
			}
		}
		stop := body.space.Watch(slow)
		err := body.fill(r.Body, whole)
		stop()
		switch {
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil && ctx.Err() != nil && r.Context().Err() == nil:
			return body, ErrExhausted
		case err != nil:
			return body, err
		}
	}
	return body, nil
}

// fill reads until the buffer is full, or the body is whole.
func (b *Body) fill(from io.Reader, whole int64) error {
	for len(b.Bytes) < cap(b.Bytes) && int64(len(b.Bytes)) < whole {
		n, err := from.Read(b.Bytes[len(b.Bytes):cap(b.Bytes)])
		b.Bytes = b.Bytes[:len(b.Bytes)+n]
		if err != nil {
			return err
		}
	}
	return nil
}

// grow gives a body a larger buffer: four times as large, or of the whole body where it is above
// Small.
func (m *Memory) grow(ctx context.Context, body *Body, whole int64, slow func(), unneeded func() bool) error {
	size, budget := min(max(4*int64(cap(body.Bytes)), firstBuffer), Small, whole), m.SmallBodies
	if len(body.Bytes) == Small {
		size, budget = whole, m.Bodies
	}
	space, ok := budget.TryReserve(size)
	if !ok {
		if unneeded != nil && unneeded() {
			return ErrNotKept
		}
		stop := body.space.Watch(slow)
		var err error
		space, err = budget.Reserve(ctx, size)
		stop()
		if err != nil {
			return err
		}
	}
	larger := make([]byte, len(body.Bytes), size)
	copy(larger, body.Bytes)
	body.space.Release()
	body.Bytes, body.space = larger, space
	return nil
}

// Room that a decoded document takes, in bytes, as far as its body shows: for an object, for any
// other value, and for each byte of the body. A test compares their sum with the heap.
const (
	objectBytes = 352
	valueBytes  = 32
	textBytes   = 2
)

// ReserveWork takes room for what is made of a body of JSON. The error is ErrExhausted.
func (m *Memory) ReserveWork(ctx context.Context, body []byte) (Reservation, error) {
	budget := m.Work
	if len(body) <= Small {
		budget = m.SmallWork
	}
	return budget.Reserve(ctx, workSpace(body))
}

// workSpace returns the room that the work on a body of JSON takes, in bytes.
func workSpace(body []byte) int64 {
	objects := bytes.Count(body, []byte{'{'})
	values := bytes.Count(body, []byte{','}) + bytes.Count(body, []byte{'['})
	return int64(objects*objectBytes + values*valueBytes + len(body)*textBytes)
}
