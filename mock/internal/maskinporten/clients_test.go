package maskinporten

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"sandkasse/mock/internal/token/jwttest"
)

// clientsYAML registers the client key as my-key of testClient, and more.
func clientsYAML(t testing.TB, listed *x509.Certificate) []byte {
	t.Helper()
	indented := func(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n          ") }
	return fmt.Appendf(nil, `
clients:
  - id: 6f0c0a0e-0000-4000-8000-000000000001
    organisation: 311111116
    scopes: [skatteetaten:a, skatteetaten:b]
    ungranted: [skatteetaten:c]
    keys:
      - kid: my-key
        pem: |
          %[1]s
      - kid: old-key
        expires: 2031-01-01
        pem: |
          %[1]s
      - kid: new-key
        expires: 2031-01-01T00:00:02Z
        jwk: %[2]s
  - {id: by-certificate, organisation: 311111116, scopes: ["skatteetaten:a"]}
  - id: by-listed-certificate
    organisation: 311111116
    scopes: [skatteetaten:a]
    certificates:
      - |
          %[3]s
  - {id: for-login, organisation: 311111116, scopes: [openid], integration: idporten}
systembrukere:
  - {organisation: 312222221, clients: [6f0c0a0e-0000-4000-8000-000000000001], resources: [ske-a]}
  - {organisation: 310000006, clients: [6f0c0a0e-0000-4000-8000-000000000001], externalRef: avdeling-7, system: 311111116_demo, id: 33a0911a-0000-4000-8000-00000000016c}
  - {organisation: 310000006, clients: [6f0c0a0e-0000-4000-8000-000000000001], externalRef: avdeling-8}
delegations:
  - {from: 312222221, to: 311111116, scopes: ['skatteetaten:a']}
  - {from: 310000006, to: 313333337, scopes: ['skatteetaten:a']}
`, indented(pemOf(t, jwttest.ClientKey())), jwkOf(jwttest.ClientKey()),
		indented(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: listed.Raw}))))
}

// registered returns an issuer with a register, and a certificate that it lists, whose subject
// names no organisation.
func registered(t testing.TB) (*issuerInSession, *x509.Certificate) {
	t.Helper()
	listed := certificate(t, jwttest.OtherKey(), func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: "localhost"}
	})
	register, err := ParseClients("clients.yaml", clientsYAML(t, listed))
	if err != nil {
		t.Fatal(err)
	}
	return newIssuerInSession(testKey(t), register, testVendor, Observed), listed
}

func details(members string) string { return "authorization_details=[{" + members + "}]" }

const customer = `"type":"urn:altinn:systemuser","systemuser_org":{"authority":"iso6523-actorid-upis",` +
	`"ID":"0192:312222221"}`
