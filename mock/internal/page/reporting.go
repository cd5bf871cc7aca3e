package page

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/describe"
)

const (
	// avvikAtOnce is the number of avvik that are shown of a feedback.
	avvikAtOnce = 200
	// maxShownDocument bounds the bytes that are shown of a document; the rest can be downloaded.
	maxShownDocument = 200_000
	// maxHoldingColumns bounds the columns of a table of oppgaver.
	maxHoldingColumns = 12
)

// handleReporting registers the pages of dialogs, their documents and what is in force.
func (p *Page) handleReporting() {
	p.handle("GET reporting", (*request).inbox)
	p.handle("GET reporting/{dialog}", (*request).inbox)
	p.handle("GET reporting/holdings", (*request).holdings)
}

// dialog is a dialog as the control API shows it.
type dialog struct {
	DialogID      string
	API           string
	Inntektsaar   int
	Organisasjon  string
	Created       time.Time
	Updated       time.Time
	Deliveries    int
	Processed     int
	Rejected      bool
	Transmissions []transmission
}

// Waiting returns the number of deliveries without feedback.
func (d dialog) Waiting() int { return d.Deliveries - d.Processed }

// transmission is a delivery with its feedback.
type transmission struct {
	ForsendelseID  string
	Number         int
	Received       time.Time
	Sender         string
	Vendor         string
	Reference      string
	Oppgaver       int
	Sletteoppgaver int
	Documents      []documentLink
	Feedback       *struct {
		ForsendelseID   string
		Leveransestatus string
		Documents       []documentLink
	}
	FeedbackAt *time.Time
}

// documentLink is a document of a delivery or of its feedback.
type documentLink struct{ DokumentID, Name, ContentType string }

// inboxRow is a dialog in the inbox.
type inboxRow struct {
	dialog
	Title string // of the API
	Query string // of the list
	Open  bool
}

// inboxGroup is the dialogs of one organisation, the newest year first.
type inboxGroup struct {
	Organisasjon string
	Rows         []inboxRow
}

// inbox is the data of the inbox, with the dialog that is open.
type inbox struct {
	API, Year, Org string
	APIs           []string
	Query          string // of links within the inbox
	Groups         []inboxGroup
	Dialogs        int
	Cut            bool // there are more dialogs
	Open           *openDialog
}

// openDialog is the dialog that is open, with one of its deliveries.
type openDialog struct {
	dialog
	Title  string
	Query  string
	Older  int // number of the first delivery that is listed; 0 where there are none before it
	Chosen *openTransmission
}

// openTransmission is the delivery that is shown of a dialog.
type openTransmission struct {
	transmission
	Findings *feedback
	Document *shownDocument
	About    []avvikGroup
	More     int // avvik that are not shown
}

// feedback has the avvik of a delivery, as the control API shows them.
type feedback struct {
	Leveransestatus                                                string
	AntallOppgaver, AntallAvvisteOppgaver, AntallOppgaverMedVarsel int
	AntallAvvik                                                    int
	Avvik                                                          []avvik
}

// avvik is a deviation in a delivery.
type avvik struct {
	Avvikskode, Avvikstekst, Veiledning, Alvorlighetsgrad string
	Sti, ElementSti                                       string
	Element                                               json.RawMessage
}

// avvikGroup is the avvik about one oppgave, or about the delivery as a whole.
type avvikGroup struct {
	Sti   string // of the oppgave; empty for the whole delivery
	Avvik []avvik
	Body  layout // of the oppgave, with a mark at each avvik
}

// shownDocument is a document that is shown.
type shownDocument struct {
	documentLink
	Address string // to download it from
	Body    layout
	Cut     bool
}

// inbox lists the dialogs that fit the query, and shows the one in the path beside them.
func (c *request) inbox() (any, error) {
	data := inbox{API: c.value("api"), Year: c.value("year"), Org: c.value("org")}
	data.Query = query("api", data.API, "year", data.Year, "org", data.Org)
	shown := content{template: "reporting", title: "Reporting", view: "reporting"}
	titles, err := c.titles()
	if err != nil {
		return nil, err
	}
	for _, api := range titles.names {
		if titles.takes[api] {
			data.APIs = append(data.APIs, api)
		}
	}
	id := c.http.PathValue("dialog")
	var found struct{ Dialogs []dialog }
	target := "dialogs?" + strings.TrimPrefix(
		query("api", data.API, "year", data.Year, "org", data.Org, "limit", strconv.Itoa(2*rowsAtOnce)), "?")
	if err := c.ask(target, &found); err != nil {
		if err := shown.refuse(err); err != nil {
			return nil, err
		}
	}
	data.Dialogs, data.Cut = len(found.Dialogs), len(found.Dialogs) == 2*rowsAtOnce
	for _, one := range found.Dialogs {
		i := slices.IndexFunc(data.Groups, func(g inboxGroup) bool { return g.Organisasjon == one.Organisasjon })
		if i < 0 {
			i = len(data.Groups)
			data.Groups = append(data.Groups, inboxGroup{Organisasjon: one.Organisasjon})
		}
		row := inboxRow{one, titles.of(one.API), data.Query, one.DialogID == id}
		data.Groups[i].Rows = append(data.Groups[i].Rows, row)
	}
	for _, group := range data.Groups {
		slices.SortStableFunc(
			group.Rows,
			func(a, b inboxRow) int { return cmp.Compare(b.Inntektsaar, a.Inntektsaar) },
		)
	}
	if id != "" {
		open, err := c.openDialog(id, data.Query, titles)
		if err != nil {
			if err := shown.refuse(err); err != nil {
				return nil, err
			}
		} else {
			data.Open = &open
			shown.title = open.Title + " " + strconv.Itoa(open.Inntektsaar)
		}
	}
	shown.data = data
	return shown, nil
}

