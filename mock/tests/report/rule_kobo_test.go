package report

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// kobo makes a call to Kobo as the system of the homes of Client.NewBolig. A body is JSON.
func kobo(c testkit.Client, method, path, body string, headers ...string) testkit.Response {
	c.T.Helper()
	headers = append([]string{
		"Authorization", c.Bearer("kobo", testkit.Oppgavegiver), "x-kobo-systemid", "fdvu-1",
	}, headers...)
	if body != "" {
		headers = append(headers, "Content-Type", "application/json")
	}
	return c.Call(method, c.URL("kobo")+path, body, headers...)
}

// newHome makes a home of its own, whatever others there are, and returns its path.
func newHome(c testkit.Client, vendorID string) string {
	c.T.Helper()
	var shown struct{ KoboID string }
	made := kobo(c, "POST", "/kobobolig", strings.Replace(testkit.Bolig, "FDV-1", vendorID, 1))
	if err := json.Unmarshal([]byte(made.Body), &shown); err != nil {
		c.T.Fatal(err)
	}
	return "/kobobolig/" + shown.KoboID
}

// caseWorkerReserves has the case worker reserve a home for a new case.
func caseWorkerReserves(c testkit.Client, home string) {
	c.T.Helper()
	c.Reserve(strings.TrimPrefix(home, "/kobobolig/"))
}

// koboPutWipes makes a home, and changes it with a document that leaves out some of what it has.
func koboPutWipes(c testkit.Client) {
	c.T.Helper()
	half := strings.NewReplacer("FDV-1", "HALF", `"antallSoverom":2,`, "").Replace(testkit.Bolig)
	kobo(c, "PUT", newHome(c, "HALF"), half)
}

// koboStaleHome changes a home that a case worker has reserved after the client made it.
func koboStaleHome(c testkit.Client) {
	c.T.Helper()
	home := newHome(c, "STALE")
	caseWorkerReserves(c, home)
	kobo(c, "PUT", home, strings.Replace(testkit.Bolig, "FDV-1", "STALE", 1))
}

// koboDeleteBody removes an assignment without saying whose.
func koboDeleteBody(c testkit.Client) {
	c.T.Helper()
	kobo(c, "DELETE", newHome(c, "BODY")+"/tildeling", "")
}

// koboUnknownSystem calls Kobo for a system that is not set up.
func koboUnknownSystem(c testkit.Client) {
	c.T.Helper()
	kobo(c, "GET", "/kobobolig/"+testkit.AnotherID, "", "x-kobo-systemid", "fdvu-9")
}

// newSak makes a case, and returns its reference.
func newSak(c testkit.Client) string {
	c.T.Helper()
	var made struct{ KoboSaksreferanse string }
	c.Control("POST", "kobo/saker", testkit.NySak, &made)
	return made.KoboSaksreferanse
}

// koboCase is a client of Kobo, and the calls of a finding on it; none where times is 0.
type koboCase struct {
	do    func(c testkit.Client, home string) // call 1 has made the home, by testkit.Bolig
	times int
	calls []int64
}

// run holds a rule to the cases.
func (k koboCase) run(t *testing.T, rule string) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "default")
	k.do(c, "/kobobolig/"+c.NewBolig())
	wantFinding(t, c, rule, k.times, k.calls...)
}

