package page

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sandkasse/mock/internal/describe"
)

// rowsAtOnce is the number of calls that are listed at once.
const rowsAtOnce = 100

// handleCalls registers the pages of the calls.
func (p *Page) handleCalls() {
	p.handle("GET calls", (*request).calls)
	p.handle("GET calls/{number}", (*request).calls)
	p.handle("GET calls/{number}/compare", (*request).compare)
	p.handle("POST calls/clear", (*request).clearCalls)
	p.handle("POST calls/{number}/send", (*request).sendAgain)
}

// call is a call as the control API shows it; without the messages where it is short.
type call struct {
	Number         int64
	Time           time.Time
	API            string
	Route          string
	Method         string
	Scheme, Host   string
	Path           string
	Status         int
	Code           string
	Specification  []string
	StoppedBy      string
	Played         []string
	Why            string
	Replayed       bool
	Organisation   string
	IdempotencyKey string
	DurationMs     float64
	Request        message
	Answer         message
}

// message is the header and the body of a request or an answer.
type message struct {
	Header     http.Header
	Body       string
	BodyBase64 []byte
	BodyBytes  int
	Cut        bool
}

// Class returns the first digit of the status.
func (c call) Class() int { return c.Status / 100 }

// Word says in a word how the call ended.
func (c call) Word() string {
	switch {
	case c.Torn():
		return "broken"
	case c.Class() >= 5:
		return "failed"
	case c.Class() == 4:
		return "refused"
	case c.Replayed:
		return "repeated"
	}
	return ""
}

// Torn reports whether the connection was torn, so that the client got no answer, or no whole one.
func (c call) Torn() bool {
	return c.Status == 499 || slices.ContainsFunc(c.Played, func(name string) bool {
		name, _, _ = strings.Cut(name, ";")
		return slices.Contains([]string{"lost-answer", "connection-reset", "connection-closed", "cut-short"}, name)
	})
}

// Codes returns the most specific codes of the answer.
func (c call) Codes() string {
	if len(c.Specification) > 0 {
		return strings.Join(c.Specification, ", ")
	}
	return c.Code
}

