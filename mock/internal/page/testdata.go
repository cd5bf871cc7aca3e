package page

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// hitsAtOnce is the number of persons or organisations on a page of hits.
	hitsAtOnce = 25
	// maxGenerated bounds the oppgaver of the documents that one form generates.
	maxGenerated = 100_000
)

// handleTestdata registers the pages of test data.
func (p *Page) handleTestdata() {
	p.handle("GET testdata", (*request).search)
	p.handle("GET testdata/{kind}/{number}", (*request).sourceData)
	p.handle("GET testdata/generate", func(c *request) (any, error) { return c.generator(generator{}, nil) })
	p.handle("POST testdata/generate", (*request).generate)
	p.handle("GET testdata/broken", (*request).brokenDocuments)
	p.handle("GET testdata/broken/document", (*request).brokenDocument)
	p.handle("POST testdata/broken/document", (*request).sendBroken)
}

// field is a field that can be searched.
type field struct {
	Name, Kind string
	Values     []string
}

// Example returns a condition on the field in KQL.
func (f field) Example() string {
	switch {
	case len(f.Values) > 0:
		return f.Name + ":" + f.Values[0]
	case f.Kind == "date":
		return f.Name + ":[1990 to 1994]"
	case f.Kind == "number":
		return f.Name + " >= 30"
	case f.Kind == "flag":
		return f.Name + ":true"
	case f.Kind == "relation":
		return f.Name + ":{tenorRelasjonsnavn:*}"
	}
	return f.Name + ":A*"
}

// hits is the data of the search of persons and organisations.
type hits struct {
	Kind     string // personer or organisasjoner
	KQL      string
	Fields   []field
	Examples []string
	Treff    int
	Side     int
	Next     string // query of the next page; empty where there is none
	Previous string
	Whole    bool // all that can be hits were searched
	Columns  []string
	Rows     []hitRow
	Searched bool

	ListFields bool // the query has a field that there is not
}

// hitRow is a person or an organisation that was found.
type hitRow struct {
	Number string
	Cells  []string
}

// hitColumns returns the members that a table of hits shows, and their headings.
func hitColumns(kind string) (members, headings []string) {
	if kind == "organisasjoner" {
		return []string{
				"organisasjonsnummer", "navn", "organisasjonsform.kode", "forretningsadresse.poststed",
				"naeringBeskrivelse", "antallAnsatte",
			},
			[]string{"Organisasjonsnummer", "Name", "Form", "Place", "Trade (næring)", "Employees"}
	}
	return []string{"id", "visningnavn", "kjoenn", "foedselsdato", "sivilstand", "personstatus", "bostedsadresse"},
		[]string{"Fødselsnummer", "Name", "Sex (kjønn)", "Born", "Sivilstand", "Status", "Address"}
}

