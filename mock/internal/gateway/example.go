package gateway

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/wire"
)

// ExampleCall is a call to a route, for which answers are shown.
type ExampleCall struct {
	API    *catalog.API
	Route  *catalog.Route
	Path   string            // template
	Params map[string]string // of the path
	Header http.Header
	Body   []byte
	Now    time.Time

	// Root and SessionRoot are the public address of the sandbox, as in an address.Address.
	Root, SessionRoot string
}

// ExampleAnswer is the answer to an ExampleCall.
type ExampleAnswer struct {
	Status      int
	ContentType string
	Body        []byte
	Header      http.Header // beside the headers of every answer
}

// Example returns the answer with a code of the API, byte for byte as a server without a seed of its own gives it to
// the call, on demand, if that is the first in its default session. Nothing but the call is looked at.
func (g *Gateway) Example(example ExampleCall, code string) ExampleAnswer {
	return g.codeResponse(example.call(), code).example()
}

// SuccessExample returns the example of an answer that is no error, as a server without a seed of its own gives it if
// the call is the first in its default session; found is false if the answer has none.
func (g *Gateway) SuccessExample(example ExampleCall, answer wire.Answer) (shown ExampleAnswer, found bool) {
	if answer.Example == nil {
		return ExampleAnswer{}, false
	}
	c := example.call()
	c.Document = documentOf(c)
	c.Inntektsaar, _ = strconv.Atoi(c.Params["inntektsaar"]) // 0 where there is none
	c.SystemID = example.Header.Get(systemIDHeader)
	result, err := answer.Example(&c.Request)
	if err != nil || result.Document == nil && result.Members == nil {
		return ExampleAnswer{}, false
	}
	made, err := render(c.API, result)
	return made.example(), err == nil
}

func (a response) example() ExampleAnswer {
	return ExampleAnswer{Status: a.status, ContentType: a.contentType, Body: a.body, Header: a.header}
}

// call returns the call as the gateway has it when it has read it.
func (example ExampleCall) call() *call {
	path := example.Path
	for name, value := range example.Params {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	c := &call{
		http: (&http.Request{
			Method: example.Route.Method, URL: &url.URL{Path: path}, Header: example.Header, Body: http.NoBody,
		}).WithContext(context.Background()),
		path: path, template: example.Path,
	}
	c.API, c.Route, c.Params, c.Now = example.API, example.Route, example.Params, example.Now
	c.Query, c.Body = url.Values{}, bytes.Clone(example.Body)
	c.Number = 1
	c.IDs = wire.NewIDs(0, 1, address.DefaultSession, c.Number)
	c.Address, c.Session = address.AtBase(example.SessionRoot), address.DefaultSession
	c.Base, c.PlainBase = example.Root+"/"+example.API.Label, example.SessionRoot+"/"+example.API.Label
	return c
}

// OffencesOf returns the offences that a call to a route can have, in the order in which a call meets them: those of
// its checks and its behaviour, and a failure inside.
func (g *Gateway) OffencesOf(route *catalog.Route) []feil.Offence {
	own := ownChecks()
	found := slices.Clone(g.Behaviours[route.Behaviour].Offences)
	found = append(found, feil.UnexpectedFailure)
	for _, name := range route.Checks {
		found = append(found, own[name].offences...)
		found = append(found, g.Checks[name].Offences...)
	}
	return slices.DeleteFunc(feil.Offences(), func(o feil.Offence) bool { return !slices.Contains(found, o) })
}
