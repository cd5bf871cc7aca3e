package generation

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/fixtures/population"
	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// found is the answer to a search.
type found struct {
	Treff, Rader, Offset, Skannet int
	NesteSide                     *int
	Fullstendig                   bool
	DokumentListe                 []map[string]any
}

// ids returns the identifiers of the hits.
func (f found) ids(member string) (list []string) {
	for _, document := range f.DokumentListe {
		id, _ := document[member].(string)
		list = append(list, id)
	}
	return list
}

// searched asks the session at a root for persons or organisations; parameters are names and
// values.
func searched(t *testing.T, s *mock.Server, root, what string, parameters ...string) (f found) {
	t.Helper()
	query := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		query.Add(parameters[i], parameters[i+1])
	}
	answer := asked(s, root+"/_sandkasse/testdata/"+what+"?"+query.Encode())
	if err := json.Unmarshal(answer.Body.Bytes(), &f); err != nil || answer.Code != http.StatusOK ||
		f.Rader != len(f.DokumentListe) {
		t.Fatalf("%s?%s: %d, %v: %s", what, query.Encode(), answer.Code, err, answer.Body)
	}
	return f
}

func asked(s *mock.Server, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// TestSearchFilters: each filter holds of every hit, as a parameter and as KQL, and both find the
// same.
func TestSearchFilters(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	for _, c := range []struct{ what, name, value, kql, member, holds string }{
		{"personer", "kjoenn", "kvinne", "kjoenn:kvinne", "kjoenn", "^kvinne$"},
		{"personer", "fornavn", "L*", "fornavn:L*", "fornavn", "(^| )L"},
		{
			"personer", "foedselsdato", "[1990-01-01 to 1994-12-31]", "foedselsdato:[1990-01-01 to 1994-12-31]",
			"foedselsdato", "^199[0-4]-",
		},
		{"organisasjoner", "organisasjonsform.kode", "KOMM", "organisasjonsform.kode:KOMM", "navn", "KOMMUNE"},
	} {
		byName := searched(t, s, "", c.what, c.name, c.value, "antall", "25", "vis", c.member)
		byKQL := searched(t, s, "", c.what, "kql", c.kql, "antall", "25", "vis", c.member)
		if byName.Rader != 25 || !slices.Equal(byName.ids(c.member), byKQL.ids(c.member)) {
			t.Errorf("%s=%s finds %v, %s finds %v", c.name, c.value, byName.ids(c.member), c.kql, byKQL.ids(c.member))
		}
		for _, value := range byName.ids(c.member) {
			if !regexp.MustCompile(c.holds).MatchString(value) {
				t.Errorf("%s=%s finds %q", c.name, c.value, value)
			}
		}
	}
	both := searched(t, s, "", "personer", "kjoenn", "mann", "kql", "fornavn:L* and etternavn:R*", "antall", "10",
		"vis", "kjoenn,fornavn,etternavn")
	for _, document := range both.DokumentListe {
		if document["kjoenn"] != "mann" || !strings.Contains(" "+document["fornavn"].(string), " L") ||
			document["etternavn"].(string)[0] != 'R' {
			t.Errorf("all three filters find %v", document)
		}
	}
	if both.Rader != 10 {
		t.Errorf("%d men of these names", both.Rader)
	}
}

// TestSearchPages: the pages go on where the one before ended; first n is the beginning of more;
// random is the same for the same seed.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	for _, order := range [][]string{nil, {"seed", "5"}} {
		with := func(more ...string) []string { return append(slices.Clone(order), more...) }
		all := searched(t, s, "", "personer", with("antall", "12", "kjoenn", "kvinne")...).ids("id")
		var pages []string
		for _, side := range []string{"0", "1", "2"} {
			page := searched(t, s, "", "personer", with("antall", "4", "side", side, "kjoenn", "kvinne")...)
			pages = append(pages, page.ids("id")...)
			if page.NesteSide == nil || page.Rader != 4 {
				t.Errorf("page %s: %+v", side, page)
			}
		}
		if !slices.Equal(all, pages) || len(slices.Compact(slices.Sorted(slices.Values(all)))) != 12 {
			t.Errorf("%v: %v in one page, %v in three", order, all, pages)
		}
	}
	first, other := searched(t, s, "", "personer", "seed", "5").ids("id"),
		searched(t, s, "", "personer", "seed", "6").ids("id")
	if slices.Equal(first, other) || slices.Equal(first, searched(t, s, "", "personer").ids("id")) {
		t.Errorf("the order is %v, whatever the seed", first)
	}
	if one := searched(t, s, "", "personer", "id", first[3], "vis", "id"); one.Treff != 1 || !one.Fullstendig ||
		one.NesteSide != nil || one.ids("id")[0] != first[3] {
		t.Errorf("one by number: %+v", one)
	}
}

