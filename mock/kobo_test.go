package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/kobo"
	"sandkasse/schemas"
)

// refused is a call that must be told so.
func (f fdvu) refused(method, path, body string, status int, kode string) {
	f.t.Helper()
	answer := f.call(method, path, body)
	var told struct{ Kode string }
	if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil || answer.Code != status || told.Kode != kode {
		f.t.Errorf("%s %s is answered %d %s, want %d with %s", method, path, answer.Code, answer.Body, status, kode)
	}
}

func withSak(body, sak string) string { return strings.Replace(body, "SAK", sak, 1) }

func references(list []kobo.Boligreservasjon) (all []string) {
	for _, r := range list {
		all = append(all, r.KoboSaksreferanse)
	}
	slices.Sort(all)
	return all
}

// TestKoboAcceptance is the list at the end of reference kobo, its points by their numbers. The 15th is in package kobo.
func TestKoboAcceptance(t *testing.T) {
	t.Parallel()
	for name, point := range map[string]func(*testing.T, fdvu){
		"01 create, read, update, soft-delete a home": func(t *testing.T, f fdvu) {
			home := "/kobobolig/" + f.bolig("A")
			if got := f.ok("GET", home, ""); got.LeverandorBoligID != "A" || got.Status != "KLAR_FOR_INNFLYTTING" || got.Meta.Opprettet != "2026-03-02" {
				t.Errorf("read %+v", got)
			}
			changed := strings.Replace(strings.Replace(koboBolig, "FDV-1", "A", 1), `"antallSoverom":2`, `"antallSoverom":3`, 1)
			if got := f.ok("PUT", home, changed); *got.AntallSoverom != 3 {
				t.Errorf("changed to %+v", got)
			}
			if answer := f.call("DELETE", home, ""); answer.Code != 204 || answer.Header().Get("x-kobo-behandlet") != "true" || answer.Body.Len() > 0 {
				t.Errorf("deleted with %d %v %s", answer.Code, answer.Header(), answer.Body)
			}
			f.refused("GET", home, "", 404, "V4")
			if answer := f.call("DELETE", home, ""); answer.Code != 204 || answer.Header().Get("x-kobo-behandlet") != "false" {
				t.Errorf("deleted again with %d %v", answer.Code, answer.Header())
			}
		},
		"02 create without one of the four mandatory fields": func(t *testing.T, f fdvu) {
			for _, field := range []string{"adresse", "boligtype", "status", "leverandorBoligId"} {
				f.refused("POST", "/kobobolig", strings.Replace(koboBolig, `"`+field+`":`, `"`+field+`X":`, 1), 400, "V14")
				var document map[string]any
				if err := json.Unmarshal([]byte(koboBolig), &document); err != nil {
					t.Fatal(err)
				}
				document[field] = nil
				body, _ := json.Marshal(document)
				f.refused("POST", "/kobobolig", string(body), 400, "V14")
			}
		},
		"03 one home reserved for two cases, one case reserving two homes": func(t *testing.T, f fdvu) {
			a, b, one, two := f.bolig("A"), f.bolig("B"), f.sak(), f.sak()
			f.ok("PUT", "/kobobolig/"+a+"/sak/"+one+"/reservasjon", "")
			f.ok("PUT", "/kobobolig/"+b+"/sak/"+one+"/reservasjon", "")
			got := f.ok("PUT", "/kobobolig/"+a+"/sak/"+two+"/reservasjon", "")
			want := []string{one, two}
			slices.Sort(want)
			if diff := gocmp.Diff(want, references(got.Reservasjoner)); diff != "" || got.Husstand != nil || got.Reservasjoner[0].ReservertDato != "2026-03-02" {
				t.Errorf("reserved %+v for %v: %s", got.Reservasjoner, got.Husstand, diff)
			}
			if got := f.ok("GET", "/kobobolig/"+b, ""); len(got.Reservasjoner) != 1 || got.Husstand == nil {
				t.Errorf("the other home shows %+v", got.Reservasjoner)
			}
			if answer := f.call("PUT", "/kobobolig/"+b+"/sak/"+one+"/reservasjon", ""); answer.Code != 200 {
				t.Errorf("the same again is answered %d", answer.Code)
			}
		},
		"04 reserve with unknown case": func(_ *testing.T, f fdvu) {
			f.refused("PUT", "/kobobolig/"+f.bolig("A")+"/sak/finnes-ikke/reservasjon", "", 404, "V6")
		},
		"05 assign without reservation; a second case or a second home is refused": func(t *testing.T, f fdvu) {
			a, b, one, two := f.bolig("A"), f.bolig("B"), f.sak(), f.sak()
			got := f.ok("POST", "/kobobolig/"+a+"/tildeling", withSak(koboTildeling, one))
			if got.Tildeling == nil || got.Tildeling.KoboSaksreferanse != one || got.Tildeling.TildeltDato != "2026-03-02" || got.Husstand == nil {
				t.Errorf("assigned %+v", got.Tildeling)
			}
			f.refused("POST", "/kobobolig/"+a+"/tildeling", withSak(koboTildeling, two), 400, "V9")
			f.refused("POST", "/kobobolig/"+b+"/tildeling", withSak(koboTildeling, one), 400, "V9")
		},
		"06 tenancy without assignment; other cases' reservations vanish": func(t *testing.T, f fdvu) {
			home, one, two := "/kobobolig/"+f.bolig("A"), f.sak(), f.sak()
			f.ok("PUT", home+"/sak/"+one+"/reservasjon", "")
			f.ok("PUT", home+"/sak/"+two+"/reservasjon", "")
			got := f.ok("POST", home+"/leieforhold", withSak(koboLeie, one))
			if len(got.Reservasjoner) != 0 || got.Status != "UTLEID" || got.Leieforhold.KoboSaksreferanse != one || got.Husstand == nil ||
				*got.Statusdato != "2026-04-01" || *got.UtledetLedigFraDato != "2029-03-31" {
				t.Errorf("let as %+v", got)
			}
		},
		"07 tenancy for a case that reserves another home is refused until that is removed": func(t *testing.T, f fdvu) {
			home, other, sak := "/kobobolig/"+f.bolig("A"), "/kobobolig/"+f.bolig("B"), f.sak()
			f.ok("PUT", other+"/sak/"+sak+"/reservasjon", "")
			f.refused("POST", home+"/leieforhold", withSak(koboLeie, sak), 400, "V8")
			f.ok("DELETE", other+"/sak/"+sak+"/reservasjon", "")
			f.ok("POST", home+"/leieforhold", withSak(koboLeie, sak))
		},
		"08 tenancy without reference on an unlinked home creates a case": func(t *testing.T, f fdvu) {
			got := f.ok("POST", "/kobobolig/"+f.bolig("A")+"/leieforhold", koboLeieNy)
			reference := got.Leieforhold.KoboSaksreferanse
			var sak struct{ Hovedsoker string }
			f.admin("GET", "/saker/"+reference, "", 200, &sak)
			if sak.Hovedsoker == "" || sak.Hovedsoker != got.Husstand.Beboere[0].KoboID {
				t.Errorf("the hovedsøker is %q of %+v", sak.Hovedsoker, got.Husstand)
			}
			f.ok("PUT", "/kobobolig/"+f.bolig("B")+"/sak/"+reference+"/reservasjon", "")
		},
		"09 the same on a linked home is refused": func(_ *testing.T, f fdvu) {
			home, sak := "/kobobolig/"+f.bolig("A"), f.sak()
			f.ok("PUT", home+"/sak/"+sak+"/reservasjon", "")
			f.refused("POST", home+"/leieforhold", koboLeieNy, 400, "V10")
			f.ok("DELETE", home+"/sak/"+sak+"/reservasjon", "")
			f.ok("POST", home+"/tildeling", withSak(koboTildeling, sak))
			f.refused("POST", home+"/leieforhold", koboLeieNy, 400, "V10")
		},
		"10 erTidsubegrenset false without end date; true without end date": func(t *testing.T, f fdvu) {
			home := "/kobobolig/" + f.bolig("A") + "/leieforhold"
			for _, contract := range []string{`{"kontraktStartdato":"2026-04-01","erTidsubegrenset":false}`,
				`{"kontraktStartdato":"2026-04-01","erTidsubegrenset":false,"kontraktUtlopsdato":null}`} {
				f.refused("POST", home, strings.Replace(koboLeieNy, koboKontrakt, contract, 1), 400, "V14")
			}
			f.ok("POST", home, strings.Replace(koboLeieNy, koboKontrakt, `{"kontraktStartdato":"2026-04-01","erTidsubegrenset":true}`, 1))
			got := f.ok("PUT", home, `{"kontraktStartdato":"2026-04-01","erTidsubegrenset":true,"kontraktUtlopsdato":"2027-01-01"}`)
			if got.Leieforhold.KontraktUtlopsdato != nil || got.UtledetLedigFraDato != nil {
				t.Errorf("the end date is kept: %+v", got.Leieforhold)
			}
		},
		"11 notice, change, lift: exactly six fields become null; lifting twice": func(t *testing.T, f fdvu) {
			home := "/kobobolig/" + f.bolig("A")
			before := f.ok("POST", home+"/leieforhold", koboLeieNy)
			given := f.ok("POST", home+"/leieforhold/oppsigelse", koboNotice)
			if *given.Leieforhold.AnnenOppsigelsestid != "14 dager" || *given.UtledetLedigFraDato != "2026-05-16" {
				t.Errorf("notice %+v", given.Leieforhold)
			}
			changed := f.ok("PUT", home+"/leieforhold/oppsigelse", strings.Replace(koboNotice, "ANNET", "MND3", 1))
			if changed.Leieforhold.AnnenOppsigelsestid != nil || *changed.Leieforhold.Oppsigelsestid != "MND3" {
				t.Errorf("changed to %+v", changed.Leieforhold)
			}
			if diff := gocmp.Diff(before, f.ok("DELETE", home+"/leieforhold/oppsigelse", "")); diff != "" {
				t.Errorf("lifted, but not as before (-before +after):\n%s", diff)
			}
			f.refused("DELETE", home+"/leieforhold/oppsigelse", "", 404, "V12")
		},
		"12 oppsigelsestid ANNET without annenOppsigelsestid": func(_ *testing.T, f fdvu) {
			home := "/kobobolig/" + f.bolig("A") + "/leieforhold"
			f.ok("POST", home, koboLeieNy)
			f.refused("POST", home+"/oppsigelse", strings.Replace(koboNotice, `"14 dager"`, "null", 1), 400, "V14")
		},
		"13 end with UTLEID or IKKE_TILGJENGELIG is refused; with VEDLIKEHOLD it is done": func(t *testing.T, f fdvu) {
			home := "/kobobolig/" + f.bolig("A")
			let := f.ok("POST", home+"/leieforhold", koboLeieNy)
			for _, status := range []string{"UTLEID", "IKKE_TILGJENGELIG"} {
				f.refused("DELETE", home+"/leieforhold", strings.Replace(koboEnd, "VEDLIKEHOLD", status, 1), 400, "V14")
			}
			got := f.ok("DELETE", home+"/leieforhold", koboEnd)
			if got.Leieforhold != nil || got.Husstand != nil || got.Status != "VEDLIKEHOLD" || len(got.TidligereLeieforhold) != 1 {
				t.Fatalf("ended as %+v", got)
			}
			if over := got.TidligereLeieforhold[0]; over.KoboID != let.Leieforhold.KoboID || *over.Avsluttetdato != "2026-03-02" ||
				*over.Utflyttetdato != "2026-05-16" || *over.LeieforholdAvslutningsgrunn != "FUNNET_BOLIG_PA_EGENHAND" {
				t.Errorf("the former tenancy is %+v", over)
			}
		},
		"14 end without a prior notice works; end twice": func(_ *testing.T, f fdvu) {
			home := "/kobobolig/" + f.bolig("A") + "/leieforhold"
			f.ok("POST", home, koboLeieNy)
			f.ok("DELETE", home, koboEnd)
			f.refused("DELETE", home, koboEnd, 404, "V11")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			point(t, newFDVU(t, startAt(t, noon)))
		})
	}
}

