package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/describe"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/strictjson"
)

// sessionLimit bounds the body of an operation on a session, in bytes.
const sessionLimit = 4 << 10

// handleSessions registers the operations on sessions, their clocks and checkpoints.
func (c *Control) handleSessions() {
	c.handle("GET sessions", (*request).listSessions)
	c.handle("DELETE sessions/{name}", (*request).endSession)
	c.handle("POST reset", (*request).reset)
	c.handle("GET clock", (*request).clock)
	c.handle("PUT clock", (*request).setClock)
	c.handle("GET checkpoints", (*request).checkpoints)
	c.handle("POST checkpoints", (*request).checkpoint)
	c.handle("POST checkpoints/{name}/restore", (*request).restore)
	c.handle("GET checkpoints/{name}/file", (*request).checkpointFile)
	c.handle("PUT checkpoints/{name}/file", (*request).putCheckpointFile)
	c.handle("DELETE checkpoints/{name}", (*request).deleteCheckpoint)
}

// listSessions lists the sessions, after ending those that have expired.
func (c *request) listSessions(*http.Request) (any, error) {
	if err := c.Sessions.Sweep(); err != nil {
		return nil, err
	}
	sizes, err := c.Store.Sizes()
	if err != nil {
		return nil, err
	}
	stored := map[string]store.SessionSize{}
	for _, size := range sizes {
		stored[size.Name] = size
	}
	views := []describe.SessionView{}
	for _, s := range c.Sessions.List() {
		views = append(views, describe.Session(s, stored[s.Name]))
	}
	return map[string][]describe.SessionView{"sessions": views}, nil
}

// endSession ends the session whose name stands in the path.
func (c *request) endSession(r *http.Request) (any, error) {
	name := r.PathValue("name")
	if name == address.DefaultSession {
		return nil, badRequest("the session %s is always there; POST %sreset empties it", name, Prefix)
	}
	found, err := c.Sessions.Remove(name)
	if err == nil && !found {
		err = &apiError{
			http.StatusNotFound,
			fmt.Sprintf("there is no session %q; GET %ssessions lists those there are", name, Prefix),
		}
	}
	return map[string]string{"ended": name}, err
}

// reset empties a session: the caller's, or the one that the body names.
func (c *request) reset(r *http.Request) (any, error) {
	var body struct {
		Session string  `json:"session"`
		Seed    *uint64 `json:"seed"`
	}
	if err := decodeOptional(r, sessionLimit, &body); err != nil {
		return nil, badRequest(`the body is no reset (%v): it must be empty, or such as {"session": "suite-1", `+
			`"seed": 7}`, err)
	}
	sess := c.session
	if body.Session != "" { // which is made where it is not there (K375)
		if err := address.CheckSession(body.Session); err != nil {
			return nil, badRequest("%v", err)
		}
		if err := c.keep(body.Session); err != nil {
			return nil, err
		}
		sess = c.session
	}
	sess, err := sess.Reset(body.Seed)
	if err != nil {
		return nil, err
	}
	return struct {
		Session string `json:"session"`
		Seed    uint64 `json:"seed"`
	}{sess.Name, sess.Seed}, nil
}

// clock shows the session's clock.
func (c *request) clock(*http.Request) (any, error) { return c.session.Clock.State(), nil }

// clockForm says what a PUT of the clock must be.
const clockForm = `it must be such as {"freeze": "2031-01-01T00:00:00Z"} (or true for now), ` +
	`{"set": "2031-01-01T00:00:00Z"}, {"advance": "36h"}, {"scale": 60} or {"free": true}`

// setClock freezes, sets, advances, scales or frees the session's clock.
func (c *request) setClock(r *http.Request) (any, error) {
	var body struct {
		Freeze  any        `json:"freeze"` // a time, or true
		Set     *time.Time `json:"set"`
		Advance *string    `json:"advance"`
		Scale   *float64   `json:"scale"`
		Free    bool       `json:"free"`
	}
	if err := decode(r, sessionLimit, &body); err != nil {
		return nil, badRequest("the body is no order to a clock (%v): %s", err, clockForm)
	}
	change := session.Change{Set: body.Set, Scale: body.Scale, Free: body.Free}
	switch freeze := body.Freeze.(type) {
	case nil:
	case bool:
		change.Stop = freeze
	case string:
		at, err := strictjson.Time("freeze", freeze)
		if err != nil {
			return nil, badRequest("%v", err)
		}
		change.Freeze = &at
	default:
		return nil, badRequest("freeze is %s; it must be a time, or true for now", strictjson.Describe(freeze))
	}
	if body.Advance != nil {
		by, err := time.ParseDuration(*body.Advance)
		if err != nil {
			return nil, badRequest("advance is %q; it must be a duration such as 36h, -90m or 2h45m, of less than "+
				"292 years", *body.Advance)
		}
		change.Advance = &by
	}
	if err := c.session.Clock.Apply(change); err != nil {
		return nil, badRequest("%v; %s", err, clockForm)
	}
	return c.session.Clock.State(), nil
}

