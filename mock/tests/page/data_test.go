package page

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandkasse/mock/internal/testkit"
)

// filled names what fillData made.
type filled struct {
	dialog  string // with an avvik at oppgaver and at the delivery
	homes   []string
	person  string
	confirm string // the address of the page on which a customer approves a system user
}

// fillData makes deliveries with feedback to several APIs, and homes in every state with messages.
func fillData(t *testing.T, c testkit.Client) (made filled) {
	t.Helper()
	made.dialog = c.Delivered(900).DialogID
	for _, kind := range []string{"bsu", "gavertilfrivillige", "aandsverk", "innrapportering-boligsameie"} {
		c.Control("POST", "generate/"+kind+"/send", `{"count": 2, "oppgaver": 3, "org": "319000003"}`, nil)
	}
	c.Control("PUT", "kobo/systems/fdvu-1", `{"url": "http://127.0.0.1:1/webhook", "apiKey": "prove"}`, nil)
	var homes, cases struct{ Sent []struct{ ID string } }
	c.Control("POST", "generate/kobobolig/send", `{"count": 6}`, &homes)
	c.Control("POST", "generate/sak/send", `{"count": 5}`, &cases)
	do := func(method, path, body string, n, sak int) {
		t.Helper()
		path = strings.ReplaceAll("kobo/kobobolig/"+homes.Sent[n].ID+path, "SAK", cases.Sent[sak].ID)
		c.Control(method, path, strings.ReplaceAll(body, "SAK", cases.Sent[sak].ID), nil)
	}
	do("PUT", "/sak/SAK/reservasjon", "", 1, 0)
	for n := 2; n <= 4; n++ {
		do("PUT", "/sak/SAK/reservasjon", "", n, n-1)
		do("POST", "/tildeling", testkit.Tildeling, n, n-1)
	}
	for n := 3; n <= 4; n++ {
		do("POST", "/leieforhold", testkit.Leieforhold, n, n-1)
	}
	do("POST", "/leieforhold/oppsigelse", testkit.Oppsigelse, 4, 3)
	for _, home := range homes.Sent {
		made.homes = append(made.homes, home.ID)
	}
	var found struct {
		DokumentListe []struct{ TenorMetadata struct{ ID string } }
	}
	c.Control("GET", "testdata/personer?antall=1", "", &found)
	made.person = found.DokumentListe[0].TenorMetadata.ID
	waiting, _ := askForSystemUsers(t, c)
	made.confirm = waiting[0]
	return made
}

// paths returns the pages of the views of reporting, homes and test data.
func (f filled) paths() []string {
	return []string{
		"reporting", "reporting?api=bsu&year=2023", "reporting?org=1", "reporting/" + f.dialog, "reporting/holdings",
		"reporting/holdings?api=bsu&year=2023&org=987654321", "kobo", "kobo?stand=let&q=a", "kobo/" + f.homes[0],
		"kobo/" + f.homes[1], "kobo/" + f.homes[2], "kobo/" + f.homes[3], "kobo/" + f.homes[4], "kobo/cases",
		"kobo/systems", "kobo/messages", "kobo/messages?state=dead", "systemusers",
		"testdata",
		"testdata?kql=" + url.QueryEscape("kjoenn:kvinne and foedselsdato:[1990 to 1994]"),
		"testdata?kind=organisasjoner&kql=" + url.QueryEscape("navn:(("), "testdata/personer/" + f.person,
		"testdata/generate", "testdata/broken", "testdata/broken/document?kind=bsu&rule=unknown-url",
	}
}

// locate returns the part of a page's text between two others.
func locate(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, from)
	part, _, ends := strings.Cut(rest, to)
	if !found || !ends {
		t.Fatalf("no %q … %q in %s", from, to, text)
	}
	return part
}