// TestKoboGolden: each operation's request and answer, as the bytes that go over the wire; every home in an answer is whole, as its schema says.
func TestKoboGolden(t *testing.T) {
	t.Parallel()
	schema, err := schemas.Compile(schemas.Embedded(), "kobo/KoboboligTO.json")
	if err != nil {
		t.Fatal(err)
	}
	known, err := loadCatalog("")
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range known.ByName("kobo").Routes {
		t.Run(route.Name, func(t *testing.T) {
			t.Parallel()
			s := startAt(t, noon)
			c := goodCall(t, s, s.catalog.ByName("kobo"), route)
			path := c.base + c.path
			for name, value := range c.params {
				path = strings.ReplaceAll(path, "{"+name+"}", value)
			}
			answer := c.do(s)
			if answer.Code != koboSuccess(route) {
				t.Errorf("answered %d, want %d", answer.Code, koboSuccess(route))
			}
			if answer.Code != http.StatusNoContent {
				document, err := schemas.Decode(answer.Body.Bytes())
				if err != nil {
					t.Fatal(err)
				}
				for _, avvik := range schema.Validate(document) {
					t.Errorf("%+v", avvik)
				}
			}
			c.header.Del("Authorization")
			var b bytes.Buffer
			fmt.Fprintf(&b, "%s %s\n", c.method, path)
			c.header.Write(&b)
			fmt.Fprintf(&b, "\n%s\n\n", c.body)
			golden(t, filepath.Join("testdata", "kobo", route.Name+".txt"), append(bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte("\n")), dump(answer)...))
		})
	}
}

