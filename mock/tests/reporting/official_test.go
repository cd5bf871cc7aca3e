package reporting

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/testkit"
)

// officialDocument has every member of the official document's Melding.
const officialDocument = `{"leveranse": {"kildesystem": "K", "oppgavegiver": {"organisasjonsnummer": "319000003", "kontaktinformasjon": {"navn": "N",
	"telefonnummer": "1", "varselEpostadresse": "e", "varselSmsMobilnummer": "2"}}, "inntektsaar": 2023,
	"oppgavegiversLeveranseReferanse": "R", "leveransetype": "ordinaer", "oppgave": [{"oppgaveeier": {"foedselsnummer": "10836096911", "navn": "P"},
	"matrikkelnummer": {"kommunenummer": "0301", "gaardsnummer": 1, "bruksnummer": 1, "seksjonsnummer": 1}, "eiertid": {"start": "0101", "slutt": "3112"},
	"andelSkattepliktigeInntekter": 0, "andelFradragsberettigedeKostnader": 0, "andelFormue": 0, "andelGjeld": 0}], "sletteoppgave": [
	{"oppgaveeier": {"organisasjonsnummer": "310646180", "navn": "O"}, "matrikkelnummer": {"kommunenummer": "0301", "gaardsnummer": 2,
	"bruksnummer": 2, "seksjonsnummer": 2}}], "oppgaveoppsummering": {"antallOppgaver": 1, "sumAndelSkattepliktigeInntekter": 0,
	"sumAndelFradragsberettigedeKostnader": 0, "sumAndelFormue": 0, "sumAndelGjeld": 0}}}`

// TestOfficialDocumentBothWays: each member of the official document is left out, and given each of
// many values; what the document allows is taken, and what it does not is refused at that place, in
// both APIs of boligsameie.
func TestOfficialDocumentBothWays(t *testing.T) {
	t.Parallel()
	melding := testkit.OfficialType(t, "Melding")
	texts := []string{}
	for _, n := range []int{0, 1, 4, 5, 9, 10, 11, 12, 20, 21, 100, 101, 200, 201, 254, 255} {
		texts = append(texts, strings.Repeat("1", n), strings.Repeat("æ", n))
	}
	values := []any{
		nil, true,
		map[string]any{},
		[]any{},
		[]any{json.Number("1")},
		"ordinaer", "ingenoppgaver",
		"ingenOppgaver", "0000", "3919", "4019", "0021", "301", "a301",
		"2902", "29022",
	}
	for _, text := range texts {
		values = append(values, text)
	}
	for _, number := range []string{
		"-1", "0", "1", "1.5", "999", "1000", "9999", "10000", "99999", "100000",
		"999999999999", "1000000000000",
		"-999999999999999999", "1.0", "1e2",
	} {
		values = append(values, json.Number(number))
	}
	whole, err := schema.Decode([]byte(officialDocument))
	if err != nil || melding.Validate(whole) != nil {
		t.Fatalf("%v, %v: the document itself is not right", err, melding.Validate(whole))
	}
	for _, api := range testkit.ReportingAPIs(t) {
		if !strings.HasSuffix(api.Name, "boligsameie") {
			continue
		}
		taken, refused := 0, 0
		judge := func(what string) {
			t.Helper()
			want, got := melding.Validate(whole) == nil, len(api.Schema().Validate(whole)) == 0
			if want != got {
				t.Errorf("%s: %s: the official document takes it: %v, the API does: %v", api.Name, what, want, got)
			}
			if want {
				taken++
			} else {
				refused++
			}
		}
		eachMember(whole, "", func(object map[string]any, name, sti string) {
			before := object[name]
			for _, value := range values {
				object[name] = value
				judge(fmt.Sprintf("%s = %.30v", sti, value))
			}
			delete(object, name)
			judge("no " + sti)
			object[name] = before
		})
		for _, both := range []string{"foedselsnummer", "organisasjonsnummer"} {
			at := jsonptr.Pointer{"leveranse", "sletteoppgave", "0", "oppgaveeier"}
			owner, _ := at.In(whole)
			before, there := owner.(map[string]any)[both]
			owner.(map[string]any)[both] = map[string]string{
				"foedselsnummer":      "10836096911",
				"organisasjonsnummer": "310646180",
			}[both]
			judge("also " + both)
			if owner.(map[string]any)[both] = before; !there {
				delete(owner.(map[string]any), both)
			}
		}
		if taken < 100 || refused < 500 {
			t.Errorf("%s: only %d documents were right and %d wrong", api.Name, taken, refused)
		}
	}
}

