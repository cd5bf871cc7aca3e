package control

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/journal"
)

const (
	// heartbeat is the time between the comments of a live stream, which show its reader that the
	// connection is alive.
	heartbeat = 15 * time.Second
	// liveBatch bounds the calls that a live stream sends between two pauses.
	liveBatch = 1000
	// livePause is the least time between two batches. Calls that come faster are sent together, so
	// that many readers do not take the time of those who call.
	livePause = 50 * time.Millisecond
	// maxLive bounds the live streams of a server (K605).
	maxLive = 1000
	// lastEventID is the header with the ID of the event that a reader got last (HTML, server-sent
	// events).
	lastEventID = "Last-Event-ID"
)

// liveFilters returns the names of the parameters that narrow a live stream: those of a list but
// limit and before.
func liveFilters() []string {
	return slices.DeleteFunc(callFilters(), func(name string) bool { return name == "limit" || name == "before" })
}

// live streams the calls as they happen, as server-sent events. A reader that names the last event
// it got is first sent those after it.
//
// There are two events: "call", whose data is the call as GET calls has it (with view=short
// without headers and bodies), and "missed", whose
// data is the number of calls that the journal dropped before they could be sent, or "unknown"
// where the ID is of another server (K480).
func (c *request) live(r *http.Request) (any, error) {
	values, err := filters(r, append(callFilters(), "view")...)
	if err != nil {
		return nil, err
	}
	query, short, err := c.callView(values)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"limit", "before"} {
		if values.Has(name) {
			return nil, badRequest("%s is not for a live stream, which goes on; there are %s", name,
				strings.Join(liveFilters(), ", "))
		}
	}
	if given := len(r.Header.Values(lastEventID)); given > 1 {
		return nil, badRequest("%s is given %d times; give it once", lastEventID, given)
	}
	after, last := int64(0), r.Header.Get(lastEventID)
	if last != "" {
		if after, err = strconv.ParseInt(last, 10, 64); err != nil || after < 0 {
			return nil, badRequest("%s is %q; it must be the id of an event of this stream, such as 17", lastEventID,
				last)
		}
	}
	if err := c.keepSession(r); err != nil { // whose first call is to come
		return nil, err
	}
	if c.streams.Add(1) > maxLive {
		c.streams.Add(-1)
		return nil, &apiError{http.StatusServiceUnavailable, fmt.Sprintf(
			"there are %d live streams, as many as there may be; close one, or ask for calls with wait", maxLive)}
	}
	return stream{"text/event-stream", func(ctx context.Context, write func([]byte) error) {
		defer c.streams.Add(-1)
		calls, known := (*journal.Subscription)(nil), true
		if last != "" {
			calls, known = c.session.Log.Resume(query, after)
		} else {
			calls = c.session.Log.Subscribe(query)
		}
		defer calls.Close()
		if write([]byte(": calls of the session "+c.session.Name+"\n\n")) != nil {
			return
		}
		if !known && write([]byte("event: missed\ndata: unknown\n\n")) != nil {
			return
		}
		next := calls.Next
		if short {
			next = calls.NextShort
		}
		follow(ctx, calls, next, write)
	}}, nil
}

// nextEvents returns the next calls of a subscription, so many at most, and how many it has missed.
type nextEvents func(limit int) (events []journal.Event, missed int64)

// follow sends the calls of a subscription, and heartbeats, until the reader or the session is
// gone.
func follow(ctx context.Context, calls *journal.Subscription, next nextEvents, write func([]byte) error) {
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	chunks := &chunkWriter{ctx: ctx, write: write}
	reported := int64(0) // missed calls
	for {
		sent, err := sendCalls(chunks, next, &reported)
		if err != nil || sent == 0 && calls.Ended() || sent > 0 && !pause(ctx) {
			return
		}
		more := calls.Added()
		if sent == liveBatch { // there may be more, but a heartbeat may be due
			more = closed
		}
		select {
		case <-alive.C:
			if write([]byte(":\n\n")) != nil {
				return
			}
		case <-more:
		case <-ctx.Done():
			return
		}
	}
}

// closed is a channel that has been closed.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// sendCalls sends the next calls of a subscription, liveBatch at most, and how many it has missed
// where that is more than was reported. It holds one of them at a time, since its reader may be
// slow. It returns the number of calls, or the error of the writer.
func sendCalls(to *chunkWriter, next nextEvents, reported *int64) (sent int, err error) {
	for sent < liveBatch && err == nil {
		events, missed := next(1)
		if missed > *reported {
			*reported = missed
			fmt.Fprintf(to, "event: missed\ndata: %d\n\n", missed) // flush returns the error
		}
		if len(events) == 0 {
			break
		}
		sent++
		fmt.Fprintf(to, "id: %d\nevent: call\ndata: ", events[0].ID)
		if _, err = to.Write(events[0].Text); err == nil {
			_, err = io.WriteString(to, "\n\n")
		}
	}
	if err == nil {
		err = to.flush()
	}
	return sent, err
}

// pause waits for livePause, and reports whether the reader is still there.
func pause(ctx context.Context) bool {
	timer := time.NewTimer(livePause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