// TestSearchKildedata: of one there is what its register has, with the number asked for in it; what
// the population has not is 404.
func TestSearchKildedata(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	for what, member := range map[string]string{"personer": "id", "organisasjoner": "organisasjonsnummer"} {
		number := searched(t, s, "", what, "antall", "1", "vis", member).ids(member)[0]
		answer := asked(s, "/_sandkasse/testdata/"+what+"/"+number)
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"`+number+`"`) ||
			!json.Valid(answer.Body.Bytes()) {
			t.Errorf("%s %s: %d %s", what, number, answer.Code, answer.Body)
		}
		for _, none := range []string{"01010112345", "889640782", "x"} {
			if answer := asked(s, "/_sandkasse/testdata/"+what+"/"+none); answer.Code != http.StatusNotFound ||
				!strings.Contains(answer.Header().Get("Sandkasse-Feil"), none) {
				t.Errorf("%s %s: %d %s", what, none, answer.Code, answer.Body)
			}
		}
	}
}

// TestSearchUnderTenorsPath: a client of Tenor that has /_sandkasse/testdata for its base address
// finds the same as under our own names, reads the source record out of the hit, and learns from a
// refusal which sources there are.
func TestSearchUnderTenorsPath(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	for source, own := range map[string]string{"freg": "personer", "brreg-er-fr": "organisasjoner"} {
		query := "?vis=tenorMetadata&antall=2&seed=3"
		at, ours := asked(s, "/_sandkasse/testdata/soek/"+source+query), asked(s, "/_sandkasse/testdata/"+own+query)
		if at.Code != http.StatusOK || at.Body.String() != ours.Body.String() {
			t.Errorf("%s: %d %s, but %s", source, at.Code, at.Body, ours.Body)
		}
		var found struct {
			DokumentListe []struct {
				TenorMetadata struct{ ID, Kildedata string }
			}
		}
		if err := json.Unmarshal(at.Body.Bytes(), &found); err != nil || len(found.DokumentListe) != 2 {
			t.Fatalf("%s: %v: %s", source, err, at.Body)
		}
		one := found.DokumentListe[0].TenorMetadata
		var record, inHit any
		alone := asked(s, "/_sandkasse/testdata/"+own+"/"+one.ID)
		for text, into := range map[string]*any{alone.Body.String(): &record, one.Kildedata: &inHit} {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				t.Fatalf("%s %s: %v", source, one.ID, err)
			}
		}
		if !reflect.DeepEqual(record, inHit) {
			t.Errorf("%s %s: kildedata is %s, by itself %s", source, one.ID, one.Kildedata, alone.Body)
		}
	}
	for _, source := range []string{"brregErFr", "inntekt", "FREG"} {
		answer := asked(s, "/_sandkasse/testdata/soek/"+source)
		if message := answer.Header().Get("Sandkasse-Feil"); answer.Code != http.StatusNotFound ||
			!strings.Contains(message, source) || !strings.Contains(message, "brreg-er-fr") {
			t.Errorf("%s: %d %s", source, answer.Code, message)
		}
	}
}

// TestSearchRefuses: what cannot be asked is 400, and Sandkasse-Feil says what is wrong and what
// there is.
func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	for query, want := range map[string]string{
		"fornvan=x":                 `there is no field "fornvan"; is it fornavn?`,
		"kql=%28x":                  "kql, character 3: the search ends here",
		"kql=alder%3Agammel":        "must be a whole number",
		"antall=-1":                 `antall: is "-1", but must be a whole number from 0`,
		"side=-1":                   `side: is "-1", but must be a whole number from 0`,
		"seed=x":                    `seed: is "x", but must be a whole number`,
		"nokkelinformasjon=kanskje": "must be true or false",
	} {
		answer := asked(s, "/_sandkasse/testdata/personer?"+query)
		if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Header().Get("Sandkasse-Feil"), want) {
			t.Errorf("%s: %d %s", query, answer.Code, answer.Header().Get("Sandkasse-Feil"))
		}
	}
}

// TestSearchIsOfTheSession: its seed decides who there is, and its clock how old they are. Who
// stands in a delivery that is generated can be found.
func TestSearchIsOfTheSession(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	mine, err := s.Session("mine")
	if err != nil {
		t.Fatal(err)
	}
	root := "/_session/mine"
	if !slices.Equal(searched(t, s, root, "personer").ids("id"), searched(t, s, "", "personer").ids("id")) {
		t.Error("the seed is the same, and the persons are not")
	}
	if err := mine.ResetWithSeed(9); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(searched(t, s, root, "personer").ids("id"), searched(t, s, "", "personer").ids("id")) {
		t.Error("the seed is another one, and the persons are not")
	}
	for _, year := range []int{2020, 2030} {
		if err := mine.Clock().Freeze(time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		for _, born := range searched(t, s, root, "personer", "kql", "alder:[18 to 19]", "vis", "foedselsdato",
			"antall", "20").ids("foedselsdato") {
			if born < time.Date(year-20, 6, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) ||
				born > time.Date(year-18, 6, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) {
				t.Errorf("in %d somebody born on %s is 18 or 19", year, born)
			}
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, root+"/_sandkasse/generate/bsu",
		strings.NewReader(`{"oppgaver": 3}`)))
	savers := regexp.MustCompile(`"foedselsnummer":"([0-9]{11})","navn":"([^"]*)"`).FindAllStringSubmatch(
		w.Body.String(), -1)
	if len(savers) != 3 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for _, saver := range savers {
		hit := searched(t, s, root, "personer", "id", saver[1], "vis", "visningnavn,foedselsdato")
		if hit.Treff != 1 {
			t.Errorf("%v is nobody of the session's: %v", saver[1:], hit)
		}
		if _, known := (population.Population{Seed: 9, Size: population.Capacity}).FindPerson(saver[1]); !known {
			t.Errorf("%v is nobody of the population of seed 9", saver[1:])
		}
	}
}

// TestSearchCost: a search that would take too long is refused in plain text, and one whose caller
// has gone ends.
func TestSearchCost(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, mock.Options{})
	costly := strings.TrimSuffix(strings.Repeat("etternavn:Q or ", 250), " or ")
	address := "/_sandkasse/testdata/personer?kql=" + url.QueryEscape(costly)
	answer := asked(s, address)
	if why := answer.Header().Get("Sandkasse-Feil"); answer.Code != http.StatusBadRequest ||
		!strings.Contains(why, "comparisons") {
		t.Errorf("%d %s", answer.Code, why)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	defer func() {
		if problem, ok := recover().(error); !ok || !errors.Is(problem, http.ErrAbortHandler) {
			t.Errorf("without a caller: %v", problem)
		}
	}()
	gone := httptest.NewRecorder()
	s.ServeHTTP(gone, httptest.NewRequestWithContext(ctx, http.MethodGet, address, nil))
	t.Errorf("without a caller: %d %s", gone.Code, gone.Body)
}