// TestInboxByLinks: the inbox, the documents and the avvik of a delivery are read by links alone.
func TestInboxByLinks(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	if page := r.open("reporting"); !strings.Contains(page, "No deliveries yet") {
		t.Errorf("an empty inbox does not say how to fill it: %s", page)
	}
	sent := r.submit(
		"testdata/generate",
		"kind",
		"bsu",
		"count",
		"2",
		"oppgaver",
		"3",
		"org",
		"319000003",
		"act",
		"send",
	)
	if !strings.Contains(sent.Body, "2 documents sent") || !strings.Contains(sent.Body, `href="calls/1"`) {
		t.Errorf("sent: %s", sent.Body)
	}
	dialog := r.Delivered(1).DialogID
	inbox := r.open("reporting")
	for _, want := range []string{">987654321<", ">319000003<", "2 deliveries", "reporting/" + dialog} {
		if !strings.Contains(inbox, want) {
			t.Errorf("the inbox lacks %q", want)
		}
	}
	if narrowed := r.open("reporting?org=987654321"); strings.Contains(narrowed, ">319000003<") {
		t.Error("the inbox is not narrowed")
	}
	open := r.open("reporting/" + dialog)
	for _, want := range []string{
		"Innsending.json", "Tilbakemelding.xml", "SK-FOEDSELSNUMMER", "/leveranse/oppgave/0", `class="line bad"`,
		"godkjent", "advarsel",
	} {
		if !strings.Contains(open, want) {
			t.Errorf("the dialog lacks %q: %s", want, open)
		}
	}
	for document, want := range map[string]string{
		"Innsending.json": "SK-SUM", "Tilbakemelding.json": "leveranseavvik",
		"Tilbakemelding.xml": "&lt;leveranseavvik&gt;",
	} {
		before, _, _ := strings.Cut(open, `">`+document)
		link := html.UnescapeString(before[strings.LastIndex(before, `href="`)+6:])
		if page := r.open(strings.TrimSuffix(link, "#document")); !strings.Contains(
			locate(t, page, `id="document"`, "</article>"), want) {
			t.Errorf("%s lacks %q", document, want)
		}
	}
	for i := range 25 {
		r.Delivered(i + 2)
	}
	var list struct{ Calls []struct{ Number int64 } }
	r.Control("GET", "calls?api=bsu&organisation=987654321&limit=26", "", &list)
	call := r.open(fmt.Sprint("calls/", list.Calls[0].Number))
	link := html.UnescapeString(locate(t, call, `forsendelse <a href="`, `"`))
	if page := r.open(link); !strings.Contains(page, `<span class="hint">delivery 1</span>`) {
		t.Errorf("a call leads to %s: %s", link, page)
	}
	table := r.open("reporting/holdings?api=bsu&year=2024&org=319000003")
	if !strings.Contains(table, "oppgaver of 319000003 to bsu for 2024") ||
		!strings.Contains(table, "<th>kontonummer") {
		t.Errorf("the holdings: %s", table)
	}
}

