package proxy

import (
	"fmt"
	"net/http"
	"strings"

	"sandkasse/mock/internal/address"
)

// User holds the session and the scenarios that a user name of Proxy-Authorization asks for: NAME,
// NAME+SCENARIO with any number of scenarios, or +SCENARIO for the default session.
type User struct {
	Session   string   // empty for the default session
	Scenarios []string // with parameters, as in the header Sandkasse-Scenario
}

// userOf reads the header Proxy-Authorization of a request. sent is false without one. The error is
// a sentence that says what is wrong with it. The password may be anything: some clients send
// nothing without one.
func userOf(r *http.Request) (u User, sent bool, err error) {
	given := r.Header.Get("Proxy-Authorization")
	if given == "" {
		return User{}, false, nil
	}
	name, _, ok := (&http.Request{Header: http.Header{"Authorization": {given}}}).BasicAuth()
	if !ok {
		return User{}, true, fmt.Errorf("the header Proxy-Authorization must be Basic (RFC 7617); %s", userHelp)
	}
	session, scenarios, _ := strings.Cut(name, "+")
	u.Session = session
	if session != "" {
		if err := address.CheckSession(session); err != nil {
			return User{}, true, fmt.Errorf("in the user name of the proxy, %w", err)
		}
	}
	if scenarios != "" {
		u.Scenarios = strings.Split(scenarios, "+")
	}
	return u, true, nil
}

// userHelp says how a session is named.
const userHelp = "its user name is the session, with scenarios after it, such as " +
	"http://suite-1:x@127.0.0.1:8080 or http://suite-1+lost-answer:x@127.0.0.1:8080, and its password is ignored"

// apply adds to a request what the user of the proxy asks for. A session that the request names
// itself is preferred (K624).
func (u User) apply(r *http.Request) {
	named := strings.Contains(r.URL.Path, "/_session/")
	for name := range r.Header {
		named = named || strings.EqualFold(name, address.SessionHeader)
	}
	if u.Session != "" && !named {
		r.Header.Set(address.SessionHeader, u.Session)
	}
	for _, scenario := range u.Scenarios {
		r.Header.Add(address.ScenarioHeader, scenario)
	}
}