// search searches persons or organisations.
func (c *request) search() (any, error) {
	data := hits{Kind: cmp.Or(c.value("kind"), "personer"), KQL: c.value("kql")}
	shown := content{template: "testdata", title: "Test data", view: "testdata"}
	if data.Kind != "organisasjoner" {
		data.Kind = "personer"
	}
	data.Examples = []string{
		"kjoenn:kvinne and foedselsdato:[1990 to 1994]", "sivilstand:gift and antallBarn >= 2",
		"etternavn:A* and not personstatus:doed",
	}
	if data.Kind == "organisasjoner" {
		data.Examples = []string{
			"organisasjonsform.kode:KOMM", "organisasjonsform.kode:AS and antallAnsatte >= 10",
			"navn:A* and konkurs:N",
		}
	}
	var fields map[string][]field
	if err := c.ask("testdata/felter", &fields); err != nil {
		return nil, err
	}
	data.Fields = fields[data.Kind]
	data.Side, _ = strconv.Atoi(c.value("side"))
	members, headings := hitColumns(data.Kind)
	data.Columns = headings
	var found struct {
		Treff         int
		NesteSide     *int
		Fullstendig   bool
		DokumentListe []json.RawMessage
	}
	target := "testdata/" + data.Kind + query("kql", data.KQL, "antall", strconv.Itoa(hitsAtOnce), "side",
		strconv.Itoa(data.Side), "vis", strings.Join(shownMembers(data.Kind, members), ","))
	err := c.ask(target, &found)
	if err != nil {
		if err := shown.refuse(err); err != nil {
			return nil, err
		}
	}
	if problem, _, found := strings.Cut(shown.problem, " There are "); found { // all fields, which the page lists too
		shown.problem = problem + " The fields are listed below."
		data.ListFields = true
	}
	data.Searched, data.Treff, data.Whole = err == nil, found.Treff, found.Fullstendig
	page := func(side int) string {
		return query("kind", data.Kind, "kql", data.KQL, "side", strconv.Itoa(side))
	}
	if found.NesteSide != nil {
		data.Next = page(*found.NesteSide)
	}
	if data.Side > 0 {
		data.Previous = page(data.Side - 1)
	}
	for _, document := range found.DokumentListe {
		values := map[string][]string{}
		for _, one := range flatten(document) {
			name, _, _ := strings.Cut(one.path, ".1")
			values[name] = append(values[name], one.value)
		}
		row := hitRow{}
		for _, member := range members {
			row.Cells = append(row.Cells, strings.Join(values[member], ", "))
		}
		row.Number = row.Cells[0]
		data.Rows = append(data.Rows, row)
	}
	shown.data = data
	return shown, nil
}

// shownMembers returns the members to ask for, for a table of hits.
func shownMembers(kind string, members []string) []string {
	if kind == "organisasjoner" {
		return append(slices.Clone(members), "forretningsadresse.adresse")
	}
	return members
}

// sourceView is the data of the page of one person or organisation.
type sourceView struct {
	Kind, Number string
	Body         layout
	Facts        []leaf
}

// sourceData shows the source data of a person or an organisation.
func (c *request) sourceData() (any, error) {
	kind, number := c.http.PathValue("kind"), c.http.PathValue("number")
	if kind != "personer" && kind != "organisasjoner" {
		return nil, refusal{http.StatusNotFound, "There are persons (personer) and organisations (organisasjoner)."}
	}
	text, err := c.get("testdata/" + kind + "/" + url.PathEscape(number))
	if err != nil {
		return nil, err
	}
	data := sourceView{Kind: kind, Number: number, Body: layoutJSON(string(text), nil)}
	return content{template: "source", title: number, view: "testdata", data: data}, nil
}

// generator is the data of the page that generates documents.
type generator struct {
	Kinds []string
	Form  map[string]string
	First *layout // the first document, where that is shown
	Sent  []sentDocument
	Kind  string // of what was sent
	Link  string // where what was sent is seen
}

// generator shows the form, with what was just made and what is wrong with it.
func (c *request) generator(data generator, problem error) (any, error) {
	shown := content{template: "generate", title: "Generate", view: "testdata"}
	if problem != nil {
		if err := shown.refuse(problem); err != nil {
			return nil, err
		}
	}
	var kinds struct{ Kinds []string }
	if err := c.ask("generate", &kinds); err != nil {
		return nil, err
	}
	data.Kinds = kinds.Kinds
	if data.Form == nil {
		data.Form = map[string]string{"kind": cmp.Or(c.value("kind"), "bsu"), "count": "1", "oppgaver": "5"}
	}
	shown.data = data
	return shown, nil
}

// isHomeKind reports whether a kind is one of Kobo's, which have no oppgaver.
func isHomeKind(kind string) bool {
	return slices.Contains([]string{"kobobolig", "sak", "husstand"}, kind)
}

