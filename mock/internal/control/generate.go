package control

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"strconv"

	"sandkasse/fixtures/delivery"
	"sandkasse/mock/internal/generation"
	"sandkasse/mock/internal/strictjson"
)

// handleGenerate registers the operations that make test data.
func (c *Control) handleGenerate() {
	c.handle("GET generate", (*request).generateKinds)
	c.handle("POST generate/{kind}", (*request).generate)
	c.handle("POST generate/{kind}/send", (*request).sendGenerated)
}

// generateLimit bounds the body of a generateRequest, in bytes.
const generateLimit = 1 << 14

// generateRequest is the body of POST generate/{kind}: what `sandkasse generate` has as flags.
type generateRequest struct {
	Count    *int    `json:"count"`
	Oppgaver any     `json:"oppgaver"` // a number, or max for as many as fit
	Year     *int    `json:"year"`
	Seed     *uint64 `json:"seed"` // the session's when left out
	Org      string  `json:"org"`
	Control  string  `json:"control"` // the level at which org is checked; the server's when left out
	System   string  `json:"system"`  // the x-kobo-systemid of broken calls to Kobo
	Today    string  `json:"today"`
	Broken   any     `json:"broken"` // true, or a rule
}

// validate refuses members that have no meaning for a kind.
func (o generateRequest) validate(kind string) error {
	homes := generation.IsHome(kind) || kind == "kobo"
	switch {
	case homes && o.Oppgaver != nil:
		return badRequest("oppgaver is for deliveries; a %s has none", kind)
	case !homes && o.Today != "":
		return badRequest("today is for homes and households; a delivery is for a year")
	case o.System != "" && (!homes || o.Broken == nil || o.Broken == false):
		return badRequest("system is for broken calls to Kobo")
	}
	return nil
}

// oppgaver returns the number of oppgaver of a delivery, or generation.AsManyAsFit.
func (o generateRequest) oppgaver() (int, error) {
	switch given := o.Oppgaver.(type) {
	case nil:
		return defaultOppgaver, nil
	case json.Number:
		if n, err := strconv.Atoi(given.String()); err == nil && n >= 0 {
			return n, nil
		}
	case string:
		if given == "max" {
			return generation.AsManyAsFit, nil
		}
	}
	return 0, badRequest(`oppgaver is %s; it must be a whole number from 0, or "max" for as many as the API takes`,
		strictjson.Describe(o.Oppgaver))
}

// generateForm says what a generateRequest must be.
const generateForm = `it must be such as {"count": 3, "oppgaver": 10, "year": 2024, "seed": 7, "org": "319000003"}, ` +
	`all of it free, or {"broken": true}, {"broken": "list"}, {"broken": "RULE"}`

// defaultOppgaver is the default of generateRequest.Oppgaver.
const defaultOppgaver = 10

// generateKinds lists what can be generated.
func (c *request) generateKinds(*http.Request) (any, error) {
	return map[string][]string{"kinds": generation.Kinds(c.Catalog)}, nil
}

// generate streams test data, one document a line.
func (c *request) generate(r *http.Request) (any, error) {
	var given generateRequest
	if err := decodeOptional(r, generateLimit, &given); err != nil {
		return nil, badRequest("the body is no order for test data (%v): %s", err, generateForm)
	}
	request, err := c.generationRequest(r.PathValue("kind"), given)
	if err != nil {
		return nil, err
	}
	switch broken := given.Broken.(type) {
	case nil:
	case bool:
		if broken {
			return c.generateBroken(request, given, "")
		}
	case string:
		if broken == "" {
			return nil, badRequest("broken is empty; it must be true or the name of a rule: %s", generateForm)
		}
		return c.generateBroken(request, given, broken)
	default:
		return nil, badRequest("broken is %s; it must be true or a text: %s", strictjson.Describe(broken), generateForm)
	}
	documents, err := generation.Documents(c.Catalog, request)
	if err != nil {
		return nil, asBadRequest[*generation.Error](err)
	}
	return ndjson(func(w io.Writer) error {
		for one, err := range documents {
			if err == nil {
				_, err = one.WriteTo(w)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}), nil
}

// generationRequest returns what a body asks for.
func (c *request) generationRequest(kind string, given generateRequest) (generation.Request, error) {
	if err := given.validate(kind); err != nil {
		return generation.Request{}, err
	}
	oppgaver, err := given.oppgaver()
	if err != nil {
		return generation.Request{}, err
	}
	request := generation.Request{
		Kind: kind, Count: 1, Oppgaver: oppgaver, Seed: c.session.Seed, Org: given.Org,
		Today: given.Today, Control: cmp.Or(given.Control, c.Level), System: given.System,
	}
	if given.Count != nil {
		if request.Count = *given.Count; request.Count == 0 {
			return generation.Request{}, badRequest("the count is 0; it must be 1 to %d", generation.MaxDocuments)
		}
	}
	if given.Year != nil {
		if request.Year = *given.Year; request.Year == 0 {
			return generation.Request{}, badRequest("the year is 0; it must be %d to %d", delivery.FirstInntektsaar,
				delivery.LastInntektsaar)
		}
	}
	if given.Seed != nil {
		request.Seed = *given.Seed
	}
	return request, nil
}

// generateBroken streams broken calls with their documents, or lists the rules.
func (c *request) generateBroken(request generation.Request, given generateRequest, rule string) (any, error) {
	if given.Count != nil || given.Oppgaver != nil {
		return nil, badRequest("count and oppgaver are not for broken, which makes one document for each rule")
	}
	list := rule == "list"
	if list {
		rule = ""
	}
	request.Context = c.ctx
	broken, err := generation.MakeInvalidCalls(c.Catalog, request, rule)
	if gone := c.ctx.Err(); gone != nil {
		return nil, gone
	}
	if err != nil {
		return nil, asBadRequest[*generation.Error](err)
	}
	if list {
		return broken.List(), nil
	}
	return ndjson(func(w io.Writer) error { return writeLines(w, broken.Lines()) }), nil
}

// writeLines writes lines until one is an error, and returns that.
func writeLines(w io.Writer, lines iter.Seq2[[]byte, error]) error {
	for line, err := range lines {
		if err == nil {
			_, err = w.Write(line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// chunkSize is the number of bytes of a stream that are sent at once.
const chunkSize = 1 << 15

// ndjson returns a stream of JSON lines. An error in its middle breaks the connection, so that
// nobody takes the beginning for the whole.
func ndjson(source func(io.Writer) error) stream {
	return stream{"application/x-ndjson", func(ctx context.Context, write func([]byte) error) {
		w := &chunkWriter{ctx: ctx, write: write}
		err := source(w)
		if err == nil {
			err = w.flush()
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}}
}

// chunkWriter collects what is written to it, and sends chunkSize bytes and more at once. flush
// sends the rest.
type chunkWriter struct {
	ctx   context.Context
	write func([]byte) error
	chunk bytes.Buffer
}

func (w *chunkWriter) Write(text []byte) (int, error) {
	if len(text) >= chunkSize { // is not copied
		if err := w.flush(); err != nil {
			return 0, err
		}
		return len(text), w.write(text)
	}
	w.chunk.Write(text)
	if w.chunk.Len() < chunkSize {
		return len(text), nil
	}
	return len(text), w.flush()
}

// flush sends what is left. The error is the context's where the caller is gone.
func (w *chunkWriter) flush() error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.chunk.Len() == 0 {
		return nil
	}
	defer w.chunk.Reset()
	return w.write(w.chunk.Bytes())
}
