package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Limits of a recording (K796).
const (
	MaxEntries = 100_000 // calls of any kind
	MaxCalls   = 20_000  // calls to imitated APIs
)

// Call is a call of a recording. Its bodies are decoded when they are asked for.
type Call struct {
	Number int       // of the entry in the file, from 1
	Time   time.Time // the zero Time where the recording has none that can be read
	Method string
	URL    *url.URL
	At     *url.URL    // where Sandkasse has it
	Header http.Header // of the request, without those of the connection

	Status       int
	AnswerHeader http.Header
	HasHeader    bool // the recording has headers of the answer, and not just its content type

	// LacksToken reports that the tokens were taken out of the recording. Authorization is "Bearer ***" then.
	LacksToken bool

	// Played has the scenarios that Sandkasse played in the call, as its header Sandkasse-Played names them; a call
	// whose client asked for some that are not known to have played has "?". At and Header are without them.
	Played string
	// CarriedOut reports whether the call had its effect, whatever a scenario made of its answer.
	CarriedOut bool

	API  string // set by Places.Locate
	real bool   // the host is that of a real API
	base base   // where its address is another one in Sandkasse

	request  bodyText
	response bodyText
}

// LeftOut counts the entries that are not calls to the imitated APIs, or cannot be replayed.
type LeftOut struct {
	Reason string
	Count  int
	First  []int // the numbers of the first few
}

// Recording holds the calls of a HAR file, in the order in which they were made.
type Recording struct {
	Calls   []Call
	LeftOut []LeftOut
}

// HAR 1.2, as far as it is read. Members that tools add begin with an underscore.
type (
	harEntry struct {
		Started  string      `json:"startedDateTime"`
		Request  *harRequest `json:"request"`
		Response harResponse `json:"response"`
		Comment  string      `json:"comment"`
	}
	harRequest struct {
		Method   string       `json:"method"`
		URL      string       `json:"url"`
		Headers  []harPair    `json:"headers"`
		PostData *harPostData `json:"postData"`
		BodySize float64      `json:"bodySize"`
	}
	harPostData struct {
		MIMEType  string    `json:"mimeType"`
		Text      *string   `json:"text"`
		Params    []harPair `json:"params"`
		Encoding  string    `json:"encoding"`
		Encoding2 string    `json:"_encoding"`
		Comment   string    `json:"comment"`
		File      string    `json:"_file"`
	}
	harResponse struct {
		Status   float64     `json:"status"`
		Headers  []harPair   `json:"headers"`
		Content  *harContent `json:"content"`
		BodySize float64     `json:"bodySize"`
	}
	harContent struct {
		Size     float64 `json:"size"`
		MIMEType string  `json:"mimeType"`
		Text     *string `json:"text"`
		Encoding string  `json:"encoding"`
		Comment  string  `json:"comment"`
		File     string  `json:"_file"`
	}
	harPair struct {
		Name     string `json:"name"`
		Value    string `json:"value"`
		FileName string `json:"fileName"`
	}
)

// Read reads the calls of a HAR file. Where locate returns a reason, a call is left out for it;
// otherwise it gets the address that locate returns. The error says what is wrong with the file, and
// where.
func Read(text []byte, locate func(c *Call) (*url.URL, string)) (Recording, error) {
	var r Recording
	left, budget := map[string]int{}, maxDecompressed
	keepsOrder, tooMany := false, false
	n := 0
	err := eachEntry(text, &keepsOrder, func(e harEntry) error {
		n++
		call, reason, err := callOf(e, n)
		if err != nil {
			return err
		}
		if reason == "" {
			call.At, reason = locate(&call)
		}
		if reason == "" {
			if tooMany = len(r.Calls) == MaxCalls; tooMany {
				return fmt.Errorf("it has more than %d calls to imitated APIs; compare fewer at a time", MaxCalls)
			}
			call.response.budget = &budget
			r.Calls = append(r.Calls, call)
			return nil
		}
		i, known := left[reason]
		if !known {
			i = len(r.LeftOut)
			left[reason] = i
			r.LeftOut = append(r.LeftOut, LeftOut{Reason: reason})
		}
		r.LeftOut[i].Count++
		if len(r.LeftOut[i].First) < MaxShown {
			r.LeftOut[i].First = append(r.LeftOut[i].First, n)
		}
		return nil
	})
	if err != nil {
		return Recording{}, err
	}
	r.sort(keepsOrder)
	if !keepsOrder {
		r.dropRepeated()
	}
	r.noteTokens()
	r.leaveOutPlayed()
	return r, nil
}