// refuse shows a refusal above the content, and returns any other error.
func (s *content) refuse(err error) error {
	refused, ok := errors.AsType[refusal](err)
	if !ok {
		return err
	}
	s.problem, s.status = refused.text, refused.status
	return nil
}

// apiTitles are the APIs' titles by name, and whether they take deliveries.
type apiTitles struct {
	names  []string
	titles map[string]string
	takes  map[string]bool
}

// of returns the title of an API, or its name where it has none.
func (a apiTitles) of(name string) string { return cmp.Or(a.titles[name], name) }

// titles returns the titles of the APIs.
func (c *request) titles() (apiTitles, error) {
	var all struct{ APIs []describe.APIView }
	err := c.ask("apis", &all)
	found := apiTitles{titles: map[string]string{}, takes: map[string]bool{}}
	for _, api := range all.APIs {
		found.names = append(found.names, api.Name)
		found.titles[api.Name], found.takes[api.Name] = api.Title, len(api.Schema) > 0
	}
	return found, err
}

// openDialog reads a dialog, with the delivery that the query names, or the last.
func (c *request) openDialog(id, list string, titles apiTitles) (openDialog, error) {
	open := openDialog{Query: list}
	target := "dialogs/" + url.PathEscape(id) + "?limit=20"
	if before := c.value("before"); before != "" {
		target += "&before=" + url.QueryEscape(before)
	}
	if err := c.ask(target, &open.dialog); err != nil {
		return open, err
	}
	open.Title = titles.of(open.API)
	if len(open.Transmissions) == 0 {
		return open, nil
	}
	if first := open.Transmissions[0].Number; first > 1 {
		open.Older = first
	}
	slices.Reverse(open.Transmissions)
	chosen := open.Transmissions[0]
	if wanted := c.value("forsendelse"); wanted != "" {
		chosen = transmission{}
		if err := c.ask("forsendelser/"+url.PathEscape(wanted), &chosen); err != nil {
			return open, err
		}
	}
	shown := openTransmission{transmission: chosen}
	var places []describe.PlaceView
	if chosen.Feedback != nil {
		var found feedback
		target := "forsendelser/" + url.PathEscape(chosen.ForsendelseID) + "/avvik?limit=" + strconv.Itoa(avvikAtOnce)
		if err := c.ask(target, &found); err != nil {
			return open, err
		}
		shown.Findings, shown.More = &found, found.AntallAvvik-len(found.Avvik)
		shown.About = groupAvvik(found.Avvik)
		for _, one := range found.Avvik {
			places = append(places, describe.PlaceView{Sti: one.Sti, Kode: one.Avvikskode, Melding: one.Avvikstekst})
		}
	}
	if wanted := c.value("document"); wanted != "" {
		document, err := c.openDocument(chosen, wanted, places)
		if err != nil {
			return open, err
		}
		shown.Document = &document
	}
	open.Chosen = &shown
	return open, nil
}

// groupAvvik puts the avvik about one oppgave together, each marked in it.
func groupAvvik(list []avvik) (groups []avvikGroup) {
	var places []describe.PlaceView
	for i, one := range list {
		if i == 0 || one.ElementSti != list[i-1].ElementSti {
			groups, places = append(groups, avvikGroup{Sti: one.ElementSti}), nil
		}
		last := &groups[len(groups)-1]
		last.Avvik = append(last.Avvik, one)
		places = append(places, describe.PlaceView{
			Sti: strings.TrimPrefix(one.Sti, one.ElementSti), Kode: one.Avvikskode,
		})
		if ends := i+1 == len(list) || list[i+1].ElementSti != one.ElementSti; ends && len(one.Element) > 0 {
			last.Body = layoutJSON(string(one.Element), places)
		}
	}
	return groups
}