// eachMember visits every member of every object in a value, which a visit may change as long as it
// puts it right again.
func eachMember(value any, sti string, visit func(object map[string]any, name, sti string)) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			at := sti + "/" + name
			eachMember(value[name], at, visit)
			visit(value, name, at)
		}
	case []any:
		for i, element := range value {
			eachMember(element, fmt.Sprintf("%s/%d", sti, i), visit)
		}
	}
}

// TestOfficialAnswers: what the official document's own example, and a delivery without anything
// voluntary, are answered, is a Leveransebekreftelse; and the family's other APIs have all the
// members that they have there.
func TestOfficialAnswers(t *testing.T) {
	t.Parallel()
	for _, api := range testkit.ReportingAPIs(t) {
		s := testkit.ServerAt(t, testkit.Noon)
		c := testkit.GoodCall(t, s, api, api.Routes[0])
		withReference := c.Do(s)
		var document any
		if err := json.Unmarshal(c.Body, &document); err != nil {
			t.Fatal(err)
		}
		at := api.Felter.First(api.Felter.Referanse)
		parent, _ := at[:len(at)-1].In(document)
		delete(parent.(map[string]any), at[len(at)-1])
		c.Body, _ = json.Marshal(document)
		c.Header.Set("idempotencyKey", "7c9e6679-7425-40de-944b-e07fc1f90ae8")
		without := c.Do(s)
		for _, answer := range []*httptest.ResponseRecorder{withReference, without} {
			if answer.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", api.Name, answer.Code, answer.Body)
			}
			if slices.Contains(api.Svar, "antallSletteoppgaver") {
				testkit.IsOfficial(t, "Leveransebekreftelse", answer)
			}
			var members map[string]any
			testkit.Decode(t, answer, &members)
			if len(members) != len(api.Svar) {
				t.Errorf("%s: answered %s, want the members %v", api.Name, answer.Body, api.Svar)
			}
		}
		if !strings.Contains(without.Body.String(), `"oppgavegiversLeveranseReferanse":""`) {
			t.Errorf("%s: a delivery without a reference is answered %s", api.Name, without.Body)
		}
	}
}

