package page

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// handleKobo registers the pages of homes, cases, systems and messages.
func (p *Page) handleKobo() {
	p.handle("GET kobo", (*request).homes)
	p.handle("POST kobo/register", (*request).registerHomes)
	p.handle("GET kobo/{home}", func(c *request) (any, error) { return c.home(nil) })
	p.handle("POST kobo/{home}/act", (*request).actOnHome)
	p.handle("GET kobo/cases", func(c *request) (any, error) { return c.cases(nil) })
	p.handle("POST kobo/cases", (*request).newCase)
	p.handle("GET kobo/systems", func(c *request) (any, error) { return c.systems(nil) })
	p.handle("POST kobo/systems", (*request).setSystem)
	p.handle("GET kobo/messages", (*request).messages)
	p.handle("POST kobo/messages/redeliver", (*request).redeliver)
	p.handle("POST kobo/messages/fault", (*request).armMessageFault)
}

// home is a home as the control API shows it.
type home struct {
	Kommune   string
	System    string
	Stand     string
	Kobobolig homeFacts
	Acts      []homeAct
}

// homeFacts has the members of a home that are shown.
type homeFacts struct {
	Adresse struct {
		Gatenavn             string
		Husnummer            int64
		Husbokstav           string
		Postnummer, Poststed string
	}
	Boligtype            string
	AntallSoverom        *int64
	Bruksareal           *float64
	Bruksenhetsnummer    string
	KoboID               string
	LeverandorBoligID    string
	Status               string
	Statusdato           string
	UtledetLedigFraDato  string
	Reservasjoner        []homeLink
	Tildeling            *homeLink
	Leieforhold          *tenancy
	TidligereLeieforhold []tenancy
	Husstand             *household
	Meta                 struct{ Opprettet, SistEndret string }
}

// homeLink is a reservation or an assignment.
type homeLink struct{ ReservertDato, TildeltDato, KoboSaksreferanse string }

// tenancy is a leieforhold.
type tenancy struct {
	KoboSaksreferanse           string
	KontraktStartdato           string
	KontraktUtlopsdato          string
	ErTidsubegrenset            bool
	Manedsleie, Depositum       json.Number
	OppsagtAktor                string
	Oppsigelsestid              string
	AnnenOppsigelsestid         string
	OppsigelseMottattDato       string
	OppsagtFraDato              string
	PlanlagtUtflyttingsdato     string
	Utflyttetdato               string
	LeieforholdAvslutningsgrunn string
	Avsluttetdato               string
}

// household is the persons of a case.
type household struct {
	AntallBarn int
	Beboere    []struct{ Fornavn, Etternavn, Personidentifikator string }
}

// Names returns the names of its persons.
func (h household) Names() string {
	var names []string
	for _, person := range h.Beboere {
		name := strings.TrimSpace(person.Fornavn + " " + person.Etternavn)
		names = append(names, cmp.Or(name, person.Personidentifikator))
	}
	return strings.Join(names, ", ")
}

// Address returns the address of a home in a line.
func (f homeFacts) Address() string {
	a := f.Adresse
	street := a.Gatenavn + " " + strconv.FormatInt(a.Husnummer, 10) + a.Husbokstav
	if f.Bruksenhetsnummer != "" {
		street += " " + f.Bruksenhetsnummer
	}
	return strings.TrimSpace(street + ", " + a.Postnummer + " " + a.Poststed)
}

// Cases returns the cases that the home is linked to, each once.
func (f homeFacts) Cases() (list []string) {
	add := func(reference string) {
		if reference != "" && !slices.Contains(list, reference) {
			list = append(list, reference)
		}
	}
	if f.Leieforhold != nil {
		add(f.Leieforhold.KoboSaksreferanse)
	}
	if f.Tildeling != nil {
		add(f.Tildeling.KoboSaksreferanse)
	}
	for _, one := range f.Reservasjoner {
		add(one.KoboSaksreferanse)
	}
	return list
}

