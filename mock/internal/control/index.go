package control

import (
	"fmt"
	"net/http"
	"strings"
)

// index lists the APIs and the operations, for a person with curl or a browser.
func (c *request) index(*http.Request) (any, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "sandkasse %s: imitated APIs for tests, not the agencies' own\n\nAPIs:\n", c.Version)
	for _, api := range c.Catalog.APIs {
		fmt.Fprintf(&b, "  %s/%s  %s\n", c.address.Own(), api.Label, api.Title)
	}
	b.WriteString("\nControl:\n")
	parameters := parametersOf()
	for _, operation := range c.operations {
		if method, path, _ := strings.Cut(operation, " "); path != "{$}" {
			fmt.Fprintf(&b, "  %-6s %s%s%s%s\n", method, c.address.Own(), Prefix, path, parameters[operation])
		}
	}
	fmt.Fprintf(&b, "\nAnywhere: /_session/NAME and /_scenario/NAME before the path, or the headers "+
		"Sandkasse-Session and Sandkasse-Scenario\n")
	return b.String(), nil
}

// parametersOf returns the query that the index shows for each operation that takes parameters.
func parametersOf() map[string]string {
	const searched = "?kql=&antall=&side=&seed=&vis=&skjul=&nokkelinformasjon=&FIELD="
	filters := "?" + strings.Join(callFilters(), "=&") + "="
	return map[string]string{
		"GET token": "?api=NAME&org=ORGANISASJONSNUMMER&vendor=&systemuser=&system=&" +
			"scope=&ttl=&expired=",
		"GET holdings":                         "?api=&year=&org=",
		"GET dialogs":                          "?api=&year=&org=&limit=",
		"GET dialogs/{dialog}":                 "?before=&limit=",
		"GET forsendelser/{forsendelse}/avvik": "?limit=",
		"GET calls":                            filters + "&view=&wait=&count=",
		"GET calls.har":                        filters,
		"GET calls/live": "?" + strings.Join(liveFilters(), "=&") + "=&view=  server-sent events call and missed; " +
			"Last-Event-ID resumes",
		"POST verify":        "?fail=true",
		"GET report":         "?format=&api=&off=RULE:REASON&fail=&minCoverage=",
		"GET scenarios":      "?api=",
		"GET kobo/events":    "?system=&key=&state=&limit=",
		"GET kobo/saker":     "?text=&limit=",
		"GET kobo/kobobolig": "?system=&stand=&text=&limit=",

		"GET testdata/personer":       searched,
		"GET testdata/organisasjoner": searched,
	}
}