// TestKoboRoundTrip: what GET shows can be sent back with PUT, and changes nothing: what Kobo owns is not looked at.
func TestKoboRoundTrip(t *testing.T) {
	t.Parallel()
	f := newFDVU(t, startAt(t, noon))
	eiendom := `{"koboId":"x","kommunenummer":"0301","gaardsnummer":1,"bruksnummer":2,"leverandorEiendomId":"E-1"}`
	body := strings.Replace(koboBolig, `"antallSoverom"`, `"koboId":17,"meta":"x","husstand":[],"leieforhold":1,"reservasjoner":{},"ukjent":1e999,`+
		`"eiendom":`+eiendom+`,"bygning":{"leverandorBygningId":"B-1","bygningsnummer":139765432,"lopenummer":1.0,"eiendom":`+eiendom+`},`+
		`"erTilgjengeligForRullestolbruker":true,"tilrettelegginger":["RAMPE"],"antallSoverom"`, 1)
	created := f.ok("POST", "/kobobolig", body)
	if created.Eiendom.KoboID == "x" || created.KoboID == "17" || created.Leieforhold != nil {
		t.Errorf("Kobo's own was taken from what was sent: %+v", created)
	}
	if diff := gocmp.Diff([]string{"RAMPE", "TRAPPEFRI_INNGANG", "LAVE_DORTERSKLER", "BREDE_DORER"}, created.Tilrettelegginger); diff != "" {
		t.Error(diff)
	}
	home := "/kobobolig/" + created.KoboID
	f.ok("POST", home+"/leieforhold", koboLeieNy)
	f.ok("POST", home+"/leieforhold/oppsigelse", koboNotice)
	f.ok("DELETE", home+"/leieforhold", koboEnd)
	f.ok("POST", home+"/leieforhold", koboLeieNy)
	shown := f.call("GET", home, "").Body.String()
	if answer := f.call("PUT", home, shown); answer.Code != 200 || answer.Body.String() != shown {
		t.Errorf("answered %d: %s", answer.Code, gocmp.Diff(shown, answer.Body.String()))
	}
	// A home that is sent again is the one that is there (K204); what is left out is null (K205), what cannot change is as it was (K241).
	again := f.ok("POST", "/kobobolig", strings.NewReplacer(`"antallSoverom":2,`, "", "FDV-1", "FDV-2").Replace(koboBolig))
	if again.KoboID != created.KoboID || again.AntallSoverom != nil || again.LeverandorBoligID != "FDV-1" || again.Leieforhold == nil || again.Eiendom != nil {
		t.Errorf("sent again: %+v", again)
	}
	moved := f.ok("PUT", home, strings.Replace(koboBolig, "Prøvegata", "En annen gate", 1))
	if moved.Adresse.Gatenavn != "Prøvegata" {
		t.Errorf("moved to %+v", moved.Adresse)
	}
}