// generateOrder returns the body of an order for test data as the form says.
func (c *request) generateOrder(form map[string]string) (map[string]any, error) {
	order, oppgaver := map[string]any{}, 1
	for _, field := range []struct{ name, words string }{
		{"count", "The number of documents"},
		{"oppgaver", "The number of oppgaver"},
		{"year", "The year"},
		{"seed", "The seed"},
		{"skip", "The number of documents to pass over"},
	} {
		text := form[field.name]
		if text == "" || field.name == "oppgaver" && isHomeKind(form["kind"]) {
			continue
		}
		if field.name == "oppgaver" && text == "max" {
			order["oppgaver"], oppgaver = text, maxGenerated/4
			continue
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, refusal{http.StatusBadRequest, field.words + " must be a whole number."}
		}
		if order[field.name] = n; field.name == "oppgaver" {
			oppgaver = int(min(n, maxGenerated+1))
		}
	}
	if n, _ := order["count"].(uint64); n > maxGenerated || n*uint64(max(oppgaver, 1)) > maxGenerated {
		return nil, refusal{http.StatusBadRequest, fmt.Sprintf("That is more than %d oppgaver in all, the most that "+
			"the page generates. POST /_sandkasse/generate/%s gives more, and so does the command generate.",
			maxGenerated, form["kind"])}
	}
	for _, name := range []string{"org", "system"} {
		if form[name] != "" && (name != "system" || form["kind"] == "kobobolig") {
			order[name] = form[name]
		}
	}
	return order, nil
}

