// Package reporting tests deliveries, their feedback and the dialogs about them.
package reporting

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

func TestDeliveryByPathAndByHost(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	byPath := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
	first, body := testkit.Accepted(t, http.DefaultClient, byPath)
	want := fmt.Sprintf(
		`{"dialogId":%q,"forsendelseId":%q,"oppgavegiversLeveranseReferanse":"EksternReferanse_2015_1","antallOppgaver":5}`,
		first.DialogID, first.ForsendelseID)
	if body != want {
		t.Errorf("answered %s, want %s", body, want)
	}
	for _, id := range []string{first.DialogID, first.ForsendelseID} {
		if parsed, err := uuid.Parse(id); err != nil || parsed.Version() != 7 {
			t.Errorf("%s is no UUID of version 7", id)
		}
	}
	for _, host := range []string{
		"innrapporteringbsu.api.localhost",
		"INNRAPPORTERINGBSU.api.skatteetaten-test.no:443",
	} {
		byHost := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
		byHost.URL.Path, byHost.Host = "/v1/2023", host
		next, _ := testkit.Accepted(t, http.DefaultClient, byHost)
		if next.DialogID != first.DialogID || next.ForsendelseID == first.ForsendelseID {
			t.Errorf(
				"by host %s: dialog %s and forsendelse %s after dialog %s and forsendelse %s; want the same dialog, "+
					"a new forsendelse",
				host, next.DialogID, next.ForsendelseID, first.DialogID, first.ForsendelseID)
		}
	}
	// Through Client, the agency's own address works as it stands.
	asInTheWild := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
	asInTheWild.URL.Scheme, asInTheWild.URL.Host, asInTheWild.URL.Path = "https",
		"innrapporteringbsu.api.skatteetaten-test.no", "/v1/2023"
	asInTheWild.Host = ""
	testkit.Accepted(t, s.Client(), asInTheWild)
}

func TestDocumentComesBackByteForByte(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	body := append(testkit.Example(t), " \n\t"...) // white space is part of the document
	sent := testkit.Delivery(t, s, uuid.New(), body)
	got, _ := testkit.Accepted(t, http.DefaultClient, sent)
	for _, path := range []string{"/v1/2023/forsendelser/", "/v1/forsendelser/"} {
		r, _ := http.NewRequest(http.MethodGet, s.URL("bsu")+path+got.ForsendelseID+"/dokumenter/"+got.ForsendelseID,
			nil)
		r.Header.Set("Authorization", sent.Header.Get("Authorization"))
		response, document := testkit.Send(t, http.DefaultClient, r)
		if path == "/v1/forsendelser/" { // the official documents have no path without the year
			if response.StatusCode != http.StatusNotFound || !strings.Contains(document, "GLD_1023") {
				t.Errorf("%s: answered %s %s", path, response.Status, document)
			}
			continue
		}
		if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/json" ||
			document != string(body) {
			t.Errorf("%s: answered %s, %s, %d bytes; want the %d bytes sent", path, response.Status,
				response.Header.Get("Content-Type"),
				len(document), len(body))
		}
	}
}

func TestAcceptableAcceptAndContentType(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	for _, accept := range []string{
		"*/*", "application/json;charset=utf-8", "text/html, application/json;q=0.5",
		"application/*",
		"application/json; charset=UTF-8, text/plain, */*",
	} {
		r := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
		r.Header.Set("Accept", accept)
		testkit.Accepted(t, http.DefaultClient, r)
	}
	for _, contentType := range []string{
		"application/json;charset=utf-8", "application/json; charset=\"UTF-8\"",
		"Application/JSON",
	} {
		r := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
		r.Header.Set("Content-Type", contentType)
		testkit.Accepted(t, http.DefaultClient, r)
	}
}

