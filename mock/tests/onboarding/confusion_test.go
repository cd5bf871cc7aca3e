package onboarding

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// confusion holds a point that confuses vendors, as public threads show:
// what they do, and the true answer with its explanation. testkit's system is registered.
type confusion struct {
	point  int
	meets  string // what docs/onboarding.md calls it
	call   func(s site) reply
	status int
	body   string // a part of it
	why    string // a part of the reason, or of the answer of the control API
	client string // a part of what the client should do; empty for none
}

// TestPointsOfConfusion: a vendor who does what confused others gets the true answer, and the journal
// explains it. docs/onboarding.md has each point.
func TestPointsOfConfusion(t *testing.T) {
	t.Parallel()
	server := newSite(t, mock.Options{})
	document, err := os.ReadFile("../../../docs/onboarding.md")
	if err != nil {
		t.Fatal(err)
	}
	met := map[int]bool{}
	for _, one := range append(confusionsOfRegister(), confusionsOfUse(t)...) {
		met[one.point] = true
		if !strings.Contains(string(document), "| "+one.meets+" |") {
			t.Errorf("docs/onboarding.md has no line %q", one.meets)
		}
		t.Run(strconv.Itoa(one.point)+" "+one.meets, func(t *testing.T) {
			t.Parallel()
			s := server.in(t, "s"+uuid.NewString()).as(token.DefaultVendor, "")
			s.register()
			s.isExplained(one)
		})
	}
	for point := 1; point <= 20; point++ {
		if !met[point] {
			t.Errorf("no row for point %d", point)
		}
	}
}

// isExplained makes the call of a confusion and checks its answer and explanation.
func (s site) isExplained(one confusion) {
	s.Helper()
	got := one.call(s)
	if got.status != one.status || !strings.Contains(got.body, one.body) {
		s.Fatalf("answered %d %s, want %d %s", got.status, got.body, one.status, one.body)
	}
	if got.header.Get("Sandkasse-Call") == "" { // the control API, or a page: it explains itself
		if !strings.Contains(got.body, one.why) {
			s.Fatalf("answered %s, want %q", got.body, one.why)
		}
		return
	}
	x := s.explain(got)
	if !strings.Contains(x.Why, one.why) || !strings.Contains(x.Client, one.client) || one.why+one.client == "" {
		s.Fatalf("the journal says %+v, want %q and %q", x, one.why, one.client)
	}
}

