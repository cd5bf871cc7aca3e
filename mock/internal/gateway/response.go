package gateway

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/metrics"
	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/wire"
)

const jsonType = "application/json"

// render turns a behaviour's response into an answer: a document as it is, or the members that the
// API lists, in its order. The status is 200 unless the response has another; the official
// documents of the reporting APIs have no other success.
func render(api *catalog.API, result wire.Response) (response, error) {
	status := cmp.Or(result.Status, http.StatusOK)
	header := http.Header{}
	for name, value := range result.Header {
		header.Set(name, value)
	}
	why := strings.Join(result.Remarks, "; ")
	if status == http.StatusNoContent {
		return response{status: status, header: header, why: why}, nil
	}
	if result.Document != nil {
		a := response{status: status, contentType: result.ContentType, body: result.Document, header: header, why: why}
		a.nextPage = result.NextPage
		if result.ETag != "" {
			a.header.Set("Etag", result.ETag)
		}
		if refused := result.Refused; refused != nil {
			a.kode, a.why, a.codes = refused.Code, refused.Why, refused.Specifications
		}
		return a, nil
	}
	body := make([]byte, 0, 512) // holds the members of a delivery's answer
	for _, name := range api.Svar {
		value, ok := result.Members[name]
		if !ok {
			continue
		}
		body = plainjson.Append(append(body, ','), name)
		body = plainjson.Append(append(body, ':'), value)
	}
	if len(body) == 0 {
		return response{}, fmt.Errorf("the behaviour answered none of the members %s", strings.Join(api.Svar, ", "))
	}
	body[0] = '{'
	body = append(body, '}')
	return response{status: status, contentType: jsonType, body: body, header: header, why: why}, nil
}

// unknownInstance answers as the agency's API gateway does where there is no API
// (docs/sources/skatteetaten.md). The header Sandkasse-Feil is our own and says what there is.
func unknownInstance(c *call, known *catalog.Catalog) response {
	var labels []string
	at := ""
	for _, api := range known.APIs {
		if c.Address.RealHost == "" {
			labels = append(labels, "/"+api.Label)
		}
		for _, host := range api.Hosts {
			if host.Name == c.Address.RealHost {
				labels, at = append(labels, host.Path), "under "+host.Name+" "
			}
		}
	}
	why := "no API answers at this address; " + at + "there are " + strings.Join(labels, ", ")
	id := c.IDs.V4()
	return response{
		status: http.StatusNotFound, contentType: "text/plain; charset=utf-8",
		body:      []byte("Unknown instance. ID=" + hex.EncodeToString(id[:8])),
		header:    http.Header{"Sandkasse-Feil": {wire.Printable(c.Address.Explain(why + "; see /_sandkasse/"))}},
		stoppedBy: c.step, why: why,
	}
}

// completeHeader returns the whole header of an answer, with the date by the session's clock.
func (a response) completeHeader(c *call) http.Header {
	h := http.Header{
		"Date":           {c.Now.UTC().Format(http.TimeFormat)},
		"Content-Type":   {a.contentType},
		"Content-Length": {strconv.Itoa(len(a.body))},
		"Sandkasse-Call": {strconv.FormatInt(c.Number, 10)},
	}
	if a.contentType == "" && len(a.body) == 0 {
		h.Del("Content-Type")
	}
	if a.status == http.StatusNoContent {
		h.Del("Content-Type")
		h.Del("Content-Length")
	}
	maps.Copy(h, a.header)
	return h
}

