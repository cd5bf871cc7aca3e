package testkit

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"sandkasse/fixtures/examples"
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
