package kobo

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/testkit"
)

func references(list []kobo.Boligreservasjon) (all []string) {
	for _, r := range list {
		all = append(all, r.KoboSaksreferanse)
	}
	slices.Sort(all)
	return all
}

// TestKoboAcceptance checks every point of what an imitation must do, each under its own words
// (docs/sources/kobo.md, Acceptance list).
func TestKoboAcceptance(t *testing.T) {
	t.Parallel()
	for name, point := range map[string]func(*testing.T, testkit.FDVU){
		"01 Create, read, update, soft-delete a home; read after delete gives 404; delete header is `true`": func(
			t *testing.T, f testkit.FDVU,
		) {
			home := "/kobobolig/" + f.NewBolig("A")
			if got := f.OK("GET", home, ""); got.LeverandorBoligID != "A" || got.Status != "KLAR_FOR_INNFLYTTING" ||
				got.Meta.Opprettet != "2026-03-02" {
				t.Errorf("read %+v", got)
			}
			changed := strings.Replace(strings.Replace(testkit.Bolig, "FDV-1", "A", 1), `"antallSoverom":2`,
				`"antallSoverom":3`, 1)
			if got := f.OK("PUT", home, changed); *got.AntallSoverom != 3 {
				t.Errorf("changed to %+v", got)
			}
			if answer := f.Call("DELETE", home, ""); answer.Code != 204 ||
				answer.Header().Get("x-kobo-behandlet") != "true" || answer.Body.Len() > 0 {
				t.Errorf("deleted with %d %v %s", answer.Code, answer.Header(), answer.Body)
			}
			f.Refused("GET", home, "", 404, "V4")
			if answer := f.Call("DELETE", home, ""); answer.Code != 204 ||
				answer.Header().Get("x-kobo-behandlet") != "false" {
				t.Errorf("deleted again with %d %v", answer.Code, answer.Header())
			}
		},
		"02 Create without one of the four mandatory fields gives 400": func(t *testing.T, f testkit.FDVU) {
			for _, field := range []string{"adresse", "boligtype", "status", "leverandorBoligId"} {
				f.Refused("POST", "/kobobolig", strings.Replace(testkit.Bolig, `"`+field+`":`, `"`+field+`X":`, 1), 400,
					"V14")
				var document map[string]any
				if err := json.Unmarshal([]byte(testkit.Bolig), &document); err != nil {
					t.Fatal(err)
				}
				document[field] = nil
				body, _ := json.Marshal(document)
				f.Refused("POST", "/kobobolig", string(body), 400, "V14")
			}
		},
		"03 One home reserved for two cases, one case reserving two homes, both visible in `reservasjoner`": func(
			t *testing.T, f testkit.FDVU,
		) {
			a, b, one, two := f.NewBolig("A"), f.NewBolig("B"), f.NewSak(), f.NewSak()
			f.OK("PUT", "/kobobolig/"+a+"/sak/"+one+"/reservasjon", "")
			f.OK("PUT", "/kobobolig/"+b+"/sak/"+one+"/reservasjon", "")
			got := f.OK("PUT", "/kobobolig/"+a+"/sak/"+two+"/reservasjon", "")
			want := []string{one, two}
			slices.Sort(want)
			if diff := gocmp.Diff(want, references(got.Reservasjoner)); diff != "" || got.Husstand != nil ||
				got.Reservasjoner[0].ReservertDato != "2026-03-02" {
				t.Errorf("reserved %+v for %v: %s", got.Reservasjoner, got.Husstand, diff)
			}
			if got := f.OK("GET", "/kobobolig/"+b, ""); len(got.Reservasjoner) != 1 || got.Husstand == nil {
				t.Errorf("the other home shows %+v", got.Reservasjoner)
			}
			if answer := f.Call("PUT", "/kobobolig/"+b+"/sak/"+one+"/reservasjon", ""); answer.Code != 200 {
				t.Errorf("the same again is answered %d", answer.Code)
			}
		},
		"04 Reserve with unknown case gives 404": func(_ *testing.T, f testkit.FDVU) {
			f.Refused("PUT", "/kobobolig/"+f.NewBolig("A")+"/sak/finnes-ikke/reservasjon", "", 404, "V6")
		},
		"05 Assign without reservation works; a second case or a second home is refused": func(
			t *testing.T, f testkit.FDVU,
		) {
			a, b, one, two := f.NewBolig("A"), f.NewBolig("B"), f.NewSak(), f.NewSak()
			got := f.OK("POST", "/kobobolig/"+a+"/tildeling", withSak(testkit.Tildeling, one))
			if got.Tildeling == nil || got.Tildeling.KoboSaksreferanse != one ||
				got.Tildeling.TildeltDato != "2026-03-02" || got.Husstand == nil {
				t.Errorf("assigned %+v", got.Tildeling)
			}
			f.Refused("POST", "/kobobolig/"+a+"/tildeling", withSak(testkit.Tildeling, two), 400, "V9")
			f.Refused("POST", "/kobobolig/"+b+"/tildeling", withSak(testkit.Tildeling, one), 400, "V9")
		},
		"06 Tenancy without assignment works; other cases' reservations vanish; `status` is `UTLEID`": func(
			t *testing.T, f testkit.FDVU,
		) {
			home, one, two := "/kobobolig/"+f.NewBolig("A"), f.NewSak(), f.NewSak()
			f.OK("PUT", home+"/sak/"+one+"/reservasjon", "")
			f.OK("PUT", home+"/sak/"+two+"/reservasjon", "")
			got := f.OK("POST", home+"/leieforhold", withSak(testkit.Leieforhold, one))
			if len(got.Reservasjoner) != 0 || got.Status != "UTLEID" || got.Leieforhold.KoboSaksreferanse != one ||
				got.Husstand == nil ||
				*got.Statusdato != "2026-04-01" || *got.UtledetLedigFraDato != "2029-03-31" {
				t.Errorf("let as %+v", got)
			}
		},
		"07 Tenancy for a case that reserves another home is refused until that reservation is removed": func(
			t *testing.T, f testkit.FDVU,
		) {
			home, other, sak := "/kobobolig/"+f.NewBolig("A"), "/kobobolig/"+f.NewBolig("B"), f.NewSak()
			f.OK("PUT", other+"/sak/"+sak+"/reservasjon", "")
			f.Refused("POST", home+"/leieforhold", withSak(testkit.Leieforhold, sak), 400, "V8")
			f.OK("DELETE", other+"/sak/"+sak+"/reservasjon", "")
			f.OK("POST", home+"/leieforhold", withSak(testkit.Leieforhold, sak))
		},
		"08 Tenancy without reference on an unlinked home creates a case; the first beboer is hovedsøker; the " +
			"reference is in the response and usable afterwards": func(t *testing.T, f testkit.FDVU) {
			got := f.OK("POST", "/kobobolig/"+f.NewBolig("A")+"/leieforhold", testkit.NyttLeieforhold)
			reference := got.Leieforhold.KoboSaksreferanse
			var sak struct{ Hovedsoker string }
			f.Admin("GET", "/saker/"+reference, "", 200, &sak)
			if sak.Hovedsoker == "" || sak.Hovedsoker != got.Husstand.Beboere[0].KoboID {
				t.Errorf("the hovedsøker is %q of %+v", sak.Hovedsoker, got.Husstand)
			}
			f.OK("PUT", "/kobobolig/"+f.NewBolig("B")+"/sak/"+reference+"/reservasjon", "")
		},
		"09 The same on a linked home is refused": func(_ *testing.T, f testkit.FDVU) {
			home, sak := "/kobobolig/"+f.NewBolig("A"), f.NewSak()
			f.OK("PUT", home+"/sak/"+sak+"/reservasjon", "")
			f.Refused("POST", home+"/leieforhold", testkit.NyttLeieforhold, 400, "V10")
			f.OK("DELETE", home+"/sak/"+sak+"/reservasjon", "")
			f.OK("POST", home+"/tildeling", withSak(testkit.Tildeling, sak))
			f.Refused("POST", home+"/leieforhold", testkit.NyttLeieforhold, 400, "V10")
		},
		"10 `erTidsubegrenset` false without end date gives 400; true without end date works": func(
			t *testing.T, f testkit.FDVU,
		) {
			home := "/kobobolig/" + f.NewBolig("A") + "/leieforhold"
			for _, contract := range []string{
				`{"kontraktStartdato":"2026-04-01","erTidsubegrenset":false}`,
				`{"kontraktStartdato":"2026-04-01","erTidsubegrenset":false,"kontraktUtlopsdato":null}`,
			} {
				body := strings.Replace(testkit.NyttLeieforhold, testkit.Leiekontrakt, contract, 1)
				f.Refused("POST", home, body, 400, "V14")
			}
			f.OK("POST", home, strings.Replace(testkit.NyttLeieforhold, testkit.Leiekontrakt,
				`{"kontraktStartdato":"2026-04-01","erTidsubegrenset":true}`, 1))
			got := f.OK("PUT", home,
				`{"kontraktStartdato":"2026-04-01","erTidsubegrenset":true,"kontraktUtlopsdato":"2027-01-01"}`)
			if got.Leieforhold.KontraktUtlopsdato != nil || got.UtledetLedigFraDato != nil {
				t.Errorf("the end date is kept: %+v", got.Leieforhold)
			}
		},
		"11 Notice, change, lift: exactly six fields become null; lifting twice gives 404": func(
			t *testing.T, f testkit.FDVU,
		) {
			home := "/kobobolig/" + f.NewBolig("A")
			before := f.OK("POST", home+"/leieforhold", testkit.NyttLeieforhold)
			given := f.OK("POST", home+"/leieforhold/oppsigelse", testkit.Oppsigelse)
			if *given.Leieforhold.AnnenOppsigelsestid != "14 dager" || *given.UtledetLedigFraDato != "2026-05-16" {
				t.Errorf("notice %+v", given.Leieforhold)
			}
			months := strings.Replace(testkit.Oppsigelse, "ANNET", "MND3", 1)
			changed := f.OK("PUT", home+"/leieforhold/oppsigelse", months)
			if changed.Leieforhold.AnnenOppsigelsestid != nil || *changed.Leieforhold.Oppsigelsestid != "MND3" {
				t.Errorf("changed to %+v", changed.Leieforhold)
			}
			f.OK("PUT", home+"/leieforhold/oppsigelse", testkit.Oppsigelse)
			noticed := f.Leieforhold(home)
			if diff := gocmp.Diff(before, f.OK("DELETE", home+"/leieforhold/oppsigelse", "")); diff != "" {
				t.Errorf("lifted, but not as before (-before +after):\n%s", diff)
			}
			var became []string
			for name, value := range f.Leieforhold(home) {
				if value == nil && noticed[name] != nil {
					became = append(became, name)
				}
			}
			slices.Sort(became)
			if diff := gocmp.Diff([]string{
				"annenOppsigelsestid", "oppsagtAktor", "oppsagtFraDato",
				"oppsigelseMottattDato", "oppsigelsestid",
				"planlagtUtflyttingsdato",
			}, became); diff != "" {
				t.Errorf("became null (-want +got):\n%s", diff)
			}
			f.Refused("DELETE", home+"/leieforhold/oppsigelse", "", 404, "V12")
		},
		"12 `oppsigelsestid` `ANNET` without `annenOppsigelsestid` gives 400": func(_ *testing.T, f testkit.FDVU) {
			home := "/kobobolig/" + f.NewBolig("A") + "/leieforhold"
			f.OK("POST", home, testkit.NyttLeieforhold)
			unnamed := strings.Replace(testkit.Oppsigelse, `"14 dager"`, "null", 1)
			f.Refused("POST", home+"/oppsigelse", unnamed, 400, "V14")
		},
		"13 End with `UTLEID` or `IKKE_TILGJENGELIG` gives 400; with `VEDLIKEHOLD` the tenancy appears in " +
			"`tidligereLeieforhold`, `leieforhold` and `husstand` are empty, status follows": func(
			t *testing.T, f testkit.FDVU,
		) {
			home := "/kobobolig/" + f.NewBolig("A")
			let := f.OK("POST", home+"/leieforhold", testkit.NyttLeieforhold)
			for _, status := range []string{"UTLEID", "IKKE_TILGJENGELIG"} {
				body := strings.Replace(testkit.Avslutning, "VEDLIKEHOLD", status, 1)
				f.Refused("DELETE", home+"/leieforhold", body, 400, "V14")
			}
			got := f.OK("DELETE", home+"/leieforhold", testkit.Avslutning)
			if got.Leieforhold != nil || got.Husstand != nil || got.Status != "VEDLIKEHOLD" ||
				len(got.TidligereLeieforhold) != 1 {
				t.Fatalf("ended as %+v", got)
			}
			if over := got.TidligereLeieforhold[0]; over.KoboID != let.Leieforhold.KoboID ||
				*over.Avsluttetdato != "2026-03-02" ||
				*over.Utflyttetdato != "2026-05-16" || *over.LeieforholdAvslutningsgrunn != "FUNNET_BOLIG_PA_EGENHAND" {
				t.Errorf("the former tenancy is %+v", over)
			}
		},
		"14 End without a prior notice works; end twice gives 404": func(_ *testing.T, f testkit.FDVU) {
			home := "/kobobolig/" + f.NewBolig("A") + "/leieforhold"
			f.OK("POST", home, testkit.NyttLeieforhold)
			f.OK("DELETE", home, testkit.Avslutning)
			f.Refused("DELETE", home, testkit.Avslutning, 404, "V11")
		},
		"15 A key registered twice: only the second is used in webhook messages; a message holds no " +
			"personal data": func(t *testing.T, f testkit.FDVU) {
			type message struct{ key, body string }
			got := make(chan message, 10)
			receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got <- message{r.Header.Get("x-api-key"), string(body)}
			}))
			t.Cleanup(receiver.Close)
			id, sak := f.NewBolig("A"), f.NewSak()
			f.OK("POST", "/fdvusystem/", `{"apiKey":"first","webhookUrl":"`+receiver.URL+`"}`)
			f.OK("POST", "/fdvusystem/", `{"apiKey":"second"}`)
			f.Admin("POST", "/kobobolig/"+id+"/tildeling", withSak(testkit.Tildeling, sak), 200, nil)
			f.Admin("POST", "/kobobolig/"+id+"/leieforhold", withSak(testkit.Leieforhold, sak), 200, nil)
			for _, hendelse := range []string{"TILDELING_OPPRETTET", "LEIEFORHOLD_OPPRETTET"} {
				var m message
				select {
				case m = <-got:
				case <-time.After(10 * time.Second):
					t.Fatalf("%s does not arrive", hendelse)
				}
				var members map[string]string
				if err := json.Unmarshal([]byte(m.body), &members); err != nil || m.key != "second" {
					t.Errorf("sent with the key %q: %s %v", m.key, m.body, err)
				}
				delete(members, "meldingId") // a new one each
				want := map[string]string{
					"koboBoligId": id, "leverandorBoligId": "A", "hendelse": hendelse,
					"tidspunkt": "2026-03-02T12:00:00Z",
				}
				if diff := gocmp.Diff(want, members); diff != "" {
					t.Errorf("the message holds (-want +got):\n%s", diff)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			point(t, testkit.NewFDVU(t, testkit.ServerAt(t, testkit.Noon)))
		})
	}
}