// homeAct is an act that is allowed on a home now.
type homeAct struct {
	Act, Summary, Method, Path string
	AnyCase                    bool
	Cases                      []string

	Form map[string]string // what its form shows
	Open bool              // shows the form: the act was just refused, or comes next
}

// Title returns the name of the act in English.
func (a homeAct) Title() string {
	return map[string]string{
		"endre": "Edit", "reserver": "Reserve", "fjern reservasjon": "Remove reservation", "tildel": "Assign",
		"fjern tildeling": "Remove assignment", "lei ut": "Let", "endre leieforhold": "Change tenancy",
		"si opp": "Give notice", "endre oppsigelse": "Change notice", "opphev oppsigelse": "Lift notice",
		"avslutt": "End tenancy", "slett": "Delete home",
	}[a.Act]
}

// Slug returns the act as a part of the id of an element.
func (a homeAct) Slug() string { return strings.ReplaceAll(a.Act, " ", "-") }

// Gloss explains the act, with the agency's term.
func (a homeAct) Gloss() string {
	return map[string]string{
		"endre":             "Replaces all that can change; what is left out becomes null.",
		"reserver":          "For a case (reservasjon). Several cases may reserve a home.",
		"tildel":            "To one case (tildeling), which may then become its tenant.",
		"lei ut":            "To the case that it is assigned to (leieforhold).",
		"si opp":            "Of the tenancy (oppsigelse), by tenant or landlord.",
		"avslutt":           "The tenants have moved out (avslutning).",
		"slett":             "Kobo keeps the record, and shows it to nobody.",
		"opphev oppsigelse": "The tenancy goes on.",
	}[a.Act]
}

// homeList is the data of the table of homes.
type homeList struct {
	Search, Stand, System string
	Stands                []string
	Homes                 []home
	From                  int    // number of homes before them
	Next                  string // query of the next page; empty where there is none
	Registered            string // a sentence on what was registered
	Query                 string
}

// newest returns a page of a list that comes oldest first, with the newest first: rowsAtOnce of them
// after the first from. more says whether others follow; a list of from+rowsAtOnce+1 is enough.
func newest[T any](list []T, from int) (page []T, more bool) {
	slices.Reverse(list)
	list = list[min(from, len(list)):]
	return list[:min(len(list), rowsAtOnce)], len(list) > rowsAtOnce
}

// from returns the number of rows before those that are asked for, and the limit of a list that has
// them.
func (c *request) from() (from int, limit string) {
	from, _ = strconv.Atoi(c.value("from"))
	from = max(0, min(from, maxPaged))
	return from, strconv.Itoa(from + rowsAtOnce + 1)
}

// maxPaged bounds the rows that one can page through; a search finds the others.
const maxPaged = 100_000

// homes lists the homes, the newest first.
func (c *request) homes() (any, error) {
	data := homeList{
		Search: c.value("q"), Stand: c.value("stand"), System: c.value("system"),
		Stands: []string{"free", "reserved", "assigned", "let", "noticed"},
	}
	shown := content{template: "kobo", title: "Homes", view: "kobo"}
	var found struct{ Boliger []home }
	from, limit := c.from()
	target := "kobo/kobobolig" + query("text", data.Search, "stand", data.Stand, "system", data.System, "limit", limit)
	if err := c.ask(target, &found); err != nil {
		if err := shown.refuse(err); err != nil {
			return nil, err
		}
	}
	var more bool
	data.From = from
	if data.Homes, more = newest(found.Boliger, from); more {
		data.Next = query("q", data.Search, "stand", data.Stand, "system", data.System, "from",
			strconv.Itoa(from+rowsAtOnce))
	}
	if n, err := strconv.Atoi(c.value("registered")); err == nil {
		data.Registered = count(n, "home") + " registered, each by a call of the system."
	}
	shown.data = data
	return shown, nil
}