// TestFamilySharesTheOfficialFacts: where both official documents agree, they hold for the other
// APIs of the family too.
func TestFamilySharesTheOfficialFacts(t *testing.T) {
	t.Parallel()
	allNames := 0
	for _, api := range testkit.ReportingAPIs(t) {
		compiled := api.Schema()
		document, err := schema.Decode(api.Example)
		if err != nil {
			t.Fatal(err)
		}
		check := func(object map[string]any, name, sti string, value any, right bool) {
			t.Helper()
			before := object[name]
			if value == nil {
				delete(object, name)
			} else {
				object[name] = value
			}
			if avvik := compiled.Validate(document); (len(avvik) == 0) != right {
				t.Errorf("%s: %s = %.30v: %+v, want right: %v", api.Name, sti, value, avvik, right)
			}
			object[name] = before
		}
		sums, names := 0, 0
		eachMember(document, "", func(object map[string]any, name, sti string) {
			switch {
			case strings.Contains(strings.ToLower(sti), "/oppgaveoppsummering/"):
				sums++
				number := func(text string) any { return json.Number(text) }
				if _, isText := object[name].(string); isText {
					number = func(text string) any { return text }
				}
				// the page of melk shows the sums of another API, so either may be missing (K725)
				check(object, name, sti, nil, name == "sumBetaltKontingent" && api.Name == "melk")
				check(object, name, sti, number("999999999999"), true)
				check(object, name, sti, number("1000000000000"), false)
				check(object, name, sti, number("-1"), name == "antallOppgaver" || strings.Contains(name, "GevinstTap"))
			case name == "navn" && strings.Contains(sti, "/oppgave") && strings.Contains(sti, "/oppgaveeier/"):
				names++
				check(object, name, sti, nil, false)
				check(object, name, sti, "", false)
				check(object, name, sti, strings.Repeat("ø", 200), true)
				check(object, name, sti, strings.Repeat("ø", 201), false)
			case name == "organisasjonsnavn":
				check(object, name, sti, "", true)
				check(object, name, sti, strings.Repeat("ø", 200), true)
				check(object, name, sti, strings.Repeat("ø", 201), false)
			case strings.HasSuffix(sti, "/kontaktinformasjon/navn"), name == "kildesystem",
				strings.EqualFold(name, "oppgavegiversLeveranseReferanse"):
				check(object, name, sti, nil, true)
				// only boligselskap-api has minLength
				check(object, name, sti, "", api.Name != "boligselskap" || name == "navn" || name == "kildesystem")
				check(object, name, sti, strings.Repeat("ø", 100), true)
				check(object, name, sti, strings.Repeat("ø", 101), false)
			case name == "telefonnummer" || name == "varselSmsMobilnummer":
				check(object, name, sti, strings.Repeat("1", 20), true)
				check(object, name, sti, strings.Repeat("1", 21), false)
			case name == "varselEpostadresse":
				check(object, name, sti, strings.Repeat("1", 254), true)
				check(object, name, sti, strings.Repeat("1", 255), false)
			case name == "leveransetype":
				check(object, name, sti, "ingenoppgaver", true)
				check(object, name, sti, "ingenOppgaver", false)
			}
		})
		if sums < 2 {
			t.Errorf("%s: only %d sums were looked at", api.Name, sums)
		}
		allNames += names
	}
	if allNames < 20 {
		t.Errorf("only %d names were looked at", allNames)
	}
}

// TestUnknownMembers: at every level of every reporting API's example, a member that the schema
// does not name is taken and named in the journal, also where the call is refused for something
// else; and refused where an option says so, and by validate.
func TestUnknownMembers(t *testing.T) {
	t.Parallel()
	offline := testkit.Catalog(t)
	for _, api := range testkit.ReportingAPIs(t) {
		t.Run(api.Name, func(t *testing.T) {
			t.Parallel()
			open := testkit.ServerAt(t, testkit.Noon)
			closed := testkit.NewServer(t, mock.Options{
				UnknownMembers: mock.RefuseUnknown,
				Clock:          func() time.Time { return testkit.Noon },
			})
			document, err := schema.Decode(api.Example)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			eachObject(document, "", func(object map[string]any, sti string) {
				at := sti + "/ukjent~1Felt"
				object["ukjent/Felt"] = map[string]any{"a": json.Number("1")}
				body, _ := json.Marshal(document)
				delete(object, "ukjent/Felt")
				n++
				send := func(s *mock.Server, year string) *httptest.ResponseRecorder {
					c := testkit.GoodCall(t, s, api, api.Routes[0])
					c.Body = body
					if year != "" {
						c.Year(year)
					}
					c.Header.Set("idempotencyKey", fmt.Sprintf("7c9e6679-7425-40de-944b-%012x", n))
					return c.Do(s)
				}
				why := func(s *mock.Server) string {
					calls := s.Calls(mock.CallQuery{})
					return calls[len(calls)-1].Why
				}
				if answer := send(open, "2020"); answer.Code != http.StatusBadRequest ||
					!strings.Contains(why(open), at) {
					t.Errorf("%s, refused for its year: %d %s, the journal says %q", at, answer.Code, answer.Body,
						why(open))
				}
				if answer := send(open, ""); answer.Code != http.StatusOK || !strings.Contains(why(open), at) {
					t.Errorf("%s: %d %s, the journal says %q", at, answer.Code, answer.Body, why(open))
				}
				answer := send(closed, "")
				if row := api.Feil["schema-violation"]; answer.Code != row.Status ||
					!strings.Contains(answer.Body.String(), row.Kode) ||
					!strings.Contains(answer.Body.String(), at) ||
					!strings.Contains(answer.Body.String(), "ikke et kjent felt") {
					t.Errorf("%s, by a server that refuses it: %d %s", at, answer.Code, answer.Body)
				}
				taken, err1 := offline.Validate(api.Name, body)
				strictly, err2 := offline.RefusingUnknown().Validate(api.Name, body)
				if err1 != nil || err2 != nil || len(taken) != 0 || len(strictly) != 1 || strictly[0].Sti != at {
					t.Errorf("%s, by validate: %v, %v, %v, %v", at, taken, strictly, err1, err2)
				}
			})
			if n < 6 {
				t.Errorf("only %d objects were looked at", n)
			}
		})
	}
}

