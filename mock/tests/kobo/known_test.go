package kobo

import (
	"encoding/json"
	"strings"
	"testing"

	"sandkasse/mock/internal/testkit"
)

// TestKoboKnowsHomesByTheirID: a home is known by municipality, system and leverandorBoligId, and
// never by where it is: two flats at one address, with or without a bruksenhetsnummer, are two
// homes (K204).
func TestKoboKnowsHomesByTheirID(t *testing.T) {
	t.Parallel()
	const bare = `{"adresse":{"gatenavn":"Delveien","husnummer":1,"postnummer":"0155"},` +
		`"boligtype":"ORDINAR_BOLIG","status":"VEDLIKEHOLD","leverandorBoligId":"FLAT-1"}`
	numbered := with(t, bare, "bruksenhetsnummer", `"H0101"`)
	other := testkit.FDVU.OfOtherMunicipality // another one
	for name, c := range map[string]struct {
		first, second string
		by            func(testkit.FDVU) testkit.FDVU // who sends the second; nil for the same
		same          bool                            // one home
		refused       bool
	}{
		"two flats at one address": {
			bare, strings.Replace(bare, "FLAT-1", "FLAT-2", 1), nil, false,
			false,
		},
		"two flats of one number": {
			numbered, strings.Replace(numbered, "FLAT-1", "FLAT-2", 1), nil,
			false, false,
		},
		"one that has no number yet, and one": {
			bare, strings.Replace(numbered, "FLAT-1", "FLAT-2", 1), nil,
			false, false,
		},
		"two rooms of one flat": {
			with(t, numbered, "ekstraReferanse", `"1"`),
			strings.Replace(with(t, numbered, "ekstraReferanse", `"2"`), "FLAT-1", "FLAT-2", 1), nil, false, false,
		},
		"an id in other letters": {
			bare, strings.Replace(bare, "FLAT-1", "flat-1", 1), nil, false,
			false,
		},
		"an id with a blank": {
			bare, strings.Replace(bare, "FLAT-1", "FLAT-1 ", 1), nil, false,
			false,
		},
		"another system": {
			bare, bare, func(f testkit.FDVU) testkit.FDVU { f.System = "fdvu-2"; return f },
			false, false,
		},
		"another municipality":         {bare, bare, other, false, false},
		"the same again":               {bare, bare, nil, true, false},
		"the same with other words":    {bare, with(t, bare, "status", `"UTLEID"`), nil, true, false},
		"the same, and its number":     {bare, numbered, nil, true, false},
		"the same, and not its number": {numbered, bare, nil, true, false},
		"the same, and its poststed": {
			bare,
			strings.Replace(bare, `"0155"`, `"0155","poststed":"OSLO"`, 1), nil, true, false,
		},
		"the same, and no letter": {
			bare,
			strings.Replace(bare, `"0155"`, `"0155","husbokstav":null`, 1), nil, true, false,
		},
		"one id for two houses": {
			bare, strings.Replace(bare, `"husnummer":1`, `"husnummer":2`, 1),
			nil, false, true,
		},
		"one id for two flats": {
			numbered, strings.Replace(numbered, "H0101", "H0201", 1), nil,
			false, true,
		},
		"one id for two rooms": {
			with(t, bare, "ekstraReferanse", `"1"`),
			with(t, bare, "ekstraReferanse", `"2"`), nil, false, true,
		},
		"one id for two entrances": {
			strings.Replace(bare, `"0155"`, `"0155","husbokstav":"A"`, 1),
			strings.Replace(bare, `"0155"`, `"0155","husbokstav":"B"`, 1), nil, false, true,
		},
		"one id for two towns": {bare, strings.Replace(bare, "0155", "5003", 1), nil, false, true},
		"one id for a house of another system's id": {
			strings.Replace(bare, "FLAT-1", "FLAT-9", 1), bare,
			func(f testkit.FDVU) testkit.FDVU { f.System = "fdvu-2"; return f }, false, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := testkit.NewFDVU(t, testkit.ServerAt(t, testkit.Noon))
			sender := f
			if c.by != nil {
				sender = c.by(f)
			}
			first := f.OK("POST", "/kobobolig", c.first)
			before := f.Call("GET", "/kobobolig/"+first.KoboID, "").Body.String()
			if c.refused {
				sender.Refused("POST", "/kobobolig", c.second, 400, "D4")
			} else {
				answer := sender.Call("POST", "/kobobolig", c.second)
				var second struct{ KoboID string }
				if err := json.Unmarshal(answer.Body.Bytes(), &second); err != nil {
					t.Fatal(err)
				}
				if want := map[bool]int{true: 200, false: 201}[c.same]; answer.Code != want ||
					(second.KoboID == first.KoboID) != c.same {
					t.Errorf("answered %d %s; the first home is %s", answer.Code, answer.Body, first.KoboID)
				}
			}
			if after := f.Call("GET", "/kobobolig/"+first.KoboID, "").Body.String(); !c.same && after != before {
				t.Errorf("the first home was %s and is %s", before, after)
			}
		})
	}
	f := testkit.NewFDVU(t, testkit.ServerAt(t, testkit.Noon))
	gone := f.OK("POST", "/kobobolig", bare)
	f.OK("DELETE", "/kobobolig/"+gone.KoboID, "")
	if again := f.OK("POST", "/kobobolig", bare); again.KoboID == gone.KoboID {
		t.Error("a deleted home came back under its id") // K221
	}
}

