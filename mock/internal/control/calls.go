package control

import (
	"net/http"
	"strconv"

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
			if numbers[name], err = strconv.ParseInt(text, 10, 32); err != nil {
				return nil, badRequest("%s is %q; it must be a whole number", name, text)
			}
		}
	}
	query.Status, query.Since, query.Limit = int(numbers["status"]), numbers["since"], int(numbers["limit"])
	return map[string][]journal.Entry{"calls": c.Journal.Calls(query)}, nil
}

func (c *control) clearCalls(*http.Request) (any, error) {
	c.Journal.Clear(c.Session)
	return map[string][]journal.Entry{"calls": {}}, nil
}