// openDocument reads a document of a delivery or of its feedback.
func (c *request) openDocument(of transmission, id string, places []describe.PlaceView) (shownDocument, error) {
	documents := of.Documents
	if of.Feedback != nil {
		documents = slices.Concat(documents, of.Feedback.Documents)
	}
	i := slices.IndexFunc(documents, func(d documentLink) bool { return d.DokumentID == id })
	if i < 0 {
		return shownDocument{}, refusal{http.StatusNotFound, "The delivery has no such document now."}
	}
	target := "forsendelser/" + url.PathEscape(of.ForsendelseID) + "/dokumenter/" + url.PathEscape(id)
	text, err := c.get(target)
	if err != nil {
		return shownDocument{}, err
	}
	shown := shownDocument{documentLink: documents[i], Address: "../" + target, Cut: len(text) > maxShownDocument}
	text = text[:min(len(text), maxShownDocument)]
	if i > 0 {
		places = nil
	}
	if strings.Contains(documents[i].ContentType, "json") {
		shown.Body = layoutJSON(string(text), places)
	} else {
		shown.Body = layoutText(strings.ToValidUTF8(string(text), "�"))
	}
	return shown, nil
}

// holdings is the data of the table of what is in force.
type holdings struct {
	API, Year, Org string
	APIs           []string
	List           []holding
	Open           *openHolding
}

// holding is the oppgaver in force of one organisation, API and year.
type holding struct {
	Organisasjon   string
	API            string
	Inntektsaar    int
	AntallOppgaver int
	Oppgaver       []struct {
		ForsendelseID string
		Oppgave       json.RawMessage
	}
}

// openHolding is one holding as a table.
type openHolding struct {
	holding
	Columns []string
	Rows    [][]string
	From    int // number of the first row
	Next    int // of the first row of the next page; 0 where there is none
}

// holdings lists what is in force; where one organisation, API and year are asked for, its oppgaver.
func (c *request) holdings() (any, error) {
	data := holdings{API: c.value("api"), Year: c.value("year"), Org: c.value("org")}
	shown := content{template: "holdings", title: "Holdings", view: "reporting"}
	titles, err := c.titles()
	if err != nil {
		return nil, err
	}
	for _, api := range titles.names {
		if titles.takes[api] {
			data.APIs = append(data.APIs, api)
		}
	}
	var found struct{ Holdings []holding }
	if err := c.ask("holdings"+query("api", data.API, "year", data.Year, "org", data.Org), &found); err != nil {
		if err := shown.refuse(err); err != nil {
			return nil, err
		}
	}
	data.List = found.Holdings
	if len(data.List) == 1 && data.API != "" && data.Year != "" && data.Org != "" {
		from, _ := strconv.Atoi(c.value("from"))
		open := tableOf(data.List[0], from)
		data.Open = &open
	}
	data.List = data.List[:min(len(data.List), 5*rowsAtOnce)]
	shown.data = data
	return shown, nil
}

// tableOf returns a page of the oppgaver of a holding as a table, from a row on, with a column for each
// member that one of them has.
func tableOf(one holding, from int) openHolding {
	from = max(0, min(from, len(one.Oppgaver)-1))
	open := openHolding{holding: one, From: from}
	page := one.Oppgaver[from:min(from+rowsAtOnce, len(one.Oppgaver))]
	if from+rowsAtOnce < len(one.Oppgaver) {
		open.Next = from + rowsAtOnce
	}
	for _, oppgave := range page {
		row := make([]string, len(open.Columns))
		for _, member := range flatten(oppgave.Oppgave) {
			i := slices.Index(open.Columns, member.path)
			if i < 0 {
				if len(open.Columns) == maxHoldingColumns {
					continue
				}
				i = len(open.Columns)
				open.Columns, row = append(open.Columns, member.path), append(row, "")
			}
			row[i] = member.value
		}
		open.Rows = append(open.Rows, row)
	}
	for i := range open.Rows { // columns that came with a later row
		open.Rows[i] = append(open.Rows[i], make([]string, len(open.Columns)-len(open.Rows[i]))...)
	}
	return open
}

// leaf is a member of a document that is no object and no list, with the names that lead to it.
type leaf struct{ path, value string }

// flatten returns the leaves of a JSON text in their order.
func flatten(text []byte) (leaves []leaf) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var walk func(path []string) error
	walk = func(path []string) error {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		opened, nested := token.(json.Delim)
		if !nested {
			value := ""
			switch token := token.(type) {
			case string:
				value = token
			case nil:
			default:
				text, _ := json.Marshal(token) // a number or a word
				value = string(text)
			}
			leaves = append(leaves, leaf{strings.Join(path, "."), value})
			return nil
		}
		for i := 0; decoder.More(); i++ {
			name := strconv.Itoa(i + 1)
			if opened == '{' {
				key, err := decoder.Token()
				if err != nil {
					return err
				}
				name, _ = key.(string)
			}
			if err := walk(append(slices.Clone(path), name)); err != nil {
				return err
			}
		}
		_, err = decoder.Token() // its end
		return err
	}
	if err := walk(nil); err != nil && !errors.Is(err, io.EOF) {
		return nil // no JSON; a delivery that was accepted is
	}
	return leaves
}