// confusionsOfRegister returns the points about systems and requests.
func confusionsOfRegister() []confusion {
	const noBody = "403 without a body"
	return []confusion{
		{
			1, "A request is taken, and `approve` answers AUTH-00016", func(s site) reply {
				s.control(200, http.MethodPost, "plays", `{"scenario": "systembruker-undelegable"}`)
				id := s.ask("request/vendor", standardBody).ID
				return controlled("POST", "requests/"+id+"/approve", "")(s)
			}, 403, "AUTH-00016", "be one that cannot be delegated", "",
		},
		{
			2, "POST of a system answers a text, no object", sent("POST", systemPath, otherSystem), 200, `"`, "",
			"a bare JSON string, the system's internal id",
		},
		{
			3, "400 for `rights`, AUTH.VLD-00009", changed(`[
    {"id": "urn:altinn:resource", "value": "ske-innrapportering-boligsparing-ungdom"}
  ]`, `"ske-innrapportering-boligsparing-ungdom"`), 400, "$.rights.resource", "string, which must be array", "",
		},
		{
			3, "400 for `rights`, AUTH.VLD-00009", changed(`"urn:altinn:resource"`, `"resource"`), 400,
			"AUTH.VLD-00009",
			"the id of a resource is urn:altinn:resource", `Send {"resource":[{"id":"urn:altinn:resource"`,
		},
		{
			4, "MP-303, or the status stays `New`", func(s site) reply {
				return s.send("GET", standardPath+"/"+s.ask("request/vendor", standardBody).ID, "")
			}, 200, `"status":"New"`, "", "Nobody has answered yet: poll again",
		},
		{
			5, "AUTH-00000", sent("POST", standardPath, testkit.RequestBody("987654321")), 400, "AUTH-00000",
			"GET /_sandkasse/testdata/organisasjoner finds some", "it is a synthetic organisation's",
		},
		{
			6, noBody, func(s site) reply {
				return s.as(token.DefaultVendor, "altinn:instances.read").send("POST", systemPath, otherSystem)
			}, 403, "", "wants " + writeRegister, "Altinn gives the scopes to registered vendors who ask",
		},
		{
			8, "403 at `byquery` or `bysystem`", func(s site) reply {
				return s.as(token.DefaultVendor, readRequests).send("GET", "/systemuser/vendor/byquery?system-id="+
					testkit.System+"&orgno="+testkit.Customer, "")
			}, 403, "", "wants " + writeRequests, "with the scope that the operation wants",
		},
		{
			8, "403 at `byquery` or `bysystem`", func(s site) reply {
				return s.as(token.DefaultVendor, readRequests).send("GET",
					"/systemuser/vendor/bysystem/"+testkit.System, "")
			}, 403, "", "wants " + writeRegister, "with the scope that the operation wants",
		},
		{
			11, "Nobody may approve", func(s site) reply {
				id := s.ask("request/vendor/agent", agentBody).ID
				return s.call("GET", "/accessmanagement/ui/systemuser/agentrequest?id="+id, "", "")
			}, 200, "Godkjenn", "I Altinn svarer en tilgangsstyrer hos kunden.", "",
		},
		{
			11, "Nobody may approve", func(s site) reply {
				id := s.ask("request/vendor", standardBody).ID
				return s.call("GET", "/accessmanagement/ui/systemuser/request?id="+id, "", "")
			}, 200, "Godkjenn", "en tilgangsstyrer hos kunden som selv har tilgangene.", "",
		},
		{
			12, "404 without a body", sent("POST", "/systemuser/request", standardBody), 404, "",
			"the nearest is /api/v1/systemuser/request/vendor;", "correct the call in the program",
		},
		{
			13, "`allowedRedirectUrls` or `allowedredirecturls`?", func(s site) reply {
				s.altinn(200, "POST", systemPath, s.with(otherSystem, "allowedRedirectUrls", "allowedredirecturls"))
				return s.send("POST", standardPath, s.with(standardBody, "_demo", "_demo2"))
			}, 201, `"status":"New"`, "", "Send the customer to confirmUrl",
		},
		{
			14, "404 at the exchange", sent("GET", "/exchange", ""), 404, "",
			"the nearest is /api/v1/exchange/{provider};", "correct the call in the program",
		},
		{
			15, "500 for a request", sent("POST", standardPath, strings.Replace(standardBody, "a=1",
				strings.Repeat("a",
					2000), 1)), 500, "", "redirectUrl has more than 255 characters", "correct the call in the program",
		},
		{
			16, "AUTH.VLD-00018", changed(`  "isVisible": false,`, ""), 400, "AUTH.VLD-00018",
			"isVisible true, which it is when left out", "Send isVisible: false.",
		},
		{
			19, "Nothing comes to `redirectUrl`", sent("POST", standardPath, standardBody), 201, `"confirmUrl"`, "",
			"The browser of the person who answers, and not your server, goes to redirectUrl",
		},
		{
			19, "AUTH-00011 for a registered system", func(s site) reply { // each session has a register
				s = s.elsewhere()
				got := s.send("POST", standardPath, standardBody)
				if got.status != 404 || codesOf(got.body) != "AUTH-00011" {
					s.Fatalf("answered %d %s", got.status, got.body)
				}
				return s.call("GET", "/_sandkasse/calls/"+got.header.Get("Sandkasse-Call")+"/why", "", "")
			}, 200, "no system has the id", "Test and production are separate registers.", "",
		},
		{
			20, "AUTH.VLD-00003 for an app", changed("ske-innrapportering-boligsparing-ungdom",
				"app_brg_aarsregnskap-vanlig"), 400, "AUTH.VLD-00003", "did you mean " +
				"app_brg_aarsregnskap-vanlig-202406?",
			"to the letter",
		},
	}
}

// elsewhere returns the vendor in another session.
func (s site) elsewhere() site {
	s.Helper()
	at := strings.LastIndex(s.root, "/_session/")
	s.root = s.root[:at]
	return s.in(s.runningTest, "o"+uuid.NewString()).as(token.DefaultVendor, "")
}

// granted returns Maskinporten's answer to the grant of testkit's client, which the journal explains.
func granted(s site, customer string) reply {
	_, refusal := s.grant(testkit.SystemClient, bsu.scope, customer, "")
	var list struct {
		Calls []struct{ Number, Status int }
	}
	s.read(s.control(200, http.MethodGet, "calls?limit=1", ""), &list)
	header := http.Header{"Sandkasse-Call": {strconv.Itoa(list.Calls[0].Number)}}
	return reply{list.Calls[0].Status, header, refusal}
}

