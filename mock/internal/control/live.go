package control

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/plainjson"
)

const (
	// heartbeat is the time between the comments of a live stream, which show its reader that the
	// connection is alive.
	heartbeat = 15 * time.Second
	// liveBatch bounds the calls that a live stream reads from the journal at once.
	liveBatch = 64
	// lastEventID is the header with the ID of the event that a reader got last (HTML, server-sent
	// events).
	lastEventID = "Last-Event-ID"
)

// liveFilters returns the names of the parameters that narrow a live stream: those of a list but
// limit.
func liveFilters() []string {
	return slices.DeleteFunc(callFilters(), func(name string) bool { return name == "limit" })
}

// live streams the calls as they happen, as server-sent events. A reader that names the last event
// it got is first sent those after it.
//
// There are two events: "call", whose data is the call as GET calls has it, and "missed", whose
// data is the number of calls that the journal dropped before they could be sent, or "unknown"
// where the ID is of another server (K480).
func (c *request) live(r *http.Request) (any, error) {
	values, err := filters(r, callFilters()...)
	if err != nil {
		return nil, err
	}
	query, err := c.callQuery(values)
	if err != nil {
		return nil, err
	}
	if values.Has("limit") {
		return nil, badRequest("limit is not for a live stream, which goes on; there are %s",
			strings.Join(liveFilters(), ", "))
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
	return stream{"text/event-stream", func(ctx context.Context, write func([]byte) error) {
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
		follow(ctx, calls, write)
	}}, nil
}

// follow sends the calls of a subscription, and heartbeats, until the reader or the session is
// gone.
func follow(ctx context.Context, calls *journal.Subscription, write func([]byte) error) {
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	now := make(chan struct{})
	close(now)
	reported := int64(0) // missed calls
	for {
		events, missed := calls.Next(liveBatch)
		if missed > reported {
			reported = missed
			if write(fmt.Appendf(nil, "event: missed\ndata: %d\n\n", missed)) != nil {
				return
			}
		}
		for _, event := range events {
			if write(fmt.Appendf(nil, "id: %d\nevent: call\ndata: %s\n\n", event.ID,
				plainjson.MustMarshal(event.Call))) != nil {
				return
			}
		}
		if len(events) == 0 && calls.Ended() {
			return
		}
		more := calls.Added()
		if len(events) == liveBatch { // there may be more, but a heartbeat may be due
			more = now
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