// eachObject visits every object in a value.
func eachObject(value any, sti string, visit func(object map[string]any, sti string)) {
	switch value := value.(type) {
	case map[string]any:
		visit(value, sti)
		for name, member := range value {
			eachObject(member, sti+"/"+name, visit)
		}
	case []any:
		for i, element := range value {
			eachObject(element, fmt.Sprintf("%s/%d", sti, i), visit)
		}
	}
}

// TestUnknownMembersAreBoundedInTheJournal: of very many, the remark names a hundred and counts the
// rest.
func TestUnknownMembersAreBoundedInTheJournal(t *testing.T) {
	t.Parallel()
	api := testkit.ReportingAPIs(t)[0]
	s := testkit.ServerAt(t, testkit.Noon)
	c := testkit.GoodCall(t, s, api, api.Routes[0])
	var more strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&more, `"x%05d%s":1,`, i, strings.Repeat("y", 300))
	}
	c.Body = append([]byte("{"+more.String()), c.Body[bytes.IndexByte(c.Body, '{')+1:]...)
	if answer := c.Do(s); answer.Code != http.StatusOK {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	why := s.Calls(mock.CallQuery{})[0].Why
	if !strings.Contains(why, "/x00099yyy") || strings.Contains(why, "/x00100yyy") ||
		!strings.Contains(why, "… and at least ") || len(why) > 50_000 {
		t.Errorf("%d bytes: %.300s", len(why), why)
	}
}

// TestSletteoppgaveThatNoModelHas: in an API without sletteoppgaver one is taken like any unknown
// member, and deletes and counts nothing.
func TestSletteoppgaveThatNoModelHas(t *testing.T) {
	t.Parallel()
	for _, api := range testkit.ReportingAPIs(t) {
		s := testkit.ServerAt(t, testkit.Noon)
		c := testkit.GoodCall(t, s, api, api.Routes[0])
		c.Do(s)
		held := func() string { return get(t, s, "/_sandkasse/holdings").Body.String() }
		before := held()
		var document map[string]any
		if err := json.Unmarshal(c.Body, &document); err != nil {
			t.Fatal(err)
		}
		has := len(api.Sletteoppgaver()) > 0
		leveranse, isOne := document["leveranse"].(map[string]any)
		if !isOne || has && !strings.HasSuffix(api.Name, "boligsameie") {
			continue // its sletteoppgaver have a form of their own
		}
		deleted := map[string]any{}
		for name, value := range testkit.Member(t, c.Body, api.Felter.Oppgave).([]any)[0].(map[string]any) {
			if strings.HasSuffix(api.Name, "boligsameie") && (name == "eiertid" || strings.HasPrefix(name, "andel")) {
				continue
			}
			deleted[name] = value
		}
		leveranse["sletteoppgave"] = []any{deleted}
		c.Body, _ = json.Marshal(document)
		c.Edit(t, api.Felter.Oppgave, []any{})
		c.Header.Set("idempotencyKey", "7c9e6679-7425-40de-944b-e07fc1f90ae8")
		answer := c.Do(s)
		calls := s.Calls(mock.CallQuery{})
		why := calls[len(calls)-1].Why
		if answer.Code != http.StatusOK || strings.Contains(answer.Body.String(), `"antallSletteoppgaver":1`) != has ||
			strings.Contains(why, "/leveranse/sletteoppgave") == has || (held() == before) == has {
			t.Errorf("%s: %d %s; the journal says %q; there stood %s, and stands %s", api.Name, answer.Code,
				answer.Body, why, before, held())
		}
	}
}
