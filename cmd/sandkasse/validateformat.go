package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"sandkasse/mock"
)

// writeValidated writes the violations of documents in a format: json, github, junit, or else text.
func writeValidated(out *bytes.Buffer, format, api string, all []validated) {
	switch format {
	case "json":
		writeJSON(out, api, all)
	case "github":
		writeGitHub(out, all)
	case "junit":
		writeJUnit(out, api, all)
	default:
		writeText(out, api, all)
	}
}

// writeText writes a line for each violation, in the form that editors know: file, line, column, text.
func writeText(out *bytes.Buffer, api string, all []validated) {
	for _, v := range all {
		for _, violation := range v.violations {
			text := inOneLine(sentence(violation))
			fmt.Fprintf(out, "%s:%d:%d: %s\n", inOneLine(v.file), violation.Line, violation.Column, text)
		}
		if len(v.violations) == 0 {
			fmt.Fprintf(out, "%s fits %s\n", inOneLine(v.file), api)
		}
	}
}

// sentence returns the text of a violation, without its file, line and column.
func sentence(v mock.Violation) string {
	text := v.Melding
	if v.Sti != "" {
		text = v.Sti + ": " + text
	}
	if v.AngittVerdi != "" {
		text += " (angitt verdi: " + v.AngittVerdi + ")"
	}
	return text
}

// inOneLine returns a text with characters that cannot be printed, such as line breaks, escaped as in Go: \n, \u202e.
func inOneLine(text string) string {
	var line strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			line.WriteRune(r)
		} else {
			line.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return line.String()
}

// writeJSON writes the violations as one JSON object.
func writeJSON(out *bytes.Buffer, api string, all []validated) {
	type violation struct {
		Sti         string `json:"sti"`
		Melding     string `json:"melding"`
		AngittVerdi string `json:"angittVerdi,omitempty"`
		Line        int    `json:"line"`
		Column      int    `json:"column"`
	}
	type file struct {
		File       string      `json:"file"`
		OK         bool        `json:"ok"`
		Violations []violation `json:"violations"`
	}
	report := struct {
		API   string `json:"api"`
		OK    bool   `json:"ok"`
		Files []file `json:"files"`
	}{api, true, nil}
	for _, v := range all {
		one := file{v.file, len(v.violations) == 0, []violation{}}
		for _, found := range v.violations {
			one.Violations = append(one.Violations,
				violation{found.Sti, found.Melding, found.AngittVerdi, found.Line, found.Column})
		}
		report.OK = report.OK && one.OK
		report.Files = append(report.Files, one)
	}
	indentJSON(out, report) // cannot fail: it holds text, numbers and truth values
}

// writeGitHub writes the violations as workflow commands, which GitHub shows as annotations.
func writeGitHub(out *bytes.Buffer, all []validated) {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, v := range all {
		for _, violation := range v.violations {
			file, text := property.Replace(v.file), data.Replace(sentence(violation))
			fmt.Fprintf(out, "::error file=%s,line=%d,col=%d::%s\n", file, violation.Line, violation.Column, text)
		}
	}
}

// writeJUnit writes a JUnit test suite with a case for each document, which fails with its violations.
func writeJUnit(out *bytes.Buffer, api string, all []validated) {
	var cases []junitCase
	for _, v := range all {
		one := junitCase{Name: v.file, Class: api, File: v.file}
		if len(v.violations) > 0 {
			var text bytes.Buffer
			writeText(&text, api, []validated{v})
			one.Failure = &junitFailure{broken(api, []validated{v}).Error(), "violation", text.String()}
		}
		cases = append(cases, one)
	}
	writeJUnitSuite(out, "sandkasse validate --api "+api, cases)
}
