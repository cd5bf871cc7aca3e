package page

import (
	"embed"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"sandkasse/mock/internal/describe"
	"sandkasse/mock/internal/excerpt"
)

//go:embed templates
var templateFiles embed.FS

// frame holds what every page shows around its content.
type frame struct {
	Title   string
	View    string // path of the view in the navigation
	Views   []viewLink
	Base    string // links of the page are relative to it
	Here    string // path and query of this page
	Session string
	Clock   clockView
	Armed   int
	Version string
	Style   string
	Script  string
	Icon    string
	Problem string
	Data    any           // of the content
	Content template.HTML // made of Data
}

// viewLink is an entry of the navigation.
type viewLink struct{ Path, Title, Key string }

// views returns the views in the order of the navigation. The key, after g, goes to one.
func views() []viewLink {
	return []viewLink{
		{"calls", "Calls", "c"},
		{"fail", "Fail", "f"},
		{"reporting", "Reporting", "r"},
		{"kobo", "Kobo", "k"},
		{"testdata", "Test data", "t"},
		{"report", "Report", "p"},
		{"systemusers", "System users", "s"},
		{"workbench", "Workbench", "w"},
	}
}

// clockView is the clock of a session, as the control API shows it.
type clockView struct {
	Now    time.Time
	Frozen bool
	Scale  float64
	Free   bool
}

// Pace says in words how the clock goes.
func (v clockView) Pace() string {
	switch {
	case v.Frozen:
		return "frozen"
	case v.Free:
		return ""
	case v.Scale == 1:
		return "set"
	}
	return strconv.FormatFloat(v.Scale, 'g', -1, 64) + " times as fast"
}

// templates returns the templates: of the frame, of each view's content by the name of its file, and of the
// parts that they share. They are one set, since a set for each view would have the frame and the parts again.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("frame.html").Funcs(functions()).ParseFS(templateFiles, "templates/*.html"))
})

// functions returns the functions of the templates.
func functions() template.FuncMap {
	return template.FuncMap{
		"stamp":    func(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04:05") + " UTC" },
		"iso":      isoTime,
		"query":    url.QueryEscape,
		"segment":  url.PathEscape,
		"count":    count,
		"shorten":  shorten,
		"join":     strings.Join,
		"sentence": excerpt.Sentence,

		"reportedCalls": reportedCalls,
		"callsOf":       callsOf,
	}
}

// isoTime returns a time as an element time has it.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// count returns a number with its noun: 1 call, 2 calls, 3 deliveries, 4 oppgaver.
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	many := one + "s"
	switch {
	case one == "oppgave":
		many = "oppgaver"
	case one == "child":
		many = "children"
	case strings.HasSuffix(one, "ry"):
		many = strings.TrimSuffix(one, "y") + "ies"
	}
	return strconv.Itoa(n) + " " + many
}

// shorten returns a text of at most so many characters, with what is too much left out in its middle.
func shorten(length int, text string) string {
	runes := []rune(text)
	if len(runes) <= length {
		return text
	}
	head := length / 2
	return string(runes[:head]) + "…" + string(runes[len(runes)-(length-head-1):])
}

// render writes a content: in the frame, or a part of it alone.
func (c *request) render(w io.Writer, shown content) error {
	f, err := c.frame(shown)
	if err != nil {
		return err
	}
	if shown.part != "" {
		return templates().ExecuteTemplate(w, shown.part, f)
	}
	var html strings.Builder
	if err := templates().ExecuteTemplate(&html, shown.template+".html", f); err != nil {
		return err
	}
	f.Content = template.HTML(html.String()) // which a template has made, escaped
	return templates().Execute(w, f)
}

// frame returns what the page shows around a content.
func (c *request) frame(shown content) (frame, error) {
	_, names := assets()
	f := frame{
		Title: shown.title, View: shown.view, Views: views(), Base: c.base(), Session: c.at.Session,
		Here:    strings.TrimPrefix(c.at.URL.RequestURI(), Prefix),
		Version: c.page.version, Style: "assets/" + names["style.css"], Script: "assets/" + names["page.js"],
		Icon:    "assets/" + names["icon.svg"],
		Problem: shown.problem, Data: shown.data,
	}
	if err := c.ask("clock", &f.Clock); err != nil {
		return f, err
	}
	plays, err := c.plays()
	f.Armed = len(plays)
	return f, err
}

// plays returns the armed plays of the session.
func (c *request) plays() ([]describe.PlayView, error) {
	var list struct{ Plays []describe.PlayView }
	err := c.ask("plays", &list)
	return list.Plays, err
}

// help shows the keys and what can be searched. Its part status is the top of every page.
func (c *request) help() (any, error) {
	part := c.value("part")
	if part != "" && part != "status" {
		return nil, refusal{http.StatusBadRequest, "There is no such part of the page."}
	}
	return content{template: "help", title: "Help", view: "help", part: part}, nil
}
