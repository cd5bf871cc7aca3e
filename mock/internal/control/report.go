package control

import (
	"cmp"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/coverage"
	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/reportformat"
	"sandkasse/mock/internal/suggest"
	"sandkasse/mock/internal/wire"
)

// reportHeader is the header with the verdict of a report, or which limits it breaks.
const reportHeader = "Sandkasse-Report"

// maxRepeated bounds how often a parameter of the report may be repeated.
const maxRepeated = 100

// reportParameters returns the names of the parameters of the report.
func reportParameters() []string { return []string{"format", "api", "off", "fail", "minCoverage"} }

// report reports what production would punish in the conduct of the session's client, and what the
// client has met. A report that breaks the limits fail and minCoverage has the status 409, for a CI
// step that looks at the status alone.
func (c *request) report(r *http.Request) (any, error) {
	values, err := repeatable(r, []string{"api", "off"}, reportParameters()...)
	if err != nil {
		return nil, err
	}
	format, err := reportFormat(values, r.Header)
	if err != nil {
		return nil, err
	}
	limits, err := reportLimits(values)
	if err != nil {
		return nil, err
	}
	made, err := c.makeReport(values)
	if err != nil {
		return nil, err
	}
	c.writer.Header().Set("Vary", "Accept")
	result := any(made)
	if format.Write != nil {
		c.writer.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		result = document{format.ContentType, format.Write(reportformat.Input{
			Report: made, Session: c.session.Name, Now: c.session.Clock.Now(), Version: c.Version, Fail: limits.Fail,
		})}
	}
	c.writer.Header().Set(reportHeader, wire.Printable(made.Verdict()))
	if broken := made.Broken(limits); broken != "" {
		c.writer.Header().Set(reportHeader, wire.Printable(broken))
		return withStatus{http.StatusConflict, result}, nil
	}
	return result, nil
}

// reportQuery describes the parameters of the report.
func reportQuery() []wire.Parameter {
	formats := []string{"json"}
	for _, one := range reportformat.Formats() {
		formats = append(formats, one.Name)
	}
	return []wire.Parameter{
		{Name: "format", Means: "Format, instead of that of the Accept header.", Values: formats},
		{
			Name: "api", Means: "Name of an API whose coverage is wanted, or all, instead of those that were called.",
			Repeated: true,
		},
		{
			Name: "off", Means: "Rule that is switched off, a colon, and why.", Repeated: true,
			Example: "delivered-twice:the duplicate is what this suite tests",
		},
		{
			Name: "fail", Means: "Lowest gravity of a finding that is answered with 409.",
			Values: []string{string(report.Error), string(report.Warning)},
		},
		{Name: "minCoverage", Means: "Percent of the coverage, below which the answer is 409.", Form: "integer"},
	}
}

// reportAnswers describes the answers of the report.
func reportAnswers() (all []wire.Answer) {
	for status, means := range map[int]string{
		http.StatusOK:       "The report.",
		http.StatusConflict: "The report, where it breaks a limit; " + reportHeader + " says which.",
	} {
		one := wire.Answer{
			Status: status, Means: means, ContentTypes: []string{"application/json"}, Body: report.Report{},
		}
		for _, format := range reportformat.Formats() {
			media, _, _ := strings.Cut(format.ContentType, ";")
			one.ContentTypes = append(one.ContentTypes, media)
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b wire.Answer) int { return cmp.Compare(a.Status, b.Status) })
	return all
}

// makeReport returns the report with the coverage of the APIs that are asked for, without the rules
// that are switched off.
func (c *request) makeReport(values url.Values) (report.Report, error) {
	if max(len(values["off"]), len(values["api"])) > maxRepeated {
		return report.Report{}, badRequest("off and api may be given %d times each", maxRepeated)
	}
	var off []report.Off
	for _, text := range values["off"] {
		one, err := report.ParseOff(text)
		if err != nil {
			return report.Report{}, badRequest("off=%s: %v", text, err)
		}
		off = append(off, one)
	}
	made, err := coverage.Report(c.Gateway, c.session, c.address.In(c.session.Name).Own(), values["api"])
	if err != nil {
		return made, asBadRequest[*coverage.UnknownAPIError](err)
	}
	if made, err = made.Without(off); err != nil {
		return made, badRequest("%v", err)
	}
	return made, nil
}

// reportFormat returns the format that a report is asked for in, by format or the Accept header. That
// of JSON, which is the default, has no Write.
func reportFormat(values url.Values, header http.Header) (reportformat.Format, error) {
	formats, names := reportformat.Formats(), []string{"json"}
	for _, one := range formats {
		names = append(names, one.Name)
	}
	name := values.Get("format")
	if !values.Has("format") {
		name = acceptedFormat(strings.Join(header.Values("Accept"), ", "))
	}
	if !slices.Contains(names, name) {
		meant := ""
		if nearest, ok := suggest.Nearest(name, names); ok {
			meant = "did you mean " + nearest + "? "
		}
		return reportformat.Format{}, badRequest("format is %q; %sit must be one of %s", name, meant,
			strings.Join(names, ", "))
	}
	for _, one := range formats {
		if one.Name == name {
			return one, nil
		}
	}
	return reportformat.Format{Name: name}, nil
}

// acceptedFormat returns the format whose media type an Accept header prefers; json where it names
// none of them.
func acceptedFormat(header string) string {
	types := map[string]string{
		"text/html": "html", "text/markdown": "md", "text/plain": "text", "application/xml": "junit",
		"text/xml": "junit", "application/json": "json",
	}
	best, name := 0.0, "json"
	for part := range strings.SplitSeq(header, ",") {
		media, parameters, err := mime.ParseMediaType(part)
		quality, wrong := strconv.ParseFloat(parameters["q"], 64)
		if wrong != nil {
			quality = 1
		}
		if format := types[media]; err == nil && format != "" && quality > best {
			best, name = quality, format
		}
	}
	return name
}

// reportLimits returns what a report must keep.
func reportLimits(values url.Values) (report.Limits, error) {
	fail := report.Gravity(values.Get("fail"))
	if values.Has("fail") && fail != report.Error && fail != report.Warning {
		return report.Limits{}, badRequest("fail is %q; it must be error (409 when there is a finding of that "+
			"gravity) or warning (409 when there is a finding of either)", fail)
	}
	percent, err := wholeNumber(values, "minCoverage", 0, 100)
	return report.Limits{Fail: fail, MinCoverage: int(percent)}, err
}
