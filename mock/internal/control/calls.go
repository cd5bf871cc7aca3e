package control

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sandkasse/mock/internal/journal"
)

// maxWait bounds how long a caller may wait for calls: less than the server's own limit for an answer.
const maxWait = 2 * time.Minute

// expectationExample is a body of POST verify with everything in it that needs to be known.
const expectationExample = `{"calls": [{"api": "bsu", "method": "POST", "status": 200, "times": 2}, ` +
	`{"status": "5xx", "times": 0}], "inOrder": false, "nothingElse": false}`

// mostListed is the most that limit and count may be: more than the journal and the outbox hold.
const mostListed = 1_000_000

// verifyLimit bounds the body of what is to be verified, in bytes.
const verifyLimit = 1 << 20

func (c *Control) serveCalls() {
	c.serve("GET calls", (*room).calls)
	c.serve("DELETE calls", (*room).clearCalls)
	c.serve("GET calls.har", (*room).har)
	c.serve("GET calls/live", (*room).live)
	c.serve("GET calls/{number}", (*room).call)
	c.serve("GET calls/{number}/curl", (*room).curl)
	c.serve("POST verify", (*room).verify)
}

// callFilters are the parameters that narrow a list of calls.
func callFilters() []string {
	return []string{"api", "route", "method", "status", "code", "organisation", "key", "scenario", "stoppedBy", "since", "limit"}
}

// callQuery reads what narrows a list of calls.
func (c *room) callQuery(values url.Values) (journal.Query, error) {
	query := journal.Query{
		API: values.Get("api"), Route: values.Get("route"), Method: values.Get("method"), Code: values.Get("code"),
		Status:       journal.Status(values.Get("status")),
		Organisation: values.Get("organisation"), Key: values.Get("key"), Scenario: values.Get("scenario"), StoppedBy: values.Get("stoppedBy"),
	}
	numbers := map[string]int64{}
	for _, number := range []struct {
		name        string
		least, most int64
	}{{"since", 0, math.MaxInt64}, {"limit", 1, mostListed}} {
		given, err := whole(values, number.name, number.least, number.most)
		if err != nil {
			return query, err
		}
		numbers[number.name] = given
	}
	query.Since, query.Limit = numbers["since"], int(numbers["limit"])
	if values.Has("status") && query.Status == "" {
		return query, badRequest("status is empty; it must be a whole number from 100 to 599, or a class such as 4xx")
	}
	if err := query.Status.Check(); err != nil {
		return query, badRequest("%v", err)
	}
	return query, c.known(query)
}

// calls shows the journal, oldest call first, narrowed by the filters; with wait it answers once so many calls (count, or one) are there, or
// when the time is up.
func (c *room) calls(r *http.Request) (any, error) {
	values, err := filters(r, append(callFilters(), "wait", "count")...)
	if err != nil {
		return nil, err
	}
	query, err := c.callQuery(values)
	if err != nil {
		return nil, err
	}
	if !values.Has("wait") {
		if values.Has("count") {
			return nil, badRequest("count goes with wait, such as wait=5s&count=2; limit bounds a list")
		}
		return map[string][]journal.Entry{"calls": c.session.Log.Calls(query)}, nil
	}
	limit, err := duration("wait", values.Get("wait"), time.Millisecond, maxWait)
	if err != nil {
		return nil, err
	}
	count, err := whole(values, "count", 1, mostListed)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	list, err := c.session.Log.Wait(ctx, query, max(int(count), 1))
	return struct {
		Complete bool            `json:"complete"` // so many were there in time
		Calls    []journal.Entry `json:"calls"`
	}{err == nil, list}, nil
}

func (c *room) clearCalls(*http.Request) (any, error) {
	c.session.Log.Clear()
	return map[string][]journal.Entry{"calls": {}}, nil
}

// entry is the call whose number stands in the address.
func (c *room) entry(r *http.Request) (journal.Entry, error) {
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return journal.Entry{}, badRequest("%q is not the number of a call; Sandkasse-Call in its answer tells it", r.PathValue("number"))
	}
	entry, found := c.session.Log.Call(number)
	if !found {
		return entry, &failure{http.StatusNotFound, fmt.Sprintf(
			"the journal of the session %s has no call %d, or has it no longer; GET %scalls lists those it has", c.session.Name, number, c.prefix())}
	}
	return entry, nil
}

func (c *room) call(r *http.Request) (any, error) { return c.entry(r) }

func (c *room) curl(r *http.Request) (any, error) {
	entry, err := c.entry(r)
	return journal.Curl(entry), err
}

// har shows the journal as an HTTP Archive, which browsers and other tools open.
func (c *room) har(r *http.Request) (any, error) {
	values, err := filters(r, callFilters()...)
	if err != nil {
		return nil, err
	}
	query, err := c.callQuery(values)
	if err != nil {
		return nil, err
	}
	return document{"application/json", journal.HAR(c.session.Log.Calls(query), c.Version)}, nil
}

// verify compares the journal with what was expected of it. With fail=true a verdict that is not ok has the status 409,
// for a CI step that looks at the status alone.
func (c *room) verify(r *http.Request) (any, error) {
	values, err := parameters(r, "fail")
	if err != nil {
		return nil, err
	}
	fail := values.Get("fail")
	if values.Has("fail") && fail != "true" && fail != "false" {
		return nil, badRequest("fail is %q; it must be true (409 when the verdict is not ok) or false (200 either way)", fail)
	}
	var expected journal.Expectation
	if err := decode(r, verifyLimit, &expected); err != nil {
		return nil, badRequest(`the body is not an expectation: it must be such as %s: %v`, expectationExample, err)
	}
	if err := expected.Validate(); err != nil {
		return nil, badRequest("%v", err)
	}
	for i, call := range expected.Calls {
		if err := c.known(call.Query()); err != nil {
			return nil, badRequest("calls[%d]: %v", i, err)
		}
	}
	verdict := c.session.Log.Verify(expected)
	if fail == "true" && !verdict.OK {
		return withStatus{http.StatusConflict, verdict}, nil
	}
	return verdict, nil
}
