package main

import (
	"bytes"
	"encoding/xml"
)

// junitCase is a case of a JUnit test suite. Its time is not measured.
type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"` // nil where the case passed
	Skipped *junitSkipped `xml:"skipped"` // nil where the case was run
}

// junitFailure says why a case failed.
type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// junitSkipped says why a case was not run.
type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// writeJUnitSuite writes a JUnit report of one test suite.
func writeJUnitSuite(out *bytes.Buffer, name string, cases []junitCase) {
	type testsuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	suite := testsuite{Name: name, Tests: len(cases), Time: "0"}
	for _, one := range cases {
		one.Time = "0"
		if one.Failure != nil {
			suite.Failures++
		}
		if one.Skipped != nil {
			suite.Skipped++
		}
		suite.Cases = append(suite.Cases, one)
	}
	out.WriteString(xml.Header)
	encoder := xml.NewEncoder(out)
	encoder.Indent("", "  ")
	encoder.Encode(struct { // cannot fail: it holds text and numbers
		XMLName  xml.Name  `xml:"testsuites"`
		Tests    int       `xml:"tests,attr"`
		Failures int       `xml:"failures,attr"`
		Suite    testsuite `xml:"testsuite"`
	}{Tests: suite.Tests, Failures: suite.Failures, Suite: suite})
	out.WriteString("\n")
}