// noteTokens gives each call a masked token where no call has any though one went well: browsers leave
// the header out when they export.
func (r *Recording) noteTokens() {
	takesToken := func(c *Call) bool { return c.API != "" && c.API != maskinporten }
	wentWell := false
	for _, call := range r.Calls {
		if call.Header.Get("Authorization") != "" {
			return
		}
		wentWell = wentWell || call.Status < http.StatusBadRequest && takesToken(&call)
	}
	for i := range r.Calls {
		if call := &r.Calls[i]; wentWell && takesToken(call) {
			call.LacksToken = true
			call.Header.Set("Authorization", "Bearer ***")
		}
	}
}

// maskinporten is the API that gives out tokens, and takes none.
const maskinporten = "maskinporten"

// MaxShown limits the calls that are named for one difference or reason.
const MaxShown = 5

// sort sorts the calls by their times, unless the file keeps them in the order in which they were
// made. A call without a time stays behind the one before it, or before the first that has one.
func (r *Recording) sort(keepsOrder bool) {
	var last time.Time
	if first := slices.IndexFunc(r.Calls, func(c Call) bool { return !c.Time.IsZero() }); first > 0 {
		last = r.Calls[first].Time
	}
	for i := range r.Calls {
		if r.Calls[i].Time.IsZero() {
			r.Calls[i].Time = last
		}
		last = r.Calls[i].Time
	}
	if n := len(r.Calls); keepsOrder || n == 0 {
		return
	} else if r.Calls[0].Time.After(r.Calls[n-1].Time) { // the newest first
		slices.Reverse(r.Calls)
	}
	slices.SortStableFunc(r.Calls, func(a, b Call) int { return a.Time.Compare(b.Time) })
}

// eachEntry calls visit with each entry of a HAR file, and sets keepsOrder where its creator is
// Sandkasse, whose clock may have been set back.
func eachEntry(text []byte, keepsOrder *bool, visit func(harEntry) error) error {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	found := false
	err := eachMember(d, "it", func(name string) error {
		if name != "log" {
			return skip(d)
		}
		return eachMember(d, "log", func(name string) error {
			switch name {
			case "creator":
				var creator struct {
					Name string `json:"name"`
				}
				err := d.Decode(&creator)
				*keepsOrder = creator.Name == "Sandkasse"
				return wrongType(err, "log.creator")
			case "entries":
				found = true
				return entries(d, visit)
			}
			return skip(d)
		})
	})
	switch {
	case err != nil:
		return err
	case !found:
		return errors.New("it has no log.entries, the list of calls of a HAR")
	}
	return nil
}

