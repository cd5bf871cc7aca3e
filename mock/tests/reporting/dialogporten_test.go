package reporting

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/golden"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/wire"
)

// TestSchemaIsStrict: the check of the shapes refuses what is not in the reference.
func TestSchemaIsStrict(t *testing.T) {
	t.Parallel()
	schemas, err := testkit.DialogSchemas()
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"endUserSearch":{"maxPartyFilterValues":1,"maxServiceResourceFilterValues":1,` +
		`"maxOrgFilterValues":1,"maxExtendedStatusFilterValues":1},` +
		`"serviceOwnerSearch":{"maxPartyFilterValues":1,"maxServiceResourceFilterValues":1,` +
		`"maxExtendedStatusFilterValues":1},"more":1}`
	var limits any
	if err := json.Unmarshal([]byte(text), &limits); err != nil {
		t.Fatal(err)
	}
	if schemas["limits"].Validate(limits) == nil {
		t.Error("a member too many is taken")
	}
	delete(limits.(map[string]any), "more")
	if err := schemas["limits"].Validate(limits); err != nil {
		t.Error(err)
	}
}

// portal is a server whose clock a test can move, with deliveries in it.
type portal struct {
	t      *testing.T
	server *mock.Server
	now    time.Time
}

func startPortal(t *testing.T, options mock.Options) *portal {
	t.Helper()
	p := &portal{t: t, now: testkit.Noon}
	options.Clock = func() time.Time { return p.now }
	server, err := mock.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	p.server = server
	return p
}

// deliver reports bsu's example for its oppgavegiver, and gives the ids back.
func (p *portal) deliver(n int) (dialogID, forsendelseID string) {
	p.t.Helper()
	bsu := backend.Of(p.server).Catalog.ByName("bsu")
	c := testkit.GoodCall(p.t, p.server, bsu, bsu.Routes[0])
	c.Header.Set("idempotencyKey", fmt.Sprintf("7c9e6679-7425-40de-944b-%012d", n))
	var svar struct{ DialogID, ForsendelseID string }
	if answer := c.Do(p.server); json.Unmarshal(answer.Body.Bytes(), &svar) != nil || answer.Code != http.StatusOK {
		p.t.Fatalf("the delivery was answered %d: %s", answer.Code, answer.Body)
	}
	return svar.DialogID, svar.ForsendelseID
}

// feedback settles when the feedback on a delivery comes and what it says, in place of whatever was
// settled.
func (p *portal) feedback(forsendelseID string, at time.Time, status string) (tilbakemeldingID string) {
	p.t.Helper()
	forsendelser := store.NewCollection[innrapportering.Forsendelse]("forsendelse")
	subjects := store.NewBlobs("forsendelse")
	err := backend.Of(p.server).Store.Session("default").Update(p.now, func(tx *store.Tx) error {
		f, found, err := forsendelser.Get(tx, forsendelseID)
		if err != nil || !found {
			return fmt.Errorf("forsendelse %s: found %v, %v", forsendelseID, found, err)
		}
		ids := wire.DerivedIDs("feedback on " + forsendelseID)
		f.Behandlet, f.Leveransestatus, f.TilbakemeldingID = at, status, ids.V7(at).String()
		f.Tilbakemelding = []innrapportering.Dokument{
			{DokumentID: f.TilbakemeldingID, Navn: "Tilbakemelding.json", ContentType: "application/json"},
			{DokumentID: ids.V7(at).String(), Navn: "Tilbakemelding.xml", ContentType: "application/xml"},
		}
		tilbakemeldingID = f.TilbakemeldingID
		if err := subjects.Put(tx, f.TilbakemeldingID+"/subject", []byte(forsendelseID)); err != nil {
			return err
		}
		return forsendelser.Put(tx, forsendelseID, f)
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return tilbakemeldingID
}

// get asks Dialogporten as an organisation.
func (p *portal) get(org, path string) *httptest.ResponseRecorder {
	p.t.Helper()
	token, err := p.server.Token(mock.TokenRequest{API: "dialogporten", Org: org})
	if err != nil {
		p.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "http://sandkasse.test/dialogporten/api/v1/enduser/dialogs"+path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, r)
	return w
}

const (
	reporter  = "987654321" // of the example
	reporters = "?party=urn:altinn:organization:identifier-no:" + reporter
)

// TestDialogThroughTime: two deliveries, of which one is accepted after a minute and one rejected
// after an hour, seen by every operation before, between and after.
func TestDialogThroughTime(t *testing.T) {
	t.Parallel()
	p := startPortal(t, mock.Options{})
	dialogID, first := p.deliver(1)
	p.now = testkit.Noon.Add(1234567800 * time.Nanosecond)
	_, second := p.deliver(2)
	accepted := p.feedback(first, testkit.Noon.Add(time.Minute), "godkjent")
	rejected := p.feedback(second, testkit.Noon.Add(time.Hour), "avvist")
	revisions := map[string]bool{}
	for i, point := range []struct {
		name          string
		at            time.Time
		transmissions []string // ids
		status        string
	}{
		{"before", testkit.Noon.Add(2 * time.Second), []string{first, second}, "InProgress"},
		{"between", testkit.Noon.Add(time.Minute), []string{first, second, accepted}, "InProgress"},
		{"after", testkit.Noon.Add(time.Hour), []string{first, second, accepted, rejected}, "Completed"},
	} {
		p.now = point.at
		whole := p.get(reporter, "/"+dialogID)
		testkit.IsDialogAnswer(t, "dialog", whole.Body.Bytes())
		var dialog struct {
			Revision, Status                   string
			FromServiceOwnerTransmissionsCount int
			FromPartyTransmissionsCount        int
			HasUnopenedContent                 bool
			Transmissions                      []struct{ ID, Type, RelatedTransmissionID string }
		}
		if err := json.Unmarshal(whole.Body.Bytes(), &dialog); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, transmission := range dialog.Transmissions {
			ids = append(ids, transmission.ID)
		}
		if fmt.Sprint(ids) != fmt.Sprint(point.transmissions) || dialog.Status != point.status ||
			dialog.FromPartyTransmissionsCount != 2 ||
			dialog.FromServiceOwnerTransmissionsCount != i || dialog.HasUnopenedContent != (i > 0) {
			t.Errorf("%s the dialog is %+v", point.name, dialog)
		}
		if whole.Header().Get("Etag") != dialog.Revision || revisions[dialog.Revision] {
			t.Errorf("%s the ETag is %q and the revision %q, where %v have been", point.name,
				whole.Header().Get("Etag"), dialog.Revision, revisions)
		}
		revisions[dialog.Revision] = true
		golden.Compare(t, filepath.Join("testdata", "dialogporten", point.name+"-dialog.txt"), testkit.Dump(whole))
		for name, path := range map[string]string{
			"page":          reporters,
			"transmissions": "/" + dialogID + "/transmissions",
			"activities":    "/" + dialogID + "/activities",
		} {
			answer := p.get(reporter, path)
			testkit.IsDialogAnswer(t, name, answer.Body.Bytes())
			answer.Header().Del("Sandkasse-Call")
			file := point.name + "-" + name + ".txt"
			golden.Compare(t, filepath.Join("testdata", "dialogporten", file), testkit.Dump(answer))
		}
		for _, id := range []string{first, second, accepted, rejected} {
			answer, want := p.get(reporter, "/"+dialogID+"/transmissions/"+id), http.StatusNotFound
			for _, shown := range point.transmissions {
				if shown == id {
					want = http.StatusOK
				}
			}
			if answer.Code != want {
				t.Errorf("%s transmission %s is answered %d, want %d", point.name, id, answer.Code, want)
			} else if want == http.StatusOK {
				testkit.IsDialogAnswer(t, "transmission", answer.Body.Bytes())
			}
		}
	}
	types := map[string]string{}
	var transmissions []struct{ ID, Type, RelatedTransmissionID string }
	if err := json.Unmarshal(p.get(reporter, "/"+dialogID+"/transmissions").Body.Bytes(), &transmissions); err != nil {
		t.Fatal(err)
	}
	for _, transmission := range transmissions {
		types[transmission.ID] = transmission.Type + " " + transmission.RelatedTransmissionID
	}
	if types[first] != "Submission " || types[accepted] != "Acceptance "+first || types[rejected] != "Rejection "+
		second {
		t.Errorf("the transmissions are %v", types)
	}
}

// TestActivities: each of those listed is also shown on its own, and there also by whom; an
// activity of another dialog is not.
func TestActivities(t *testing.T) {
	t.Parallel()
	p := startPortal(t, mock.Options{})
	dialogID, _ := p.deliver(1)
	p.deliver(2)
	var list []struct{ ID, Type string }
	if err := json.Unmarshal(p.get(reporter, "/"+dialogID+"/activities").Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	types := []string{}
	for _, activity := range list {
		types = append(types, activity.Type)
		answer := p.get(reporter, "/"+dialogID+"/activities/"+activity.ID)
		testkit.IsDialogAnswer(t, "describedActivity", answer.Body.Bytes())
		var shown struct{ ID, Type string }
		if err := json.Unmarshal(answer.Body.Bytes(), &shown); err != nil || shown != activity {
			t.Errorf("%v is shown as %v: %v", activity, shown, err)
		}
	}
	if fmt.Sprint(types) != "[DialogCreated FormSubmitted FormSubmitted]" {
		t.Errorf("the activities are %v", types)
	}
	if answer := p.get(reporter, "/"+dialogID+"/activities/"+dialogID); answer.Code != http.StatusNotFound {
		t.Errorf("an id of something else is answered %d", answer.Code)
	}
}
