package control

import (
	"net/http"
	"strconv"
	"strings"

	"sandkasse/mock/internal/journal"
)

// calls shows the journal, oldest call first, narrowed by API, status, code and number.
func (c *control) calls(r *http.Request) (any, error) {
	values, err := parameters(r, "api", "status", "code", "since", "limit")
	if err != nil {
		return nil, err
	}
	query := journal.Query{Session: c.Session, API: values.Get("api"), Code: values.Get("code")}
	numbers := map[string]int64{}
	for _, name := range []string{"status", "since", "limit"} {
		if text := values.Get(name); text != "" {
			if numbers[name], err = strconv.ParseInt(text, 10, 64); err != nil || numbers[name] < 0 {
				return nil, badRequest("%s is %q; it must be a whole number, not below 0", name, text)
			}
		}
	}
	if query.API != "" && c.Catalog.ByName(query.API) == nil {
		return nil, badRequest("there is no API %q; there are %s", query.API, strings.Join(c.Catalog.Names(), ", "))
	}
	query.Status, query.Since, query.Limit = int(numbers["status"]), numbers["since"], int(numbers["limit"])
	return map[string][]journal.Entry{"calls": c.Journal.Calls(query)}, nil
}

func (c *control) clearCalls(*http.Request) (any, error) {
	c.Journal.Clear(c.Session)
	return map[string][]journal.Entry{"calls": {}}, nil
}
