package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/mocktest"
)

// Oppgavegiver is the organisation that the examples are of.
const Oppgavegiver = "987654321"

// Receipt is the answer to a delivery.
type Receipt struct {
	DialogID                        string
	ForsendelseID                   string
	OppgavegiversLeveranseReferanse string
	AntallOppgaver                  int
}

// Example returns the document of the BSU page.
func Example(t testing.TB) []byte {
	t.Helper()
	body, err := fs.ReadFile(examples.Embedded(), "bsu.json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// Delivery returns a request that delivers a BSU document, to be changed before it is sent.
func Delivery(t testing.TB, s *mocktest.Session, key uuid.UUID, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.URL("bsu")+"/v1/2023", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Token("bsu", Oppgavegiver))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("idempotencyKey", key.String())
	return r
}

// Accepted makes a call that delivers, which must be answered with 200, and returns the receipt and
// its text.
func Accepted(t testing.TB, client *http.Client, r *http.Request) (Receipt, string) {
	t.Helper()
	response, body := Send(t, client, r)
	var s Receipt
	if err := json.Unmarshal([]byte(body), &s); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("answered %s: %s", response.Status, body)
	}
	return s, body
}

// GetDialog gets an address of Dialogporten with a token of an organisation, without one where org
// is empty, and decodes an answer with 200.
func GetDialog(t *testing.T, s *mocktest.Session, client *http.Client, address, org string, into any) *http.Response {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if org != "" {
		r.Header.Set("Authorization", "Bearer "+s.Token("dialogporten", org))
	}
	response, body := Send(t, client, r)
	if response.StatusCode == http.StatusOK {
		if err := json.Unmarshal([]byte(body), into); err != nil {
			t.Errorf("%s: %v: %s", address, err, body)
		}
	}
	return response
}

// Forsendelse returns the delivery that was answered so, as it is stored.
func Forsendelse(t *testing.T, s *mock.Server, answer *httptest.ResponseRecorder) (f innrapportering.Forsendelse) {
	t.Helper()
	var receipt struct{ ForsendelseID string }
	if err := json.Unmarshal(answer.Body.Bytes(), &receipt); err != nil || answer.Code != http.StatusOK {
		t.Fatalf("answered %d: %s", answer.Code, answer.Body)
	}
	b := backend.Of(s)
	stored := b.Store.Session(address.DefaultSession)
	err := stored.View(context.Background(), b.Clock(), func(tx *store.Tx) (err error) {
		f, _, err = innrapportering.FindForsendelse(tx, receipt.ForsendelseID)
		return err
	})
	if err != nil || len(f.Tilbakemelding) != 2 {
		t.Fatalf("forsendelse %s is stored as %+v: %v", receipt.ForsendelseID, f, err)
	}
	return f
}

// DeliverExample delivers BSU's example, and returns the forsendelse as it is stored.
func DeliverExample(t *testing.T, s *mock.Server, key string) (f innrapportering.Forsendelse) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/innrapporteringbsu/v1/2023", bytes.NewReader(Example(t)))
	r.Header.Set("Authorization", "Bearer "+Mint(t, s, backend.Of(s).Catalog.ByName("bsu"), func(*token.Spec) {}))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("idempotencyKey", key)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var answer struct{ ForsendelseID string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	b := backend.Of(s)
	stored := b.Store.Session(address.DefaultSession)
	err := stored.View(context.Background(), b.Clock(), func(tx *store.Tx) (err error) {
		f, _, err = innrapportering.FindForsendelse(tx, answer.ForsendelseID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}
