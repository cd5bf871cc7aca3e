package mock

import (
	"time"

	"sandkasse/mock/internal/describe"
)

// Play is a scenario to arm: it applies to the calls that meet all fields that are set, without their asking for it.
// Scenario is required.
type Play struct {
	Scenario     string // a script (lost-answer) or a code (GLD_1015), with parameters where it has any: slow;ms=8000
	API          string // name: bsu
	Method       string // HTTP method
	Route        string // name, such as innsending: Catalog.API lists them
	Organisation string // in the token or the body
	Reference    string // in the body, such as oppgavegiversLeveranseReferanse

	Times       int           // calls with a code, or rounds through a script's steps; 0: one; or Always
	Probability float64       // that a call to which it applies gets it, at most 1; 0: 1
	Seed        uint64        // of the chance; 0: the session's
	TTL         time.Duration // after which it is disarmed, by the session's clock; 0: never
}

// Always keeps, as Play.Times, a scenario armed until it is disarmed.
const Always = -1

// Play arms a scenario in the session, and returns a function that disarms it. A code applies once and a script goes
// through its steps once, unless Times says otherwise. The error is an *ArgumentError, of an unknown API also
// ErrUnknownAPI; its text says what there is.
func (s *Session) Play(play Play) (disarm func(), err error) {
	sess, done, err := s.use()
	defer done()
	if err != nil {
		return nil, err
	}
	if play.API != "" {
		if _, err := apiOf(s.server.backend.Catalog, play.API); err != nil {
			return nil, err
		}
	}
	request := describe.PlayRequest{
		Scenario: play.Scenario, API: play.API, Method: play.Method, Route: play.Route, Organisation: play.Organisation,
		Reference: play.Reference, Times: describe.PlayTimes(play.Times),
	}
	if play.Probability != 0 {
		request.Probability = &play.Probability
	}
	if play.Seed != 0 {
		request.Seed = &play.Seed
	}
	if play.TTL != 0 {
		request.TTL = play.TTL.String()
	}
	armed, err := request.Play(s.server.backend.Catalog, s.server.backend.Scenarios)
	if err != nil {
		return nil, argument(err)
	}
	id, err := sess.Plays.Arm(armed, sess.Clock.Now())
	if err != nil {
		return nil, argument(err)
	}
	return func() { sess.Plays.Disarm(id) }, nil
}
