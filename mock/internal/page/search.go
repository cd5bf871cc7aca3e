package page

import (
	"net/url"
	"slices"
	"strings"
)

// searchNames returns the names that the search box takes, each with the parameter of the list of
// calls that it stands for.
func searchNames() map[string]string {
	names := map[string]string{"org": "organisation", "stoppedby": "stoppedBy"}
	for _, name := range []string{
		"api", "route", "method", "status", "code", "organisation", "key", "trace", "scenario", "stoppedBy",
	} {
		names[name] = name
	}
	return names
}

// parseSearch returns the parameters of the list of calls for what stands in the search box: words
// such as api:bsu, and others, which are searched together as one text. A value or a text with blanks
// stands in quotes.
func parseSearch(text string) url.Values {
	values, names := url.Values{}, searchNames()
	var words []string
	for _, word := range splitWords(text) {
		name, value, found := strings.Cut(word, ":")
		parameter, known := names[name]
		if !found || !known || value == "" {
			words = append(words, strings.Trim(word, `"`))
			continue
		}
		values.Set(parameter, strings.Trim(value, `"`))
	}
	if words = slices.DeleteFunc(words, func(word string) bool { return word == "" }); len(words) > 0 {
		values.Set("text", strings.Join(words, " "))
	}
	return values
}

// splitWords splits a text at blanks that do not stand in quotes.
func splitWords(text string) []string {
	quoted := false
	return strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '\t' || r == '\n' || r == '\r')
	})
}
