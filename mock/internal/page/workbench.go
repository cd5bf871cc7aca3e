package page

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/control"
	"sandkasse/mock/internal/describe"
)

// handleWorkbench registers the pages of tokens, documents, sessions, the clock and the server.
func (p *Page) handleWorkbench() {
	p.handle("GET workbench", func(c *request) (any, error) { return c.workbench(workbench{}, nil) })
	p.handle("POST workbench/token", (*request).makeToken)
	p.handle("POST workbench/decode", (*request).decodeToken)
	p.handle("POST workbench/validate", (*request).validate)
	p.handle("POST workbench/clock", (*request).setClock)
	p.handle("POST workbench/reset", (*request).reset)
	p.handle("POST workbench/checkpoint", (*request).saveCheckpoint)
	p.handle("POST workbench/restore", (*request).restoreCheckpoint)
	p.handle("POST workbench/delete", (*request).deleteCheckpoint)
	p.handle("POST workbench/end", (*request).endSession)
}

// workbench is the data of its page.
type workbench struct {
	APIs        []describe.APIView
	Token       string // that was just made
	Pasted      string // token
	Decoded     *decodedToken
	Document    string // that was pasted
	DocumentAPI string
	Verdict     *verdict
	Checkpoints []checkpoint
	Sessions    []sessionRow
	Clock       clockView
	Done        string // what was just done, in a sentence
	Server      serverView
	Form        map[string]string // of the token maker
}

// checkpoint is one of a session.
type checkpoint struct {
	Name    string
	Records int
	Bytes   int64
}

// sessionRow is a session in the table, with the address of its calls.
type sessionRow struct {
	describe.SessionView
	Link string
	Here bool
}

// serverView describes the server.
type serverView struct {
	Version  string
	Settings []control.Setting
	Root     string
	CA       bool
}

// decodedToken is a token laid out.
type decodedToken struct {
	Issued  *time.Time
	Expires *time.Time
	Now     time.Time
	Valid   bool
	Why     string
	Remark  string
	APIs    []string
	Header  layout
	Claims  layout
}

// Remaining says how long a token is valid yet, or since when it is not, by the session's clock.
func (d decodedToken) Remaining() string {
	if d.Expires == nil {
		return ""
	}
	left := d.Expires.Sub(d.Now).Round(time.Second)
	units := strings.NewReplacer("h0m0s", "h", "m0s", "m") // an hour is 1h0m0s in Go
	if left > 0 {
		return "It expires in " + units.Replace(left.String()) + "."
	}
	return "It expired " + units.Replace((-left).String()) + " ago."
}

// verdict lists what is wrong with a document.
type verdict struct {
	Valid      bool
	Violations []violation
	Body       layout
}

// violation is a place where a document breaks a rule.
type violation struct {
	Sti, AngittVerdi, Melding string
	Line, Column              int
}

// workbench shows the page, with what was just made and what is wrong with it.
func (c *request) workbench(data workbench, problem error) (any, error) {
	shown := content{template: "workbench", title: "Workbench", view: "workbench"}
	if problem != nil {
		refused, ok := errors.AsType[refusal](problem)
		if !ok {
			return nil, problem
		}
		shown.problem, shown.status = refused.text, refused.status
	}
	var apis struct{ APIs []describe.APIView }
	var checkpoints struct{ Checkpoints []checkpoint }
	var sessions struct{ Sessions []describe.SessionView }
	for _, one := range []struct {
		target string
		into   any
	}{
		{"apis", &apis},
		{"checkpoints", &checkpoints},
		{"sessions", &sessions},
		{"clock", &data.Clock},
		{"version", &data.Server},
		{"settings", &data.Server},
	} {
		if err := c.ask(one.target, one.into); err != nil {
			return nil, err
		}
	}
	data.APIs, data.Checkpoints = apis.APIs, checkpoints.Checkpoints
	for _, one := range sessions.Sessions {
		data.Sessions = append(data.Sessions, sessionRow{
			one, c.at.In(one.Name).Location(Prefix + "calls"), one.Name == c.at.Session,
		})
	}
	slices.SortStableFunc(data.Sessions, func(a, b sessionRow) int { return b.Used.Compare(a.Used) })
	data.Sessions = data.Sessions[:min(len(data.Sessions), rowsAtOnce)]
	_, err := c.get("ca.pem")
	data.Server.Root, data.Server.CA = c.at.Root, err == nil
	data.Done = doneSentences()[c.value("done")]
	if data.Form == nil {
		data.Form = map[string]string{"api": "bsu", "org": "987654321", "ttl": "1h"}
	}
	shown.data = data
	return shown, nil
}

// doneSentences returns what was done, by the word that a redirect carries.
func doneSentences() map[string]string {
	return map[string]string{
		"clock": "The clock is set.", "reset": "The session is reset.", "saved": "The checkpoint is saved.",
		"restored": "The session is as it was at the checkpoint.", "deleted": "The checkpoint is deleted.",
		"ended": "The session is ended.",
	}
}

// done returns the redirect to a part of the page, which says what was done.
func done(what, part string) redirect { return redirect("workbench?done=" + what + "#" + part) }

// makeToken makes a token and shows it, decoded.
func (c *request) makeToken() (any, error) {
	values, data := url.Values{}, workbench{Form: map[string]string{}}
	for _, name := range []string{"api", "org", "vendor", "scope", "ttl", "expired"} {
		if data.Form[name] = c.value(name); data.Form[name] != "" {
			values.Set(name, data.Form[name])
		}
	}
	text, err := c.get("token?" + values.Encode())
	if err != nil {
		return c.workbench(data, err)
	}
	data.Token = string(text)
	data.Decoded, err = c.decoded(data.Token)
	return c.workbench(data, err)
}

