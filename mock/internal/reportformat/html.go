package reportformat

import (
	"bytes"
	_ "embed"
	"html/template"
	"sync"
	"time"
)

//go:embed report.html
var page string

// pageTemplate returns the template of the page.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("report").Funcs(template.FuncMap{
		"sentence": sentence, "calls": calls,
		"remarks": remarks, "answer": answer, "operation": operation, "reaction": reaction,
		"how": how, "line": oneLine,
		"stamp": func(t time.Time) string { return t.UTC().Format("2 January 2006 15:04:05") + " UTC" },
	}).Parse(page))
})

// HTML returns a report as a page that stands alone: it has its style in it, no script, and asks for
// nothing else.
func HTML(in Input) []byte {
	var out bytes.Buffer
	err := pageTemplate().Execute(&out, struct {
		Input
		APIs []*api
	}{in, apis(in.Report)})
	if err != nil {
		panic(err) // impossible: the template is embedded, and a test fills all of it
	}
	return out.Bytes()
}
