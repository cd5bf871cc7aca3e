// Package reportformat writes the report on a session's client for its readers: as text for a
// terminal, as Markdown for the summary of a CI step, as JUnit XML for a CI server, and as a page of
// HTML that stands alone. Whatever stands in a report is text in each of them.
package reportformat

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/report"
)

// Input holds a report and what stands beside it.
type Input struct {
	Report  report.Report
	Session string    // name
	Now     time.Time // by the clock of the session
	Version string    // of Sandkasse
	// Fail is the lowest gravity of a finding that fails a case of JUnit; empty for Error.
	Fail report.Gravity
}

// Format is a form that a report is written in.
type Format struct {
	Name        string // such as md
	ContentType string
	Write       func(Input) []byte
}

// Formats returns the forms that a report can be written in beside JSON.
func Formats() []Format {
	return []Format{
		{"text", "text/plain; charset=utf-8", Text},
		{"md", "text/markdown; charset=utf-8", Markdown},
		{"junit", "application/xml; charset=utf-8", JUnit},
		{"html", "text/html; charset=utf-8", HTML},
	}
}

// api holds the lines of coverage of one API.
type api struct {
	Name  string
	Lines []report.Coverage
	Met   int // of Lines
}

// apis returns the coverage by API, in the order of the report.
func apis(r report.Report) (all []*api) {
	for _, line := range r.Coverage {
		name := oneLine(line.API)
		at := slices.IndexFunc(all, func(known *api) bool { return known.Name == name })
		if at < 0 {
			at = len(all)
			all = append(all, &api{Name: name})
		}
		all[at].Lines = append(all[at].Lines, line)
		if line.Met > 0 {
			all[at].Met++
		}
	}
	return all
}

// calls returns the calls of a finding in words: call 3; calls 3 and 7; calls 1, 2 and 3, 40 times. Of
// one that is about messages it returns those.
func calls(f report.Finding) string {
	noun, texts := "call", make([]string, len(f.Calls))
	for i, number := range f.Calls {
		texts[i] = fmt.Sprint(number)
	}
	if len(f.Events) > 0 {
		noun, texts = "message", f.Events
	}
	text := noun + "s " + strings.Join(texts, ", ")
	if last := len(texts) - 1; last == 0 {
		text = noun + " " + texts[0]
	} else if last > 0 {
		text = noun + "s " + strings.Join(texts[:last], ", ") + " and " + texts[last]
	}
	if f.Times > 1 {
		text += fmt.Sprintf(", %d times", f.Times)
	}
	return text
}

// gone returns which calls of a finding the journal has no longer, as a sentence; empty for none.
func gone(f report.Finding) string {
	switch {
	case len(f.Gone) == 0:
		return ""
	case len(f.Gone) == len(f.Calls) && len(f.Calls) > 1:
		return "The journal does not have these calls any more."
	}
	return "The journal does not have " + calls(report.Finding{Calls: f.Gone}) + " any more."
}

// remarks returns what is to be known about a finding: that its rule may be wrong, and which calls are
// gone; empty for nothing.
func remarks(f report.Finding) string {
	doubt := ""
	if !f.Sure {
		doubt = "The rule may be wrong about this client."
	}
	return strings.TrimSpace(doubt + " " + gone(f))
}

// sentence returns a clause as a sentence in one line.
func sentence(text string) string { return excerpt.Sentence(oneLine(text)) }

// oneLine returns a text with a blank for each run of white space, and a mark for each other
// character that would not be seen.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || unicode.IsPrint(r) {
			return r
		}
		return '�'
	}, strings.Join(strings.Fields(text), " "))
}

// subject returns what a line of coverage is about, without its API.
func subject(line report.Coverage) string { return oneLine(operation(line) + " " + answer(line)) }

// operation returns the method and the path of the operation of a line of coverage; empty for a
// script.
func operation(line report.Coverage) string {
	if line.Route == "" && line.Script == "" {
		return "any operation"
	}
	return oneLine(line.Method + " " + line.Route)
}

// answer returns the status and the codes of a line of coverage, or its script.
func answer(line report.Coverage) string {
	if line.Script != "" {
		return oneLine("script " + line.Script)
	}
	codes := line.Code
	if line.Parent != "" {
		codes = line.Parent + "/" + line.Code
	}
	return oneLine(fmt.Sprintf("%d %s", line.Status, codes))
}

// how returns how often a line of coverage was met, and how: 3× by its cause, on demand.
func how(line report.Coverage) string {
	ways := make([]string, len(line.How))
	for i, way := range line.How {
		switch ways[i] = oneLine(way); way {
		case "cause":
			ways[i] = "by its cause"
		case "demand":
			ways[i] = "on demand"
		}
	}
	return oneLine(fmt.Sprintf("%d× %s", line.Met, strings.Join(ways, ", ")))
}

// reaction returns what the client did after it had met a line of coverage, in words.
func reaction(line report.Coverage) string {
	var parts []string
	for _, one := range []struct {
		times int
		what  string
	}{
		{line.Reaction.SameKey, "again with the same key"},
		{line.Reaction.NewKey, "again with a new key"},
		{line.Reaction.GaveUp, "gave up"},
		{line.Reaction.WentOn, "went on"},
	} {
		if one.times > 0 {
			parts = append(parts, fmt.Sprintf("%s %d×", one.what, one.times))
		}
	}
	return strings.Join(parts, ", ")
}