// checkpointView describes a checkpoint.
type checkpointView struct {
	Name    string `json:"name"`
	Records int    `json:"records"`
	Bytes   int64  `json:"bytes"`
}

// checkpoints lists the checkpoints of the session.
func (c *request) checkpoints(*http.Request) (any, error) {
	list, err := c.session.Store.Checkpoints()
	views := make([]checkpointView, len(list))
	for i, one := range list {
		views[i] = checkpointView{one.Name, one.Records, one.Bytes}
	}
	return map[string][]checkpointView{"checkpoints": views}, err
}

// checkpoint saves the session under the name in the body.
func (c *request) checkpoint(r *http.Request) (any, error) {
	var body struct {
		Name string `json:"name"`
	}
	if err := decode(r, sessionLimit, &body); err != nil {
		return nil, badRequest(`the body is no checkpoint (%v): it must be such as {"name": "stocked"}`, err)
	}
	if body.Name == "" {
		return nil, badRequest(`name is missing: the body must be such as {"name": "stocked"}`)
	}
	if err := address.CheckSession(body.Name); err != nil {
		return nil, badRequest("%s (a checkpoint's name is as a session's)", err)
	}
	return map[string]string{"name": body.Name}, c.tooMany(c.session.Checkpoint(body.Name))
}

// tooMany returns session.ErrTooManyCheckpoints as a 409, and any other error as it is.
func (c *request) tooMany(err error) error {
	if !errors.Is(err, session.ErrTooManyCheckpoints) {
		return err
	}
	return &apiError{
		http.StatusConflict,
		fmt.Sprintf("the session %s has %d checkpoints, as many as there may be; "+
			"DELETE %scheckpoints/NAME removes one", c.session.Name, session.MaxCheckpoints, c.prefix()),
	}
}

// checkpointFile writes the checkpoint whose name stands in the path as a file. One that is too large is
// refused with 413.
func (c *request) checkpointFile(r *http.Request) (any, error) {
	name := r.PathValue("name")
	// which meets all that can be wrong
	if err := c.session.Store.WriteCheckpoint(c.ctx, name, io.Discard); err != nil {
		if errors.Is(err, store.ErrCheckpointFile) {
			err = &apiError{http.StatusRequestEntityTooLarge, err.Error()}
		}
		return nil, c.noCheckpoint(name, err)
	}
	write := func(w io.Writer) error { return c.session.Store.WriteCheckpoint(context.Background(), name, w) }
	return export{"application/octet-stream", write}, nil
}

// putCheckpointFile saves the file in the body as the checkpoint whose name stands in the path.
func (c *request) putCheckpointFile(r *http.Request) (any, error) {
	name := r.PathValue("name")
	if err := address.CheckSession(name); err != nil {
		return nil, badRequest("%s (a checkpoint's name is as a session's)", err)
	}
	body, err := readBody(r, store.MaxCheckpointFile)
	if err != nil {
		return nil, err
	}
	file, err := c.session.ImportCheckpoint(name, body)
	if errors.Is(err, store.ErrCheckpointFile) {
		return nil, badRequest("%v", err)
	}
	if err != nil {
		return nil, c.tooMany(err)
	}
	return checkpointView{name, file.Records, file.Bytes}, nil
}

// restore sets the session back to the checkpoint whose name stands in the path.
func (c *request) restore(r *http.Request) (any, error) {
	name := r.PathValue("name")
	if _, err := c.session.Restore(name); err != nil {
		return nil, c.noCheckpoint(name, err)
	}
	return map[string]string{"name": name}, nil
}

// deleteCheckpoint removes the checkpoint whose name stands in the path.
func (c *request) deleteCheckpoint(r *http.Request) (any, error) {
	name := r.PathValue("name")
	if err := c.session.DeleteCheckpoint(name); err != nil {
		return nil, c.noCheckpoint(name, err)
	}
	return map[string]string{"deleted": name}, nil
}

// noCheckpoint returns store.ErrNoCheckpoint as a 404 that names the checkpoint, and any other
// error as it is.
func (c *request) noCheckpoint(name string, err error) error {
	if !errors.Is(err, store.ErrNoCheckpoint) {
		return err
	}
	return &apiError{http.StatusNotFound, fmt.Sprintf(
		"the session %s has no checkpoint %q; GET %scheckpoints lists those it has", c.session.Name, name, c.prefix())}
}
