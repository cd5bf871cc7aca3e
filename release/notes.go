package main

import (
	"fmt"
	"regexp"
	"strings"
)

// changes returns the section of a changelog about a version, without its heading, which begins
// with `## 1.2.3`. An empty or missing section is an error.
func changes(changelog, version string) (string, error) {
	heading := regexp.MustCompile(`(?m)^## ` + regexp.QuoteMeta(version) + `( .*)?\n`)
	at := heading.FindStringIndex(changelog)
	if at == nil {
		return "", fmt.Errorf(
			"CHANGELOG.md has no heading \"## %s\"; give what is under \"## Unreleased\" that heading", version)
	}
	section, _, _ := strings.Cut(changelog[at[1]:], "\n## ")
	section = strings.TrimSpace(section)
	if section == "" {
		return "", fmt.Errorf("CHANGELOG.md says nothing under \"## %s\"", version)
	}
	return section + "\n", nil
}
