package maskinporten

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	gotoken "go/token"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/token/jwttest"
	"sandkasse/mock/internal/yamlfile"
)

// docExample returns the example in the doc comment of ParseClients.
func docExample(t testing.TB) []byte {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "clientsfile.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Name.Name != "ParseClients" {
			continue
		}
		for _, block := range new(comment.Parser).Parse(f.Doc.Text()).Content {
			if code, ok := block.(*comment.Code); ok {
				return []byte(code.Text)
			}
		}
	}
	t.Fatal("clientsfile.go has no example at ParseClients")
	return nil
}

// testPrivateKey returns the private half of the published test key.
func testPrivateKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	text, err := os.ReadFile("../token/testkey.pem")
	if err != nil {
		t.Fatal(err)
	}
	_, rest := pem.Decode(text)
	private, _ := pem.Decode(rest)
	key, err := x509.ParsePKCS8PrivateKey(private.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

// TestTheExampleWorks asks for a token by each part of the documented example, whose client key is
// the published test key.
func TestTheExampleWorks(t *testing.T) {
	t.Parallel()
	register, err := ParseClients("clients.yaml", docExample(t))
	if err != nil {
		t.Fatal(err)
	}
	issuer := newIssuerInSession(testKey(t), register, testVendor, Observed)
	private := testPrivateKey(t)
	cert := certificate(t, jwttest.OtherKey(), func(c *x509.Certificate) {
		c.Subject.ExtraNames[0].Value = "NTRNO-313333337"
	})
	verifier := token.NewVerifier(testKey(t), token.Strict)
	principal := func(assertion string, at time.Time) token.Principal {
		t.Helper()
		response, err := give(issuer, assertion, at)
		if err != nil {
			t.Fatal(err)
		}
		p, err := verifier.Verify("Bearer "+response.AccessToken, at)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	bsu := `scope="skatteetaten:innrapporteringboligsparingungdom digdir:dialogporten"`
	got := principal(jwttest.Sign(t, private, kidHeader,
		grantPayload(bsu, details(customer+`,"externalRef":"avdeling-7"`))), now)
	want := token.Principal{
		Org: "312222221", Consumer: "311111116", ClientID: testClient,
		SystemUserID: "33a0911a-0000-4000-8000-00000000016c", SystemID: "311111116_demo",
		Scopes: []string{"skatteetaten:innrapporteringboligsparingungdom", "digdir:dialogporten"}, Issuer: testIssuer,
		ExpiresAt: now.Add(2 * time.Minute),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("system user (-want +got):\n%s", diff)
	}
	if resources, known := register.Resources(got.SystemUserID); !known ||
		!cmp.Equal(resources, []string{"ske-innrapportering-boligsparing-ungdom"}) {
		t.Errorf("resources are %q, %v", resources, known)
	}
	if resources, known := register.Resources("x"); known || resources != nil {
		t.Errorf("an unknown system user has the resources %q, %v", resources, known)
	}
	got = principal(jwttest.Sign(t, jwttest.OtherKey(), x5c("", cert),
		grantPayload(`iss="6f0c0a0e-0000-4000-8000-000000000002"`, `consumer_org="312222221"`,
			`scope="skatteetaten:boligsameie"`)), now)
	if got.Consumer != "312222221" || got.Supplier != "313333337" {
		t.Errorf("delegated token has consumer %q and supplier %q", got.Consumer, got.Supplier)
	}

	for name, test := range map[string]struct{ assertion, want string }{
		"expired": {jwttest.Sign(t, private, `{"alg":"RS256","kid":"last-years-key"}`, grantPayload()), "MP-121"},
		"ungranted": {jwttest.Sign(t, jwttest.OtherKey(), x5c("", cert),
			grantPayload(`iss="6f0c0a0e-0000-4000-8000-000000000002"`, `scope="skatteetaten:annet"`)), "MP-250"},
	} {
		_, err := give(issuer, test.assertion, now)
		if refused := refusedFor(t, err); refused.MP != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	lastYear := time.Date(2026, 6, 29, 23, 59, 59, 0, time.UTC)
	principal(jwttest.Sign(t, private, `{"alg":"RS256","kid":"last-years-key"}`,
		grantPayload(bsu, `jti="2"`, fmt.Sprintf("iat=%d", lastYear.Unix()),
			fmt.Sprintf("exp=%d", lastYear.Unix()+120))), lastYear)
}

// TestClientsFilesWithFaults holds what is said of a file, all faults at once.
func TestClientsFilesWithFaults(t *testing.T) {
	t.Parallel()
	const client = "clients:\n- {id: a, organisation: 311111116, scopes: [x]}\n"
	cert := certificate(t, jwttest.ClientKey(), unchanged)
	ec := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ecCertificate(t).Raw}))
	quoted := func(text string) string { return fmt.Sprintf("%q", text) }
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "f:  the file is empty; it must hold one document"},
		{"only a comment", "# nothing\n", "f:  the file is empty; it must hold one document"},
		{"null", "~\n", "f:1: clients is missing or empty, must be a list of one client or more"},
		{"a list", "- a\n", "f:1: the file is a list; it must be a mapping"},
		{"no YAML", "clients: [\n", "f:1: a ] is missing, or a comma between two elements in [ ]"},
		{"a tab", "clients:\n\t- a\n", "f:2: a tab stands at the beginning; YAML is indented by spaces"},
		{
			"a member twice", "clients: []\nclients: []\n",
			`f:2: "clients" is given twice, first in line 1; give it once`,
		},
		{"two documents", "clients: []\n---\nclients: []\n", "f:  the file holds 2 documents; it must be one"},
		{"no clients", "delegations: []\n", "f:1: clients is missing or empty, must be a list of one client or more"},
		{"clients is null", "clients:\n", "f:1: clients is missing or empty, must be a list of one client or more"},
		{"clients is empty", "clients: []\n", "f:1: clients is missing or empty, must be a list of one client or more"},
		{"clients is text", "clients: a\n", `f:1: clients is "a"; it must be a list`},
		{
			"unknown members",
			"client: []\nclients:\n- {id: a, organisation: 311111116, scopes: [x], kid: b}\n<<: {}\n",
			"f:1: \"client\" is not a member here; did you mean clients? there are clients, systembrukere, " +
				"delegations\n" +
				"f:3: \"kid\" is not a member here; did you mean id? there are id, organisation, integration, keys, " +
				"certificates, scopes, ungranted\n" +
				"f:4: \"<<\" is not a member here; there are clients, systembrukere, delegations",
		},
		{"an empty client", "clients:\n- {}\n- a\n-\n", "f:2: clients[0].id is missing, must be the client's id\n" +
			"f:2: clients[0].organisation is missing, must be an organisation number, nine digits\n" +
			"f:2: clients[0].scopes is missing or empty, must be a list of one scope or more\n" +
			`f:3: clients[1] is "a"; it must be a mapping` + "\n" +
			"f:4: clients[2] is missing, must be a mapping"},
		{
			"wrong values",
			"clients:\n- id: true\n  organisation: 31111111\n  scopes: [x, 1.5, {a: b}, [c], a b, null]\n  " +
				"ungranted: x\n  integration: Maskinporten\n",
			"f:2: clients[0].id is true; it must be text; put it in quotation marks\n" +
				`f:3: clients[0].organisation is "31111111", must be an organisation number, nine digits` + "\n" +
				"f:4: clients[0].scopes[1] is 1.5; it must be text; put it in quotation marks\n" +
				"f:4: clients[0].scopes[2] is a mapping; it must be text; if it is text with a colon, put it in " +
				"quotation marks\n" +
				"f:4: clients[0].scopes[3] is a list; it must be text\n" +
				`f:4: clients[0].scopes[4] is "a b", must be a scope, in printable ASCII without spaces` + "\n" +
				"f:4: clients[0].scopes[5] is missing, must be a scope, in printable ASCII without spaces\n" +
				`f:5: clients[0].ungranted is "x"; it must be a list` + "\n" +
				`f:6: clients[0].integration is "Maskinporten", must be maskinporten, or idporten for a client that gets no tokens here`,
		},
		{
			"the same client", client + "- {id: a, organisation: 311111116, scopes: [x]}\n",
			`f:3: clients[1].id is "a", like an earlier client's, must be one of its own`,
		},
		{
			"keys",
			"clients:\n- id: a\n  organisation: 311111116\n  scopes: [x]\n  keys:\n  - kid: a\n  - {kid: b, pem: x, " +
				"jwk: {}}\n  - {kid: c, pem: x}\n" +
				"  - {kid: d, jwk: {kty: EC}}\n  - {kid: e, jwk: x, expires: 30.6.2026}\n  - {jwk: " +
				jwkOf(jwttest.ClientKey()) + "}\n" +
				"  - {kid: f, jwk: {kty: RSA, d: x}}\n  - {kid: c, pem: " + quoted(pemOf(t, jwttest.ClientKey())) +
				"}\n  - x\n" +
				"  - {kid: g, pem: " + quoted("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n") +
				"}\n" +
				"  - {kid: h, pem: " + quoted("-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----\n") +
				"}\n  - {kid: i, pem: " + quoted(ec) + ", x: y}\n" +
				"  certificates: [" + quoted(ec) + ", x]\n",
			"f:6: clients[0].keys[0] must have one of jwk and pem\n" +
				"f:7: clients[0].keys[1] must have one of jwk and pem\n" +
				"f:8: clients[0].keys[2].pem: there is no PEM block, must be -----BEGIN PUBLIC KEY----- and so on\n" +
				`f:9: clients[0].keys[3].jwk.kty is "EC", must be RSA` + "\n" +
				`f:10: clients[0].keys[4].jwk is "x"; it must be a mapping` + "\n" +
				`f:10: clients[0].keys[4].expires is "30.6.2026", must be a date (2026-06-30) or a time ` +
				`(2026-06-30T12:00:00Z)` + "\n" +
				"f:11: clients[0].keys[5].jwk.kid is missing, must be the name of the key\n" +
				"f:12: clients[0].keys[6].jwk holds the private key (d), must hold the public half only: kty, n and e\n" +
				`f:12: clients[0].keys[6].jwk.n is "", must be a number in base64url without padding` + "\n" +
				`f:13: clients[0].keys[7].kid is "c", like an earlier key's, must be one of its own` + "\n" +
				`f:14: clients[0].keys[8] is "x"; it must be a mapping` + "\n" +
				`f:15: clients[0].keys[9].pem: the PEM block is "PRIVATE KEY", must be PUBLIC KEY, RSA PUBLIC KEY ` +
				`or CERTIFICATE` + "\n" +
				"f:16: clients[0].keys[10].pem: the PUBLIC KEY cannot be read, must be base64 of DER between its " +
				"BEGIN and END lines\n" +
				"f:17: \"x\" is not a member here; there are kid, jwk, pem, expires\n" +
				"f:17: clients[0].keys[11].pem: the key is of another kind, must be an RSA key\n" +
				"f:18: clients[0].certificates[0]: the key is of another kind, must be an RSA key\n" +
				"f:18: clients[0].certificates[1]: there is no certificate, must be -----BEGIN CERTIFICATE----- and " +
				"so on\n" +
				"f:18: clients[0] has both keys and certificates, must have one of them: a client with keys may not " +
				"send certificates",
		},
		{
			"members of a JWK",
			"clients:\n- id: a\n  organisation: 311111116\n  scopes: [x]\n  keys:\n  - kid: b\n    jwk:\n      use: " +
				"sig\n      x5c: [c]\n      kty: RSA\n      e: AQAB\n      n: å\n  - kid: c\n    jwk:\n      kty: " +
				"RSA\n      n: [d]\n      d: e\n",
			`f:12: clients[0].keys[0].jwk.n is "å", must be a number in base64url without padding` + "\n" +
				"f:16: clients[0].keys[1].jwk.n is a list; it must be text\n" +
				"f:17: clients[0].keys[1].jwk holds the private key (d), must hold the public half only: kty, n and e",
		},
		{
			"system users", client +
				"- {id: b, organisation: 312222221, scopes: [x]}\nsystembrukere:\n- {}\n- {organisation: 312222221, " +
				"clients: [c]}\n- {organisation: 312222221, clients: [a, b]}\n" +
				"- {organisation: 310000006, clients: [a], system: x, id: y, externalRef: [], resources: ['']}\n- " +
				"{organisation: 310000006, clients: [a]}\n- {organisation: 310000006, clients: [a]}\n" +
				"- {organisation: 310000006, clients: [b], id: 2b4e7353-fa2a-545f-93c2-5b0a5e4b4e62}\n- {organisation: " +
				"310000006, clients: [b], externalRef: x, id: 2b4e7353-fa2a-545f-93c2-5b0a5e4b4e62}\n- x\n",
			"f:5: systembrukere[0].organisation is missing, must be an organisation number, nine digits\n" +
				"f:5: systembrukere[0].clients is missing or empty, must be a list of one client's id or more\n" +
				`f:6: systembrukere[1].clients[0] is "c", must be the id of a client in this file` + "\n" +
				"f:7: systembrukere[2].clients[1] belongs to 312222221, must belong to 311111116 like the first: a " +
				"system has one vendor\n" +
				"f:8: systembrukere[3].externalRef is a list; it must be text\n" +
				`f:8: systembrukere[3].resources[0] is "", must be an Altinn resource` + "\n" +
				`f:8: systembrukere[3].system is "x", must be the vendor's number, an underscore and a name, as in ` +
				`311111116_sandkasse` + "\n" +
				`f:8: systembrukere[3].id is "y", must be a UUID` + "\n" +
				"f:10: systembrukere[5] has the organisation, a client and the externalRef (310000006) of an " +
				"earlier one, must have another externalRef\n" +
				`f:12: systembrukere[7].id is "2b4e7353-fa2a-545f-93c2-5b0a5e4b4e62", like an earlier system ` +
				`user's, must be one of its own` + "\n" +
				`f:13: systembrukere[8] is "x"; it must be a mapping`,
		},
		{
			"delegations", client +
				"delegations:\n- {from: 311111116, to: 311111116, scopes: [x]}\n- {}\n- {from: a, to: [], scopes: {}}\n",
			`f:4: delegations[0].to is "311111116", like from, must be another organisation` + "\n" +
				"f:5: delegations[1].from is missing, must be an organisation number, nine digits\n" +
				"f:5: delegations[1].to is missing, must be an organisation number, nine digits\n" +
				"f:5: delegations[1].scopes is missing or empty, must be a list of one scope or more\n" +
				"f:6: delegations[2].to is a list; it must be text\n" +
				"f:6: delegations[2].scopes is a mapping; it must be a list\n" +
				`f:6: delegations[2].from is "a", must be an organisation number, nine digits`,
		},
		{"an alias of nothing", "clients: *x\n", "f:1: there is no anchor &x in the file; the alias *x must be of one"},
		{"an alias of itself", "clients: &x [*x]\n", "f:1: clients[0] is a list; it must be a mapping"},
		{
			"an alias that is its own anchor", "clients: &x\n  *x\n",
			"f:1: an alias of an alias and so on stands here; write it out",
		},
		{"a good one", client +
			"- id: b\n  organisation: 311111116\n  scopes: &s [x, y]\n  ungranted: *s\n  certificates: [!!str " +
			quoted(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))) + "]\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			register, err := ParseClients("f", []byte(test.text))
			if test.want == "" {
				if err != nil || register == nil {
					t.Fatalf("register is %v, error %v", register, err)
				}
				return
			}
			if err == nil || register != nil {
				t.Fatalf("register is %v, error %v", register, err)
			}
			if !errors.As(err, new(yamlfile.Faults)) {
				t.Errorf("the error is a %T", err)
			}
			if diff := cmp.Diff(strings.Split(strings.ReplaceAll(test.want, "f:  ", "f: "), "\n"),
				strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzParseClients reads any file: it may not panic, and what has no faults must have a client.
func FuzzParseClients(f *testing.F) {
	f.Add(docExample(f))
	f.Add([]byte("clients: &x [*x]\n"))
	f.Add([]byte("clients:\n- &a {id: *a, <<: *a, scopes: [!!str x, ? y]}\n"))
	f.Add([]byte("{clients: [{id: 1, organisation: 311111116, scopes: ['x'], keys: [{jwk: {kid: 0x1, kty: RSA}}]}]}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		register, err := ParseClients("f", text)
		if (err == nil) != (register != nil) {
			t.Fatalf("register is %v, error %v", register, err)
		}
		if err == nil && len(register.clients) == 0 {
			t.Error("the register has no client")
		}
	})
}
