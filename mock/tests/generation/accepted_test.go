package generation

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"sandkasse/fixtures/delivery"
	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/testkit"
)

// strictServer makes a server that refuses whatever the feedback finds, at noon.
func strictServer(t *testing.T, apis string) *mock.Server {
	t.Helper()
	return strictServerWith(t, apis, mock.AcceptUnknown)
}

func strictServerWith(t *testing.T, apis string, unknown mock.UnknownMembers) *mock.Server {
	t.Helper()
	s, err := mock.New(mock.Options{
		Feedback: mock.FeedbackStrict, APIs: mock.Dir(apis), UnknownMembers: unknown,
		Clock: func() time.Time { return testkit.Noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// delivered posts a document to an API, by the systembruker of its oppgavegiver.
func delivered(t *testing.T, s *mock.Server, api *catalog.API, year int, body []byte) *httptest.ResponseRecorder {
	t.Helper()
	document, err := schema.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	org, _ := api.Felter.First(api.Felter.Oppgavegiver).In(document)
	token, err := s.Token(mock.TokenRequest{API: api.Name, Org: fmt.Sprint(org)})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, fmt.Sprintf("/%s/v1/%d", api.Label, year), bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("idempotencyKey", uuid.NewString())
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// reporting returns the names of the server's APIs that take deliveries, without those that are
// LeftOut.
func reporting(s *mock.Server) (names []string) {
	for _, api := range backend.Of(s).Catalog.APIs {
		if api.Schema != nil && !testkit.LeftOut(api.Name) {
			names = append(names, api.Name)
		}
	}
	return names
}

// funnet is a finding of the feedback.
type funnet struct{ Avvikskode, Beskrivelse string }

// feedbackOn returns the status of a delivery that was taken in, and what the feedback on it found.
func feedbackOn(t *testing.T, s *mock.Server, answer *httptest.ResponseRecorder) (status string, found []funnet) {
	t.Helper()
	f := testkit.Forsendelse(t, s, answer)
	var text []byte
	b := backend.Of(s)
	err := b.Store.Session("default").View(context.Background(), testkit.Noon, func(tx *store.Tx) (err error) {
		_, text, err = innrapportering.OpenDokument(tx, b.Catalog, f.ForsendelseID, f.Tilbakemelding[0].DokumentID)
		return err
	})
	var feedback struct {
		Tilbakemelding struct {
			Fil []struct {
				Leveranse []struct{ Leveranseavvik []funnet }
			}
		}
	}
	if err := json.Unmarshal(text, &feedback); err != nil || len(feedback.Tilbakemelding.Fil) != 1 ||
		len(feedback.Tilbakemelding.Fil[0].Leveranse) == 0 {
		t.Fatalf("%v: the feedback is %s", err, text)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, leveranse := range feedback.Tilbakemelding.Fil[0].Leveranse {
		found = append(found, leveranse.Leveranseavvik...)
	}
	return f.Leveransestatus, found
}

// TestGeneratedIsAccepted: a thousand seeds of each kind that the package delivery makes, and of an
// API that was added, of which nothing but its files is known, and two hundred of each other API,
// spread over the years, make deliveries that the running server takes, approves, and finds nothing
// wrong with: more than ten thousand. Where tests use fewer data there are ten of each, since what is
// looked for is in the data. (.ci/run runs all.)
func TestGeneratedIsAccepted(t *testing.T) {
	t.Parallel()
	dir := testkit.OwnAPI(t)
	s := strictServer(t, dir)
	for _, kind := range reporting(s) {
		each := 200
		if kind == "honning" || slices.Contains(delivery.Kinds(), kind) {
			each = 1000
		}
		if testkit.FewerData() {
			each = 10
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			api := backend.Of(s).Catalog.ByName(kind)
			for seed := range each {
				g := mock.GenerateOptions{
					Kind: kind, Count: 1 + seed%2, Year: 2015 + seed%12, Seed: uint64(seed),
					Oppgaver: []int{10, 0, 1, 25, 3}[seed%5],
				}
				documents, err := s.Catalog().Generate(g)
				if err != nil {
					t.Fatal(err)
				}
				for document, err := range documents {
					var body bytes.Buffer
					if err == nil {
						_, err = document.WriteTo(&body)
					}
					if err != nil {
						t.Fatal(err)
					}
					answer := delivered(t, s, api, g.Year, body.Bytes())
					if status, found := feedbackOn(t, s, answer); status != "godkjent" || len(found) > 0 {
						t.Fatalf("%+v: %s, %v\n%s", g, status, found, body.Bytes())
					}
				}
			}
		})
	}
}

// TestLargestIsAccepted: the delivery that is asked for as max is within the API's limit, and
// nearly as large.
func TestLargestIsAccepted(t *testing.T) {
	t.Parallel()
	if testkit.FewerData() {
		t.Skip("10 MiB through feedback take long, and one goroutine does all of it")
	}
	s := strictServer(t, "")
	for _, kind := range []string{"bsu", "innrapportering-boligsameie"} {
		api := backend.Of(s).Catalog.ByName(kind)
		documents, err := s.Catalog().Generate(mock.GenerateOptions{Kind: kind, Oppgaver: mock.AsManyAsFit})
		if err != nil {
			t.Fatal(err)
		}
		for document := range documents {
			var body bytes.Buffer
			document.WriteTo(&body)
			if size := int64(body.Len()); size > api.MaxBody || size < api.MaxBody-100_000 {
				t.Errorf("%s: %d bytes; the API takes %d", kind, size, api.MaxBody)
			}
			if status, found := feedbackOn(t, s, delivered(t, s, api, 2024, body.Bytes())); status != "godkjent" ||
				len(found) > 0 {
				t.Errorf("%s: %s, %v", kind, status, found)
			}
		}
	}
}
