package onboarding

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"sandkasse/mock/internal/testkit"
)

// another is a vendor that is not that of testkit's system.
const another = "319000038"

// all are the scopes of a vendor, and that of Maskinporten's look-up.
const all = writeRegister + " " + writeRequests + " " + readRequests + " altinn:maskinporten/systemuser.read"

// as returns the site with a token of a vendor for scopes; empty ones are all.
func (s site) as(vendor, scope string) site {
	s.Helper()
	if scope == "" {
		scope = all
	}
	s.bearer = s.control(200, http.MethodGet, "token?api=authentication&ttl=8760h&vendor="+vendor+"&scope="+
		url.QueryEscape(scope), "")
	return s
}

// send makes a call to Altinn's authentication as the vendor. A header with an empty value is not sent.
func (s site) send(method, path, body string, headers ...string) reply {
	s.Helper()
	return s.call(method, "/authentication/api/v1"+path, s.bearer, body, headers...)
}

// user returns a system user of testkit's customer.
func (s site) user() string {
	s.Helper()
	return s.approved("request/vendor", testkit.RequestBody(testkit.Customer))
}

// agent returns an agent's system user of testkit's customer.
func (s site) agent() string {
	s.Helper()
	return s.approved("request/vendor/agent", testkit.AgentBody(testkit.Customer))
}

// The paths of what is made.
const (
	systemPath   = "/systemregister/vendor"
	standardPath = "/systemuser/request/vendor"
	agentPath    = "/systemuser/request/vendor/agent"
	changePath   = "/systemuser/changerequest/vendor"
)

// explanation holds what the journal says about a call.
type explanation struct {
	Status            int
	Code, Why, Client string
	Choice            *struct{ Number, Title string }
	Steps             []struct{ Name, State string }
	Places            []struct{ Sti, Kode, Melding, AngittVerdi string }
	Stored            []struct{ Kind, ID string }
}

// stoppedBy returns the step that stopped the call; empty for none.
func (x explanation) stoppedBy() string {
	for _, step := range x.Steps {
		if step.State == "stopped" {
			return step.Name
		}
	}
	return ""
}

// explain returns what the journal says about an answered call.
func (s site) explain(got reply) (x explanation) {
	s.Helper()
	s.read(s.control(200, http.MethodGet, "calls/"+got.header.Get("Sandkasse-Call")+"/why", ""), &x)
	return x
}

var traceID = regexp.MustCompile(`"traceId":"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"`)

// untraced returns a body with a trace id that is always the same.
func untraced(body string) string { return traceID.ReplaceAllString(body, `"traceId":"T"`) }

// with returns a body with a part in place of another, which it must have.
func (s site) with(body, old, replacement string) string {
	s.Helper()
	if !strings.Contains(body, old) {
		s.Fatalf("%s has no %s", body, old)
	}
	return strings.Replace(body, old, replacement, 1)
}