// TestHomeByForms: a home is registered, reserved, assigned, let, under notice and free again, by forms
// alone; each page offers what is possible then, and what is refused is shown with the form as it was.
func TestHomeByForms(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	if page := r.open("kobo"); !strings.Contains(page, "No homes yet") {
		t.Errorf("an empty table does not say how to fill it: %s", page)
	}
	page := r.submit("kobo/register", "count", "1").Body
	home := locate(t, page, "koboId <code>", "</code>")
	first := r.submit("kobo/cases", "fornavn", "Kari", "etternavn", "Nordmann", "personidentifikator", "01810112345",
		"antallBarn", "2", "act", "")
	if !strings.Contains(first.Body, "Kari Nordmann") {
		t.Fatalf("a case: %d %s", first.Status, first.Body)
	}
	reference := locate(t, first.Body, "<code data-copy-self>", "</code>")
	act := func(name string, fields ...string) string {
		t.Helper()
		return r.submit("kobo/"+home+"/act", append([]string{"act", name}, fields...)...).Body
	}
	offers := func(page string, acts ...string) {
		t.Helper()
		for _, name := range acts {
			if !strings.Contains(page, `name="act" value="`+name+`"`) {
				t.Errorf("%s is not offered", name)
			}
		}
		if n := strings.Count(page, `name="act" value="`); n != len(acts) {
			t.Errorf("%d acts are offered, not %d", n, len(acts))
		}
	}
	offers(r.open("kobo/"+home), "reserver", "tildel", "endre", "slett")
	if !strings.Contains(r.open("kobo/"+home), "Kari Nordmann · "+reference[:6]) {
		t.Error("the case cannot be chosen")
	}
	reserved := act("reserver", "case", reference)
	if want := `<option value="` + reference + `" selected>Kari Nordmann · `; !strings.Contains(reserved, want) {
		t.Errorf("a linked case is not named by its people: no %q", want)
	}
	offers(reserved, "tildel", "reserver", "fjern reservasjon", "endre")
	if !strings.Contains(reserved, "Reserve: done.") {
		t.Errorf("reserved: %s", reserved)
	}
	offers(act("tildel", "case", reference), "lei ut", "reserver", "fjern tildeling", "fjern reservasjon", "endre")
	refused := act("lei ut", "case", reference, "kontraktStartdato", "2026-04-01", "manedsleie", "mye")
	if !strings.Contains(refused, `role="alert"`) || !strings.Contains(refused, `value="mye"`) {
		t.Errorf("a wrong rent: %s", refused)
	}
	let := act("lei ut", "case", reference, "kontraktStartdato", "2026-04-01", "kontraktUtlopsdato", "2029-03-31",
		"manedsleie", "9500,50")
	offers(let, "si opp", "avslutt", "tildel", "reserver", "endre leieforhold", "endre")
	if !strings.Contains(let, "2026-04-01 – 2029-03-31, 9500.5 kr a month") {
		t.Errorf("let: %s", let)
	}
	act("endre leieforhold", "kontraktStartdato", "2026-04-01", "erTidsubegrenset", "true", "kontraktUtlopsdato",
		"2029-03-31")
	if page := r.open("kobo/" + home); !strings.Contains(page, "2026-04-01 – no end") {
		t.Errorf("changed: %s", page)
	}
	noticed := act("si opp", "oppsagtAktor", "LEIETAKER", "oppsigelsestid", "MND3", "oppsigelseMottattDato",
		"2026-05-01", "oppsagtFraDato", "2026-05-02", "planlagtUtflyttingsdato", "2026-08-02")
	offers(
		noticed,
		"avslutt",
		"tildel",
		"reserver",
		"opphev oppsigelse",
		"endre oppsigelse",
		"endre leieforhold",
		"endre",
	)
	if !strings.Contains(noticed, "under notice") || !strings.Contains(noticed, "moving out 2026-08-02") {
		t.Errorf("notice: %s", noticed)
	}
	ended := act("avslutt", "utflyttetdato", "2026-08-02", "boligstatus", "VEDLIKEHOLD", "avslutningsgrunn", "ANNET")
	offers(ended, "reserver", "tildel", "endre", "slett")
	for _, want := range []string{"moved out 2026-08-02", "VEDLIKEHOLD", "LEIEFORHOLD_AVSLUTTET"} {
		if !strings.Contains(ended, want) {
			t.Errorf("the ended tenancy lacks %q: %s", want, ended)
		}
	}
	if late := r.submit("kobo/"+home+"/act", "act", "avslutt"); late.Status != http.StatusConflict ||
		!strings.Contains(late.Body, "not possible now: the home is linked to no case") {
		t.Errorf("an act that is not possible: %d %s", late.Status, late.Body)
	}
	if made := act("reserver", "case", "new"); !strings.Contains(made, "Reserve: done.") {
		t.Errorf("a new case: %s", made)
	}
	messages := r.open("kobo/messages?key=" + home)
	if n := strings.Count(messages, "<li data-row"); n != 7 {
		t.Errorf("%d messages are listed: %s", n, messages)
	}
	id := locate(t, messages, `<button name="id" value="`, `"`)
	if again := r.submit("kobo/messages/redeliver", "id", id, "key", home); again.Status != 200 {
		t.Errorf("sent again: %d %s", again.Status, again.Body)
	}
	if armed := r.submit("kobo/messages/fault", "scenario", "kobo-webhook-lost", "times", "1"); !strings.Contains(
		armed.Body, "kobo-webhook-lost is armed: the next call") {
		t.Errorf("a fault: %s", armed.Body)
	}
	act("tildel", "case", "new")
	if dropped := r.open("kobo/messages?state=dropped"); !strings.Contains(dropped, "TILDELING_OPPRETTET") {
		t.Errorf("the lost message: %s", dropped)
	}
	set := r.submit("kobo/systems", "id", "fdvu-1", "url", "http://127.0.0.1:1/x", "apiKey", "hemmelig")
	if set.Status != 200 || !strings.Contains(set.Body, "http://127.0.0.1:1/x") ||
		strings.Contains(set.Body, "hemmelig") {
		t.Errorf("a system: %d %s", set.Status, set.Body)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		page := r.open("kobo/messages?key=" + home)
		if strings.Contains(page, "1 attempt, body") && strings.Contains(page, "<td>none</td>") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no attempt is listed: %s", page)
		}
		r.submit("kobo/messages/redeliver", "id", id, "key", home)
	}
	if wrong := r.submit("kobo/systems", "id", "fdvu-1", "url", "ftp://x"); wrong.Status != 400 ||
		!strings.Contains(wrong.Body, `value="ftp://x"`) {
		t.Errorf("a wrong address: %d %s", wrong.Status, wrong.Body)
	}
	second := locate(t, r.submit("kobo/register", "count", "1").Body, "koboId <code>", "</code>")
	if second == home {
		t.Error("the same home is registered again")
	}
	if gone := r.submit("kobo/"+second+"/act", "act", "slett").Body; strings.Contains(gone, second) {
		t.Error("a deleted home is listed")
	}
	if found := r.open("kobo?stand=assigned"); !strings.Contains(found, home) ||
		strings.Contains(found, "No home fits") {
		t.Errorf("narrowed: %s", found)
	}
}

