package reportformat

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"strings"

	"sandkasse/mock/internal/report"
)

type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Skipped *junitSkipped `xml:"skipped"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// JUnit returns a report as JUnit XML (K785): a suite with a case for each rule, and a suite for each
// API with a case for each line of its coverage. A rule with a finding of gravity Fail or above has
// failed; one with other findings, or that is switched off, is skipped and says why; so is a line
// that was not met, with the line that provokes it. Names of cases are the same in each run.
func JUnit(in Input) []byte {
	all := junitSuites{}
	all.add("conduct", conductCases(in))
	for _, one := range apis(in.Report) {
		var cases []junitCase
		for _, line := range one.Lines {
			c := junitCase{Name: subject(line), Class: "coverage." + one.Name}
			if line.Met == 0 {
				c.Skipped = &junitSkipped{strings.TrimSuffix("not met; to provoke it: "+oneLine(line.Next),
					"; to provoke it: ")}
			}
			cases = append(cases, c)
		}
		all.add("coverage of "+one.Name, cases)
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	encoder := xml.NewEncoder(&out)
	encoder.Indent("", "  ")
	encoder.Encode(all) // cannot fail: it holds text and numbers
	out.WriteString("\n")
	return out.Bytes()
}

// add adds a suite, and counts its cases.
func (s *junitSuites) add(name string, cases []junitCase) {
	suite := junitSuite{Name: "sandkasse report: " + name, Tests: len(cases), Time: "0", Cases: cases}
	for i := range cases {
		cases[i].Time = "0"
		if cases[i].Failure != nil {
			suite.Failures++
		}
		if cases[i].Skipped != nil {
			suite.Skipped++
		}
	}
	s.Tests += suite.Tests
	s.Failures += suite.Failures
	s.Skipped += suite.Skipped
	s.Suites = append(s.Suites, suite)
}

// conductCases returns a case for each rule.
func conductCases(in Input) (cases []junitCase) {
	for _, rule := range report.Rules() {
		one := junitCase{Name: rule.ID, Class: "conduct"}
		var found []report.Finding
		for _, f := range in.Report.Findings {
			if f.Rule == rule.ID {
				found = append(found, f)
			}
		}
		for _, off := range in.Report.Off {
			if off.Rule == rule.ID {
				one.Skipped = &junitSkipped{"switched off: " + oneLine(off.Reason)}
			}
		}
		if len(found) > 0 {
			one.add(rule, found, in.Fail)
		}
		cases = append(cases, one)
	}
	return cases
}

// add adds the findings of a rule to its case.
func (c *junitCase) add(rule report.Rule, found []report.Finding, fail report.Gravity) {
	var text strings.Builder
	for _, f := range found {
		fmt.Fprintf(&text, "%s: %s\n", calls(f), sentence(f.What))
		if remarks := remarks(f); remarks != "" {
			fmt.Fprintf(&text, "%s\n", remarks)
		}
	}
	fmt.Fprintf(&text, "In production: %s\nChange: %s\n", sentence(rule.Production), sentence(rule.Change))
	message := fmt.Sprintf("%s: %s", calls(found[0]), oneLine(found[0].What))
	if more := len(found) - 1; more > 0 {
		message += fmt.Sprintf(" (and %d more)", more)
	}
	if rule.Gravity.Reaches(cmp.Or(fail, report.Error)) {
		c.Failure = &junitFailure{message, string(rule.Gravity), text.String()}
		return
	}
	c.Skipped, c.Output = &junitSkipped{string(rule.Gravity) + ": " + message}, text.String()
}
