package testkit

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"

	"sandkasse/mock"
)

// Vendor is a vendor with a standard OAuth client: it reports for an organisation. Its methods end
// the test where they fail.
type Vendor struct {
	T       *testing.T
	Session *mock.Session
	Key     *rsa.PrivateKey
	Client  *http.Client
	Org     string
}

// Scoped returns an HTTP client whose calls carry a systembruker token of the customer for one scope,
// fetched anew when it has expired.
func (v Vendor) Scoped(scope string) *http.Client {
	issuer := v.Session.URL("maskinporten") + "/"
	ctx := context.WithValue(v.T.Context(), oauth2.HTTPClient, v.Client)
	return oauth2.NewClient(ctx, oauth2.ReuseTokenSource(nil, granting{ctx, jwt.Config{
		Email: "6f0c0a0e-0000-4000-8000-000000000001",
		PrivateKey: pem.EncodeToMemory(&pem.Block{
			Type:  "RSA PRIVATE KEY",
			Bytes: x509.MarshalPKCS1PrivateKey(v.Key),
		}),
		PrivateKeyID: "my-key",
		Scopes:       []string{scope},
		TokenURL:     issuer + "token",
		Audience:     issuer,
		Expires:      110 * time.Second,
		PrivateClaims: map[string]any{
			"authorization_details": []any{map[string]any{
				"type":           "urn:altinn:systemuser",
				"systemuser_org": map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:" + v.Org},
			}},
		},
	}}))
}

// granting gets each token with a grant of its own: a jwt.Config has the same claims in all its
// grants, and a jti counts once.
type granting struct {
	ctx    context.Context
	config jwt.Config
}

func (g granting) Token() (*oauth2.Token, error) {
	g.config.PrivateClaims = maps.Clone(g.config.PrivateClaims)
	g.config.PrivateClaims["jti"] = uuid.NewString()
	return g.config.TokenSource(g.ctx).Token()
}

// RoundTrip delivers a document, finds its dialog, and fetches the documents of the feedback.
func (v Vendor) RoundTrip(api, path string, example []byte) {
	t := v.T
	reporting := v.Scoped(v.ScopeOf(api))
	got := v.Deliver(reporting, api, path, example)

	dialogs := v.Scoped("digdir:dialogporten")
	base := v.Session.URL("dialogporten") + "/api/v1/enduser/dialogs"
	var found struct{ Items []struct{ ID string } }
	v.Read(dialogs, base+"?party=urn:altinn:organization:identifier-no:"+v.Org, &found)
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
	v.Read(dialogs, base+"/"+got.DialogID, &dialog)
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
				response, document := Send(t, reporting, request)
				if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != url.MediaType {
					t.Errorf("%s: %s, %s: %s", url.URL, response.Status, response.Header.Get("Content-Type"), document)
				}
				if strings.Contains(document, "advarsel") {
					findings++
				}
			}
		}
	}
	// JSON and XML; every page's example has something to be found
	if findings != 2 && api != "gavertilfrivillige" || findings < 1 {
		t.Errorf("%d documents tell of a finding in %+v", findings, dialog)
	}
}

// Deliver delivers a document, which must be answered with 200.
func (v Vendor) Deliver(reporting *http.Client, api, path string, document []byte) Receipt {
	v.T.Helper()
	r, err := http.NewRequest(http.MethodPost, v.Session.URL(api)+path, bytes.NewReader(document))
	if err != nil {
		v.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("idempotencyKey", uuid.NewString())
	got, _ := Accepted(v.T, reporting, r)
	return got
}

// ScopeOf returns the scope of an API.
func (v Vendor) ScopeOf(api string) string {
	var shown struct{ Scope string }
	v.Read(v.Client, v.Session.URL("")+"/_sandkasse/apis/"+api, &shown)
	return shown.Scope
}

// Read decodes the answer to a GET, which must be one with 200.
func (v Vendor) Read(client *http.Client, url string, into any) {
	v.T.Helper()
	response, err := client.Get(url)
	if err != nil {
		v.T.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		v.T.Fatalf("%s: %s: %s (%v)", url, response.Status, body, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		v.T.Fatal(err)
	}
}

// FeedbackOn returns the addresses of the documents of the feedback on a delivery, none as long as
// the dialog has no such transmission.
func (v Vendor) FeedbackOn(dialogs *http.Client, delivery Receipt) (addresses []string) {
	v.T.Helper()
	var dialog struct {
		Status        string
		Transmissions []struct {
			RelatedTransmissionID string
			Attachments           []struct {
				URLs []struct{ URL, ConsumerType string }
			}
		}
	}
	v.Read(dialogs, v.Session.URL("dialogporten")+"/api/v1/enduser/dialogs/"+delivery.DialogID, &dialog)
	for _, transmission := range dialog.Transmissions {
		if transmission.RelatedTransmissionID != delivery.ForsendelseID {
			continue
		}
		for _, attachment := range transmission.Attachments {
			for _, url := range attachment.URLs {
				if url.ConsumerType == "Api" {
					addresses = append(addresses, url.URL)
				}
			}
		}
	}
	want := map[bool]string{false: "InProgress", true: "Completed"}[len(dialog.Transmissions) == 2]
	if dialog.Status != want {
		v.T.Errorf("the dialog has %d transmissions and is %s, want %s", len(dialog.Transmissions), dialog.Status, want)
	}
	return addresses
}

// Fetch gets a document.
func (v Vendor) Fetch(client *http.Client, address string) (status int, document string) {
	v.T.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		v.T.Fatal(err)
	}
	response, document := Send(v.T, client, r)
	return response.StatusCode, document
}
