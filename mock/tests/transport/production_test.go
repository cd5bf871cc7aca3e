package transport

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestProductionAddresses: a client whose addresses are all the agencies' gets a token with
// golang.org/x/oauth2/jwt and delivers with it, through the proxy, by names that point to the
// server, and with mock.Client, which needs no network.
func TestProductionAddresses(t *testing.T) {
	t.Parallel()
	const api = "innrapporteringbsu.api.skatteetaten-test.no"
	s := mocktest.Start(t)
	for name, client := range map[string]*http.Client{
		"proxy":      proxied(t, s, "suite-1:x@", (*http.Protocols).SetHTTP2),
		"names":      pointed(t, s, (*http.Protocols).SetHTTP2),
		"no network": s.Client(),
	} {
		client = authorised(t, client)
		delivery := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
		delivery.Header.Del("Authorization")
		delivery.URL.Scheme, delivery.URL.Host, delivery.Host, delivery.URL.Path = "https", api, "", "/v1/2023"
		got, body := testkit.Accepted(t, client, delivery)
		if got.ForsendelseID == "" {
			t.Errorf("%s: %s", name, body)
		}
	}
}

// authorised returns a client that gets its tokens with golang.org/x/oauth2/jwt from
// test.maskinporten.no, as another client reaches that.
func authorised(t *testing.T, client *http.Client) *http.Client {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	config := jwt.Config{
		Email: "6f0c0a0e-0000-4000-8000-000000000001", PrivateKeyID: "my-key",
		PrivateKey: pem.EncodeToMemory(&pem.Block{
			Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key),
		}),
		Scopes:   []string{"skatteetaten:innrapporteringboligsparingungdom"},
		TokenURL: "https://test.maskinporten.no/token", Audience: "https://test.maskinporten.no/",
		Expires: 110 * time.Second,
		PrivateClaims: map[string]any{
			"jti": uuid.NewString(),
			"authorization_details": []any{map[string]any{
				"type": "urn:altinn:systemuser",
				"systemuser_org": map[string]any{
					"authority": "iso6523-actorid-upis", "ID": "0192:" + testkit.Oppgavegiver,
				},
			}},
		},
	}
	return config.Client(context.WithValue(t.Context(), oauth2.HTTPClient, client))
}

// TestGoEnvironment: a program in Go with production addresses needs nothing but two variables of its
// environment. The program is this test, started anew with them.
func TestGoEnvironment(t *testing.T) {
	t.Parallel()
	const isProgram = "SANDKASSE_TEST_IS_PROGRAM"
	if os.Getenv(isProgram) != "" {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
			"https://innrapporteringbsu.api.skatteetaten-test.no/v1/2023", bytes.NewReader(testkit.Example(t)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("idempotencyKey", uuid.NewString())
		testkit.Accepted(t, authorised(t, http.DefaultClient), r)
		return
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("programs in Go read SSL_CERT_FILE on other systems only")
	}
	s := mocktest.Start(t)
	program := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGoEnvironment$")
	program.Env = append(os.Environ(), isProgram+"=1", "HTTPS_PROXY=http://suite-1:x@"+port(s), "NO_PROXY=",
		"SSL_CERT_FILE="+caFile(t, s), "SSL_CERT_DIR="+t.TempDir())
	if output, err := program.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	session, err := s.Server().Session("suite-1")
	if err != nil {
		t.Fatal(err)
	}
	if calls := session.Calls(mock.CallQuery{}); len(calls) != 2 { // for the token, and the delivery
		t.Errorf("the session has %d calls, want 2", len(calls))
	}
}