// TestKoboFormats: each form that the page, or the register that it names, gives a field of a home
// is asked for in a POST and in a PUT, and nothing beside it (K260, K511).
func TestKoboFormats(t *testing.T) {
	t.Parallel()
	bygning := func(eiendom string) string {
		return `{"leverandorBygningId":"B-1","bygningsnummer":139765432,"lopenummer":1,"eiendom":` + eiendom + `}`
	}
	kommune := func(number string) string { return strings.Replace(koboEiendom, "0301", number, 1) }
	section := func(number string) string { return strings.Replace(kommune(number), "Eiendom", "Eieseksjon", 1) }
	owner := func(member, value string) string { return `{"boligeiersNavn":"N","` + member + `":"` + value + `"}` }
	for name, c := range map[string]struct {
		field      string
		good, none []string
		sti        string
	}{
		"malernummerStrom": {
			"malernummerStrom",
			[]string{`"12345678"`, `"00000000"`, `null`},
			[]string{`"1234567"`, `"123456789"`, `"1234567a"`, `""`, `"１２３４５６７８"`, `12345678`},
			"/malernummerStrom",
		},
		"eiendom": {
			"eiendom",
			[]string{kommune("0301"), kommune("5501")},
			[]string{kommune("301"), kommune("03011"), kommune("Oslo"), kommune("")},
			"/eiendom/kommunenummer",
		},
		"eieseksjon": {
			"eieseksjon",
			[]string{section("0301")},
			[]string{section("301"), section("030 ")},
			"/eieseksjon/kommunenummer",
		},
		"bygning": {
			"bygning",
			[]string{bygning(kommune("0301"))},
			[]string{bygning(kommune("301"))},
			"/bygning/eiendom/kommunenummer",
		},
		"bruksenhetsnummer": {
			"bruksenhetsnummer",
			[]string{`"H0101"`, `"U0101"`, `null`},
			[]string{`"X0101"`, `"H101"`, `"h0101"`, `""`},
			"/bruksenhetsnummer",
		},
		"organisasjonsnummer": {
			"eier",
			[]string{owner("boligeiersOrganisasjonsnummer", "123456789")},
			[]string{
				owner("boligeiersOrganisasjonsnummer", "12345678"),
				owner("boligeiersOrganisasjonsnummer", "313 367 002"),
			},
			"/eier/boligeiersOrganisasjonsnummer",
		},
		"mobilnummer": {
			"eier",
			[]string{owner("boligeiersMobilnummer", "(+47) 68 05")},
			[]string{owner("boligeiersMobilnummer", "68-05")},
			"/eier/boligeiersMobilnummer",
		},
		"ovrigInformasjon": {
			"ovrigInformasjon",
			[]string{`"` + strings.Repeat("ø", 1000) + `"`},
			[]string{`"` + strings.Repeat("ø", 1001) + `"`},
			"/ovrigInformasjon",
		},
		"statusdato": {
			"statusdato",
			[]string{`"2026-02-28"`},
			[]string{`"2026-02-30"`, `"28.02.2026"`, `"2026-02-28T00:00:00Z"`},
			"/statusdato",
		},
		"solgtDato":   {"solgtDato", []string{`"2026-02-28"`}, []string{`"2026-2-28"`}, "/solgtDato"},
		"matrikkelId": {"matrikkelId", []string{`"` + testkit.AnotherID + `"`}, []string{`"123"`}, "/matrikkelId"},
		"malernummerVann": {
			"malernummerVann",
			[]string{`"V-1"`, `""`, `"1234567890"`},
			[]string{`1`},
			"/malernummerVann",
		},
		"postnummer": {
			"adresse",
			[]string{`{"gatenavn":"G","husnummer":1,"postnummer":"155"}`},
			[]string{`{"gatenavn":"G","husnummer":1,"postnummer":155}`},
			"/adresse/postnummer",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := testkit.NewFDVU(t, testkit.ServerAt(t, testkit.Noon))
			home := "/kobobolig/" + f.NewBolig("FDV-1")
			for i, value := range c.good {
				f.System = "fdvu-" + strings.Repeat("x", i+1)
				if answer := f.Call("POST", "/kobobolig", with(t, testkit.Bolig, c.field, value)); answer.Code != 201 {
					t.Errorf("%s is answered %d %s", value, answer.Code, answer.Body)
				}
			}
			f.System = "fdvu-1"
			for _, value := range c.none {
				for method, path := range map[string]string{"POST": "/kobobolig", "PUT": home} {
					answer := f.Call(method, path, with(t, testkit.Bolig, c.field, value))
					if answer.Code != 400 || !strings.Contains(answer.Body.String(), `"sti":"`+c.sti+`"`) {
						t.Errorf("%s %s is answered %d %s", method, value, answer.Code, answer.Body)
					}
				}
			}
		})
	}
}