// Took returns the duration in milliseconds, with a digit after the point where that says more.
func (c call) Took() string {
	if c.DurationMs < 10 {
		return strconv.FormatFloat(c.DurationMs, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(c.DurationMs, 'f', 0, 64) + " ms"
}

// labels has the first segments of the APIs' paths, which are asked for once: they do not change.
type labels struct {
	once sync.Once
	list []string
}

// pathOf returns the path of a call as its API knows it: without the session and the API's label,
// which stand beside it.
func (c *request) pathOf(one call) string {
	path := one.Path
	if rest, found := strings.CutPrefix(path, "/_session/"+c.at.Session+"/"); found {
		path = "/" + rest
	}
	c.page.labels.once.Do(func() {
		var all struct{ APIs []describe.APIView }
		if c.ask("apis", &all) == nil {
			for _, api := range all.APIs {
				c.page.labels.list = append(c.page.labels.list, "/"+api.Label)
			}
		}
	})
	for _, label := range c.page.labels.list {
		if rest, found := strings.CutPrefix(path, label+"/"); found && one.API != "" {
			return "/" + rest
		}
	}
	return path
}

// callRow is a call in the list, in texts: the list has many, and a template is slow to make them.
type callRow struct {
	Number       int64
	Link         string
	Class        string // of the element
	Open         bool
	ISO, Clock   string
	API          string
	Method       string
	Path         string
	Whole        string // path, where Path is shortened; else empty
	Played       []string
	Status, Code string
	Organisation string
	Took         string
	Why          string // of a call that was refused, shortened; shown where there is room
}

// The lengths of texts in the list, in characters. A hundred rows have to fit the first screen.
const (
	longestPath   = 52
	longestReason = 90
)

// row returns a call as the list shows it, with the query of the list.
func (c *request) row(one call, list string) callRow {
	path := c.pathOf(one)
	row := callRow{
		Number: one.Number, Link: "calls/" + strconv.FormatInt(one.Number, 10) + list,
		Class: "s" + strconv.Itoa(one.Class()), ISO: isoTime(one.Time), Clock: one.Time.UTC().Format(time.TimeOnly),
		API: cmp.Or(one.API, "–"), Method: one.Method, Path: shorten(longestPath, path), Played: one.Played,
		Status: strings.TrimSpace(strconv.Itoa(one.Status) + " " + one.Word()), Code: shorten(26, one.Codes()),
		Organisation: one.Organisation, Took: one.Took(),
	}
	if one.Status >= http.StatusBadRequest {
		clause, _, _ := strings.Cut(one.Why, "; ")
		row.Why = string([]rune(clause)[:min(len([]rune(clause)), longestReason)])
	}
	if row.Path != path {
		row.Whole = path
	}
	if one.Torn() {
		row.Class += " torn"
	}
	return row
}

// callList is the data of the list of calls, with the one that is open.
type callList struct {
	Search  string
	Query   string // of links within the list: ?q=… or nothing
	Live    string // address of the stream of those that fit
	Rows    []callRow
	Older   string // query of the list of older calls; empty where there are none
	Newest  int64
	HAR     string
	Example string // command that sends a delivery; where there are no calls
	Open    *openCall
}

// calls lists the calls that fit the search, the newest first, and shows the one in the path beside
// them. The part rows is the list alone, the part detail the call alone.
func (c *request) calls() (any, error) {
	list := callList{Search: c.value("q")}
	list.Query = query("q", list.Search)
	shown := content{template: "calls", title: "Calls", view: "calls", part: c.value("part")}
	if !slices.Contains([]string{"", "rows", "detail"}, shown.part) {
		return nil, refusal{http.StatusBadRequest, "There is no such part of the page."}
	}
	number := c.http.PathValue("number")
	if number != "" {
		open, err := c.open(number, list.Query)
		if err != nil && shown.part != "" {
			return nil, err
		}
		if err != nil {
			shown.problem = err.Error()
			shown.status = http.StatusNotFound
		}
		if err == nil {
			list.Open = &open
			shown.title = "Call " + number
		}
	}
	if shown.part != "detail" {
		if err := c.fill(&list, number); err != nil {
			refused, ok := errors.AsType[refusal](err)
			if !ok {
				return nil, err
			}
			shown.problem, shown.status = refused.text, refused.status
		}
	}
	shown.data = list
	return shown, nil
}

// fill reads the rows of a list: the newest, those before a number, or those since one.
func (c *request) fill(list *callList, open string) error {
	values := parseSearch(list.Search)
	live := maps.Clone(values)
	live.Set("view", "short")
	list.Live = "../calls/live?" + live.Encode()
	list.HAR = "../calls.har"
	if len(values) > 0 {
		list.HAR += "?" + values.Encode()
	}
	for _, bound := range []string{"before", "since"} {
		if c.value(bound) != "" {
			values.Set(bound, c.value(bound))
		}
	}
	values.Set("view", "short")
	values.Set("limit", strconv.Itoa(rowsAtOnce+1)) // one more shows that there are older ones
	var found struct{ Calls []call }
	if err := c.ask("calls?"+values.Encode(), &found); err != nil {
		return err
	}
	if len(found.Calls) > rowsAtOnce {
		found.Calls = found.Calls[1:]
		list.Older = query("q", list.Search, "before", strconv.FormatInt(found.Calls[0].Number, 10))
	}
	slices.Reverse(found.Calls)
	for _, one := range found.Calls {
		list.Newest = max(list.Newest, one.Number)
		row := c.row(one, list.Query)
		row.Open = strconv.FormatInt(one.Number, 10) == open
		list.Rows = append(list.Rows, row)
	}
	if len(list.Rows) == 0 && list.Search == "" {
		list.Example = c.example()
	}
	return nil
}

// example returns a command that makes a first call.
func (c *request) example() string {
	root := c.at.Root
	return "TOKEN=$(curl -s '" + root + "/_sandkasse/token?api=bsu&org=987654321&ttl=1h')\n" +
		"curl -s " + root + "/_sandkasse/generate/bsu -d '{\"year\": 2023, \"org\": \"987654321\"}' |\n" +
		"curl -s " + root + "/innrapporteringbsu/v1/2023 -H \"Authorization: Bearer $TOKEN\" \\\n" +
		"  -H 'Content-Type: application/json' -H 'idempotencyKey: 7c9e6679-7425-40de-944b-e07fc1f90ae7' \\\n" +
		"  --data-binary @-"
}

// openCall is the call that is open, with why it was answered so.
type openCall struct {
	call
	Shown    string
	Query    string // of the list
	Why      describe.Explanation
	Request  shownMessage
	Answer   shownMessage
	Remarks  []string
	FailLike string // query of a new play for calls like this one
	Previous int64  // the call before of the same operation; 0 for none
}

// Before returns the number before this call's: an export of this call alone is bounded by both.
func (o openCall) Before() int64 { return o.Number - 1 }

// After returns the number after this call's.
func (o openCall) After() int64 { return o.Number + 1 }

// shownMessage is a message as it is shown: its headers in order, and its body laid out.
type shownMessage struct {
	Name    string
	Headers []shownHeader
	Body    layout
	Bytes   int
	Cut     bool
	Whole   bool // it can be sent again
}

// shownHeader is a header, with what is wrong with it.
type shownHeader struct {
	Name, Value string
	Marks       []describe.PlaceView
}

// open reads a call and its explanation.
func (c *request) open(number, list string) (openCall, error) {
	var open openCall
	path := "calls/" + url.PathEscape(number)
	if err := c.ask(path, &open.call); err != nil {
		return open, err
	}
	if err := c.ask(path+"/why", &open.Why); err != nil {
		return open, err
	}
	open.Shown, open.Query = c.pathOf(open.call), list
	open.Request = show("Request", open.call.Request, open.Why.Places)
	open.Answer = show("Answer", open.call.Answer, nil)
	if open.StoppedBy == "" && open.call.Why != "" {
		open.Remarks = strings.Split(open.call.Why, "; ")
	}
	scenario := ""
	if open.Status >= 400 {
		scenario = open.Codes()
		if len(open.Specification) != 1 {
			scenario = open.Code
		}
	}
	open.FailLike = query(
		"scenario",
		scenario,
		"api",
		open.API,
		"organisation",
		open.Organisation,
		"method",
		open.Method,
	)
	previous := url.Values{"view": {"short"}, "limit": {"1"}, "before": {number}}
	for name, value := range map[string]string{"api": open.API, "route": open.Route, "method": open.Method} {
		if value != "" {
			previous.Set(name, value)
		}
	}
	var before struct{ Calls []call }
	if c.ask("calls?"+previous.Encode(), &before) == nil && len(before.Calls) > 0 {
		open.Previous = before.Calls[0].Number
	}
	return open, nil
}

// show lays out a message, with marks at the places that the answer complains of.
func show(name string, m message, places []describe.PlaceView) shownMessage {
	shown := shownMessage{Name: name, Bytes: m.BodyBytes, Cut: m.Cut, Whole: !m.Cut}
	for _, header := range slices.Sorted(maps.Keys(m.Header)) {
		for _, value := range m.Header[header] {
			one := shownHeader{Name: header, Value: value}
			for _, place := range places {
				if strings.EqualFold(place.Sti, header) {
					one.Marks = append(one.Marks, place)
				}
			}
			if strings.EqualFold(header, "idempotencyKey") { // which net/http spells otherwise
				one.Name = "idempotencyKey"
			}
			shown.Headers = append(shown.Headers, one)
		}
	}
	switch {
	case len(m.BodyBase64) > 0:
		shown.Body = layoutText(
			fmt.Sprintf("(no UTF-8; in base64)\n%s", base64.StdEncoding.EncodeToString(m.BodyBase64)),
		)
	case strings.Contains(m.Header.Get("Content-Type"), "json") || json.Valid([]byte(m.Body)):
		shown.Body = layoutJSON(m.Body, places)
	default:
		shown.Body = layoutText(m.Body)
	}
	return shown
}

// clearCalls clears the journal of the session.
func (c *request) clearCalls() (any, error) {
	_, err := c.do(http.MethodDelete, "calls", nil)
	return redirect("calls"), err
}

// sendAgain makes a call again, and shows what came of it.
func (c *request) sendAgain() (any, error) {
	text, err := c.do(http.MethodPost, "calls/"+c.segment("number")+"/send",
		map[string]string{"idempotencyKey": c.value("idempotencyKey")})
	if err != nil {
		return nil, err
	}
	var sent call
	if err := json.Unmarshal(text, &sent); err != nil {
		return nil, err
	}
	return redirect("calls/" + strconv.FormatInt(sent.Number, 10) + query("q", c.value("q"))), nil
}