// TestKoboPutWipes: what a change empties is found where the document does not name it.
func TestKoboPutWipes(t *testing.T) {
	t.Parallel()
	without := func(members ...string) string {
		body := testkit.Bolig
		for _, member := range members {
			body = strings.Replace(body, member, "", 1)
		}
		return body
	}
	for name, one := range map[string]koboCase{
		"half a home": {times: 1, calls: []int64{3}, do: func(c testkit.Client, _ string) { koboPutWipes(c) }},
		"half a home, sent as a new one": {times: 1, calls: []int64{2}, do: func(c testkit.Client, _ string) {
			kobo(c, "POST", "/kobobolig", without(`"antallSoverom":2,`))
		}},
		"a member of an object": {times: 1, calls: []int64{3}, do: func(c testkit.Client, home string) {
			kobo(c, "PUT", home, strings.Replace(testkit.Bolig, `"manedsleie"`, `"depositum":1,"manedsleie"`, 1))
			kobo(c, "PUT", home, testkit.Bolig)
		}},
		"twice the same": {times: 2, calls: []int64{2, 4}, do: func(c testkit.Client, home string) {
			for _, body := range []string{without(`"bruksareal":55.5,`), testkit.Bolig, without(`"bruksareal":55.5,`)} {
				kobo(c, "PUT", home, body)
			}
		}},
		"a tenancy": {times: 1, calls: []int64{3}, do: func(c testkit.Client, home string) {
			kobo(c, "POST", home+"/leieforhold", testkit.NyttLeieforhold)
			kobo(c, "PUT", home+"/leieforhold", strings.Replace(testkit.Leiekontrakt, `,"depositum":28500`, "", 1))
		}},
		"as it was": {do: func(c testkit.Client, home string) {
			kobo(c, "PUT", home, testkit.Bolig)
			kobo(c, "PUT", home, kobo(c, "GET", home, "").Body)
		}},
		"null and an empty list": {do: func(c testkit.Client, home string) {
			body := strings.Replace(testkit.Bolig, `"antallSoverom":2`, `"antallSoverom":null`, 1)
			body = strings.Replace(body, `["BOD_INKLUDERT"]`, `[]`, 1)
			kobo(c, "PUT", home, strings.Replace(body, `{"manedsleie":9500}`, `null`, 1))
		}},
		"the other spelling": {do: func(c testkit.Client, home string) {
			kobo(c, "PUT", home, strings.Replace(testkit.Bolig, `"manedsleie":9500`, `"månedsleie":null`, 1))
		}},
		"what cannot change": {do: func(c testkit.Client, home string) {
			kobo(c, "PUT", home, without(`"bruksenhetsnummer":"H0201",`))
		}},
		"what was empty": {do: func(c testkit.Client, home string) {
			kobo(c, "PUT", home, strings.Replace(testkit.Bolig, `"antallSoverom":2`, `"antallSoverom":null`, 1))
			kobo(c, "PUT", home, without(`"antallSoverom":2,`))
		}},
		"refused": {do: func(c testkit.Client, home string) {
			kobo(c, "PUT", home, without(`"antallSoverom":2,`, `"boligtype":"ORDINAR_BOLIG",`))
		}},
		"the end of a contract that has none any more": {do: func(c testkit.Client, home string) {
			kobo(c, "POST", home+"/leieforhold", testkit.NyttLeieforhold)
			kobo(c, "PUT", home+"/leieforhold", strings.Replace(testkit.Leiekontrakt,
				`"kontraktUtlopsdato":"2029-03-31","erTidsubegrenset":false`, `"erTidsubegrenset":true`, 1))
		}},
		"the period of another notice": {do: func(c testkit.Client, home string) {
			kobo(c, "POST", home+"/leieforhold", testkit.NyttLeieforhold)
			kobo(c, "POST", home+"/leieforhold/oppsigelse", testkit.Oppsigelse)
			kobo(c, "PUT", home+"/leieforhold/oppsigelse", strings.Replace(testkit.Oppsigelse,
				`"ANNET","annenOppsigelsestid":"14 dager"`, `"EN_MANED"`, 1))
		}},
	} {
		t.Run(name, func(t *testing.T) { one.run(t, "kobo-put-wipes") })
	}
}