// TestTestdataByForms: people and organisations are found by KQL, documents are generated, shown,
// downloaded and sent, and broken ones are listed with what they must give.
func TestTestdataByForms(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	found := r.open("testdata?kql=" + url.QueryEscape("kjoenn:kvinne and foedselsdato:[1990 to 1994]"))
	if n := strings.Count(found, "<tr data-row"); n != 25 || !strings.Contains(found, `rel="next"`) ||
		!strings.Contains(found, `<option value="kjoenn:kvinne">`) {
		t.Errorf("%d people are found: %s", n, found)
	}
	number := locate(t, found, `href="testdata/personer/`, `"`)
	if person := r.open("testdata/personer/" + number); !strings.Contains(person, number) {
		t.Errorf("a person: %s", person)
	}
	next := html.UnescapeString(locate(t, found, `rel="next" href="`, `"`))
	if page := r.open(next); strings.Contains(page, number) || !strings.Contains(page, `rel="prev"`) {
		t.Errorf("the next page: %s", page)
	}
	wrong := r.Call("GET", r.URL("")+"/_sandkasse/page/testdata?kql="+url.QueryEscape("kjonn:kvinne"), "")
	if wrong.Status != 400 || !strings.Contains(wrong.Body, "is it kjoenn? The fields are listed below.") ||
		!strings.Contains(wrong.Body,
			`value="kjonn:kvinne"`) {
		t.Errorf("a wrong query: %d %.600s", wrong.Status, wrong.Body)
	}
	if orgs := r.open("testdata?kind=organisasjoner&kql=organisasjonsform.kode:KOMM"); !strings.Contains(orgs,
		"KOMMUNE") || !strings.Contains(orgs, `href="testdata/organisasjoner/`) {
		t.Errorf("municipalities: %s", orgs)
	}
	shown := r.submit("testdata/generate", "kind", "aandsverk", "count", "2", "oppgaver", "3", "act", "show")
	if !strings.Contains(shown.Body, "The first document") {
		t.Errorf("shown: %s", shown.Body)
	}
	down := r.submit("testdata/generate", "kind", "kobobolig", "count", "3", "skip", "2", "act", "download")
	lines := strings.Split(strings.TrimSpace(down.Body), "\n")
	if len(lines) != 3 || !json.Valid([]byte(lines[2])) ||
		down.Header.Get("Content-Disposition") != `attachment; filename="kobobolig.ndjson"` {
		t.Errorf("downloaded: %v %s", down.Header, down.Body)
	}
	much := r.submit("testdata/generate", "kind", "bsu", "count", "1000", "oppgaver", "max", "act", "download")
	if much.Status != 400 ||
		!strings.Contains(much.Body, "more than 100000 oppgaver") {
		t.Errorf("too much: %d", much.Status)
	}
	list := r.open("testdata/broken?q=" + url.QueryEscape("1028"))
	if !strings.Contains(list, "missing-header:idempotencyKey") || strings.Contains(list, "unknown-url") {
		t.Errorf("broken documents: %s", list)
	}
	one := r.open("testdata/broken/document?kind=bsu&rule=" + url.QueryEscape("required:/leveranse/leveransetype"))
	for _, want := range []string{"400 GLD_010", "kildesystem", `href="testdata/broken/document?kind=bsu&amp;rule=`} {
		if !strings.Contains(one, want) {
			t.Errorf("a broken document lacks %q: %s", want, one)
		}
	}
	sent := r.submit("testdata/broken/document", "kind", "bsu", "rule", "required:/leveranse/leveransetype")
	for _, want := range []string{"400 refused", "/leveranse/leveransetype", "GLD_010"} {
		if !strings.Contains(sent.Body, want) {
			t.Errorf("a broken document that is sent lacks %q: %d %s", want, sent.Status, sent.Body)
		}
	}
	for _, kind := range []string{"kobo", "aandsverk"} {
		if page := r.open("testdata/broken?kind=" + kind); strings.Count(page, "<tr data-row") < 50 {
			t.Errorf("%s has few broken documents", kind)
		}
	}
}

