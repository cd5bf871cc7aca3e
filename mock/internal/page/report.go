package page

import (
	"net/url"
	"slices"
	"strconv"

	"sandkasse/mock/internal/describe"
	"sandkasse/mock/internal/report"
)

// reportPage is the data of the report.
type reportPage struct {
	report.Report
	API      string   // whose coverage is shown; empty for those that were called
	APIs     []string // that can be chosen
	Parts    []*reportPart
	Formats  []reportFile
	OffAsked []string // RULE:REASON of each rule that is switched off, as the address has it
	AllRules string   // query of the report with all rules
}

// reportPart is the coverage of one API. Only one that is chosen, or alone, has its lines.
type reportPart struct {
	API         string
	Met, Of     int
	Missed, Hit []report.Coverage
	Open        bool
	Query       string // of the report on it
}

// reported is a call of a finding.
type reported struct {
	Number int64
	Gone   bool
}

// reportedCalls returns the calls of a finding.
func reportedCalls(f report.Finding) (calls []reported) {
	for _, number := range f.Calls {
		calls = append(calls, reported{number, slices.Contains(f.Gone, number)})
	}
	return calls
}

// reportQuery returns the query of a report in a format, of an API, without the rules that are
// switched off. What is empty is left out.
func reportQuery(format, api string, off []string) string {
	values := url.Values{"off": off}
	for name, value := range map[string]string{"format": format, "api": api} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if text := values.Encode(); text != "" {
		return "?" + text
	}
	return ""
}

// report shows the report on the client of the session. With rule and reason it leads to the report
// without that rule too.
func (c *request) report() (any, error) {
	data := reportPage{API: c.value("api"), OffAsked: c.http.Form["off"]}
	if rule := c.value("rule"); rule != "" {
		off := append(slices.Clone(data.OffAsked), rule+":"+c.value("reason"))
		return redirect("report" + reportQuery("", data.API, off)), nil
	}
	var known struct{ APIs []describe.APIView }
	if err := c.ask("apis", &known); err != nil {
		return nil, err
	}
	for _, api := range known.APIs {
		data.APIs = append(data.APIs, api.Name)
	}
	data.Formats, data.AllRules = reportFiles(data.API, data.OffAsked), reportQuery("", data.API, nil)
	if err := c.ask("report"+reportQuery("", data.API, data.OffAsked), &data.Report); err != nil {
		return nil, err
	}
	data.Parts = reportParts(data.Coverage)
	for _, part := range data.Parts {
		part.Open = len(data.Parts) == 1
		part.Query = reportQuery("", part.API, data.OffAsked)
	}
	data.Coverage = nil
	return content{template: "report", title: "Report", view: "report", data: data}, nil
}

// reportParts returns the coverage by API.
func reportParts(lines []report.Coverage) (parts []*reportPart) {
	for _, line := range lines {
		at := slices.IndexFunc(parts, func(p *reportPart) bool { return p.API == line.API })
		if at < 0 {
			at = len(parts)
			parts = append(parts, &reportPart{API: line.API})
		}
		part := parts[at]
		part.Of++
		if line.Met > 0 {
			part.Met++
			part.Hit = append(part.Hit, line)
			continue
		}
		part.Missed = append(part.Missed, line)
	}
	return parts
}

// callsOf returns the search for the calls that have met a line of coverage.
func callsOf(line report.Coverage) string {
	search := "api:" + line.API
	if line.Route != "" {
		search += " method:" + line.Method + " route:" + line.Route
	}
	switch {
	case line.Script != "":
		search += " scenario:" + line.Script
	case line.Code != "":
		search += " code:" + line.Code
	default:
		search += " status:" + strconv.Itoa(line.Status)
	}
	return search
}

// reportFile is a form in which the report can be saved.
type reportFile struct{ Name, File, Query string }

// reportFiles returns the forms in which the report can be saved.
func reportFiles(api string, off []string) (files []reportFile) {
	for _, one := range [][3]string{
		{"HTML", "html", "html"}, {"Markdown", "md", "md"}, {"JUnit", "junit", "xml"}, {"JSON", "json", "json"},
	} {
		files = append(files, reportFile{one[0], "report." + one[2], reportQuery(one[1], api, off)})
	}
	return files
}