// record writes a call, with its complete answer, to the journal and to the log.
func (g *Gateway) record(c *call, a response) {
	trace := traceID(c.http.Header)
	took := max(c.session.Clock.Now().Sub(c.Now), 0) // 0 under a clock that stands still
	entry := journal.Entry{
		Number: c.Number, Time: c.Now, Method: c.http.Method, Host: c.http.Host, Path: c.http.URL.RequestURI(),
		Status: a.status, Code: a.kode, Specification: a.codes,
		StoppedBy: a.stoppedBy.String(), Why: c.reason(a), Replayed: a.replayed,
		Organisation: c.caller(a), IdempotencyKey: c.sentKey(), Trace: trace,
		DurationMs: float64(took.Microseconds()) / 1000,
		Route:      c.template, Played: a.played, Scheme: c.Address.Scheme,
		Server: c.Address.Public(), ReachedAt: c.Address.ReachedAt(),
		Request: journal.Message{Header: c.http.Header, Body: c.Body, BodyBytes: int(c.bodyBytes)},
		Answer:  journal.Message{Header: a.header, Body: a.body},
	}
	if a.plan.nothing {
		entry.Answer = journal.Message{}
	}
	var secret []string
	if c.API != nil {
		entry.API, secret = c.API.Name, c.API.Masked
	}
	c.session.Log.Add(entry, secret...)
	g.report(c, a)
	g.Metrics.Call(metrics.CallLabels{API: entry.API, Route: c.routeName(), Status: a.status, Code: a.kode}, a.replayed,
		a.played)
	why, stopped := c.reason(a), a.stoppedBy != catalog.Step{}
	if a.status < http.StatusMultipleChoices && why != "" && !stopped {
		g.Log.Warn("remark on a call", "number", c.Number, "why", journal.Mask(why))
	}
	attributes := []slog.Attr{
		slog.Int64("number", c.Number), slog.String("method", c.http.Method),
		slog.String("path", journal.Mask(c.http.URL.Path)),
		slog.Int("status", a.status), slog.String("code", strings.Join(append([]string{a.kode}, a.codes...), "/")),
		slog.String("stoppedBy", a.stoppedBy.String()), slog.Duration("took", took),
	}
	if trace != "" {
		attributes = append(attributes, slog.String("trace", trace))
	}
	if stopped && why != "" && !a.whyLogged {
		attributes = append(attributes, slog.String("why", journal.Mask(why)))
	}
	g.Log.LogAttrs(context.Background(), slog.LevelInfo, "call", attributes...)
}

// report tells the report of the session of a call. The call is one of a client, who has not got its
// answer yet.
func (g *Gateway) report(c *call, a response) {
	if c.unwatched {
		return
	}
	var lines *report.Lines
	if c.API != nil {
		lines = g.Lines(c.API)
	}
	reached := !a.plan.nothing && a.plan.tear == "" && a.plan.cut == nil
	delivered := c.delivered
	if !c.committed { // also where the transaction was undone after the work
		delivered = nil
	}
	c.session.Report.See(&report.Call{
		Request: &c.Request, HTTP: c.http, Template: c.template, Began: c.began, Ended: g.Metrics.Now(),
		FeedbackAfter: g.FeedbackAfter,
		Key:           c.sentKey(), SHA256: c.fingerprint, Org: c.caller(a),
		Status: a.status, Code: a.kode, Specification: a.codes, Offence: a.offence, Played: a.played,
		AnswerHeader: a.header, Answer: a.body, Reached: reached, Committed: c.committed, Replayed: a.replayed,
		Delivered: delivered, NextPage: a.nextPage,
		Demanded: a.demanded, Lines: lines, Latest: c.session.Log.Number(),
	})
}

// noteEnd counts how long a call took, its answer included.
func (g *Gateway) noteEnd(c *call) {
	api := ""
	if c.API != nil {
		api = c.API.Name
	}
	g.Metrics.CallEnded(api, c.began)
}

// routeName returns the name of the route of a call; empty where it has none.
func (c *call) routeName() string {
	if c.Route == nil {
		return ""
	}
	return c.Route.Name
}

// reason returns why a call was answered so, then the remarks on it.
func (c *call) reason(a response) string {
	all := c.Remarks
	if a.why != "" {
		all = append([]string{a.why}, c.Remarks...)
	}
	return strings.Join(all, "; ")
}

// sentKey returns the call's idempotencyKey as its check reads it, or as it was sent where the call
// ended before that check: a repeat of a call that was refused, or torn, is found by it.
func (c *call) sentKey() string { return cmp.Or(c.key, c.http.Header.Get(idempotencyHeader)) }

// caller returns the organisation that makes the call. Where a scenario ended the call before the
// token was checked, it is the one that the token names (K378).
func (c *call) caller(a response) string {
	if c.Principal.Org == "" && a.stoppedBy == catalog.ScenarioStep && len(a.played) > 0 {
		return textOf(c).caller()
	}
	return c.Principal.Org
}
