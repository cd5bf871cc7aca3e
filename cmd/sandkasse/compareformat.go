package main

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"sandkasse/mock"
)

// writeComparison writes a comparison in a format: json, junit, or else text.
func writeComparison(out *bytes.Buffer, format, file string, found *mock.Comparison) {
	switch format {
	case "json":
		indentJSON(out, struct {
			File string `json:"file"`
			OK   bool   `json:"ok"`
			*mock.Comparison
		}{file, len(found.Differences) == 0, found})
	case "junit":
		writeComparisonJUnit(out, file, found)
	default:
		writeComparisonText(out, file, found)
	}
}

// writeComparisonText writes each difference in a few lines, and then what was compared and what was not.
func writeComparisonText(out *bytes.Buffer, file string, found *mock.Comparison) {
	for _, d := range found.Differences {
		fmt.Fprintf(out, "%s\n", differenceLine(d))
		fmt.Fprint(out, differenceLines(d))
	}
	if len(found.Differences) > 0 {
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "%s: compared %d, differences %d\n", inOneLine(file), found.Compared, len(found.Differences))
	for _, left := range found.NotCompared {
		fmt.Fprintf(out, "not compared: %d, %s (%s)\n", left.Count, inOneLine(left.Reason),
			firstOf(left.Count, left.First))
	}
}

// differenceLine returns what differs, and where, in a line.
func differenceLine(d mock.Difference) string {
	parts := []string{d.Kind}
	for _, part := range []string{d.Place, strings.TrimSpace(d.API + " " + d.Operation), d.Choice} {
		if part != "" {
			parts = append(parts, inOneLine(part))
		}
	}
	return strings.Join(parts, ", ")
}

// differenceLines returns both sides of a difference, why ours is so, and where it was found.
func differenceLines(d mock.Difference) string {
	text := fmt.Sprintf("  theirs: %s\n  ours:   %s\n", inOneLine(cmp.Or(d.Theirs, "nothing")),
		inOneLine(cmp.Or(d.Ours, "nothing")))
	if d.Why != "" {
		text += fmt.Sprintf("  why:    %s\n", inOneLine(d.Why))
	}
	return text + fmt.Sprintf("  in %d:   %s\n", d.Count, firstOf(d.Count, d.First))
}

// firstOf returns the first few of so many, and says how many more there are.
func firstOf(count int, first []string) string {
	text := inOneLine(strings.Join(first, "; "))
	if more := count - len(first); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// writeComparisonJUnit writes a JUnit test suite with a case for each operation, which fails with its differences, and
// one that was skipped for each reason not to compare.
func writeComparisonJUnit(out *bytes.Buffer, file string, found *mock.Comparison) {
	type operation struct{ api, operation string }
	differences := map[operation][]mock.Difference{}
	for _, d := range found.Differences {
		at := operation{d.API, d.Operation}
		differences[at] = append(differences[at], d)
	}
	var cases []junitCase
	add := func(at operation) {
		one := junitCase{Name: cmp.Or(at.operation, "no operation"), Class: cmp.Or(at.api, "no API"), File: file}
		if list := differences[at]; len(list) > 0 {
			var text strings.Builder
			for _, d := range list {
				text.WriteString(differenceLine(d) + "\n" + differenceLines(d))
			}
			one.Failure = &junitFailure{counted(len(list), "difference"), "difference", text.String()}
			delete(differences, at)
		}
		cases = append(cases, one)
	}
	for _, compared := range found.Operations {
		add(operation{compared.API, compared.Operation})
	}
	for _, d := range found.Differences { // of what is no operation of ours
		if at := (operation{d.API, d.Operation}); len(differences[at]) > 0 {
			add(at)
		}
	}
	for _, left := range found.NotCompared {
		cases = append(cases, junitCase{
			Name: inOneLine(left.Reason), Class: "not compared", File: file,
			Skipped: &junitSkipped{firstOf(left.Count, left.First)},
		})
	}
	writeJUnitSuite(out, "sandkasse compare", cases)
}
