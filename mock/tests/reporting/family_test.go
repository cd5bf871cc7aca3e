package reporting

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// deliver delivers a document to an API under a key of its own, by the systembruker of its
// oppgavegiver, and returns the answer.
func deliver(t *testing.T, s *mock.Server, api *catalog.API, document any) *httptest.ResponseRecorder {
	t.Helper()
	body, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	c := testkit.GoodCall(t, s, api, api.Routes[0])
	c.Body = body
	org, _ := testkit.Member(t, body, api.Felter.First(api.Felter.Oppgavegiver)).(string)
	c.Header.Set("Authorization", "Bearer "+testkit.Mint(t, s, api, func(g *token.Spec) { g.Org = org }))
	c.Header.Set("idempotencyKey", uuid.NewString())
	return c.Do(s)
}

// exampleOf returns the example of an API, decoded.
func exampleOf(t *testing.T, api *catalog.API) any {
	t.Helper()
	var document any
	decoder := json.NewDecoder(bytes.NewReader(api.Example))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		t.Fatal(err)
	}
	return document
}

// put puts a value at a place of a document, in objects that are made where they are missing.
func put(document any, at jsonptr.Pointer, value any) {
	for ; len(at) > 1; at = at[1:] {
		next, found := at[:1].In(document)
		if !found {
			next = map[string]any{}
			document.(map[string]any)[at[0]] = next
		}
		document = next
	}
	document.(map[string]any)[at[0]] = value
}

// inForce returns how many oppgaver are in force in all, and their text.
func inForce(t *testing.T, s *mock.Server) (n int, text string) {
	t.Helper()
	var answer struct {
		Holdings []struct{ AntallOppgaver int }
	}
	w := get(t, s, "/_sandkasse/holdings")
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	for _, holding := range answer.Holdings {
		n += holding.AntallOppgaver
	}
	return n, w.Body.String()
}

