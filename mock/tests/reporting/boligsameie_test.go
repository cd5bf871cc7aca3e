package reporting

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestBoligsameie goes the whole way of the API that knows no systembruker: the organisation's own
// token and one of a vendor that it has delegated to in Altinn, both paths, and the feedback at the
// address that the dialog gives.
func TestBoligsameie(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	example, err := fs.ReadFile(examples.Embedded(), "innrapportering-boligsameie.json")
	if err != nil {
		t.Fatal(err)
	}
	org, year := oppgavegiverOf(t, example)
	if year != 2023 {
		t.Fatalf("the example is of %d", year)
	}
	token := func(api, vendor string) string {
		token, err := s.Mock().Token(mock.TokenRequest{API: api, Org: org, Vendor: vendor})
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + token
	}
	var got testkit.Receipt
	for path, authorization := range map[string]string{
		"/v1/2023": token("boligsameie", ""), "/api/boligsameie/v1/2023/innsending": token("boligsameie", "319000011"),
	} {
		r, err := http.NewRequest(http.MethodPost, s.URL("boligsameie")+path, bytes.NewReader(example))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", authorization)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("idempotencyKey", uuid.NewString())
		got, _ = testkit.Accepted(t, http.DefaultClient, r)
	}
	read := func(url, authorization string) string {
		r, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", authorization)
		response, body := testkit.Send(t, http.DefaultClient, r)
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %s", url, response.Status, body)
		}
		return body
	}
	var dialog struct {
		Transmissions []struct {
			Type        string
			Attachments []struct{ URLs []struct{ URL string } }
		}
	}
	if err := json.Unmarshal([]byte(read(s.URL("dialogporten")+"/api/v1/enduser/dialogs/"+got.DialogID,
		token("dialogporten", ""))), &dialog); err != nil {
		t.Fatal(err)
	}
	documents := map[string]int{}
	for _, transmission := range dialog.Transmissions {
		for _, attachment := range transmission.Attachments {
			body := read(attachment.URLs[0].URL, "")
			switch {
			case body == string(example):
				documents["delivery"]++
			case strings.Contains(body, "leveransestatus"):
				documents["feedback"]++
			}
		}
	}
	if documents["delivery"] != 2 || documents["feedback"] != 4 { // each feedback in JSON and XML
		t.Errorf("the dialog leads to %v", documents)
	}
	r, _ := http.NewRequest(http.MethodGet, s.URL("")+"/_sandkasse/forsendelser/"+got.ForsendelseID+"/dokumenter/nope",
		nil)
	if response, body := testkit.Send(t, http.DefaultClient, r); response.StatusCode != http.StatusNotFound ||
		response.Header.Get("Sandkasse-Feil") == "" {
		t.Errorf("a document that is not there: %s %s", response.Status, body)
	}
}