// TestRepeat: "Flere etterfølgende POST kall med samme request-body og samme idempotencyKey vil gi
// den samme responsen" (BSU page, Parameter: idempotencyKey), also after a restart on the same
// file.
func TestRepeat(t *testing.T) {
	t.Parallel()
	key, data := uuid.New(), filepath.Join(t.TempDir(), "sandkasse.db")
	start := func() *mocktest.Session { return mocktest.StartWith(t, mock.Options{Data: data}) }
	s := start()
	_, first := testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
	for range 2 {
		response, again := testkit.Send(t, http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
		if again != first || response.StatusCode != http.StatusOK {
			t.Errorf("the repeat was answered %s: %s; the first call %s", response.Status, again, first)
		}
		if err := s.Server().Close(); err != nil {
			t.Fatal(err)
		}
		s = start()
	}
	calls := s.Calls(mock.CallQuery{})
	if len(calls) != 0 {
		t.Errorf("the journal of a new server holds %d calls", len(calls))
	}
}

// TestSixtyFourAtOnce: calls with one key make one forsendelse and equal answers.
func TestSixtyFourAtOnce(t *testing.T) {
	t.Parallel()
	s := mocktest.StartWith(t, mock.Options{Data: filepath.Join(t.TempDir(), "sandkasse.db")})
	const calls = 64
	key, body := uuid.New(), testkit.Example(t)
	requests := make([]*http.Request, calls)
	for i := range requests {
		requests[i] = testkit.Delivery(t, s, key, body)
	}
	answers := make([]string, calls)
	var together sync.WaitGroup
	for i, r := range requests {
		together.Go(func() { _, answers[i] = testkit.Accepted(t, http.DefaultClient, r) })
	}
	together.Wait()
	for i, answer := range answers {
		if answer != answers[0] {
			t.Fatalf("call %d was answered %s, call 0 %s", i, answer, answers[0])
		}
	}
	replayed := 0
	for _, call := range s.Calls(mock.CallQuery{}) {
		if call.Replayed {
			replayed++
		}
	}
	if replayed != calls-1 {
		t.Errorf("%d of %d calls were answered with the first answer, want all but one", replayed, calls)
	}
}

// TestKeyBelongsToOrganisation: the same key of another organisation is another key.
func TestKeyBelongsToOrganisation(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	key := uuid.New()
	first, _ := testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
	other := bytes.ReplaceAll(testkit.Example(t), []byte(testkit.Oppgavegiver), []byte("319000011"))
	r := testkit.Delivery(t, s, key, other)
	r.Header.Set("Authorization", "Bearer "+s.Token("bsu", "319000011"))
	second, _ := testkit.Accepted(t, http.DefaultClient, r)
	if first.ForsendelseID == second.ForsendelseID || first.DialogID == second.DialogID {
		t.Errorf("two organisations share forsendelse %s or dialog %s", first.ForsendelseID, first.DialogID)
	}
}

// TestRefusedCallLeavesKeyFree: only successes are remembered.
func TestRefusedCallLeavesKeyFree(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	key := uuid.New()
	for _, wrong := range []string{
		"", "{}", strings.Replace(string(testkit.Example(t)), "2023", "2022", 1),
		strings.Replace(string(testkit.Example(t)), `"ordinaer"`, `"ingenoppgaver"`, 1),
	} {
		response, body := testkit.Send(t, http.DefaultClient, testkit.Delivery(t, s, key, []byte(wrong)))
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("answered %s: %s", response.Status, body)
		}
	}
	testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
}

// TestDelegation: an organisation may report for one that delegated to it, until that is revoked,
// and see what it delivered.
func TestDelegation(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	deliver := func() (*http.Response, string) {
		r := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
		r.Header.Set("Authorization", "Bearer "+s.Token("bsu", "319000011"))
		return testkit.Send(t, http.DefaultClient, r)
	}
	change := func(method string) {
		r, _ := http.NewRequest(method, s.URL("")+"/_sandkasse/delegations",
			strings.NewReader(`{"from": "987654321", "to": "319000011"}`))
		if response, body := testkit.Send(t, http.DefaultClient, r); response.StatusCode != http.StatusOK {
			t.Fatalf("%s delegations: %s %s", method, response.Status, body)
		}
	}
	if response, body := deliver(); response.StatusCode != http.StatusForbidden {
		t.Errorf("without delegation: %s %s", response.Status, body)
	}
	change(http.MethodPost)
	if response, body := deliver(); response.StatusCode != http.StatusOK {
		t.Errorf("with delegation: %s %s", response.Status, body)
	}
	change(http.MethodDelete)
	if response, body := deliver(); response.StatusCode != http.StatusForbidden {
		t.Errorf("after the delegation was revoked: %s %s", response.Status, body)
	}
}