// TestKoboStaleHome: a call on a home that a case worker has changed is found unless the client has read the home
// since.
func TestKoboStaleHome(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]koboCase{
		"changed": {times: 1, calls: []int64{2, 3}, do: func(c testkit.Client, _ string) { koboStaleHome(c) }},
		"refused, and changed again": {times: 2, calls: []int64{1, 2, 3}, do: func(c testkit.Client, home string) {
			caseWorkerReserves(c, home)
			kobo(c, "DELETE", home+"/leieforhold", testkit.Avslutning)
			kobo(c, "POST", home+"/leieforhold", testkit.NyttLeieforhold)
		}},
		"the read was lost": {times: 1, calls: []int64{1, 3}, do: func(c testkit.Client, home string) {
			caseWorkerReserves(c, home)
			r, err := http.NewRequest("GET", c.URL("kobo")+home, nil)
			if err != nil {
				c.T.Fatal(err)
			}
			r.Header = http.Header{
				"Authorization": {c.Bearer("kobo", testkit.Oppgavegiver)}, "X-Kobo-Systemid": {"fdvu-1"},
				"Sandkasse-Scenario": {"truncated-answer"},
			}
			if answer, err := http.DefaultClient.Do(r); err == nil {
				answer.Body.Close()
			}
			kobo(c, "PUT", home, testkit.Bolig)
		}},
		"deleted": {times: 1, calls: []int64{1, 2}, do: func(c testkit.Client, home string) {
			c.Call("DELETE", c.URL("")+"/_sandkasse/kobo"+home, "")
			kobo(c, "PUT", home, testkit.Bolig)
		}},
		"read": {do: func(c testkit.Client, home string) {
			caseWorkerReserves(c, home)
			kobo(c, "GET", home, "")
			kobo(c, "PUT", home, testkit.Bolig)
		}},
		"read that it is gone": {do: func(c testkit.Client, home string) {
			c.Call("DELETE", c.URL("")+"/_sandkasse/kobo"+home, "")
			kobo(c, "GET", home, "")
			kobo(c, "PUT", home, testkit.Bolig)
		}},
		"its own changes": {do: func(c testkit.Client, home string) {
			kobo(c, "PUT", home, testkit.Bolig, "Sandkasse-Scenario", "kobo-commit-then-502")
			kobo(c, "PUT", home, testkit.Bolig)
			kobo(c, "PUT", home+"/sak/"+newSak(c)+"/reservasjon", "")
			kobo(c, "PUT", home, testkit.Bolig)
		}},
		"another home": {do: func(c testkit.Client, home string) {
			caseWorkerReserves(c, newHome(c, "FDV-2"))
			kobo(c, "PUT", home, testkit.Bolig)
		}},
		"changed before the client knew it": {do: func(c testkit.Client, home string) {
			c.Control("POST", "checkpoints", `{"name": "made"}`, nil)
			caseWorkerReserves(c, home)
			c.Control("POST", "checkpoints/made/restore", "", nil)
			kobo(c, "PUT", home, testkit.Bolig)
		}},
	} {
		t.Run(name, func(t *testing.T) { one.run(t, "kobo-stale-home") })
	}
}

// TestKoboDeleteBody: a DELETE that must have a document, and has none, is found.
func TestKoboDeleteBody(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]koboCase{
		"assignment": {times: 1, calls: []int64{3}, do: func(c testkit.Client, _ string) { koboDeleteBody(c) }},
		"tenancy, with a bad token": {times: 1, calls: []int64{2}, do: func(c testkit.Client, home string) {
			kobo(c, "DELETE", home+"/leieforhold", "", "Authorization", "")
		}},
		"with a document": {do: func(c testkit.Client, home string) {
			kobo(c, "DELETE", home+"/tildeling", strings.Replace(testkit.Tildeling, "SAK", newSak(c), 1))
			kobo(c, "DELETE", home+"/leieforhold", `{`)
		}},
		"of what needs none": {do: func(c testkit.Client, home string) {
			kobo(c, "DELETE", home+"/sak/"+newSak(c)+"/reservasjon", "")
			kobo(c, "DELETE", home+"/leieforhold/oppsigelse", "")
			kobo(c, "DELETE", home, "")
		}},
		"to no address": {do: func(c testkit.Client, home string) { kobo(c, "DELETE", home+"/tildelinger", "") }},
	} {
		t.Run(name, func(t *testing.T) { one.run(t, "kobo-delete-body") })
	}
}

// TestKoboUnknownSystem: a call for a system that is not set up is found, where the systems are known.
func TestKoboUnknownSystem(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		systems []string
		header  string
		times   int
		calls   []int64
	}{
		"unknown":     {[]string{"fdvu-1"}, "fdvu-9", 1, []int64{1}},
		"known":       {[]string{"fdvu-1", "fdvu-9"}, "fdvu-9", 0, nil},
		"any":         {nil, "fdvu-9", 0, nil},
		"missing":     {[]string{"fdvu-1"}, "", 0, nil},
		"on a demand": {[]string{"fdvu-1"}, "fdvu-1", 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := mock.Options{Kobo: mock.KoboOptions{Systems: one.systems}}
			c := testkit.NewClient(t, mocktest.StartWith(t, options), "default")
			if name == "on a demand" {
				kobo(c, "GET", "/kobobolig/"+testkit.AnotherID, "", "Sandkasse-Scenario", "V3")
			} else if one.header == "fdvu-9" {
				koboUnknownSystem(c)
			} else {
				kobo(c, "GET", "/kobobolig/"+testkit.AnotherID, "", "x-kobo-systemid", one.header)
			}
			wantFinding(t, c, "kobo-unknown-system", one.times, one.calls...)
		})
	}
}
