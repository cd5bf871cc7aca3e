package control

import (
	"fmt"
	"net/http"
	"strconv"

	"sandkasse/mock/internal/describe"
)

// playLimit bounds the body of a play, in bytes.
const playLimit = 4 << 10

// plays lists the armed plays.
func (c *request) plays(*http.Request) (any, error) {
	views := []describe.PlayView{}
	for _, armed := range c.session.Plays.List(c.session.Clock.Now()) {
		views = append(views, describe.Play(armed))
	}
	return map[string][]describe.PlayView{"plays": views}, nil
}

// play arms the scenario that the body asks for.
func (c *request) play(r *http.Request) (any, error) {
	var body describe.PlayRequest
	if err := decode(r, playLimit, &body); err != nil {
		return nil, badRequest("the body is no play (%v): %s", err, describe.PlayForm)
	}
	play, err := body.Play(c.Catalog, c.Scenarios)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	now := c.session.Clock.Now()
	id, err := c.session.Plays.Arm(play, now)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	for _, armed := range c.session.Plays.List(now) {
		if armed.ID == id {
			return describe.Play(armed), nil
		}
	}
	return nil, badRequest("the play was over at once")
}

// disarmAll disarms all plays.
func (c *request) disarmAll(*http.Request) (any, error) {
	return map[string]int{"disarmed": c.session.Plays.DisarmAll()}, nil
}

// disarmPlay disarms the play whose ID stands in the path.
func (c *request) disarmPlay(r *http.Request) (any, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || !c.session.Plays.Disarm(id) {
		return nil, &apiError{
			http.StatusNotFound,
			fmt.Sprintf("there is no play %q; GET %splays lists those that are armed", r.PathValue("id"), c.prefix()),
		}
	}
	return map[string]int{"disarmed": 1}, nil
}