// TestSletteoppgaveDeletes: in every API that takes sletteoppgaver, one deletes the oppgave that its
// own members name, whatever they are called, and nothing else.
func TestSletteoppgaveDeletes(t *testing.T) {
	t.Parallel()
	tested := 0
	for _, api := range testkit.ReportingAPIs(t) {
		if len(api.Sletteoppgaver()) == 0 || api.Family == "boligsameie" {
			continue
		}
		tested++
		t.Run(api.Name, func(t *testing.T) {
			t.Parallel()
			s := testkit.ServerAt(t, testkit.Noon)
			document := exampleOf(t, api)
			put(first(api, document), api.Felter.Sletteoppgave, []any{})
			if answer := deliver(t, s, api, document); answer.Code != http.StatusOK {
				t.Fatalf("%d %s", answer.Code, answer.Body)
			}
			before, _ := inForce(t, s)
			oppgaver, _ := api.Felter.Oppgave.In(first(api, document))
			oppgave, identity := oppgaver.([]any)[0], api.Kontroll().Identity
			deletes := map[string]any{}
			for i, at := range identity.Oppgave {
				if value, found := at.In(oppgave); found {
					put(deletes, identity.Sletteoppgave[i], value)
				}
			}
			if owner, flat := oppgave.(map[string]any)["oppgaveeier"], deletes["oppgaveeier"]; flat != nil {
				deletes["oppgaveeier"] = owner // which has a name too
			}
			send := func(sletteoppgave map[string]any) {
				t.Helper()
				put(first(api, document), api.Felter.Oppgave, []any{})
				put(first(api, document), api.Felter.Sletteoppgave, []any{sletteoppgave})
				answer := deliver(t, s, api, document)
				if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"antallSletteoppgaver":1`) {
					t.Errorf("%d %s", answer.Code, answer.Body)
				}
			}
			other := map[string]any{}
			for name, value := range deletes {
				other[name] = value
			}
			last := identity.Sletteoppgave[0]
			if value, isText := other[last[0]].(string); isText {
				other[last[0]] = value + "0"
				send(other)
				if now, text := inForce(t, s); now != before {
					t.Errorf("a sletteoppgave of another account has left %d of %d: %s", now, before, text)
				}
			}
			send(deletes)
			if now, text := inForce(t, s); now != before-1 {
				t.Errorf("of %d oppgaver there are %d: %s", before, now, text)
			}
		})
	}
	if tested < 3 {
		t.Errorf("only %d APIs take sletteoppgaver", tested)
	}
}

// first returns the first leveranse of a document.
func first(api *catalog.API, document any) any {
	if len(api.Felter.Leveranser) == 0 {
		return document
	}
	leveranser, _ := api.Felter.Leveranser.In(document)
	return leveranser.([]any)[0]
}

// TestDocumentedSletteoppgave: the sletteoppgave of the page of innskuddutlaanrenter deletes the
// third oppgave of its example, whose owner has a number of the bank's own.
func TestDocumentedSletteoppgave(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	api := backend.Of(s).Catalog.ByName("innskuddutlaanrenter")
	document := exampleOf(t, api)
	deliver(t, s, api, document)
	put(document, api.Felter.Oppgave, []any{})
	put(document, api.Felter.Sletteoppgave, []any{map[string]any{
		"oppgaveeierOrganisasjonsnummer":     "000000000",
		"oppgaveeierAlternativIdentifikator": "InterntKundennummer123456", "kontonummer": "201300003000",
	}})
	deliver(t, s, api, document)
	if n, text := inForce(t, s); n != 4 || strings.Contains(text, `"201300003000"`) {
		t.Errorf("there are %d: %s", n, text)
	}
}

// TestOneDeliveryAMonth: what is paid in two months are two oppgaver, also to the same person for the
// same; the same month again replaces them.
func TestOneDeliveryAMonth(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	api := backend.Of(s).Catalog.ByName("skattefrieutbetalinger")
	document := exampleOf(t, api)
	for month, want := range []int{2, 4, 4, 6} {
		put(document, jsonptr.Pointer{"leveranse", "utbetalingsmaaned"}, []int{4, 5, 4, 12}[month])
		if answer := deliver(t, s, api, document); answer.Code != http.StatusOK {
			t.Fatalf("%d %s", answer.Code, answer.Body)
		}
		if n, text := inForce(t, s); n != want {
			t.Errorf("after delivery %d there are %d: %s", month+1, n, text)
		}
	}
}

// twoFormaal returns a delivery to boligselskap with a leveranse for each of two formål, in which
// nothing is wrong.
func twoFormaal(t *testing.T, api *catalog.API) (document any, leveranser []any) {
	t.Helper()
	for number, formaal := range []string{"ikkeBolig", "bolig"} {
		document = exampleOf(t, api)
		leveranse := first(api, document)
		put(leveranse, jsonptr.Pointer{"boligselskapFormaal"}, formaal)
		put(leveranse, jsonptr.Pointer{"oppgavegiversLeveranseReferanse"}, "R-"+formaal)
		put(leveranse, api.Felter.Oppgavegiver, "310646180")
		oppgaver, _ := api.Felter.Oppgave.In(leveranse)
		for i, oppgave := range oppgaver.([]any) {
			owner := []string{"10836096911", "17912099997"}[i]
			put(oppgave, jsonptr.Pointer{"oppgaveeier", "foedselsnummer"}, owner)
			put(oppgave, jsonptr.Pointer{"andelFormue"}, 750)
			put(oppgave, jsonptr.Pointer{"andelFradragsberettigedeKostnader"}, 0)
		}
		if number == 1 { // one formål has one oppgave only
			put(leveranse, api.Felter.Oppgave, oppgaver.([]any)[:1])
			for name, sum := range map[string]int{
				"antallOppgaver": 1, "sumAndelLikningsverdiBoenhet": 20000, "sumAndelSkattepliktigeInntekter": 1000,
				"sumAndelFormue": 750, "sumAndelGjeld": 6500,
			} {
				put(leveranse, jsonptr.Pointer{"oppgaveoppsummering", name}, sum)
			}
		}
		leveranser = append(leveranser, leveranse)
	}
	put(document, api.Felter.Leveranser, leveranser)
	return document, leveranser
}

// TestSeveralLeveranser: a delivery with a leveranse for each formål is answered with an entry for
// each, in their order; the feedback approves and refuses them one by one, and those that are
// approved count. Their oppgaver are not those of another formål.
func TestSeveralLeveranser(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, mock.Options{
		Feedback: mock.FeedbackStrict, Clock: func() time.Time { return testkit.Noon },
	})
	api := backend.Of(s).Catalog.ByName("boligselskap")
	document, leveranser := twoFormaal(t, api)
	answer := deliver(t, s, api, document)
	const entries = `"leveranseformaal":[` +
		`{"boligselskapFormaal":"ikkeBolig","oppgavegiversLeveranseReferanse":"R-ikkeBolig",` +
		`"antallSletteoppgaver":0,"antallOppgaver":2},` +
		`{"boligselskapFormaal":"bolig","oppgavegiversLeveranseReferanse":"R-bolig",` +
		`"antallSletteoppgaver":0,"antallOppgaver":1}]}`
	if answer.Code != http.StatusOK || !strings.HasSuffix(answer.Body.String(), entries) {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	if n, text := inForce(t, s); n != 3 {
		t.Errorf("there are %d: %s", n, text)
	}
	status := func(answer *httptest.ResponseRecorder) string {
		t.Helper()
		f := testkit.Forsendelse(t, s, answer)
		c := testkit.GoodCall(t, s, api, api.Routes[1])
		c.Header.Set("Authorization", "Bearer "+testkit.Mint(t, s, api, func(g *token.Spec) { g.Org = "310646180" }))
		c.Params["forsendelseId"], c.Params["dokumentId"] = f.ForsendelseID, f.TilbakemeldingID
		var feedback struct {
			Tilbakemelding struct {
				Fil []struct {
					Leveranseoppsummering struct {
						AntallLeveranser, AntallGodkjenteLeveranser, AntallAvvisteLeveranser int
					}
					Leveranse []struct {
						Leveransestatus, Oppgavegiversleveransereferanse string
						Leveranseavvik                                   []struct{ Avvikskode, Beskrivelse string }
					}
				}
			}
		}
		testkit.Decode(t, c.Do(s), &feedback)
		return fmt.Sprint(f.Leveransestatus, feedback.Tilbakemelding.Fil)
	}
	if got := status(answer); got != "godkjent[{{2 2 0} [{godkjent R-ikkeBolig []} {godkjent R-bolig []}]}]" {
		t.Errorf("the feedback is %s", got)
	}
	// The second is wrong, the first one deletes an oppgave, of its own formål only.
	put(leveranser[1], jsonptr.Pointer{"oppgaveoppsummering", "sumAndelGjeld"}, 1)
	oppgaver, _ := api.Felter.Oppgave.In(leveranser[0])
	put(leveranser[0], api.Felter.Sletteoppgave, []any{map[string]any{
		"aksjeboenhetsnummer": 11, "oppgaveeier": oppgaver.([]any)[0].(map[string]any)["oppgaveeier"],
	}})
	put(leveranser[0], api.Felter.Oppgave, []any{})
	for _, name := range []string{
		"antallOppgaver", "sumAndelLikningsverdiBoenhet", "sumAndelSkattepliktigeInntekter", "sumAndelFormue",
		"sumAndelGjeld",
	} {
		put(leveranser[0], jsonptr.Pointer{"oppgaveoppsummering", name}, 0)
	}
	got := status(deliver(t, s, api, document))
	if got != "avvist[{{2 1 1} [{godkjent R-ikkeBolig []} "+
		"{avvist R-bolig [{SK-SUM /leveranse/1/oppgaveoppsummering/sumAndelGjeld: 1}]}]}]" {
		t.Errorf("the feedback is %s", got)
	}
	if n, text := inForce(t, s); n != 2 || strings.Count(text, "10836096911") != 1 {
		t.Errorf("there are %d: %s", n, text)
	}
}

// TestValidateSeveralLeveranser: a check without a delivery finds what the delivery itself does, when
// one leveranse is of another oppgavegiver, and when one says that it holds no oppgaver.
func TestValidateSeveralLeveranser(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	api := backend.Of(s).Catalog.ByName("boligselskap")
	for _, wrong := range []struct {
		at    jsonptr.Pointer
		value string
	}{{api.Felter.Oppgavegiver, "987654321"}, {api.Felter.Leveransetype, "ingenoppgaver"}} {
		document, leveranser := twoFormaal(t, api)
		body := func() []byte {
			text, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		if found, err := s.Catalog().Validate(api.Name, body()); err != nil || len(found) != 0 {
			t.Fatalf("%v, %v: the document itself is not right", found, err)
		}
		put(leveranser[1], wrong.at, wrong.value)
		var answer struct {
			Kode          string
			Spesifisering []struct{ Sti, AngittVerdi, Melding string }
		}
		testkit.Decode(t, deliver(t, s, api, document), &answer)
		if answer.Kode != "GLD_011" || len(answer.Spesifisering) != 1 {
			t.Fatalf("%s: %+v", wrong.at, answer)
		}
		want := answer.Spesifisering[0]
		found, err := s.Catalog().Validate(api.Name, body())
		if err != nil || len(found) != 1 || found[0].Sti != want.Sti || found[0].Melding != want.Melding {
			t.Errorf("%s: found %+v, %v, want %+v", wrong.at, found, err, want)
		}
	}
}

// TestHovedenhet: of organisation and underenhet of the test data, an API whose page has GLD_1062
// refuses the underenhet, also where it delivers for itself; an API whose page has not takes both.
func TestHovedenhet(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	var found struct {
		Dokumentliste []struct{ Organisasjonsnummer string }
	}
	search := get(t, s, "/_sandkasse/testdata/soek/brreg-er-fr?kql=erUnderenhet.hovedenhet:*&antall=1")
	if err := json.Unmarshal(search.Body.Bytes(), &found); err != nil || len(found.Dokumentliste) == 0 {
		t.Fatalf("no underenhet is found: %v, %d %s", err, search.Code, search.Body)
	}
	underenhet := found.Dokumentliste[0].Organisasjonsnummer
	for name, refuses := range map[string]bool{
		"melk": true, "fagforeningskontingent": true, "egg": false, "bsu": false,
	} {
		api := backend.Of(s).Catalog.ByName(name)
		document := exampleOf(t, api)
		for _, org := range []string{underenhet, "310646180"} {
			put(document, api.Felter.Oppgavegiver, org)
			answer := deliver(t, s, api, document)
			want := http.StatusOK
			if refuses && org == underenhet {
				want = http.StatusForbidden
			}
			if answer.Code != want || (want != http.StatusOK) != strings.Contains(answer.Body.String(), "GLD_1062") {
				t.Errorf("%s by %s: %d %s", name, org, answer.Code, answer.Body)
			}
		}
	}
}
