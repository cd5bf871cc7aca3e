package dialogporten

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"sandkasse/mock/internal/feil"
)

// TestPartsOfAnotherDialog: a transmission or activity is found on its own dialog and on no other,
// and the feedback only once it has come.
func TestPartsOfAnotherDialog(t *testing.T) {
	t.Parallel()
	w := newReported(t)
	w.delay = time.Minute
	w.deliver(delivery{own, "bsu", 2024, noon}, delivery{own, "bsu", 2025, noon})
	dialog, other := w.dlg[own+"/bsu/2024"].DialogID, w.dlg[own+"/bsu/2025"].DialogID
	f := w.given[dialog][0]
	for _, test := range []struct {
		behaviour, param, id string
		dialog               string
		at                   time.Time
		shown                bool
	}{
		{"dialog-transmission", "transmissionId", f.ForsendelseID, dialog, noon, true},
		{"dialog-transmission", "transmissionId", f.ForsendelseID, other, noon, false},
		{"dialog-transmission", "transmissionId", f.TilbakemeldingID, dialog, noon, false},
		{"dialog-transmission", "transmissionId", f.TilbakemeldingID, dialog, noon.Add(time.Minute), true},
		{"dialog-transmission", "transmissionId", f.TilbakemeldingID, other, noon.Add(time.Minute), false},
		{"dialog-activity", "activityId", activityID(f.ForsendelseID), dialog, noon, true},
		{"dialog-activity", "activityId", activityID(f.ForsendelseID), other, noon, false},
		{"dialog-activity", "activityId", activityID(dialog), dialog, noon, true},
		{"dialog-activity", "activityId", activityID(dialog), other, noon, false},
	} {
		var got struct{ ID string }
		_, err := w.ask(test.behaviour, own, test.at, nil,
			map[string]string{"dialogId": test.dialog, test.param: test.id}, &got)
		var f *feil.Feil
		if test.shown && (err != nil || got.ID != test.id) || !test.shown &&
			(!errors.As(err, &f) || f.Offence != feil.UnknownDialogPart) {
			t.Errorf("%+v: got %q, %v", test, got.ID, err)
		}
	}
}

// TestAPIThatIsGone: the dialogs of an API that is not in the catalogue any more are not there.
func TestAPIThatIsGone(t *testing.T) {
	t.Parallel()
	w := newReported(t)
	w.deliver(delivery{own, "borte", 2024, noon}, delivery{own, "bsu", 2024, noon})
	var found answered
	if _, err := w.ask("dialog-search", own, noon, url.Values{"party": {partyPrefix + own}}, nil, &found); err != nil ||
		len(found.Items) != 1 {
		t.Errorf("found %+v: %v", found.Items, err)
	}
	_, err := w.ask("dialog", own, noon, nil, map[string]string{"dialogId": w.dlg[own+"/borte/2024"].DialogID}, nil)
	var f *feil.Feil
	if !errors.As(err, &f) || f.Offence != feil.UnknownDialog {
		t.Errorf("the dialog is answered with %v", err)
	}
}
