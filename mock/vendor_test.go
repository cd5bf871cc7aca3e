package mock_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"

	"sandkasse/fixtures"
	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// TestVendor plays a vendor with a standard OAuth client, unmodified: a systembruker token from Maskinporten, a delivery, the dialog until the
// feedback is there, its attachment, and the finding in it. Once over a real port, once through Client.
func TestVendor(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range []string{"bsu", "gavertilfrivillige", "aandsverk", "innrapportering-boligsameie"} {
		example, err := fs.ReadFile(fixtures.Examples(), api+".json")
		if err != nil {
			t.Fatal(err)
		}
		org, year := oppgavegiverOf(t, example)
		for name, client := range map[string]*http.Client{"port": http.DefaultClient, "memory": s.Client()} {
			t.Run(api+"/"+name, func(t *testing.T) {
				t.Parallel()
				v := vendor{t: t, s: s, key: key, client: client, org: org}
				v.circle(api, fmt.Sprintf("/v1/%d", year), example)
			})
		}
	}
}

func oppgavegiverOf(t *testing.T, example []byte) (org string, year int) {
	t.Helper()
	var document struct {
		Leveranse struct {
			Inntektsaar  int
			Oppgavegiver struct{ Organisasjonsnummer string }
		}
	}
	if err := json.Unmarshal(example, &document); err != nil {
		t.Fatal(err)
	}
	return document.Leveranse.Oppgavegiver.Organisasjonsnummer, document.Leveranse.Inntektsaar
}

type vendor struct {
	t      *testing.T
	s      *mocktest.Server
	key    *rsa.PrivateKey
	client *http.Client
	org    string
}

// scoped is an HTTP client whose calls carry a systembruker token of the customer for one scope.
func (v vendor) scoped(scope string) *http.Client {
	issuer := v.s.URL("maskinporten") + "/"
	config := jwt.Config{
		Email:        "6f0c0a0e-0000-4000-8000-000000000001",
		PrivateKey:   pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(v.key)}),
		PrivateKeyID: "my-key",
		Scopes:       []string{scope},
		TokenURL:     issuer + "token",
		Audience:     issuer,
		Expires:      110 * time.Second,
		PrivateClaims: map[string]any{
			"jti": uuid.NewString(),
			"authorization_details": []any{map[string]any{
				"type":           "urn:altinn:systemuser",
				"systemuser_org": map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:" + v.org},
			}},
		},
	}
	return config.Client(context.WithValue(v.t.Context(), oauth2.HTTPClient, v.client))
}

// circle is the whole way of a delivery.
func (v vendor) circle(api, path string, example []byte) {
	t := v.t
	reporting := v.scoped(v.scopeOf(api))
	delivery, err := http.NewRequest(http.MethodPost, v.s.URL(api)+path, bytes.NewReader(example))
	if err != nil {
		t.Fatal(err)
	}
	delivery.Header.Set("Content-Type", "application/json")
	delivery.Header.Set("idempotencyKey", uuid.NewString())
	got, _ := accepted(t, reporting, delivery)

	dialogs := v.scoped("digdir:dialogporten")
	base := v.s.URL("dialogporten") + "/api/v1/enduser/dialogs"
	var found struct{ Items []struct{ ID string } }
	v.read(dialogs, base+"?party=urn:altinn:organization:identifier-no:"+v.org, &found)
	listed := false
	for _, item := range found.Items {
		listed = listed || item.ID == got.DialogID
	}
	if !listed {
		t.Fatalf("the dialog %s is not among %v", got.DialogID, found.Items)
	}
	var dialog struct {
		Transmissions []struct {
			ID, Type, RelatedTransmissionID string
			Attachments                     []struct {
				URLs []struct{ URL, MediaType, ConsumerType string }
			}
		}
	}
	v.read(dialogs, base+"/"+got.DialogID, &dialog)
	findings := 0
	for _, transmission := range dialog.Transmissions {
		if transmission.RelatedTransmissionID != got.ForsendelseID {
			continue
		}
		if transmission.Type != "Acceptance" {
			t.Errorf("the feedback is of type %s", transmission.Type)
		}
		for _, attachment := range transmission.Attachments {
			for _, url := range attachment.URLs {
				if url.ConsumerType != "Api" {
					continue
				}
				request, _ := http.NewRequest(http.MethodGet, url.URL, nil)
				response, document := send(t, reporting, request)
				if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != url.MediaType {
					t.Errorf("%s: %s, %s: %s", url.URL, response.Status, response.Header.Get("Content-Type"), document)
				}
				if strings.Contains(document, "advarsel") {
					findings++
				}
			}
		}
	}
	if findings != 2 && api != "gavertilfrivillige" || findings < 1 { // JSON and XML; every page's example has something to be found
		t.Errorf("%d documents tell of a finding in %+v", findings, dialog)
	}
}

func (v vendor) scopeOf(api string) string {
	var shown struct{ Scope string }
	v.read(v.client, v.s.URL("")+"/_sandkasse/apis/"+api, &shown)
	return shown.Scope
}

func (v vendor) read(client *http.Client, url string, into any) {
	v.t.Helper()
	response, err := client.Get(url)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		v.t.Fatalf("%s: %s: %s (%v)", url, response.Status, body, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		v.t.Fatal(err)
	}
}

// TestTokenError: the client gets Maskinporten's own words, and the address in them explains what to do.
func TestTokenError(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	config := jwt.Config{
		Email: "client", PrivateKey: pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		PrivateKeyID: "k", Scopes: []string{"a:b"}, TokenURL: s.URL("maskinporten") + "/token", Audience: "https://test.maskinporten.no/",
		Expires: time.Minute,
	}
	_, err = config.TokenSource(t.Context()).Token()
	refused, ok := err.(*oauth2.RetrieveError)
	if !ok {
		t.Fatalf("got %v", err)
	}
	var told struct {
		Error string
		URI   string `json:"error_uri"`
	}
	if err := json.Unmarshal(refused.Body, &told); err != nil || told.Error != "invalid_grant" || !strings.HasSuffix(told.URI, "/maskinporten/errors/MP-110") {
		t.Fatalf("told %s (%v)", refused.Body, err)
	}
	request, _ := http.NewRequest(http.MethodGet, told.URI, nil)
	if response, page := send(t, http.DefaultClient, request); response.StatusCode != http.StatusOK || !strings.Contains(page, "aud") {
		t.Errorf("%s explains: %s %s", told.URI, response.Status, page)
	}
	calls := s.Calls(mock.CallQuery{API: "maskinporten"})
	if len(calls) == 0 || calls[0].Specification[0] != "MP-110" || calls[0].Why == "" || calls[0].StoppedBy == "" {
		t.Errorf("the journal has %+v", calls)
	}
}
