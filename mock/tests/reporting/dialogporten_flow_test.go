package reporting

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// dialogs holds the part of Dialogporten's answers that the tests look at.
type dialogs struct {
	Items []struct{ ID, Party string }
}

// TestFromDeliveryToDocument goes the client's way: deliver, find the dialog, find the
// transmission, follow the attachment's address as it stands with the reporting token; over a port,
// and by the agencies' own names without a network.
func TestFromDeliveryToDocument(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	for name, way := range map[string]struct {
		client *http.Client
		portal string
	}{
		"by path": {http.DefaultClient, s.URL("dialogporten")},
		"by host": {s.Client(), "https://platform.tt02.altinn.no/dialogporten"},
	} {
		sent := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
		got, _ := testkit.Accepted(t, http.DefaultClient, sent)
		var found dialogs
		query := url.Values{
			"party":           {"urn:altinn:organization:identifier-no:" + testkit.Oppgavegiver},
			"serviceResource": {"urn:altinn:resource:ske-innrapportering-boligsparing-ungdom"},
		}
		portal := way.portal + "/api/v1/enduser/dialogs"
		testkit.GetDialog(t, s, way.client, portal+"?"+query.Encode(), testkit.Oppgavegiver, &found)
		if len(found.Items) != 1 || found.Items[0].ID != got.DialogID {
			t.Fatalf("%s: found %+v, want the dialog %s", name, found, got.DialogID)
		}
		var dialog struct {
			Transmissions []struct {
				ID, Type    string
				Attachments []struct {
					ID   string
					URLs []struct{ URL, ConsumerType, MediaType string }
				}
			}
		}
		response := testkit.GetDialog(t, s, way.client, portal+"/"+got.DialogID, testkit.Oppgavegiver, &dialog)
		if _, err := uuid.Parse(response.Header.Get("ETag")); err != nil {
			t.Errorf("%s: the ETag is %q", name, response.Header.Get("ETag"))
		}
		documents := 0
		for _, transmission := range dialog.Transmissions {
			if transmission.ID != got.ForsendelseID {
				continue
			}
			for _, attachment := range transmission.Attachments {
				at := attachment.URLs[0]
				if transmission.Type != "Submission" || at.ConsumerType != "Api" ||
					at.MediaType != "application/json" || attachment.ID != got.ForsendelseID {
					t.Errorf("%s: the transmission is %+v", name, transmission)
				}
				r, err := http.NewRequest(http.MethodGet, at.URL, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", sent.Header.Get("Authorization"))
				if _, document := testkit.Send(t, way.client, r); document != string(testkit.Example(t)) {
					t.Errorf("%s: %s gives %d bytes, not the document delivered: %.200s", name, at.URL, len(document),
						document)
				}
				documents++
			}
		}
		if documents != 1 {
			t.Errorf("%s: the delivery has %d documents in %+v", name, documents, dialog)
		}
	}
}

// TestOnlyOnesOwnDialogs: an organisation sees its own dialogs, and those of organisations that
// delegated to it for as long as they do; where rights are not looked at, everybody sees all.
func TestOnlyOnesOwnDialogs(t *testing.T) {
	t.Parallel()
	const bsu, of = "?serviceResource=urn:altinn:resource:ske-innrapportering-boligsparing-ungdom",
		"?party=urn:altinn:organization:identifier-no:" + testkit.Oppgavegiver
	check := func(s *mocktest.Session, when, org, dialogID string, sees bool) {
		t.Helper()
		items := 0
		if sees {
			items = 1
		}
		portal := s.URL("dialogporten") + "/api/v1/enduser/dialogs"
		for _, query := range []string{bsu, of} {
			var found dialogs
			if testkit.GetDialog(t, s, http.DefaultClient, portal+query, org, &found); len(found.Items) != items {
				t.Errorf("%s, %s finds %+v by %s, want %d", when, org, found, query, items)
			}
		}
		for below, want := range map[string]int{
			"": http.StatusForbidden, "/transmissions": http.StatusNotFound,
			"/activities": http.StatusNotFound,
			"/seenlog":    http.StatusNotFound,
		} {
			if sees {
				want = http.StatusOK
			}
			var any any
			got := testkit.GetDialog(t, s, http.DefaultClient, portal+"/"+dialogID+below, org, &any)
			if got.StatusCode != want {
				t.Errorf("%s, %s is answered %s for %q, want %d", when, org, got.Status, below, want)
			}
		}
	}
	change := func(s *mocktest.Session, method string) {
		t.Helper()
		r, _ := http.NewRequest(method, s.URL("")+"/_sandkasse/delegations",
			strings.NewReader(`{"from": "987654321", "to": "319000011"}`))
		if response, body := testkit.Send(t, http.DefaultClient, r); response.StatusCode != http.StatusOK {
			t.Fatalf("%s delegations: %s %s", method, response.Status, body)
		}
	}
	s := mocktest.Start(t)
	got, _ := testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, uuid.New(), testkit.Example(t)))
	check(s, "undelegated", testkit.Oppgavegiver, got.DialogID, true)
	check(s, "undelegated", "319000011", got.DialogID, false)
	change(s, http.MethodPost)
	check(s, "delegated", "319000011", got.DialogID, true)
	check(s, "delegated", "319000003", got.DialogID, false)
	change(s, http.MethodDelete)
	check(s, "revoked", "319000011", got.DialogID, false)
	for _, auth := range []mock.Auth{mock.Lenient, mock.Off} {
		s := mocktest.StartWith(t, mock.Options{Auth: auth})
		got, _ := testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, uuid.New(), testkit.Example(t)))
		check(s, string(auth), "319000011", got.DialogID, true)
		if auth == mock.Off {
			check(s, "without a token", "", got.DialogID, true)
		}
	}
}

// TestLimitsAreOpen: they are returned without a token.
func TestLimitsAreOpen(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	var limits struct{ EndUserSearch map[string]int }
	testkit.GetDialog(t, s, http.DefaultClient, s.URL("dialogporten")+"/api/v1/metadata/limits", "", &limits)
	if limits.EndUserSearch["maxPartyFilterValues"] != 100 {
		t.Errorf("the limits are %+v", limits)
	}
}