// TestKoboConflictStatus: one setting for every conflict, and for nothing else (K224).
func TestKoboConflictStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 404, 409, 502} {
		s, err := New(Options{KoboConflictStatus: status})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		f := newFDVU(t, s)
		home := "/kobobolig/" + f.bolig("A") + "/leieforhold"
		f.ok("POST", home, koboLeieNy)
		f.refused("POST", home, koboLeieNy, status, "V10")
		f.refused("POST", home, withSak(koboLeie, f.sak()), status, "V7")
		f.refused("POST", home+"/oppsigelse", "{}", 400, "V14")
		f.refused("DELETE", home+"/oppsigelse", "", 404, "V12")
	}
	if _, err := New(Options{KoboConflictStatus: 418}); err == nil || !strings.Contains(err.Error(), "409") {
		t.Errorf("418 is answered with %v", err)
	}
	if _, err := New(Options{KoboSystems: []string{"a b"}}); err == nil || !strings.Contains(err.Error(), `"a b"`) {
		t.Errorf("a bad system is answered with %v", err)
	}
}

// TestKoboSecrets: neither the API key nor a person's number is in the journal, the log or an answer about them (K230).
func TestKoboSecrets(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := New(Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := newFDVU(t, s)
	home := "/kobobolig/" + f.bolig("A") + "/leieforhold"
	answers := []string{}
	for _, body := range []string{`{"apiKey":"hemmelig-1"}`, `{"x":[":"],"apiKey":"hemmelig-1"}`, `{"apiKey":"hemmelig-1`, `{"api\u004bey" : "hemmelig-1"}`,
		`{"apiKey":["hemmelig-1"]}`, `{"apiKey":"hemmelig-1","webhookUrl":5}`, `{"apiKey":"hemmelig-1 æ"}`} {
		answers = append(answers, f.call("POST", "/fdvusystem/", body).Body.String())
	}
	f.ok("POST", home, koboLeieNy)
	answers = append(answers, f.call("POST", home, strings.Replace(koboLeieNy, "01810112345", "0181011234567", 1)).Body.String())
	seen := fmt.Sprint(answers, log.String())
	for _, call := range s.Calls(CallQuery{}) {
		seen += fmt.Sprintf("%s %s %s\n", call.Request.Body, call.Answer.Body, call.Why)
	}
	for _, secret := range []string{"hemmelig", "01810112345"} {
		if at := strings.Index(seen, secret); at >= 0 {
			t.Errorf("%s is in %s", secret, seen[max(0, at-200):at+20])
		}
	}
}

// TestKoboSurvives: everything is there after a restart.
func TestKoboSurvives(t *testing.T) {
	t.Parallel()
	options := Options{Data: filepath.Join(t.TempDir(), "data.db"), Clock: func() time.Time { return noon }}
	s, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	f := newFDVU(t, s)
	home := "/kobobolig/" + f.bolig("A")
	f.ok("POST", home+"/leieforhold", koboLeieNy)
	f.ok("POST", home+"/leieforhold/oppsigelse", koboNotice)
	before := f.call("GET", home, "").Body.String()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if f.s, err = New(options); err != nil {
		t.Fatal(err)
	}
	defer f.s.Close()
	if diff := gocmp.Diff(before, f.call("GET", home, "").Body.String()); diff != "" {
		t.Error(diff)
	}
	if again := f.bolig("A"); "/kobobolig/"+again != home {
		t.Errorf("the home is not known any more: %s", again)
	}
}

// TestKoboCaseWorker: what is done inside Kobo: every act at the API's own path, refused in plain words, and with assignment compulsory
// before a tenancy.
func TestKoboCaseWorker(t *testing.T) {
	t.Parallel()
	f := newFDVU(t, startAt(t, noon))
	id, sak := f.bolig("A"), f.sak()
	home := "/kobobolig/" + id
	f.admin("PUT", home+"/sak/"+sak+"/reservasjon", "", 200, nil)
	if refused := f.admin("POST", home+"/leieforhold", withSak(koboLeie, sak), 404, nil); !strings.Contains(refused, "reserved or assigned") {
		t.Errorf("refused with %s", refused)
	}
	f.admin("POST", home+"/tildeling", withSak(koboTildeling, sak), 200, nil)
	f.admin("POST", home+"/leieforhold", withSak(koboLeie, sak), 200, nil)
	f.admin("POST", home+"/leieforhold", withSak(koboLeie, sak), 400, nil)
	f.admin("POST", home+"/leieforhold/oppsigelse", koboNotice, 200, nil)
	f.admin("DELETE", home+"/leieforhold", "{}", 400, nil)
	f.admin("DELETE", home+"/leieforhold", koboEnd, 200, nil)
	edited := strings.Replace(strings.Replace(koboBolig, "FDV-1", "A", 1), "KLAR_FOR_INNFLYTTING", "IKKE_TILGJENGELIG", 1)
	f.admin("PUT", home, edited, 200, nil)
	if got := f.ok("GET", home, ""); got.Status != "IKKE_TILGJENGELIG" || len(got.TidligereLeieforhold) != 1 {
		t.Errorf("the vendor sees %+v", got)
	}
	var shown struct {
		Kommune, System string
		Bolig           kobo.KoboboligTO `json:"kobobolig"`
	}
	f.admin("GET", home, "", 200, &shown)
	if shown.System != "fdvu-1" || shown.Kommune == "" || shown.Bolig.KoboID != id {
		t.Errorf("shown as %+v", shown)
	}
	for path, holds := range map[string]string{"/kobobolig": id, "/saker": sak, "/systems": "fdvu-1", "/saker/" + sak: "hovedsoker"} {
		if got := f.admin("GET", path, "", 200, nil); !strings.Contains(got, holds) {
			t.Errorf("%s shows %s", path, got)
		}
	}
	f.admin("GET", "/saker/finnes-ikke", "", 404, nil)
	f.admin("GET", "/saker/"+strings.Repeat("x", 40000), "", 404, nil)
	f.admin("GET", "/kobobolig/finnes-ikke", "", 404, nil)
	f.admin("POST", "/saker", `{"husstand":{"antallBarn":0,"beboere":[]}}`, 400, nil)
	f.admin("POST", "/saker", `nonsense`, 400, nil)
	f.admin("PUT", "/kobobolig/"+anotherID+"/sak/"+sak+"/reservasjon", "", 404, nil)
	f.admin("DELETE", home, "", 200, nil)
	f.refused("GET", home, "", 404, "V4")
}

// TestKoboNoToken: 401 on every operation, whatever else is wrong with the call.
func TestKoboNoToken(t *testing.T) {
	t.Parallel()
	s := startAt(t, noon)
	for _, route := range s.catalog.ByName("kobo").Routes {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(route.Method, "/kobo"+strings.NewReplacer("{", "", "}", "").Replace(route.Paths[0]), strings.NewReader("{")))
		if w.Code != http.StatusUnauthorized || w.Header().Get("Www-Authenticate") != "Bearer" {
			t.Errorf("%s is answered %d", route.Name, w.Code)
		}
	}
}
