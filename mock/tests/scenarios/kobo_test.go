package scenarios

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

const (
	koboHome = `{"adresse":{"gatenavn":"Prøvegata","husnummer":12,"postnummer":"0155","poststed":"OSLO"},` +
		`"boligtype":"ORDINAR_BOLIG","status":"KLAR_FOR_INNFLYTTING",` +
		`"leverandorBoligId":"ID","ekstraReferanse":"ID","bruksenhetsnummer":"H0201"}`
	koboHousehold = `{"antallBarn":1,"beboere":[{` +
		`"adresse":{"gatenavn":"Prøvegata","husnummer":3,"postnummer":"0155"},` +
		`"personidentifikator":"01810112345","fornavn":"Prøve","etternavn":"Person"}]}`
	koboTenancy = `{"koboSaksreferanse":null,"leieforhold":{` +
		`"kontraktStartdato":"2026-04-01","kontraktUtlopsdato":"2029-03-31",` +
		`"erTidsubegrenset":false,"manedsleie":9500,"depositum":28500},"husstand":` + koboHousehold + `}`
)

// koboClient is an FDVU system that calls Kobo over the network.
type koboClient struct {
	t *testing.T
	s *mocktest.Session
}

func newKoboClient(t *testing.T, s *mocktest.Session) koboClient { return koboClient{t, s} }

// koboAnswer holds the part of an answer that the tests look at.
type koboAnswer struct {
	status      int
	KoboID      string
	Leieforhold *struct{ KoboID string }
	Tildeling   json.RawMessage
}

func (k koboClient) try(method, path, body string, scenarios ...string) (answer koboAnswer, err error) {
	k.t.Helper()
	r, err := http.NewRequest(method, k.s.URL("kobo")+path, strings.NewReader(body))
	if err != nil {
		k.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+k.s.Token("kobo", "313367002"))
	r.Header.Set("x-kobo-systemid", "fdvu-1")
	r.Header.Set("Content-Type", "application/json")
	for _, scenario := range scenarios {
		r.Header.Set("Sandkasse-Scenario", scenario)
	}
	response, text, err := try(http.DefaultClient, r)
	if err != nil {
		return answer, err
	}
	answer.status = response.StatusCode
	if text != "" {
		err = json.Unmarshal([]byte(text), &answer)
	}
	return answer, err
}

func (k koboClient) ok(method, path, body string) koboAnswer {
	k.t.Helper()
	answer, err := k.try(method, path, body)
	if err != nil || answer.status >= 300 {
		k.t.Fatalf("%s %s: %+v, %v", method, path, answer, err)
	}
	return answer
}

// create makes a home, and returns its path.
func (k koboClient) create(id string) string {
	k.t.Helper()
	return "/kobobolig/" + k.ok("POST", "/kobobolig", strings.ReplaceAll(koboHome, "ID", id)).KoboID
}

// reservation makes a case, and returns the path of a reservation of a home for it.
func (k koboClient) reservation(home string) string {
	k.t.Helper()
	var sak struct{ KoboSaksreferanse string }
	control(k.t, k.s, "POST", "kobo/saker", `{"husstand":`+koboHousehold+`}`, &sak)
	return home + "/sak/" + sak.KoboSaksreferanse + "/reservasjon"
}

// reserve reserves a home for a new case, as the case worker does.
func (k koboClient) reserve(home string) {
	k.t.Helper()
	control(k.t, k.s, "PUT", "kobo"+k.reservation(home), "", nil)
}

// koboMessage is one that Kobo sends.
type koboMessage struct{ MeldingID, Hendelse, KoboBoligID string }

// receive registers a receiver for the system's messages.
func (k koboClient) receive() <-chan koboMessage {
	k.t.Helper()
	got := make(chan koboMessage, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var m koboMessage
		if err != nil || json.Unmarshal(body, &m) != nil {
			k.t.Errorf("received %s, %v", body, err)
		}
		got <- m
	}))
	k.t.Cleanup(receiver.Close)
	k.ok("POST", "/fdvusystem/", `{"apiKey":"prove","webhookUrl":"`+receiver.URL+`"}`)
	return got
}

// next returns the next message.
func (k koboClient) next(got <-chan koboMessage) koboMessage {
	k.t.Helper()
	select {
	case m := <-got:
		return m
	case <-time.After(patience):
		k.t.Fatal("no message comes")
		return koboMessage{}
	}
}

// states returns the type and state of each of the outbox's events, in their order.
func (k koboClient) states() (states []string) {
	k.t.Helper()
	var shown struct {
		Events []struct{ State, Type string }
	}
	control(k.t, k.s, "GET", "kobo/events", "", &shown)
	for _, event := range shown.Events {
		states = append(states, event.Type+" "+event.State)
	}
	return states
}

// koboCommitThen502: nothing seems to have happened; the client looks, and it has.
func koboCommitThen502(t *testing.T) {
	k := newKoboClient(t, mocktest.Start(t))
	home := k.create("A")
	answer, err := k.try("POST", home+"/leieforhold", koboTenancy, "kobo-commit-then-502")
	if err != nil || answer.status != http.StatusBadGateway {
		t.Errorf("answered %+v, %v", answer, err)
	}
	if seen := k.ok("GET", home, ""); seen.Leieforhold == nil {
		t.Error("the tenancy is not there")
	}
	if again, err := k.try("POST", home+"/leieforhold", koboTenancy); err != nil ||
		again.status != http.StatusBadRequest {
		t.Errorf("who sends again without looking is answered %+v, %v", again, err)
	}
	if refused, err := k.try("POST", "/kobobolig", "{}", "kobo-commit-then-502;times=2"); err != nil ||
		refused.status != http.StatusBadRequest {
		t.Errorf("a refused call is answered %+v, %v", refused, err)
	}
}

