package control

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sandkasse/mock/internal/describe"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/strictjson"
)

// maxWait bounds a wait for calls. It is less than the server's limit for an answer.
const maxWait = 2 * time.Minute

// expectationExample is a body of POST verify that shows its members.
const expectationExample = `{"calls": [{"api": "bsu", "method": "POST", "status": 200, "times": 2}, ` +
	`{"status": "5xx", "times": 0}], "inOrder": false, "nothingElse": false}`

// maxListed bounds limit and count. It is more than the journal and the outbox hold.
const maxListed = 1_000_000

// verifyLimit bounds the body of an expectation, in bytes.
const verifyLimit = 1 << 20

// handleCalls registers the operations on the journal.
func (c *Control) handleCalls() {
	c.handle("GET calls", (*request).calls)
	c.handle("DELETE calls", (*request).clearCalls)
	c.handle("GET calls.har", (*request).har)
	c.handle("GET calls/live", (*request).live)
	c.handle("GET calls/{number}", (*request).call)
	c.handle("GET calls/{number}/curl", (*request).curl)
	c.handle("GET calls/{number}/why", (*request).why)
	c.handle("POST calls/{number}/send", (*request).send)
	c.handle("POST verify", (*request).verify)
}

// callFilters returns the names of the parameters that narrow a list of calls.
func callFilters() []string {
	return []string{
		"api", "route", "method", "status", "code", "organisation", "key", "trace", "scenario", "stoppedBy", "text",
		"since", "before", "limit",
	}
}

// callQuery reads the parameters that narrow a list of calls.
func (c *request) callQuery(values url.Values) (journal.Query, error) {
	query := journal.Query{
		API: values.Get("api"), Route: values.Get("route"), Method: values.Get("method"), Code: values.Get("code"),
		Status:       journal.Status(values.Get("status")),
		Organisation: values.Get("organisation"), Key: values.Get("key"), Scenario: values.Get("scenario"),
		StoppedBy: values.Get("stoppedBy"), Text: values.Get("text"), Trace: values.Get("trace"),
	}
	numbers := map[string]int64{}
	for _, number := range []struct {
		name     string
		min, max int64
	}{{"since", 0, math.MaxInt64}, {"before", 1, math.MaxInt64}, {"limit", 1, maxListed}} {
		given, err := wholeNumber(values, number.name, number.min, number.max)
		if err != nil {
			return query, err
		}
		numbers[number.name] = given
	}
	query.Since, query.Before, query.Limit = numbers["since"], numbers["before"], int(numbers["limit"])
	if values.Has("status") && query.Status == "" {
		return query, badRequest("status is empty; it must be a whole number from 100 to 599, or a class such as 4xx")
	}
	if err := query.Status.Check(); err != nil {
		return query, badRequest("%v", err)
	}
	return query, c.validateQuery(query)
}

// callView reads the parameters that narrow a list of calls, and whether it is to be without
// headers and bodies.
func (c *request) callView(values url.Values) (query journal.Query, short bool, err error) {
	if view := values.Get("view"); values.Has("view") && view != "short" {
		return query, false, badRequest("view is %q; it must be short (no headers and bodies), or be left out", view)
	}
	query, err = c.callQuery(values)
	return query, values.Has("view"), err
}

// calls lists the calls of the journal that the filters leave, oldest first. With wait it answers
// as soon as there are count of them (one by default), or when the time is up.
func (c *request) calls(r *http.Request) (any, error) {
	values, err := filters(r, append(callFilters(), "view", "wait", "count")...)
	if err != nil {
		return nil, err
	}
	query, short, err := c.callView(values)
	if err != nil {
		return nil, err
	}
	if !values.Has("wait") {
		if values.Has("count") {
			return nil, badRequest("count goes with wait, such as wait=5s&count=2; limit bounds a list")
		}
		if short {
			return listCalls("", c.session.Log.EachShort(query)), nil
		}
		return listCalls("", c.session.Log.Each(query)), nil
	}
	if short {
		return nil, badRequest("view=short does not go with wait; ask for calls/live?view=short, or leave one out")
	}
	limit, err := strictjson.Duration("wait", values.Get("wait"), time.Millisecond, maxWait)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	count, err := wholeNumber(values, "count", 1, maxListed)
	if err != nil {
		return nil, err
	}
	if err := c.keepSession(r); err != nil { // whose first call is waited for
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	list, err := c.session.Log.Wait(ctx, query, max(int(count), 1))
	complete := fmt.Sprintf("  \"complete\": %t,\n", err == nil) // whether there were enough in time
	return listCalls(complete, list), nil
}

// clearCalls drops the calls of the session.
func (c *request) clearCalls(*http.Request) (any, error) {
	c.session.Log.Clear()
	return map[string][]journal.Entry{"calls": {}}, nil
}

// entry returns the call whose number stands in the path.
func (c *request) entry(r *http.Request) (journal.Entry, error) {
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return journal.Entry{}, badRequest("%q is not the number of a call; Sandkasse-Call in its answer tells it",
			r.PathValue("number"))
	}
	entry, found := c.session.Log.Call(number)
	if !found {
		return entry, &apiError{http.StatusNotFound, fmt.Sprintf(
			"the journal of the session %s has no call %d, or has it no longer; GET %scalls lists those it has",
			c.session.Name, number, c.prefix())}
	}
	return entry, nil
}

// call shows one call.
func (c *request) call(r *http.Request) (any, error) { return c.entry(r) }

// why explains one call.
func (c *request) why(r *http.Request) (any, error) {
	entry, err := c.entry(r)
	if err != nil {
		return nil, err
	}
	return describe.Explain(c.Catalog, entry), nil
}

// curl shows one call as a command that repeats it.
func (c *request) curl(r *http.Request) (any, error) {
	entry, err := c.entry(r)
	return journal.Curl(entry), err
}

// har writes the calls of the journal as an HTTP Archive.
func (c *request) har(r *http.Request) (any, error) {
	values, err := filters(r, callFilters()...)
	if err != nil {
		return nil, err
	}
	query, err := c.callQuery(values)
	if err != nil {
		return nil, err
	}
	calls := c.session.Log.Each(query)
	return asJSON(func(w io.Writer) error { return journal.WriteHAR(w, calls, c.Version) }), nil
}

// verify compares the journal with an expectation. With fail=true a verdict that is not ok has the
// status 409, for a CI step that looks at the status alone.
func (c *request) verify(r *http.Request) (any, error) {
	values, err := parameters(r, "fail")
	if err != nil {
		return nil, err
	}
	fail := values.Get("fail")
	if values.Has("fail") && fail != "true" && fail != "false" {
		return nil, badRequest("fail is %q; it must be true (409 when the verdict is not ok) "+
			"or false (200 either way)", fail)
	}
	var expected journal.Expectation
	if err := decode(r, verifyLimit, &expected); err != nil {
		return nil, badRequest(`the body is not an expectation: it must be such as %s: %v`, expectationExample, err)
	}
	if err := expected.Validate(); err != nil {
		return nil, badRequest("%v", err)
	}
	for i, call := range expected.Calls {
		if err := c.validateQuery(call.Query()); err != nil {
			return nil, badRequest("calls[%d]: %v", i, err)
		}
	}
	verdict := c.session.Log.Verify(expected)
	if fail == "true" && !verdict.OK {
		return withStatus{http.StatusConflict, verdict}, nil
	}
	return verdict, nil
}
