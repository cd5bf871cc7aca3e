package kobo

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// TestKoboRemarks: what is taken and passed over is reported in the journal and the log, by its
// place and without what was sent; a home that is sent back as it was shown is no matter for a
// remark (K293).
func TestKoboRemarks(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := mock.New(mock.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := testkit.NewFDVU(t, s)
	eiendom := with(t, koboEiendom, "matrikkelenhetId", "9223372036854775807")
	home := "/kobobolig/" + f.OK("POST", "/kobobolig", with(t, testkit.Bolig, "eiendom", eiendom)).KoboID
	// why returns the journal's remark on a call that succeeds.
	why := func(method, path, body string) string {
		t.Helper()
		log.Reset()
		f.OK(method, path, body)
		calls := s.Calls(mock.CallQuery{Limit: 1})
		remark := calls[0].Why
		if warned := strings.Contains(log.String(), "level=WARN"); warned != (remark != "") {
			t.Errorf("the journal says %q and the log %s", remark, log.String())
		}
		return remark
	}
	f.OK("POST", home+"/leieforhold", testkit.NyttLeieforhold)
	shown := f.Call("GET", home, "").Body.String()
	for body, want := range map[string]string{
		shown: "",
		with(t, shown, "adresse", `{"gatenavn":"Andregata","husnummer":12,"postnummer":"0155"}`): "/adresse/gatenavn",
		with(t, shown, "bruksenhetsnummer", `"K0101"`):                                           "/bruksenhetsnummer",
		with(t, shown, "husstand", `[]`):                                                         "/husstand",
		with(t, shown, "reservasjoner", `[{"koboSaksreferanse":"x"}]`):                           "/reservasjoner",
		with(t, shown, "leieforhold",
			`{"kontraktStartdato":"1999-01-01"}`): "/leieforhold/kontraktStartdato",
		with(t, shown, "meta", `null`):                          "",
		with(t, shown, "leiekostnad", `{"månedsleie":9500.00}`): "",
		with(t, shown, "status",
			`"VEDLIKEHOLD"`): "though a tenancy runs",
		with(t, shown, "fdvuBoligId", `"01810112345"`):                                         "no such member: 1",
		with(t, shown, "01810112345", `1e9`):                                                   "no such member: 1",
		with(t, shown, "eiendom", with(t, eiendom, "matrikkelenhetId", "9223372036854775806")): "",
		with(t, with(t, shown, "erTilgjengeligForRullestolbruker", "true"), "tilrettelegginger",
			`["TRAPPEFRI_INNGANG","HEIS_I_BYGNINGEN"]`): "/tilrettelegginger",
	} {
		f.OK("PUT", home, shown)
		got := why("PUT", home, body)
		if (got == "") != (want == "") || !strings.Contains(got, want) || strings.Contains(got, "01810112345") {
			t.Errorf("%s: remark %q, want %q", body, got, want)
		}
	}
}

// TestKoboEffects: what each operation does beside what it is asked for, or leaves undone, is
// reported in the journal (K293).
func TestKoboEffects(t *testing.T) {
	t.Parallel()
	type vendor struct {
		testkit.FDVU
		home, sak, other string // a home, a case, and another case
	}
	reserve := func(v vendor, sak string) { v.OK("PUT", v.home+"/sak/"+sak+"/reservasjon", "") }
	assign := func(v vendor) { v.OK("POST", v.home+"/tildeling", withSak(testkit.Tildeling, v.sak)) }
	let := func(v vendor) { v.OK("POST", v.home+"/leieforhold", withSak(testkit.Leieforhold, v.sak)) }
	unlimited := `{"kontraktStartdato":"2026-04-01","kontraktUtlopsdato":"2029-03-31","erTidsubegrenset":true}`
	shortNotice := strings.NewReplacer(
		`"ANNET"`, `"MND1"`, `"annenOppsigelsestid":"14 dager",`, "",
	).Replace(testkit.Oppsigelse)
	for name, c := range map[string]struct {
		before       func(vendor)
		method, path string // under the home
		body         string
		want         []string // OTHER stands for the other case
		not          string
	}{
		"delete what is let": {let, "DELETE", "", "", []string{"not deleted", "has a tenancy", "SAK"}, ""},
		"delete what is assigned": {
			assign, "DELETE", "", "",
			[]string{"not deleted", "assigned to the case SAK"},
			"",
		},
		"delete what is reserved": {
			func(v vendor) { reserve(v, v.other) }, "DELETE", "", "",
			[]string{"not deleted", "reserved for OTHER"},
			"",
		},
		"delete again": {
			func(v vendor) { v.OK("DELETE", v.home, "") }, "DELETE", "", "",
			[]string{"not deleted", "deleted before"},
			"",
		},
		"delete with a stray member": {
			func(vendor) {}, "DELETE", "", `{"leverandorBoligId":"A","x":1}`,
			[]string{"no such member: 1"},
			"not deleted",
		},
		"delete a free home": {func(vendor) {}, "DELETE", "", "", nil, ""},
		"reserve again": {
			func(v vendor) { reserve(v, v.sak) }, "PUT", "/sak/SAK/reservasjon", "",
			[]string{"nothing changed", "reservertDato"},
			"",
		},
		"reserve with a body": {
			func(vendor) {}, "PUT", "/sak/SAK/reservasjon",
			`{"reservertDato":"2020-01-01"}`,
			[]string{"the body was passed over"},
			"",
		},
		"reserve": {func(vendor) {}, "PUT", "/sak/SAK/reservasjon", "", nil, ""},
		"assign again": {
			assign, "POST", "/tildeling", testkit.Tildeling,
			[]string{"nothing changed", "tildeltDato"},
			"",
		},
		"assign on a day of one's own": {
			func(vendor) {}, "POST", "/tildeling",
			`{"koboSaksreferanse":"SAK","tildeltDato":"1999-01-01"}`,
			[]string{"/tildeltDato"},
			"",
		},
		"remove an assignment": {
			assign, "DELETE", "/tildeling", `{"koboSaksreferanse":"SAK","x":1}`,
			[]string{"no such member: 1"},
			"",
		},
		"let what others reserve": {
			func(v vendor) { reserve(v, v.other); reserve(v, v.sak); assign(v) }, "POST",
			"/leieforhold", testkit.Leieforhold,
			[]string{
				"reservations for other cases were removed by Kobo: OTHER", "had reserved this home",
				"assignment to the case went", "from KLAR_FOR_INNFLYTTING to UTLEID",
			},
			"",
		},
		"let what is let outside Kobo": {
			func(v vendor) {
				outside := strings.NewReplacer("FDV-1", "A", "KLAR_FOR_INNFLYTTING", "UTLEID")
				v.OK("PUT", v.home, outside.Replace(testkit.Bolig))
			}, "POST", "/leieforhold", testkit.Leieforhold, nil, "",
		},
		"let with a household beside the case": {
			func(vendor) {}, "POST", "/leieforhold",
			strings.Replace(testkit.Leieforhold, `{"kobo`, `{"husstand":`+testkit.Husstand+`,"kobo`, 1),
			[]string{"husstand was passed over"},
			"personidentifikator",
		},
		"let to persons with ids": {
			func(vendor) {}, "POST", "/leieforhold",
			strings.Replace(testkit.NyttLeieforhold, `"fornavn"`, `"koboId":"x","fornavn"`, 1),
			[]string{"/husstand/beboere/0/koboId"},
			"fornavn",
		},
		"an end of what has none": {
			let, "PUT", "/leieforhold", unlimited,
			[]string{"not shown as it was sent", "/kontraktUtlopsdato", "null or empty"},
			"",
		},
		"a contract that says less": {
			let, "PUT", "/leieforhold", unlimited,
			[]string{"/leieforhold/manedsleie", "/leieforhold/depositum", "/leieforhold/kontraktUtlopsdato"},
			"",
		},
		"a contract with a stranger": {
			let, "PUT", "/leieforhold", strings.Replace(testkit.Leiekontrakt, "{", `{"leie":1,`, 1),
			[]string{"no such member: 1"},
			"null or empty",
		},
		"a notice that says too much": {
			let, "POST", "/leieforhold/oppsigelse",
			strings.Replace(testkit.Oppsigelse, "ANNET", "MND1", 1),
			[]string{"/annenOppsigelsestid"},
			"",
		},
		"a notice that says less": {
			func(v vendor) {
				let(v)
				v.OK("POST", v.home+"/leieforhold/oppsigelse", testkit.Oppsigelse)
			}, "PUT", "/leieforhold/oppsigelse", shortNotice,
			[]string{"/leieforhold/annenOppsigelsestid"},
			"not shown",
		},
		"an end": {
			let, "DELETE", "/leieforhold", testkit.Avslutning,
			[]string{"/statusdato is null"},
			"not shown",
		},
		"an end with a stranger": {
			let, "DELETE", "/leieforhold", strings.Replace(testkit.Avslutning, "{", `{"x":1,`, 1),
			[]string{"no such member: 1"},
			"",
		},
		"wheels": {
			func(vendor) {}, "PUT", "", strings.Replace(strings.Replace(testkit.Bolig, "FDV-1", "A", 1), `{"a`,
				`{"erTilgjengeligForRullestolbruker":true,"a`, 1),
			[]string{"added to /tilrettelegginger", "TRAPPEFRI_INNGANG, LAVE_DORTERSKLER, BREDE_DORER"},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := testkit.NewFDVU(t, testkit.ServerAt(t, testkit.Noon))
			v := vendor{f, "/kobobolig/" + f.NewBolig("A"), f.NewSak(), f.NewSak()}
			c.before(v)
			fill := strings.NewReplacer("OTHER", v.other, "SAK", v.sak)
			got := f.OKWhy(c.method, v.home+fill.Replace(c.path), fill.Replace(c.body))
			for _, want := range c.want {
				if !strings.Contains(got, fill.Replace(want)) {
					t.Errorf("the journal says %q, and not %q", got, fill.Replace(want))
				}
			}
			if len(c.want) == 0 && got != "" || c.not != "" && strings.Contains(got, c.not) {
				t.Errorf("the journal says %q", got)
			}
		})
	}
	f := testkit.NewFDVU(t, testkit.ServerAt(t, testkit.Noon))
	got := f.OKWhy("POST", "/fdvusystem/", `{"apiKey":"k","webhokUrl":"http://127.0.0.1:9/"}`)
	if !strings.Contains(got, "no such member: 1") || !strings.Contains(got, "nowhere to go") {
		t.Errorf("a registration: %q", got)
	}
	got = f.OKWhy("POST", "/fdvusystem/", `{"apiKey":"k","webhookUrl":"http://127.0.0.1:9/"}`)
	if got != "" {
		t.Errorf("a whole registration: %q", got)
	}
}

