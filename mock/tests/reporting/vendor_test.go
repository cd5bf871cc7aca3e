package reporting

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
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
				v := testkit.Vendor{
					T: t, Session: testkit.SessionOf(t, s, "default"), Key: key, Client: client, Org: org,
				}
				v.RoundTrip(api, fmt.Sprintf("/v1/%d", year), example)
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

// pollForFeedback goes the whole way of a delivery of BSU's example, in a bubble, and returns the
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
	v := testkit.Vendor{T: t, Session: session, Key: key, Client: session.Client(), Org: testkit.Oppgavegiver}
	defer v.Client.CloseIdleConnections()
	reporting, dialogs := v.Scoped(v.ScopeOf("bsu")), v.Scoped("digdir:dialogporten")

	delivered := time.Now()
	got := v.Deliver(reporting, "bsu", "/v1/2023", testkit.Example(t))
	for addresses = v.FeedbackOn(dialogs, got); len(addresses) == 0; addresses = v.FeedbackOn(dialogs, got) {
		if time.Since(delivered) > 2*delay {
			t.Fatalf("there is no feedback after %s", time.Since(delivered))
		}
		for _, address := range early {
			if status, document := v.Fetch(reporting, address); status != http.StatusNotFound ||
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
		if status, document := v.Fetch(reporting, address); status != http.StatusOK ||
			!strings.Contains(document, "SK-FOEDSELSNUMMER") {
			t.Errorf("%s: %d %s", address, status, document)
		}
	}
	if fetched := len(session.Calls(mock.CallQuery{API: "maskinporten", Status: http.StatusOK})); fetched != 4 {
		t.Errorf("%d tokens were fetched; want two for each scope, since the first has expired", fetched)
	}
	return addresses
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
	var message struct {
		Error string
		URI   string `json:"error_uri"`
	}
	if err := json.Unmarshal(refused.Body, &message); err != nil || message.Error != "invalid_grant" ||
		!strings.HasSuffix(message.URI, "/maskinporten/errors/MP-110") {
		t.Fatalf("answered %s (%v)", refused.Body, err)
	}
	request, _ := http.NewRequest(http.MethodGet, message.URI, nil)
	if response, page := testkit.Send(t, http.DefaultClient, request); response.StatusCode != http.StatusOK ||
		!strings.Contains(page, "aud") {
		t.Errorf("%s explains: %s %s", message.URI, response.Status, page)
	}
	calls := s.Calls(mock.CallQuery{API: "maskinporten"})
	if len(calls) == 0 || calls[0].Specification[0] != "MP-110" || calls[0].Why == "" || calls[0].StoppedBy == "" {
		t.Errorf("the journal has %+v", calls)
	}
}