// registerHomes has a system register homes of generated data. They are new ones: those that the seed
// gave before are passed over.
func (c *request) registerHomes() (any, error) {
	number, err := strconv.Atoi(cmp.Or(c.value("count"), "1"))
	if err != nil {
		return nil, refusal{http.StatusBadRequest, "The number of homes must be a whole number from 1 to 100."}
	}
	var there struct{ Boliger []json.RawMessage }
	if err := c.ask("kobo/kobobolig", &there); err != nil {
		return nil, err
	}
	order := map[string]any{"count": number, "skip": len(there.Boliger)}
	for _, name := range []string{"system", "org"} {
		if c.value(name) != "" {
			order[name] = c.value(name)
		}
	}
	sent, err := c.sendGenerated("kobobolig", order)
	if err != nil {
		return nil, err
	}
	last := sent[len(sent)-1]
	if last.Status >= http.StatusBadRequest {
		return redirect("calls/" + strconv.FormatInt(last.Call, 10)), nil // which tells why
	}
	if len(sent) == 1 {
		return redirect("kobo/" + url.PathEscape(last.ID)), nil
	}
	return redirect("kobo?registered=" + strconv.Itoa(len(sent))), nil
}

// sentDocument is a generated document that was sent.
type sentDocument struct {
	Call   int64
	Status int
	Codes  []string
	ID     string
}

// sendGenerated has the server generate documents and send them.
func (c *request) sendGenerated(kind string, order map[string]any) ([]sentDocument, error) {
	text, err := c.do(http.MethodPost, "generate/"+url.PathEscape(kind)+"/send", order)
	if err != nil {
		return nil, err
	}
	var answer struct{ Sent []sentDocument }
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	return answer.Sent, nil
}

// openHome is the data of a home's page.
type openHome struct {
	home
	ID       string
	Raw      layout
	Cases    []sak
	Messages []webhookMessage
	Done     string // a sentence on what was just done
	Statuses []string
	Reasons  []string
}

// sak is a case.
type sak struct {
	KoboSaksreferanse string
	Opprettet         time.Time
	Husstand          household
	Homes             []home // that it is linked to
}

// home shows a home with the acts that are allowed now; refused is an act that was not, with what was
// filled in and why.
func (c *request) home(refused *refusedAct) (any, error) {
	id := c.http.PathValue("home")
	data := openHome{ID: id}
	if title := (homeAct{Act: c.value("done")}).Title(); title != "" {
		data.Done = title + ": done."
	}
	shown := content{template: "home", title: "Home", view: "kobo"}
	text, err := c.get("kobo/kobobolig/" + url.PathEscape(id))
	if err != nil {
		return nil, err
	}
	var raw struct{ Kobobolig json.RawMessage }
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &data.home); err != nil {
		return nil, err
	}
	shown.title = data.Kobobolig.Address()
	data.Raw = layoutJSON(string(raw.Kobobolig), nil)
	var cases struct{ Saker []sak }
	var messages struct{ Events []webhookMessage }
	var clock clockView
	for _, one := range []struct {
		target string
		into   any
	}{
		{"kobo/saker?limit=" + strconv.Itoa(rowsAtOnce+1), &cases},
		{"kobo/events?limit=20&key=" + url.QueryEscape(data.Kobobolig.KoboID), &messages},
		{"clock", &clock},
	} {
		if err := c.ask(one.target, one.into); err != nil {
			return nil, err
		}
	}
	slices.Reverse(messages.Events)
	data.Messages = messages.Events
	data.Cases, _ = newest(cases.Saker, 0)
	data.Statuses, data.Reasons = []string{"KLAR_FOR_INNFLYTTING", "VEDLIKEHOLD"}, endReasons()
	for i := range data.Acts {
		act := &data.Acts[i]
		act.Form = formOf(*act, data.home, raw.Kobobolig, clock.Now.UTC())
		if refused != nil && refused.act == act.Act {
			act.Form, act.Open = refused.form, true
		}
	}
	if refused != nil {
		shown.problem, shown.status = refused.problem.text, refused.problem.status
	}
	opens := map[string][]string{
		"free": {"reserver", "tildel"}, "reserved": {"tildel"}, "assigned": {"lei ut"}, "let": {"si opp", "avslutt"},
		"noticed": {"avslutt"},
	}[data.Stand]
	for i, act := range data.Acts {
		data.Acts[i].Open = act.Open || refused == nil && slices.Contains(opens, act.Act)
	}
	slices.SortStableFunc(data.Acts, func(a, b homeAct) int { return cmp.Compare(rankOf(a.Act), rankOf(b.Act)) })
	shown.data = data
	return shown, nil
}