// generate shows the first of the documents that the form asks for, or has all downloaded or sent.
func (c *request) generate() (any, error) {
	data := generator{Form: map[string]string{}}
	for _, name := range []string{"kind", "count", "oppgaver", "year", "org", "seed", "skip", "system"} {
		data.Form[name] = c.value(name)
	}
	kind, act := data.Form["kind"], c.value("act")
	order, err := c.generateOrder(data.Form)
	if err != nil {
		return c.generator(data, err)
	}
	if act == "send" {
		data.Kind = kind
		if data.Sent, err = c.sendGenerated(kind, order); err != nil {
			return c.generator(data, err)
		}
		switch kind {
		case "kobobolig":
			data.Link = "kobo/"
		case "sak", "husstand":
			data.Link = "kobo/cases?q="
		}
		return c.generator(data, nil)
	}
	delete(order, "system")
	skip, _ := order["skip"].(uint64)
	delete(order, "skip")
	count, _ := order["count"].(uint64)
	if count = max(count, 1); skip > maxGenerated {
		return c.generator(data, refusal{http.StatusBadRequest, "At most 100000 documents are passed over."})
	}
	if act == "show" {
		count = 1
	}
	if order["count"] = count + skip; (count+skip)*5 > maxGenerated && skip > 0 {
		return c.generator(data, refusal{http.StatusBadRequest, "That passes over too many documents for the page."})
	}
	text, err := c.do(http.MethodPost, "generate/"+url.PathEscape(kind), order)
	if err != nil {
		return c.generator(data, err)
	}
	for range skip {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	if act == "download" {
		if count == 1 {
			return file{kind + ".json", "application/json", text}, nil
		}
		return file{kind + ".ndjson", "application/x-ndjson", text}, nil
	}
	first := layoutJSON(string(text[:min(len(text), maxShownDocument)]), nil)
	data.First = &first
	return c.generator(data, nil)
}

// brokenList is the data of the table of broken documents.
type brokenList struct {
	Kind   string
	Kinds  []string
	Search string
	Rules  []brokenRule
	All    int
}

// brokenRule is a rule, and what a call that breaks it must be answered with.
type brokenRule struct {
	Rule     string
	Expected expected
}

// expected is the answer that a broken call must get.
type expected struct {
	Status                   int
	Kode, Spesifisering, Sti string
	Feedback                 *struct{ Avvikskode, Sti string }
}

// Outcome says in a word how the call must end.
func (e expected) Outcome() string {
	if e.Feedback != nil {
		return "accepted, then avvist"
	}
	return strconv.Itoa(e.Status)
}

// brokenKinds returns the kinds that have broken documents.
func (c *request) brokenKinds() ([]string, error) {
	var kinds struct{ Kinds []string }
	err := c.ask("generate", &kinds)
	list := slices.DeleteFunc(kinds.Kinds, isHomeKind)
	return append(list, "kobo"), err
}

// brokenDocuments lists the rules of an API with what each broken call must be answered with.
func (c *request) brokenDocuments() (any, error) {
	data := brokenList{Kind: cmp.Or(c.value("kind"), "bsu"), Search: c.value("q")}
	shown := content{template: "broken", title: "Broken documents", view: "testdata"}
	var err error
	if data.Kinds, err = c.brokenKinds(); err != nil {
		return nil, err
	}
	text, err := c.do(http.MethodPost, "generate/"+url.PathEscape(data.Kind), map[string]any{"broken": "list"})
	if err != nil {
		if err := shown.refuse(err); err != nil {
			return nil, err
		}
		shown.data = data
		return shown, nil
	}
	var found struct {
		Rules    []string
		Expected []expected
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, err
	}
	data.All = len(found.Rules)
	for i, rule := range found.Rules {
		one := brokenRule{rule, found.Expected[i]}
		words := strings.ToLower(fmt.Sprint(rule, " ", one.Expected.Outcome(), " ", one.Expected.Kode, " ",
			one.Expected.Spesifisering, " ", one.Expected.Sti))
		fits := true
		for word := range strings.FieldsSeq(strings.ToLower(data.Search)) {
			fits = fits && strings.Contains(words, word)
		}
		if fits {
			data.Rules = append(data.Rules, one)
		}
	}
	shown.data = data
	return shown, nil
}

// brokenCall is the data of the page of one broken call.
type brokenCall struct {
	Kind     string
	Rule     string
	Year     int
	Org      string
	Expected expected
	Request  layout
	Body     layout
	Bytes    int
	Cut      bool
}

// brokenDocument shows the call that breaks a rule, or has its document downloaded.
func (c *request) brokenDocument() (any, error) {
	kind, rule := c.value("kind"), c.value("rule")
	text, err := c.do(http.MethodPost, "generate/"+url.PathEscape(kind), map[string]any{"broken": rule})
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(text) {
		var one struct {
			Rule, Org  string
			Year       int
			Expected   expected
			Request    json.RawMessage
			Body       string
			BodyBase64 []byte
		}
		if err := json.Unmarshal(line, &one); err != nil {
			return nil, err
		}
		if one.Rule != rule {
			continue // the valid document that is delivered before
		}
		body := cmp.Or(one.Body, string(one.BodyBase64))
		if c.value("download") != "" {
			return file{"broken-" + kind + ".json", "application/octet-stream", []byte(body)}, nil
		}
		data := brokenCall{
			Kind: kind, Rule: rule, Year: one.Year, Org: one.Org, Expected: one.Expected,
			Request: layoutJSON(string(one.Request), nil), Bytes: len(body), Cut: len(body) > maxShownDocument,
		}
		shown := strings.ToValidUTF8(body[:min(len(body), maxShownDocument)], "�")
		data.Body = layoutJSON(shown, nil)
		return content{template: "brokendocument", title: rule, view: "testdata", data: data}, nil
	}
	return nil, errors.New("a rule without its call")
}

// sendBroken sends the call that breaks a rule, and shows what came of it.
func (c *request) sendBroken() (any, error) {
	text, err := c.do(http.MethodPost, "generate/"+url.PathEscape(c.value("kind"))+"/send",
		map[string]any{"broken": c.value("rule")})
	if err != nil {
		return nil, err
	}
	var made struct{ Sent []sentDocument }
	if err := json.Unmarshal(text, &made); err != nil {
		return nil, err
	}
	return redirect("calls/" + strconv.FormatInt(made.Sent[len(made.Sent)-1].Call, 10)), nil
}
