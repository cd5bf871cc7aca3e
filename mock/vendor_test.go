package mock_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// TestVendor plays a vendor with a standard OAuth client, unmodified: a systembruker token from
// Maskinporten, a delivery, the dialog until the feedback is there, its attachment, and the finding
// in it. Once over a real port, once through Client.
func TestVendor(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range []string{"bsu", "gavertilfrivillige", "aandsverk", "innrapportering-boligsameie"} {
		example, err := fs.ReadFile(examples.Embedded(), api+".json")
		if err != nil {
			t.Fatal(err)
		}
		org, year := oppgavegiverOf(t, example)
		for name, client := range map[string]*http.Client{"port": http.DefaultClient, "memory": s.Client()} {
			t.Run(api+"/"+name, func(t *testing.T) {
				t.Parallel()
				v := vendor{t: t, s: sessionOf(t, s, "default"), key: key, client: client, org: org}
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
	s      *mock.Session
	key    *rsa.PrivateKey
	client *http.Client
	org    string
}

// scoped is an HTTP client whose calls carry a systembruker token of the customer for one scope,
// fetched anew when it has expired.
func (v vendor) scoped(scope string) *http.Client {
	issuer := v.s.URL("maskinporten") + "/"
	ctx := context.WithValue(v.t.Context(), oauth2.HTTPClient, v.client)
	return oauth2.NewClient(ctx, oauth2.ReuseTokenSource(nil, granting{ctx, jwt.Config{
		Email: "6f0c0a0e-0000-4000-8000-000000000001",
		PrivateKey: pem.EncodeToMemory(&pem.Block{
			Type:  "RSA PRIVATE KEY",
			Bytes: x509.MarshalPKCS1PrivateKey(v.key),
		}),
		PrivateKeyID: "my-key",
		Scopes:       []string{scope},
		TokenURL:     issuer + "token",
		Audience:     issuer,
		Expires:      110 * time.Second,
		PrivateClaims: map[string]any{
			"authorization_details": []any{map[string]any{
				"type":           "urn:altinn:systemuser",
				"systemuser_org": map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:" + v.org},
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

// circle is the whole way of a delivery.
func (v vendor) circle(api, path string, example []byte) {
	t := v.t
	reporting := v.scoped(v.scopeOf(api))
	got := v.deliver(reporting, api, path, example)

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
	// JSON and XML; every page's example has something to be found
	if findings != 2 && api != "gavertilfrivillige" || findings < 1 {
		t.Errorf("%d documents tell of a finding in %+v", findings, dialog)
	}
}

func (v vendor) deliver(reporting *http.Client, api, path string, document []byte) svar {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodPost, v.s.URL(api)+path, bytes.NewReader(document))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("idempotencyKey", uuid.NewString())
	got, _ := accepted(v.t, reporting, r)
	return got
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

// TestVendorPolls plays a vendor who has to wait: the dialog is asked, every half minute for the
// two that processing takes, until the feedback is there. The client and the server have the
// bubble's clock, so tokens expire on the way and are fetched anew. It is done twice: what is done
// at the same times has the same ids, so the second vendor can ask for the feedback's documents too
// early.
func TestVendorPolls(t *testing.T) {
	t.Parallel()
	var first, second []string
	synctest.Test(t, func(t *testing.T) { first = pollForFeedback(t, nil) })
	synctest.Test(t, func(t *testing.T) { second = pollForFeedback(t, first) })
	if len(first) != 2 || !slices.Equal(first, second) {
		t.Errorf("the feedback's documents are at %v, and at %v the second time", first, second)
	}
}

// pollForFeedback is the whole way of a delivery of BSU's example, in a bubble; it gives the
// addresses of the feedback's documents. Until the feedback is there, nothing may be at the
// addresses early.
func pollForFeedback(t *testing.T, early []string) (addresses []string) {
	const delay, pause = 2 * time.Minute, 30 * time.Second
	// a bubble begins in 2000, when there was no BSU
	time.Sleep(time.Until(time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)))
	s, err := mock.New(mock.Options{ProcessingDelay: delay})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.Session("polls")
	if err != nil {
		t.Fatal(err)
	}
	v := vendor{t: t, s: session, key: key, client: session.Client(), org: oppgavegiver}
	defer v.client.CloseIdleConnections()
	reporting, dialogs := v.scoped(v.scopeOf("bsu")), v.scoped("digdir:dialogporten")

	delivered := time.Now()
	got := v.deliver(reporting, "bsu", "/v1/2023", example(t))
	for addresses = v.feedbackOn(dialogs, got); len(addresses) == 0; addresses = v.feedbackOn(dialogs, got) {
		if time.Since(delivered) > 2*delay {
			t.Fatalf("there is no feedback after %s", time.Since(delivered))
		}
		for _, address := range early {
			if status, document := v.fetch(reporting, address); status != http.StatusNotFound ||
				!strings.Contains(document, "GLD_1050") {
				t.Errorf("%s after %s: %d %s", address, time.Since(delivered), status, document)
			}
		}
		time.Sleep(pause)
	}
	if waited := time.Since(delivered); waited != delay {
		t.Errorf("the feedback came after %s, want %s", waited, delay)
	}
	for _, address := range addresses {
		if status, document := v.fetch(reporting, address); status != http.StatusOK ||
			!strings.Contains(document, "SK-FOEDSELSNUMMER") {
			t.Errorf("%s: %d %s", address, status, document)
		}
	}
	if fetched := len(session.Calls(mock.CallQuery{API: "maskinporten", Status: http.StatusOK})); fetched != 4 {
		t.Errorf("%d tokens were fetched; want two for each scope, since the first has expired", fetched)
	}
	return addresses
}

// feedbackOn gives the addresses of the documents of the feedback on a delivery; none as long as
// the dialog has no such transmission.
func (v vendor) feedbackOn(dialogs *http.Client, delivery svar) (addresses []string) {
	v.t.Helper()
	var dialog struct {
		Status        string
		Transmissions []struct {
			RelatedTransmissionID string
			Attachments           []struct {
				URLs []struct{ URL, ConsumerType string }
			}
		}
	}
	v.read(dialogs, v.s.URL("dialogporten")+"/api/v1/enduser/dialogs/"+delivery.DialogID, &dialog)
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
	if want := map[bool]string{false: "InProgress", true: "Completed"}[len(dialog.Transmissions) == 2]; dialog.Status != want {
		v.t.Errorf("the dialog has %d transmissions and is %s, want %s", len(dialog.Transmissions), dialog.Status, want)
	}
	return addresses
}

func (v vendor) fetch(client *http.Client, address string) (status int, document string) {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	response, document := send(v.t, client, r)
	return response.StatusCode, document
}

// TestTokenError: the client gets Maskinporten's own words, and the address in them explains what
// to do.
func TestTokenError(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	config := jwt.Config{
		Email: "client", PrivateKey: pem.EncodeToMemory(&pem.Block{
			Type:  "RSA PRIVATE KEY",
			Bytes: x509.MarshalPKCS1PrivateKey(key),
		}),
		PrivateKeyID: "k", Scopes: []string{"a:b"}, TokenURL: s.URL("maskinporten") + "/token",
		Audience: "https://example.com/",
		Expires:  time.Minute,
	}
	_, err = config.TokenSource(t.Context()).Token()
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	var told struct {
		Error string
		URI   string `json:"error_uri"`
	}
	if err := json.Unmarshal(refused.Body, &told); err != nil || told.Error != "invalid_grant" ||
		!strings.HasSuffix(told.URI, "/maskinporten/errors/MP-110") {
		t.Fatalf("told %s (%v)", refused.Body, err)
	}
	request, _ := http.NewRequest(http.MethodGet, told.URI, nil)
	if response, page := send(t, http.DefaultClient, request); response.StatusCode != http.StatusOK ||
		!strings.Contains(page, "aud") {
		t.Errorf("%s explains: %s %s", told.URI, response.Status, page)
	}
	calls := s.Calls(mock.CallQuery{API: "maskinporten"})
	if len(calls) == 0 || calls[0].Specification[0] != "MP-110" || calls[0].Why == "" || calls[0].StoppedBy == "" {
		t.Errorf("the journal has %+v", calls)
	}
}