// TestKoboChangeEmpties: every member of a home that can change and that a change leaves out, or
// sends as null, is named in the journal if it had a value: by a PUT, and by a POST of the home
// that is there. So are the members of objects, and lists.
func TestKoboChangeEmpties(t *testing.T) {
	t.Parallel()
	base := strings.NewReplacer(
		`"antallSoverom":2,"bruksareal":55.5,`, "",
		`"egenskaper":["BOD_INKLUDERT"],"leiekostnad":{"manedsleie":9500}`, `"erBofellesskap":null`,
	).Replace(testkit.Bolig)
	cases := map[string][3]string{} // by the place that is named: the member, what it was, and what it becomes
	for field, value := range koboValues {
		if koboOwned[field] || field == "leverandorBoligId" || field == "erTilgjengeligForRullestolbruker" {
			continue
		}
		switch field {
		case "adresse", "boligtype", "status": // required
		case "bruksenhetsnummer", "bygning", "eier", "ekstraReferanse", "matrikkelId",
			"matrikkelBruksenhetstype": // cannot change
		default:
			cases["/"+field] = [3]string{field, value, "null"}
		}
	}
	for _, object := range []string{"eiendom", "eieseksjon"} {
		whole := strings.NewReplacer(`"festenummer":null`, `"festenummer":4`, `"matrikkelenhetId":null`,
			`"matrikkelenhetId":5`).Replace(koboValues[object])
		for _, member := range []string{"festenummer", "seksjonsnummer", "matrikkelenhetId"} {
			cases["/"+object+"/"+member] = [3]string{object, whole, with(t, whole, member, "null")}
		}
	}
	cases["/leiekostnad/depositum"] = [3]string{"leiekostnad", `{"depositum":5,"manedsleie":1}`, `{"manedsleie":1}`}
	if len(cases) != 24+7 {
		t.Errorf("%d cases", len(cases))
	}
	s := testkit.ServerAt(t, testkit.Noon)
	for place, c := range cases {
		t.Run(strings.TrimPrefix(place, "/"), func(t *testing.T) {
			t.Parallel()
			f := testkit.NewFDVU(t, s)
			f.System = strings.ReplaceAll(place, "/", "-")
			full := with(t, base, c[0], c[1])
			home := "/kobobolig/" + f.OK("POST", "/kobobolig", full).KoboID
			bodies := map[string]string{"as null": with(t, base, c[0], c[2])}
			if c[2] == "null" {
				bodies["left out"] = base
				if strings.HasPrefix(c[1], "[") {
					bodies["as a list of none"] = with(t, base, c[0], "[]")
				}
			}
			for name, body := range bodies {
				for method, path := range map[string]string{"PUT": home, "POST": "/kobobolig"} {
					f.OK(method, path, full)
					f.OK(method, path, body)
					if got := f.NewestWhy(); !strings.HasSuffix(got, "(K205): "+place) {
						t.Errorf("%s, by %s: %q", name, method, got)
					}
					f.OK(method, path, body)
					if got := f.NewestWhy(); strings.Contains(got, place) {
						t.Errorf("%s once more, by %s: %q", name, method, got)
					}
				}
			}
		})
	}
}