// koboWebhookLost: what the case worker did is not reported; the client that fetches its homes now
// and then finds it, and the next message comes. What makes no message does not use the play up.
func koboWebhookLost(t *testing.T) {
	k := newKoboClient(t, mocktest.Start(t))
	got := k.receive()
	arm(t, k.s, mock.Play{Scenario: "kobo-webhook-lost"})
	home := k.create("A")
	k.ok("POST", home+"/leieforhold", koboTenancy)
	other := k.create("B")
	if left := armedPlays(t, k.s); len(left) != 1 || left[0] != 0 {
		t.Fatalf("the system's own acts, which make no message, used the play up: %v", left)
	}
	k.reserve(other)
	k.reserve(other)
	if m := k.next(got); m.Hendelse != "RESERVASJON_OPPRETTET" || "/kobobolig/"+m.KoboBoligID != other {
		t.Errorf("the message is %+v", m)
	}
	until(t, "the states", func() bool {
		return slices.Equal(k.states(), []string{"RESERVASJON_OPPRETTET dropped", "RESERVASJON_OPPRETTET delivered"})
	})
	var seen struct{ Reservasjoner []any }
	r, err := http.NewRequest("GET", k.s.URL("kobo")+other, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+k.s.Token("kobo", "313367002"))
	r.Header.Set("x-kobo-systemid", "fdvu-1")
	if _, body := testkit.Send(t, http.DefaultClient, r); json.Unmarshal([]byte(body), &seen) != nil ||
		len(seen.Reservasjoner) != 2 {
		t.Errorf("the client that looks sees %s", body)
	}

	echo := newKoboClient(t, mocktest.StartWith(t, mock.Options{Kobo: mock.KoboOptions{Echo: true}}))
	got = echo.receive()
	lost, err := echo.try("POST", "/kobobolig", strings.ReplaceAll(koboHome, "ID", "A"), "kobo-webhook-lost")
	if err != nil || lost.status != http.StatusCreated {
		t.Errorf("answered %+v, %v", lost, err)
	}
	echo.create("B")
	if m := echo.next(got); m.Hendelse != "BOLIG_OPPRETTET" {
		t.Errorf("the message is %+v", m)
	}
	if states := fmt.Sprint(echo.states()); !strings.HasPrefix(states, "[BOLIG_OPPRETTET dropped BOLIG_OPPRETTET ") {
		t.Errorf("with echo the outbox has %s", states)
	}
}

// webhookDuplicated: a message comes twice under one id, and a client that goes by it handles it
// once.
func webhookDuplicated(t *testing.T) {
	for _, echo := range []bool{false, true} {
		k := newKoboClient(t, mocktest.StartWith(t, mock.Options{Kobo: mock.KoboOptions{Echo: echo}}))
		got := k.receive()
		home := k.create("A")
		if echo {
			k.next(got) // of the new home
		}
		arm(t, k.s, mock.Play{Scenario: "webhook-duplicated"})
		for range 2 {
			if echo {
				k.ok("PUT", k.reservation(home), "")
			} else {
				k.reserve(home)
			}
		}
		var ids []string
		handled := map[string]bool{}
		for len(handled) < 2 {
			m := k.next(got)
			ids = append(ids, m.MeldingID)
			handled[m.MeldingID] = true
		}
		if len(ids) != 3 || ids[0] != ids[1] {
			t.Errorf("with echo %v the messages came %v, want the first twice", echo, ids)
		}
	}
}

// webhookDelayed: a message and those after it come a minute later by the session's clock, in order.
func webhookDelayed(t *testing.T) {
	k := newKoboClient(t, mocktest.Start(t))
	got := k.receive()
	home := k.create("A")
	if err := k.s.Clock().Freeze(k.s.Clock().Now()); err != nil {
		t.Fatal(err)
	}
	arm(t, k.s, mock.Play{Scenario: "webhook-delayed"})
	k.reserve(home)
	k.reserve(home)
	k.reserve(k.create("B"))
	if m := k.next(got); strings.HasSuffix(home, m.KoboBoligID) { // of the other home, which nothing delays
		t.Errorf("a delayed message came at once: %+v", m)
	}
	if err := k.s.Clock().Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	if first, second := k.next(got), k.next(got); first.MeldingID >= second.MeldingID {
		t.Errorf("delayed messages came in another order: %+v, %+v", first, second)
	}
}

// webhookReordered: of two messages about a home, the second comes first.
func webhookReordered(t *testing.T) {
	k := newKoboClient(t, mocktest.Start(t))
	got := k.receive()
	home := k.create("A")
	arm(t, k.s, mock.Play{Scenario: "webhook-reordered"})
	k.reserve(home)
	k.reserve(home)
	if first, second := k.next(got), k.next(got); first.MeldingID <= second.MeldingID {
		t.Errorf("the messages came in order: %+v, %+v", first, second)
	}
}

// webhookWrongKey: a receiver that refuses a wrong key gets the message again, with the right one.
func webhookWrongKey(t *testing.T) {
	k := newKoboClient(t, mocktest.Start(t))
	keys := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("x-api-key")
		if key != "prove" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		keys <- key
	}))
	t.Cleanup(receiver.Close)
	k.ok("POST", "/fdvusystem/", `{"apiKey":"prove","webhookUrl":"`+receiver.URL+`"}`)
	home := k.create("A")
	arm(t, k.s, mock.Play{Scenario: "webhook-wrong-key"})
	k.reserve(home)
	for _, right := range []bool{false, true} {
		select {
		case key := <-keys:
			if (key == "prove") != right {
				t.Errorf("an attempt has the key %q", key)
			}
		case <-time.After(patience):
			t.Fatal("no message comes")
		}
	}
}
