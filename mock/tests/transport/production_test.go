package transport

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"

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
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, client := range map[string]*http.Client{
		"proxy":      proxied(t, s, "suite-1:x@", (*http.Protocols).SetHTTP2),
		"names":      pointed(t, s, (*http.Protocols).SetHTTP2),
		"no network": s.Client(),
	} {
		ctx := context.WithValue(t.Context(), oauth2.HTTPClient, client)
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
		delivery := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
		delivery.Header.Del("Authorization")
		delivery.URL.Scheme, delivery.URL.Host, delivery.Host, delivery.URL.Path = "https", api, "", "/v1/2023"
		got, body := testkit.Accepted(t, config.Client(ctx), delivery)
		if got.ForsendelseID == "" {
			t.Errorf("%s: %s", name, body)
		}
	}
}
