package dialogporten

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
)

// seenBy has the members of a dialog or an item that a test looks at.
type seenBy struct {
	Revision                   string
	IsContentSeen              bool
	SeenSinceLastUpdate        []sawIt
	SeenSinceLastContentUpdate []sawIt
	UpdatedAt                  time.Time
}

type sawIt struct {
	ID               string
	SeenAt           time.Time
	SeenBy           struct{ ActorType, ActorID, ActorName string }
	IsCurrentEndUser bool
}

const accountant = "310000038"

// TestReadingMarks: a GET of a dialog enters the caller in its seen log, once for each change of
// the dialog, and the marks show everywhere; nothing else of the dialog changes by it, and no other
// operation marks.
func TestReadingMarks(t *testing.T) {
	t.Parallel()
	w := newReported(t)
	w.delay = time.Minute
	w.delegate(own, accountant)
	w.deliver(delivery{own, "bsu", 2024, noon})
	id := w.dlg[own+"/bsu/2024"].DialogID
	params := map[string]string{"dialogId": id}
	read := func(org string, at time.Time) (d seenBy) {
		t.Helper()
		if _, err := w.ask("dialog", org, at, nil, params, &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	log := func(org string, at time.Time) (list []sawIt) {
		t.Helper()
		if _, err := w.ask("dialog-seenlog", org, at, nil, params, &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	found := func(filter string, at time.Time) int {
		t.Helper()
		var page struct{ Items []seenBy }
		query, _ := url.ParseQuery("party=" + partyPrefix + own + filter)
		if _, err := w.ask("dialog-search", own, at, query, nil, &page); err != nil {
			t.Fatal(err)
		}
		return len(page.Items)
	}
	for _, behaviour := range []string{"dialog-transmissions", "dialog-activities", "dialog-seenlog"} {
		if _, err := w.ask(behaviour, own, noon, nil, params, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(log(own, noon)); n != 0 || found("&isContentSeen=false", noon) != 1 ||
		found("&isContentSeen=true", noon) != 0 {
		t.Fatalf("before anybody reads it the dialog is seen %d times", n)
	}
	first := read(own, noon) // in the instant of the delivery itself
	again := read(own, noon.Add(time.Second))
	other := read(accountant, noon.Add(2*time.Second))
	if len(first.SeenSinceLastUpdate) != 1 || !first.IsContentSeen || len(again.SeenSinceLastUpdate) != 1 ||
		len(other.SeenSinceLastContentUpdate) != 2 ||
		again.SeenSinceLastUpdate[0] != first.SeenSinceLastUpdate[0] || first.Revision != other.Revision ||
		!first.UpdatedAt.Equal(other.UpdatedAt) {
		t.Errorf("read: %+v, %+v, %+v", first, again, other)
	}
	if who := first.SeenSinceLastUpdate[0]; who.SeenBy.ActorType != "PartyRepresentative" ||
		who.SeenBy.ActorName == "" || !who.IsCurrentEndUser ||
		!who.SeenAt.Equal(noon) || other.SeenSinceLastUpdate[0].IsCurrentEndUser ||
		!other.SeenSinceLastUpdate[1].IsCurrentEndUser {
		t.Errorf("who has read it: %+v and %+v", first.SeenSinceLastUpdate, other.SeenSinceLastUpdate)
	}
	if found("&isContentSeen=true", noon.Add(3*time.Second)) != 1 ||
		found("&isContentSeen=false", noon.Add(3*time.Second)) != 0 {
		t.Error("the filter does not follow the marks")
	}
	later := noon.Add(time.Minute) // the feedback shows
	if n := len(log(own, later)); n != 2 || found("&isContentSeen=false", later) != 1 {
		t.Errorf("after the feedback the log has %d entries", n)
	}
	if fresh := read(own, later); len(fresh.SeenSinceLastUpdate) != 1 ||
		fresh.SeenSinceLastUpdate[0].ID == first.SeenSinceLastUpdate[0].ID {
		t.Errorf("read after the feedback: %+v", fresh)
	}
	w.deliver(delivery{own, "bsu", 2024, noon.Add(time.Hour)})
	if fresh := read(own, noon.Add(time.Hour)); len(fresh.SeenSinceLastUpdate) != 1 {
		t.Errorf("read after a second delivery: %+v", fresh)
	}
	whole := log(accountant, noon.Add(2*time.Hour))
	if len(whole) != 4 || whole[0].ID != first.SeenSinceLastUpdate[0].ID || whole[0].IsCurrentEndUser ||
		!whole[1].IsCurrentEndUser {
		t.Errorf("the log is %+v", whole)
	}
	for _, entry := range whole {
		var got sawIt
		_, err := w.ask("dialog-seenlog-entry", accountant, later, nil,
			map[string]string{"dialogId": id, "seenLogId": entry.ID}, &got)
		if err != nil || got != entry {
			t.Errorf("%+v is shown as %+v: %v", entry, got, err)
		}
	}
	_, err := w.ask("dialog-seenlog-entry", own, later, nil, map[string]string{"dialogId": id, "seenLogId": id}, nil)
	var f *feil.Feil
	if !errors.As(err, &f) || f.Offence != feil.UnknownDialogPart || f.Detaljer[0].Sti != "DialogSeenLog" {
		t.Errorf("an entry that is not there: %v", err)
	}
}

// TestRepeatedReadingDoesNotWrite: once a caller has seen a dialog, reading it again needs no
// transaction that may write, and readers at once make one entry.
func TestRepeatedReadingDoesNotWrite(t *testing.T) {
	t.Parallel()
	w := newReported(t)
	w.deliver(delivery{own, "bsu", 2024, noon})
	params := map[string]string{"dialogId": w.dlg[own+"/bsu/2024"].DialogID}
	only := func() error {
		return w.db.Session("s").View(context.Background(), noon, func(tx *store.Tx) error {
			r := w.request(own, noon, nil, params)
			_, err := Behaviours(apis())["dialog"].Do(tx, r)
			return err
		})
	}
	if err := only(); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("the first reading only reads: %v", err)
	}
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			if _, err := w.ask("dialog", own, noon, nil, params, nil); err != nil {
				t.Error(err)
			}
		})
	}
	readers.Wait()
	if err := only(); err != nil {
		t.Errorf("reading again: %v", err)
	}
	var list []sawIt
	if _, err := w.ask("dialog-seenlog", own, noon, nil, params, &list); err != nil || len(list) != 1 {
		t.Errorf("the log is %+v: %v", list, err)
	}
}

// TestMembersAlwaysSent: the members of each answer that the DTOs of Altinn/dialogporten at 743f07f
// always have a value for, and no others where nothing has one. Nulls are left out there
// (JsonIgnoreCondition.WhenWritingNull); empty lists, zeros and false are not.
func TestMembersAlwaysSent(t *testing.T) {
	t.Parallel()
	w := newReported(t)
	w.deliver(delivery{own, "bsu", 2024, noon})
	id := w.dlg[own+"/bsu/2024"].DialogID
	f := w.given[id][0]
	var whole seenBy
	params := map[string]string{
		"dialogId": id, "transmissionId": f.ForsendelseID,
		"activityId": activityID(f.ForsendelseID),
	}
	if _, err := w.ask("dialog", own, noon, nil, params, &whole); err != nil {
		t.Fatal(err)
	}
	params["seenLogId"] = whole.SeenSinceLastUpdate[0].ID
	common := "id org serviceResource serviceResourceType party createdAt updatedAt contentUpdatedAt status " +
		"hasUnopenedContent systemLabel isApiOnly " +
		"fromServiceOwnerTransmissionsCount fromPartyTransmissionsCount seenSinceLastUpdate " +
		"seenSinceLastContentUpdate isContentSeen endUserContext content "
	const seen, transmission = "id seenAt seenBy isViaServiceOwner isCurrentEndUser",
		"id createdAt isAuthorized type sender content attachments navigationalActions"
	for _, test := range []struct{ behaviour, at, members string }{
		{"dialog-search", "", "items hasNextPage continuationToken orderBy"},
		{"dialog-search", "items", common + "guiAttachmentCount latestActivity"},
		{"dialog-search", "items latestActivity", "id createdAt type performedBy description"},
		{"dialog-search", "items endUserContext", "revision systemLabels"},
		{"dialog-search", "items seenSinceLastUpdate", seen},
		{"dialog", "", common + "revision dialogToken attachments transmissions guiActions apiActions activities"},
		{"dialog", "seenSinceLastUpdate", seen},
		{"dialog", "seenSinceLastContentUpdate", seen},
		{"dialog", "seenSinceLastUpdate seenBy", "actorType actorName actorId"},
		{"dialog", "activities", "id createdAt type performedBy"}, // no description: null where there are no texts
		{"dialog", "transmissions", transmission + " isOpened"},
		{"dialog", "transmissions attachments", "id displayName name urls"},
		{"dialog", "transmissions attachments urls", "id url mediaType consumerType"},
		{"dialog", "content title", "value mediaType"},
		{"dialog-transmissions", "", transmission},
		{"dialog-transmission", "", transmission},
		{"dialog-activities", "", "id createdAt type description"},
		{"dialog-activity", "", "id createdAt type performedBy description"},
		{"dialog-seenlog", "", seen},
		{"dialog-seenlog-entry", "", seen},
		{"dialog-seenlog-entry", "seenBy", "actorType actorName actorId"},
		{"dialog-limits", "", "endUserSearch serviceOwnerSearch"},
		{
			"dialog-limits", "serviceOwnerSearch",
			"maxPartyFilterValues maxServiceResourceFilterValues maxExtendedStatusFilterValues",
		},
	} {
		response, err := w.ask(test.behaviour, own, noon, url.Values{"party": {partyPrefix + own}}, params, nil)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(response.Document, &value); err != nil {
			t.Fatal(err)
		}
		want := slices.Sorted(slices.Values(strings.Fields(test.members)))
		if got := membersAt(t, value, test.at); !slices.Equal(got, want) {
			t.Errorf("%s at %q has %v, want %v", test.behaviour, test.at, got, want)
		}
	}
}

// membersAt returns the names of the members of an object inside a value, of the first one where
// there is a list.
func membersAt(t *testing.T, value any, path string) (names []string) {
	t.Helper()
	first := func() {
		if list, ok := value.([]any); ok {
			if len(list) == 0 {
				t.Fatalf("the list at %q is empty", path)
			}
			value = list[0]
		}
	}
	first()
	for _, name := range strings.Fields(path) {
		object, _ := value.(map[string]any)
		value = object[name]
		first()
	}
	object, ok := value.(map[string]any)
	if !ok {
		t.Fatalf("there is no object at %q", path)
	}
	return slices.Sorted(maps.Keys(object))
}

// TestCallerWithoutSystemUser: a caller without a token is one and the same system user each time,
// so that reading leaves its mark (K531).
func TestCallerWithoutSystemUser(t *testing.T) {
	t.Parallel()
	w := newReported(t)
	r := w.request(own, noon, nil, nil)
	r.Principal.SystemUserID, r.Principal.SystemID, r.Principal.Org = "", "", ""
	id, name := caller(r)
	again, _ := caller(r)
	r.Principal.Org = own
	other, _ := caller(r)
	if _, ok := parseGUID(strings.TrimPrefix(id, systemUserPrefix)); !ok || name == "" || again != id || other == id {
		t.Errorf("the callers are %s %q, %s and %s", id, name, again, other)
	}
}