// TestHostileData: what callers put into homes, cases, references and messages is text on these pages.
func TestHostileData(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	script := `<script>alert(1)</script><img src=x onerror=alert(2)>'{{.}}`
	example := strings.ReplaceAll(string(testkit.Example(t)), "EksternReferanse_2015_1", script)
	r.Call("POST", r.URL("bsu")+"/v1/2023", example, "Authorization", r.Bearer("bsu", "987654321"),
		"Content-Type", "application/json", "idempotencyKey", testkit.UUID(1))
	home := strings.NewReplacer("FDV-1", script, "Prøvegata", script).Replace(testkit.Bolig)
	r.Call("POST", r.URL("kobo")+"/kobobolig", home, "Authorization", r.Bearer("kobo", "313367002"), "Content-Type",
		"application/json", "x-kobo-systemid", "fdvu-1")
	r.Control(
		"POST",
		"kobo/saker",
		strings.NewReplacer("Prøve", script, "Person", script).Replace(testkit.NySak),
		nil,
	)
	var dialogs struct{ Dialogs []struct{ DialogID string } }
	r.Control("GET", "dialogs", "", &dialogs)
	var homes struct {
		Boliger []struct{ Kobobolig struct{ KoboID string } }
	}
	r.Control("GET", "kobo/kobobolig", "", &homes)
	if len(dialogs.Dialogs) != 1 || len(homes.Boliger) != 1 {
		t.Fatalf("%+v %+v", dialogs, homes)
	}
	r.submit("kobo/"+homes.Boliger[0].Kobobolig.KoboID+"/act", "act", "reserver", "case", "new")
	q := url.QueryEscape(script)
	for _, path := range []string{
		"reporting", "reporting/" + dialogs.Dialogs[0].DialogID, "kobo", "kobo/" + homes.Boliger[0].Kobobolig.KoboID,
		"kobo/cases", "kobo/systems", "kobo/messages", "reporting?org=" + q, "reporting/" + q, "kobo?q=" + q,
		"kobo?stand=" + q, "kobo/cases?q=" + q + "&new=" + q, "kobo/messages?system=" + q + "&state=" + q,
		"testdata?kql=" + q, "testdata?kind=" + q, "testdata/personer/" + q, "testdata/broken?kind=" + q,
		"testdata/broken?q=" + q, "testdata/broken/document?kind=bsu&rule=" + q, "testdata/generate?kind=" + q,
		"reporting/holdings?org=" + q + "&api=" + q + "&year=" + q,
	} {
		got := r.Call("GET", r.URL("")+"/_sandkasse/page/"+path, "")
		lower := strings.ToLower(got.Body)
		if strings.Contains(lower, "<script>alert") || strings.Contains(lower, "<img") {
			t.Errorf("%s runs what came from outside", path)
		}
		if got.Status >= 500 {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
}