// endReasons returns the values of avslutningsgrunn.
func endReasons() []string {
	return []string{
		"ANNET", "FUNNET_BOLIG_PA_EGENHAND", "FLYTTET_UT_AV_KOMMUNEN", "BYTTET_KOMMUNAL_BOLIG",
		"FATT_ANNEN_BOLIGBISTAND", "KJOPT_BOLIG_MED_STARTLAN", "KJOPT_DEN_KOMMUNALE_BOIGEN", "FORLENGELSE",
		"ER_PA_INSTITUSJON", "ER_I_FENGSEL", "DOD",
	}
}

// rankOf returns where an act stands among the forms: those that lead on come first.
func rankOf(act string) int {
	return slices.Index([]string{
		"lei ut", "si opp", "avslutt", "tildel", "reserver", "opphev oppsigelse", "endre oppsigelse",
		"endre leieforhold", "fjern tildeling", "fjern reservasjon", "endre", "slett",
	}, act)
}

// formOf returns what the form of an act shows at first.
func formOf(act homeAct, of home, raw json.RawMessage, now time.Time) map[string]string {
	day := func(years, months, days int) string { return now.AddDate(years, months, days).Format(time.DateOnly) }
	form := map[string]string{}
	switch act.Act {
	case "lei ut":
		form = map[string]string{
			"kontraktStartdato": day(0, 0, 0), "kontraktUtlopsdato": day(3, 0, -1), "manedsleie": "9500",
			"depositum": "28500",
		}
	case "endre leieforhold":
		if l := of.Kobobolig.Leieforhold; l != nil {
			form = map[string]string{
				"kontraktStartdato": l.KontraktStartdato, "kontraktUtlopsdato": l.KontraktUtlopsdato,
				"manedsleie": l.Manedsleie.String(), "depositum": l.Depositum.String(),
			}
			if l.ErTidsubegrenset {
				form["erTidsubegrenset"] = "true"
			}
		}
	case "si opp":
		form = map[string]string{
			"oppsagtAktor": "LEIETAKER", "oppsigelsestid": "MND3", "oppsigelseMottattDato": day(0, 0, 0),
			"oppsagtFraDato": day(0, 0, 0), "planlagtUtflyttingsdato": day(0, 3, 0),
		}
	case "endre oppsigelse":
		if l := of.Kobobolig.Leieforhold; l != nil {
			form = map[string]string{
				"oppsagtAktor": l.OppsagtAktor, "oppsigelsestid": l.Oppsigelsestid,
				"annenOppsigelsestid":   l.AnnenOppsigelsestid,
				"oppsigelseMottattDato": l.OppsigelseMottattDato, "oppsagtFraDato": l.OppsagtFraDato,
				"planlagtUtflyttingsdato": l.PlanlagtUtflyttingsdato,
			}
		}
	case "avslutt":
		form = map[string]string{
			"utflyttetdato": day(0, 0, 0), "boligstatus": "KLAR_FOR_INNFLYTTING", "avslutningsgrunn": "ANNET",
		}
	case "endre":
		form["json"] = indented(raw)
	}
	if len(act.Cases) > 0 {
		form["case"] = act.Cases[0]
	}
	return form
}

// indented returns a JSON text laid out, or as it is where it is none.
func indented(raw json.RawMessage) string {
	var value any
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return string(raw)
	}
	text, _ := json.MarshalIndent(value, "", "  ") // it was just read
	return string(text)
}

// refusedAct is an act that was refused.
type refusedAct struct {
	act     string
	form    map[string]string
	problem refusal
}
