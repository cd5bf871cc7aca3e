package innrapportering

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
)

// TestFeedbackShows: until the delay has passed nothing of the feedback is there, and from that
// instant on all of it is, under both ids.
func TestFeedbackShows(t *testing.T) {
	t.Parallel()
	const org = "987654321"
	api := testAPIs(t)["bsu"]
	w := newTestSession(temporary(t))
	f := w.deliver(t, Processing{Control: ControlStrict, Delay: time.Hour}, api, org, 2023, example(t, api))
	feedback := f.Tilbakemelding
	if len(feedback) != 2 || feedback[0].DokumentID != f.TilbakemeldingID ||
		feedback[1].DokumentID == f.TilbakemeldingID ||
		f.Leveransestatus != avvist || !f.Behandlet.Equal(w.now.Add(time.Hour)) || f.Nummer != 1 {
		t.Fatalf("the forsendelse is %+v", f)
	}
	for _, d := range feedback {
		id := uuid.MustParse(d.DokumentID)
		if sec, nsec := id.Time().UnixTime(); id.Version() != 7 ||
			time.Unix(sec, nsec).Sub(f.Behandlet).Abs() > time.Millisecond {
			t.Errorf("%s is no UUID of version 7 of %s", id, f.Behandlet)
		}
	}

	// hidden looks for every document of the feedback and wants none, and the delivery where it
	// was.
	hidden := func() {
		t.Helper()
		for _, d := range feedback {
			_, err := w.fetch(api, org, f.ForsendelseID, d.DokumentID)
			wantOffence(t, err, feil.UnknownDokument, "2026-03-02T13:00:00Z")
			_, err = w.fetch(api, org, f.TilbakemeldingID, d.DokumentID)
			wantOffence(t, err, feil.UnknownForsendelse, "2026-03-02T13:00:00Z")
		}
		if response, err := w.fetch(api, org, f.ForsendelseID, f.ForsendelseID); err != nil ||
			string(response.Document) != string(example(t, api)) {
			t.Errorf("the delivery: %v, %s", err, response.Document)
		}
	}
	hidden()
	w.now = f.Behandlet.Add(-time.Nanosecond)
	hidden()
	w.now = f.Behandlet
	var first [2]string
	for _, under := range []string{f.ForsendelseID, f.TilbakemeldingID, f.ForsendelseID} {
		for i, d := range feedback {
			response, err := w.fetch(api, org, under, d.DokumentID)
			if err != nil || response.ContentType != d.ContentType {
				t.Fatalf("%s under %s: %v, %q", d.Navn, under, err, response.ContentType)
			}
			if first[i] == "" {
				first[i] = string(response.Document)
			}
			if diff := cmp.Diff(first[i], string(response.Document)); diff != "" {
				t.Errorf("%s is not the same every time:\n%s", d.Navn, diff)
			}
		}
	}
	if !strings.HasPrefix(first[1], "<?xml") || !json.Valid([]byte(first[0])) ||
		strings.Count(first[0], `"SK-`) != 17 || strings.Count(first[1], ">SK-") != 17 {
		t.Errorf("the feedback is %s and %s", first[0], first[1])
	}
	_, err := w.fetch(api, org, f.TilbakemeldingID, f.ForsendelseID)
	wantOffence(t, err, feil.UnknownDokument, "") // the delivery is not the feedback's
	w.now = f.Behandlet.Add(-time.Second)
	hidden() // the clock was turned back
}

// TestFeedbackIsItsOwners: nobody gets at feedback who does not get at the delivery.
func TestFeedbackIsItsOwners(t *testing.T) {
	t.Parallel()
	const org = "987654321"
	apis := testAPIs(t)
	api := apis["bsu"]
	w := newTestSession(temporary(t))
	f := w.deliver(t, Processing{}, api, org, 2023, example(t, api))
	for _, id := range []string{f.ForsendelseID, f.TilbakemeldingID} {
		_, err := w.fetch(api, "319000011", id, f.TilbakemeldingID)
		wantOffence(t, err, feil.UnknownForsendelse, "")
		_, err = w.fetch(apis["aandsverk"], org, id, f.TilbakemeldingID)
		wantOffence(t, err, feil.UnknownForsendelse, "")
		r := w.request(api, org, 2022)
		r.Params = map[string]string{"forsendelseId": id, "dokumentId": f.TilbakemeldingID}
		err = w.db.Session(w.session).View(context.Background(), w.now, func(tx *store.Tx) error {
			_, err := ServeDokument(tx, r)
			return err
		})
		wantOffence(t, err, feil.NoDialog, "2022") // nothing was delivered for that year
	}
	_, err := w.fetch(api, org, "019cae5a-0400-7000-8000-000000000001", f.TilbakemeldingID)
	wantOffence(t, err, feil.UnknownForsendelse, "")
}

func wantOffence(t *testing.T, err error, offence feil.Offence, why string) {
	t.Helper()
	var f *feil.Feil
	if !errors.As(err, &f) || f.Offence != offence || !strings.Contains(f.Why, why) {
		t.Errorf("got %v, want %s with %q", err, offence, why)
	}
}

// TestNothingFound: the feedback on a delivery with nothing wrong has an empty list.
func TestNothingFound(t *testing.T) {
	t.Parallel()
	api := smallAPI()
	api.Name, api.Felter.Oppgavegiver = "en", pointer("/org")
	w := newTestSession(temporary(t))
	f := w.deliver(t, Processing{Control: ControlStrict}, api, "319000003", 2023,
		[]byte(`{"org": "319000003", "antall": 1, "oppgave": [{}]}`))
	response, err := w.fetch(api, "319000003", f.TilbakemeldingID, f.TilbakemeldingID)
	if err != nil || f.Leveransestatus != godkjent ||
		!strings.Contains(string(response.Document), `"leveranseavvik": []`) ||
		!strings.Contains(string(response.Document), `"antallGodkjenteLeveranser": 1`) {
		t.Errorf("%s, %v: %s", f.Leveransestatus, err, response.Document)
	}
}