// confusionsOfUse returns the points about tokens, deliveries and dialogs.
func confusionsOfUse(t *testing.T) []confusion {
	return []confusion{
		{
			4, "MP-303, or the status stays `New`", func(s site) reply {
				s.ask("request/vendor", standardBody)
				return granted(s, testkit.Customer)
			}, 400, "MP-303", "has not approved the request", "Have the customer approve the system user",
		},
		{
			7, "403 GLD_1015 in production only", func(s site) reply {
				return deliveredInProduction(t)
			}, 403, "GLD_1015", "GLD_1015", "",
		},
		{
			9, "MP-303 for an accountant's client", func(s site) reply {
				s.control(200, http.MethodPost, "altinn/users/"+s.agent()+"/clients",
					`{"organisation": "`+another+`"}`)
				return granted(s, another)
			}, 400, "MP-303", "must be the accountant", "Have the customer approve",
		},
		{ // a FAQ made of what was asked again and again: here each call has its answer
			10, "MP-303, or the status stays `New`", func(s site) reply {
				return s.call("GET", "/_sandkasse/calls/"+granted(s,
					testkit.Customer).header.Get("Sandkasse-Call")+"/why", "", "")
			}, 200, `"client": "Have the customer approve the system user`, "must have approved a request for one",
			"",
		},
		{
			17, "401 with the exchanged token", sent("GET", "/exchange/maskinporten", ""), 200, "ey", "",
			"This token is for Altinn's own APIs",
		},
		{
			17, "401 with the exchanged token", func(s site) reply {
				return s.deliver(bsu, s.altinn(200, "GET", "/exchange/maskinporten", ""), testkit.Customer)
			}, 401, "GLD_1008", "the token was exchanged", "Send the token of Maskinporten as it is, " +
				"and not the one of Altinn",
		},
		{
			17, "401 with the exchanged token", func(s site) reply {
				exchanged := s.altinn(200, "GET", "/exchange/maskinporten", "")
				return s.call("GET", "/dialogporten/api/v1/enduser/dialogs", exchanged, "")
			}, 401, "", "the token was exchanged", "Send the token of Maskinporten as it is, " +
				"and not the one of Altinn",
		},
		{
			17, "401 with the exchanged token", func(s site) reply {
				s.bearer = s.altinn(200, "GET", "/exchange/maskinporten", "")
				return s.send("GET", "/exchange/maskinporten", "")
			}, 401, "", "exchanged", "the exchange takes a valid token of Maskinporten itself",
		},
		{
			18, "403 for a dialog", func(s site) reply {
				id := s.isTaken("a delivery", s.deliver(bsu, s.userToken("bsu", s.user()), testkit.Customer))
				other := s.approved("request/vendor", testkit.RequestBody(another))
				return s.call("GET", "/dialogporten/api/v1/enduser/dialogs/"+id, s.userToken("dialogporten", other),
					"")
			}, 403, `"Forbidden":["Forbidden"]`, testkit.Customer, "",
		},
		{
			19, "An empty list of dialogs", func(s site) reply {
				s.isTaken("a delivery", s.deliver(bsu, s.userToken("bsu", s.user()), testkit.Customer))
				other := s.approved("request/vendor", testkit.RequestBody(another))
				return s.call("GET",
					"/dialogporten/api/v1/enduser/dialogs?party=urn:altinn:organization:identifier-no:"+
						testkit.Customer, s.userToken("dialogporten", other), "")
			}, 200, `"items":[]`, "the token's system user may not read for it", "",
		},
		{
			20, "MP-200 after the scope was granted", func(s site) reply {
				return refusedScope(t)
			}, 400, "MP-200", "MP-200", "",
		},
	}
}

// deliveredInProduction returns the answer to a delivery without a right at the production host, which
// must be that of the test host.
func deliveredInProduction(t *testing.T) (got reply) {
	t.Helper()
	v := newVendor(t, mock.Options{})
	v.admin(200, http.MethodPost, "/systemregister/vendor", writeRegister, testkit.SystemBody)
	q := v.ask(standardPath, testkit.RequestBody(testkit.Customer))
	v.call(http.MethodPost, v.own+"/_sandkasse/altinn/requests/"+q.ID+"/approve", "", "")
	bearer := v.call(http.MethodGet, v.own+"/_sandkasse/token?api=gavertilfrivillige&systemuser="+q.ID, "", "").body
	test := v.deliver(gaver, bearer, testkit.Customer)
	why := v.why()
	got = v.deliverAt(".api.skatteetaten.no", gaver, bearer, testkit.Customer)
	if test.status != 403 || !strings.Contains(why, "neither the resource") {
		t.Errorf("at the test host: %d %s: %s", test.status, test.body, why)
	}
	if now := v.why(); now != why {
		t.Errorf("the reasons differ: %q in test, %q in production", why, now)
	}
	got.header.Del("Sandkasse-Call") // which is of another server
	return got
}

// refusedScope returns Maskinporten's answer to a client that the scope is not added to, though it is
// granted to its organisation.
func refusedScope(t *testing.T) reply {
	t.Helper()
	s := newSite(t, mock.Options{})
	public, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	file := filepath.Join(t.TempDir(), "clients.yaml")
	testkit.WriteFile(t, file, "clients:\n  - id: "+testkit.SystemClient+"\n    organisation: \"319000003\"\n"+
		"    scopes: [\""+gaver.scope+"\"]\n    keys: [{kid: my-key, pem: "+strconv.Quote(string(block))+"}]\n")
	with := newSite(t, mock.Options{Clients: file})
	with.key = s.key
	got := granted(with, testkit.Customer)
	if x := with.explain(got); !strings.Contains(x.Why, bsu.scope) || !strings.Contains(x.Client,
		"Register the scope") {
		t.Errorf("the journal says %+v", x)
	}
	got.header.Del("Sandkasse-Call") // which is of another server
	return got
}