func TestLenientAndOff(t *testing.T) {
	t.Parallel()
	foreign := "eyJhbGciOiJFUzI1NiJ9." +
		"eyJzY29wZSI6InNrYXR0ZWV0YXRlbjppbm5yYXBwb3J0ZXJpbmdib2xpZ3NwYXJpbmd1bmdkb20iLCJleHAiOjk5OTk5OTk5OTl9" + ".AAAA"
	for _, test := range []struct {
		auth          mock.Auth
		authorization string
		want          int
	}{
		{mock.Strict, "Bearer " + foreign, http.StatusUnauthorized},
		{mock.Lenient, "Bearer " + foreign, http.StatusOK},
		{mock.Lenient, "", http.StatusUnauthorized},
		{mock.Off, "", http.StatusOK},
		{mock.Off, "Bearer nonsense", http.StatusOK},
	} {
		s := mocktest.StartWith(t, mock.Options{Auth: test.auth})
		r := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
		r.Header.Set("Authorization", test.authorization)
		if response, body := testkit.Send(t, http.DefaultClient, r); response.StatusCode != test.want {
			t.Errorf("%s with %.20q: %s %s", test.auth, test.authorization, response.Status, body)
		}
	}
}

// TestSameCallsSameBytes: fifty calls, good and bad, on two servers with one seed and clock give
// the same bytes; another seed does not.
func TestSameCallsSameBytes(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) []string {
		now := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
		s := mocktest.StartWith(t, mock.Options{Seed: seed, Clock: func() time.Time { return now }})
		var answers []string
		for i := range 50 {
			key := uuid.NewSHA1(uuid.Nil, []byte{byte(i / 2)}) // every other call repeats the one before it
			body := testkit.Example(t)
			if i%5 == 4 {
				body = body[:len(body)-i*10]
			}
			response, answer := testkit.Send(t, http.DefaultClient, testkit.Delivery(t, s, key, body))
			answers = append(answers, fmt.Sprintf("%s %v %s", response.Status, response.Header, answer))
		}
		return answers
	}
	first := run(7)
	if diff := cmp.Diff(first, run(7)); diff != "" {
		t.Errorf("the same calls differ:\n%s", diff)
	}
	if cmp.Equal(first, run(8)) {
		t.Error("another seed gave the same bytes")
	}
}

// TestKorrelasjonsidIsNew: every refusal has its own.
func TestKorrelasjonsidIsNew(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	seen := map[string]bool{}
	for range 100 {
		_, body := testkit.Send(t, http.DefaultClient, testkit.Delivery(t, s, uuid.New(), nil))
		var feil struct{ Korrelasjonsid uuid.UUID }
		if err := json.Unmarshal([]byte(body), &feil); err != nil || feil.Korrelasjonsid.Version() != 4 ||
			seen[feil.Korrelasjonsid.String()] {
			t.Fatalf("korrelasjonsid %s is not a new UUID (%v): %s", feil.Korrelasjonsid, err, body)
		}
		seen[feil.Korrelasjonsid.String()] = true
	}
}

// TestAllViolationsAreReported: each with its place and what stood there.
func TestAllViolationsAreReported(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	wrong := strings.NewReplacer(`"2015-03-19"`, `"19.03.2015"`, `"saldo": 22500`, `"saldo": "22500"`,
		`"navn": "Kari Sparedame"`, `"navn": ""`).Replace(string(testkit.Example(t)))
	_, body := testkit.Send(t, http.DefaultClient, testkit.Delivery(t, s, uuid.New(), []byte(wrong)))
	var feil struct {
		Kode          string
		Spesifisering []struct{ Kode, Melding, Sti, AngittVerdi string }
	}
	if err := json.Unmarshal([]byte(body), &feil); err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, s := range feil.Spesifisering {
		places = append(places, s.Sti+" = "+s.AngittVerdi)
		if s.Melding == "" || s.Kode != "" {
			t.Errorf("%s: melding %q, kode %q", s.Sti, s.Melding, s.Kode)
		}
	}
	want := []string{
		"/leveranse/oppgave/0/saldo = 22500",
		"/leveranse/oppgave/0/startdato = 19.03.2015", "/leveranse/oppgave/1/oppgaveeier/navn = ",
	}
	if diff := cmp.Diff(want, places); diff != "" || feil.Kode != "GLD_010" {
		t.Errorf("%s (-want +got):\n%s", feil.Kode, diff)
	}
}