// decodeToken shows a token that was pasted.
func (c *request) decodeToken() (any, error) {
	data := workbench{Pasted: c.value("token")}
	var err error
	data.Decoded, err = c.decoded(data.Pasted)
	return c.workbench(data, err)
}

// decoded returns a token laid out.
func (c *request) decoded(text string) (*decodedToken, error) {
	answer, err := c.do(http.MethodPost, "token/decode", map[string]string{"token": text})
	if err != nil {
		return nil, err
	}
	var view struct {
		decodedToken
		Header map[string]json.RawMessage
		Claims map[string]json.RawMessage
	}
	if err := json.Unmarshal(answer, &view); err != nil {
		return nil, err
	}
	view.decodedToken.Header, view.decodedToken.Claims = layoutObject(view.Header), layoutObject(view.Claims)
	return &view.decodedToken, nil
}

// layoutObject lays out an object, its members by name.
func layoutObject(members map[string]json.RawMessage) layout {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	sort.Strings(names)
	var text strings.Builder
	for i, name := range names {
		text.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		key, _ := json.Marshal(name) // a string always can be
		text.Write(key)
		text.WriteString(":")
		text.Write(members[name])
	}
	if len(names) == 0 {
		text.WriteString("{")
	}
	return layoutJSON(text.String()+"}", nil)
}

// validate shows what is wrong with a document that was pasted.
func (c *request) validate() (any, error) {
	data := workbench{Document: c.http.FormValue("document"), DocumentAPI: c.value("api")}
	answer, err := c.do(http.MethodPost, "apis/"+url.PathEscape(data.DocumentAPI)+"/validate", []byte(data.Document))
	if err != nil {
		return c.workbench(data, err)
	}
	var found verdict
	if err := json.Unmarshal(answer, &found); err != nil {
		return nil, err
	}
	places := make([]describe.PlaceView, len(found.Violations))
	for i, one := range found.Violations {
		places[i] = describe.PlaceView{Sti: one.Sti, Melding: one.Melding, Value: one.AngittVerdi}
	}
	found.Body = layoutJSON(data.Document, places)
	data.Verdict = &found
	return c.workbench(data, nil)
}

// setClock changes the session's clock as the button says.
func (c *request) setClock() (any, error) {
	change := map[string]any{}
	act := c.value("act")
	switch act {
	case "freeze":
		change["freeze"] = true
	case "free":
		change["free"] = true
	case "new-year":
		var now clockView
		if err := c.ask("clock", &now); err != nil {
			return nil, err
		}
		change["set"] = time.Date(now.Now.Year()+1, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)
	case "set":
		change["set"] = clockTime(c.value("at"))
	case "freeze-at":
		change["freeze"] = clockTime(c.value("at"))
	case "scale":
		change["scale"] = c.value("scale")
		if scale, err := strconv.ParseFloat(c.value("scale"), 64); err == nil {
			change["scale"] = scale
		}
	default:
		change["advance"] = act
	}
	if _, err := c.do(http.MethodPut, "clock", change); err != nil {
		return c.workbench(workbench{}, err)
	}
	return done("clock", "clock"), nil
}

// clockTime returns a time as the control API takes it. What a field for a date and a time holds has
// no zone, and is in UTC.
func clockTime(text string) string {
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if at, err := time.Parse(form, text); err == nil {
			return at.Format(time.RFC3339)
		}
	}
	return text
}

// reset empties the session.
func (c *request) reset() (any, error) {
	var body any
	if seed := c.value("seed"); seed != "" {
		n, err := strconv.ParseUint(seed, 10, 64)
		if err != nil {
			return c.workbench(workbench{}, refusal{
				http.StatusBadRequest, "The seed must be a whole number from 0 to 18446744073709551615.",
			})
		}
		body = map[string]any{"seed": n}
	}
	if _, err := c.do(http.MethodPost, "reset", body); err != nil {
		return c.workbench(workbench{}, err)
	}
	return done("reset", "session"), nil
}

// saveCheckpoint saves the session as it stands.
func (c *request) saveCheckpoint() (any, error) {
	return c.change(http.MethodPost, "checkpoints", map[string]string{"name": c.value("name")}, "saved")
}

// restoreCheckpoint sets the session back to a checkpoint.
func (c *request) restoreCheckpoint() (any, error) {
	return c.change(http.MethodPost, "checkpoints/"+url.PathEscape(c.value("name"))+"/restore", nil, "restored")
}

// deleteCheckpoint deletes a checkpoint.
func (c *request) deleteCheckpoint() (any, error) {
	return c.change(http.MethodDelete, "checkpoints/"+url.PathEscape(c.value("name")), nil, "deleted")
}

// change carries out an operation on the session, and shows the page again.
func (c *request) change(method, target string, body any, what string) (any, error) {
	if _, err := c.do(method, target, body); err != nil {
		return c.workbench(workbench{}, err)
	}
	return done(what, "session"), nil
}

// endSession ends the session that the form names.
func (c *request) endSession() (any, error) {
	name := c.value("name")
	if _, err := c.do(http.MethodDelete, "sessions/"+url.PathEscape(name), nil); err != nil {
		return c.workbench(workbench{}, err)
	}
	if name == c.at.Session {
		return away(c.at.In("default").Location(Prefix + "workbench?done=ended#sessions")), nil
	}
	return done("ended", "sessions"), nil
}