// entries calls visit with each element of the list that begins there.
func entries(d *json.Decoder, visit func(harEntry) error) error {
	switch token, err := d.Token(); {
	case err != nil:
		return broken(err)
	case token == nil: // null
		return nil
	case token != json.Delim('['):
		return errors.New("log.entries must be a list")
	}
	for n := 0; d.More(); n++ {
		if n == MaxEntries {
			return fmt.Errorf("it has more than %d entries; export fewer", MaxEntries)
		}
		var e harEntry
		if err := d.Decode(&e); err != nil {
			return wrongType(err, fmt.Sprintf("log.entries[%d]", n))
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return broken(err)
}

// eachMember calls visit with the name of each member of the object that begins there; visit reads
// the value.
func eachMember(d *json.Decoder, what string, visit func(name string) error) error {
	switch token, err := d.Token(); {
	case err != nil:
		return broken(err)
	case token != json.Delim('{'):
		return fmt.Errorf("%s must be an object of JSON", what)
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return broken(err)
		}
		name, _ := token.(string)
		if err := visit(name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return broken(err)
}

// skip passes over a value.
func skip(d *json.Decoder) error {
	var value json.RawMessage
	return broken(d.Decode(&value))
}

// broken returns an error of reading JSON in plain words; nil for nil.
func broken(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("its JSON ends too early: the file is cut off")
	case errors.As(err, &syntax):
		return fmt.Errorf("its JSON is broken at byte %d", syntax.Offset)
	}
	return err
}

// wrongType returns an error of decoding a value at a place in plain words; nil for nil.
func wrongType(err error, place string) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return broken(err)
	}
	if wrong.Field != "" {
		place += "." + wrong.Field
	}
	must := "an object"
	switch wrong.Type.Kind().String() {
	case "string":
		must = "a text"
	case "float64":
		must = "a number"
	case "slice":
		must = "a list"
	}
	article := "a"
	if strings.ContainsAny(wrong.Value[:1], "ao") {
		article = "an"
	}
	return fmt.Errorf("%s is %s %s; it must be %s", place, article, wrong.Value, must)
}

// callOf returns the call of an entry, or the reason to leave it out. The error says what a HAR must
// have.
func callOf(e harEntry, n int) (c Call, reason string, err error) {
	place := fmt.Sprintf("log.entries[%d]", n-1)
	switch {
	case e.Request == nil:
		return c, "", fmt.Errorf("%s has no request", place)
	case e.Request.Method == "":
		return c, "", fmt.Errorf("%s.request has no method", place)
	case e.Request.URL == "":
		return c, "", fmt.Errorf("%s.request has no url", place)
	}
	status := e.Response.Status
	if status != math.Trunc(status) || status < 0 || status > 999 {
		return c, "", fmt.Errorf("%s.response.status is %v; it must be an HTTP status, or 0 for none", place, status)
	}
	u, parseErr := url.Parse(e.Request.URL)
	switch {
	case parseErr != nil:
		return c, "an address that cannot be read", nil
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return c, "no address of HTTP", nil
	}
	c = Call{
		Number: n, Time: timeOf(e.Started), Method: e.Request.Method, URL: u,
		Header: headerOf(e.Request.Headers), Status: int(status), AnswerHeader: headerOf(e.Response.Headers),
		HasHeader: len(e.Response.Headers) > 0,
	}
	c.CarriedOut = isCarriedOut(c.Status, e.Comment)
	c.request = requestText(e.Request, c.Header)
	for _, name := range []string{"Content-Length", "Transfer-Encoding", "Connection", "Host"} {
		c.Header.Del(name) // which follow from the call
	}
	if at, err := http.ParseTime(c.AnswerHeader.Get("Date")); err == nil && c.Time.IsZero() {
		c.Time = timeOf(at.Format(time.RFC3339))
	}
	content := e.Response.Content
	if content == nil {
		content = &harContent{Size: -1}
	}
	c.response = responseText(content, e.Response.BodySize, c)
	if kind := content.MIMEType; c.AnswerHeader.Get("Content-Type") == "" && kind != "" &&
		kind != "x-unknown" && !c.HasHeader {
		c.AnswerHeader.Set("Content-Type", kind)
	}
	return c, "", nil
}

// timeOf returns the time that a text has: as ISO 8601, also without a zone, for UTC; the zero Time
// for any other text, and for a year that no clock of a session can have.
func timeOf(text string) time.Time {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "2006-01-02T15:04:05.999999999",
		"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999",
	} {
		if at, err := time.Parse(layout, text); err == nil && at.Year() >= 1970 && at.UTC().Year() <= 9990 {
			return at.UTC()
		}
	}
	return time.Time{}
}

// headerOf returns the headers of a list, without those that HTTP/2 has in place of a request line.
func headerOf(pairs []harPair) http.Header {
	header := http.Header{}
	for _, pair := range pairs {
		name := textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(pair.Name))
		if name == "" || name[0] == ':' {
			continue
		}
		header[name] = append(header[name], pair.Value)
	}
	return header
}
