// Package address reads what a call's address and headers say to Sandkasse itself: its session, and
// the scenarios it asks for.
//
// A client under test can often change its base address and nothing else. So any address may begin
// with /_session/NAME and /_scenario/NAME, in any order; the headers Sandkasse-Session and
// Sandkasse-Scenario do the same.
package address

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const (
	// SessionHeader names the session of a call.
	SessionHeader = "Sandkasse-Session"
	// ScenarioHeader names the scenarios that a call asks for, separated by commas.
	ScenarioHeader = "Sandkasse-Scenario"

	sessionSegment  = "_session"
	scenarioSegment = "_scenario"
)

// DefaultSession is the session of a call that names none.
const DefaultSession = "default"

// Bounds of what a call may name.
const (
	MaxSessionName = 64  // characters
	MaxScenarios   = 8   // of one call
	MaxScenario    = 200 // characters, parameters included
)

// Address holds the parts of an address that are for Sandkasse itself, and the rest, for the
// imitated APIs.
type Address struct {
	Session   string   // DefaultSession when none is named
	Host      string   // the host that the call is for, with its port: forwarded, or as asked
	RealHost  string   // its name where it is an agency's, as SplitHost returns it; empty for the sandbox
	Scheme    string   // http or https: that of the call itself
	Scenarios []string // as asked for, with parameters: slow;ms=8000. Those of the address come first
	Server    string   // the public base address of the call, without a slash at the end
	Root      string   // Server with the modifiers of the address
	// SessionRoot is Root without the scenarios, for links that play none when they are followed.
	SessionRoot string
	URL         *url.URL // without modifiers; the call's own URL where it has none

	asked    string // base address that the caller used
	own      string // base address of the sandbox itself: Server, unless RealHost is set
	realPort string // with its colon, of addresses under RealHost; empty for the default of https
}

// Of reads the address of a call. The error is a sentence that says which modifier or forwarding
// header is wrong and what would be right; the Address can be used to answer it.
func (p Public) Of(r *http.Request) (Address, error) {
	a, err := p.server(r)
	if err != nil {
		return a, err
	}
	rest, named, err := a.peel(r.URL.EscapedPath())
	if err != nil {
		return a, err
	}
	if rest != r.URL.EscapedPath() {
		peeled := *r.URL
		if peeled.Path, err = url.PathUnescape(rest); err != nil {
			return a, fmt.Errorf("the path %s cannot be read: %w", rest, err)
		}
		peeled.RawPath = rest
		a.URL = &peeled
	}
	sessions, scenarios, err := ownHeaders(r.Header)
	if err != nil {
		return a, err
	}
	if err := a.sessionHeader(sessions, named); err != nil {
		return a, err
	}
	for _, list := range scenarios {
		for ask := range strings.SplitSeq(list, ",") {
			if err := a.ask(strings.TrimSpace(ask), ScenarioHeader); err != nil {
				return a, err
			}
		}
	}
	return a, nil
}

// peel takes the modifiers off a path. It returns the rest, and whether a session was among them.
func (a *Address) peel(path string) (rest string, named bool, err error) {
	rest = wellKnownLast(path)
	for {
		kind, after, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
		if kind != sessionSegment && kind != scenarioSegment {
			return rest, named, nil
		}
		segment, after, _ := strings.Cut(after, "/")
		text, err := url.PathUnescape(segment)
		if err != nil {
			return rest, named, fmt.Errorf("%q in the address cannot be read: %w", segment, err)
		}
		switch {
		case kind == scenarioSegment:
			err = a.ask(text, "/"+scenarioSegment+"/NAME")
		case named:
			err = fmt.Errorf("the address names the sessions %s and %s; name one", a.Session, text)
		default:
			a.Session, err = text, CheckSession(text)
			named = true
		}
		if err != nil {
			return rest, named, err
		}
		a.Root += "/" + kind + "/" + segment
		if kind == sessionSegment {
			a.SessionRoot += "/" + kind + "/" + segment
		}
		rest = "/" + after
	}
}

// sessionHeader sets the session from the header, which must be that of the address where both name
// one.
func (a *Address) sessionHeader(values []string, named bool) error {
	for _, name := range values {
		if err := CheckSession(name); err != nil {
			return err
		}
		if named && a.Session != name {
			return fmt.Errorf("the call names the sessions %s and %s; name one", a.Session, name)
		}
		a.Session, named = name, true
	}
	return nil
}

// ask adds a scenario that was asked for in the header or the segment where.
func (a *Address) ask(scenario, where string) error {
	switch {
	case scenario == "":
		return fmt.Errorf("%s names no scenario; GET /_sandkasse/scenarios lists those there are", where)
	case where != ScenarioHeader && strings.Contains(scenario, ","):
		return fmt.Errorf("the address asks for the scenario %q; each of several has a %s of its own", scenario, where)
	case len(scenario) > MaxScenario:
		return fmt.Errorf("a scenario of %d characters is asked for; the longest may have %d", len(scenario),
			MaxScenario)
	case len(a.Scenarios) == MaxScenarios:
		return fmt.Errorf("more than %d scenarios are asked for in one call", MaxScenarios)
	}
	a.Scenarios = append(a.Scenarios, scenario)
	return nil
}

// CheckSession returns an error that says what is wrong with the name of a session; nil for a good
// one.
func CheckSession(name string) error {
	const must = "a session's name has 1 to %d characters, each a letter of a to z, a digit, or one of . _ -"
	if name == "" || len(name) > MaxSessionName {
		return fmt.Errorf("the session's name has %d characters; "+must, len(name), MaxSessionName)
	}
	for _, c := range name {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return fmt.Errorf("the session's name %q has the character %q; "+must, name, c, MaxSessionName)
		}
	}
	if strings.Trim(name, ".") == "" { // clients and proxies take such a segment out of a path
		return fmt.Errorf("the session's name %q has nothing but full stops; "+must, name, MaxSessionName)
	}
	return nil
}

// wellKnownLast rewrites the path of an issuer's metadata from the form of RFC 8414, section 3.1,
// /.well-known/NAME/ISSUER, to /ISSUER/.well-known/NAME; any other path is returned as it is.
func wellKnownLast(path string) string {
	rest, ok := strings.CutPrefix(path, "/.well-known/")
	if !ok {
		return path
	}
	name, issuer, ok := strings.Cut(rest, "/")
	if issuer = strings.Trim(issuer, "/"); !ok || issuer == "" {
		return path
	}
	return "/" + issuer + "/.well-known/" + name
}
