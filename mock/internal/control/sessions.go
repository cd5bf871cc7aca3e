package control

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/strictjson"
)

// sessionLimit bounds the body of an operation on a session, in bytes.
const sessionLimit = 4 << 10

func (c *Control) serveSessions() {
	c.serve("GET sessions", (*room).listSessions)
	c.serve("DELETE sessions/{name}", (*room).endSession)
	c.serve("POST reset", (*room).reset)
	c.serve("GET clock", (*room).clock)
	c.serve("PUT clock", (*room).setClock)
	c.serve("GET checkpoints", (*room).checkpoints)
	c.serve("POST checkpoints", (*room).checkpoint)
	c.serve("POST checkpoints/{name}/restore", (*room).restore)
	c.serve("DELETE checkpoints/{name}", (*room).deleteCheckpoint)
}

// sessionView is a session as it is shown.
type sessionView struct {
	Name    string    `json:"name"`
	Records int       `json:"records"`
	Bytes   int64     `json:"bytes"` // of its records
	Calls   int64     `json:"calls"` // made so far
	Plays   int       `json:"plays"` // armed
	Seed    uint64    `json:"seed"`
	Used    time.Time `json:"used"` // by the server's clock
	Clock   time.Time `json:"clock"`
}

func (c *room) listSessions(*http.Request) (any, error) {
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
	views := []sessionView{}
	for _, s := range c.Sessions.List() {
		now := s.Clock.Now()
		views = append(views, sessionView{
			Name: s.Name, Records: stored[s.Name].Records, Bytes: stored[s.Name].Bytes, Calls: s.Log.Number(), Plays: len(s.Stage.Plays(now)),
			Seed: s.Seed, Used: s.Used().UTC(), Clock: now.UTC(),
		})
	}
	return map[string][]sessionView{"sessions": views}, nil
}

// endSession ends the session whose name stands in the address; it must be there.
func (c *room) endSession(r *http.Request) (any, error) {
	name := r.PathValue("name")
	if name == address.DefaultSession {
		return nil, badRequest("the session %s is always there; POST %sreset empties it", name, Prefix)
	}
	found, err := c.Sessions.Remove(name)
	if err == nil && !found {
		err = &failure{http.StatusNotFound, fmt.Sprintf("there is no session %q; GET %ssessions lists those there are", name, Prefix)}
	}
	return map[string]string{"ended": name}, err
}

// reset makes a session as new: the caller's, or the one that the body names.
func (c *room) reset(r *http.Request) (any, error) {
	var asked struct {
		Session string  `json:"session"`
		Seed    *uint64 `json:"seed"`
	}
	if err := decodeOptional(r, sessionLimit, &asked); err != nil {
		return nil, badRequest(`the body is no reset (%v): it must be empty, or such as {"session": "suite-1", "seed": 7}`, err)
	}
	sess := c.session
	if asked.Session != "" { // one that is not there is as new already, but for the seed (K375)
		if err := address.CheckSession(asked.Session); err != nil {
			return nil, badRequest("%v", err)
		}
		var err error
		if sess, err = c.Sessions.Open(asked.Session); err != nil {
			return nil, &failure{http.StatusServiceUnavailable, err.Error()}
		}
	}
	sess, err := sess.Reset(asked.Seed)
	if err != nil {
		return nil, err
	}
	return struct {
		Session string `json:"session"`
		Seed    uint64 `json:"seed"`
	}{sess.Name, sess.Seed}, nil
}

func (c *room) clock(*http.Request) (any, error) { return c.session.Clock.State(), nil }

// clockForm is what a PUT of the clock may be.
const clockForm = `it must be such as {"freeze": "2031-01-01T00:00:00Z"} (or true for now), {"set": "2031-01-01T00:00:00Z"}, {"advance": "36h"}, {"scale": 60} or {"free": true}`

// setClock freezes, sets, moves, scales or frees the session's time.
func (c *room) setClock(r *http.Request) (any, error) {
	var asked struct {
		Freeze  any        `json:"freeze"` // a time, or true
		Set     *time.Time `json:"set"`
		Advance *string    `json:"advance"`
		Scale   *float64   `json:"scale"`
		Free    bool       `json:"free"`
	}
	if err := decode(r, sessionLimit, &asked); err != nil {
		return nil, badRequest("the body is no order to a clock (%v): %s", err, clockForm)
	}
	change := session.Change{Set: asked.Set, Scale: asked.Scale, Free: asked.Free}
	switch freeze := asked.Freeze.(type) {
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
	if asked.Advance != nil {
		by, err := time.ParseDuration(*asked.Advance)
		if err != nil {
			return nil, badRequest("advance is %q; it must be a duration such as 36h, -90m or 2h45m, of less than 292 years", *asked.Advance)
		}
		change.Advance = &by
	}
	if err := c.session.Clock.Apply(change); err != nil {
		return nil, badRequest("%v; %s", err, clockForm)
	}
	return c.session.Clock.State(), nil
}

// checkpointView is a checkpoint as it is shown.
type checkpointView struct {
	Name    string `json:"name"`
	Records int    `json:"records"`
	Bytes   int64  `json:"bytes"`
}

func (c *room) checkpoints(*http.Request) (any, error) {
	list, err := c.session.Store.Checkpoints()
	views := make([]checkpointView, len(list))
	for i, one := range list {
		views[i] = checkpointView{one.Name, one.Records, one.Bytes}
	}
	return map[string][]checkpointView{"checkpoints": views}, err
}

func (c *room) checkpoint(r *http.Request) (any, error) {
	var asked struct {
		Name string `json:"name"`
	}
	if err := decode(r, sessionLimit, &asked); err != nil {
		return nil, badRequest(`the body is no checkpoint (%v): it must be such as {"name": "stocked"}`, err)
	}
	if asked.Name == "" {
		return nil, badRequest(`name is missing: the body must be such as {"name": "stocked"}`)
	}
	if err := address.CheckSession(asked.Name); err != nil {
		return nil, badRequest("%s (a checkpoint's name is as a session's)", err)
	}
	err := c.session.Checkpoint(asked.Name)
	if errors.Is(err, session.ErrTooManyCheckpoints) {
		return nil, &failure{http.StatusConflict, fmt.Sprintf("the session %s has %d checkpoints, as many as there may be; DELETE %scheckpoints/NAME removes one",
			c.session.Name, session.MaxCheckpoints, c.prefix())}
	}
	return map[string]string{"name": asked.Name}, err
}

func (c *room) restore(r *http.Request) (any, error) {
	name := r.PathValue("name")
	if _, err := c.session.Restore(name); err != nil {
		return nil, c.noCheckpoint(name, err)
	}
	return map[string]string{"name": name}, nil
}

func (c *room) deleteCheckpoint(r *http.Request) (any, error) {
	name := r.PathValue("name")
	if err := c.session.DeleteCheckpoint(name); err != nil {
		return nil, c.noCheckpoint(name, err)
	}
	return map[string]string{"deleted": name}, nil
}

func (c *room) noCheckpoint(name string, err error) error {
	if !errors.Is(err, store.ErrNoCheckpoint) {
		return err
	}
	return &failure{http.StatusNotFound, fmt.Sprintf("the session %s has no checkpoint %q; GET %scheckpoints lists those it has", c.session.Name, name, c.prefix())}
}
