package control

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/generation"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
)

const (
	// maxGeneratedSent bounds the documents that one request generates and sends (K712).
	maxGeneratedSent = 100
	// generatedSendWait bounds the calls of such a request together, in real time.
	generatedSendWait = 2 * time.Minute
	// maxSkipped bounds the documents that are passed over before them.
	maxSkipped = 100_000
)

// sendGeneratedRequest is the body of POST generate/{kind}/send.
type sendGeneratedRequest struct {
	generateRequest
	Skip int `json:"skip"` // documents of the seed that are passed over
}

// sentView describes a document that was generated and sent.
type sentView struct {
	Call   int64    `json:"call,omitempty"`   // number in the journal; 0 for a case, which is no call
	Status int      `json:"status,omitempty"` // of the answer
	Codes  []string `json:"codes,omitempty"`
	ID     string   `json:"id,omitempty"` // of what it made: forsendelseId, koboId or koboSaksreferanse
}

// sendGenerated makes test documents and sends each to its API, with a token of the organisation that
// it is of and an idempotencyKey of its own (K712). It makes cases, which Kobo's API does not take, as
// the case worker does. The answer tells what came of each; the first that is refused ends it. With the
// rule that a call is to break, it makes that call alone: see sendBroken.
func (c *request) sendGenerated(r *http.Request) (any, error) {
	var given sendGeneratedRequest
	if err := decodeOptional(r, generateLimit, &given); err != nil {
		return nil, badRequest("the body is no order for test data (%v): %s", err, generateForm)
	}
	kind := r.PathValue("kind")
	request, err := c.generationRequest(kind, given.generateRequest)
	if err != nil {
		return nil, err
	}
	if rule, one := given.Broken.(string); one && rule != "list" && rule != "" {
		if given.Count != nil || given.Oppgaver != nil || given.Skip != 0 {
			return nil, badRequest("count, oppgaver and skip are not for broken, which sends one call")
		}
		ctx, cancel := context.WithTimeout(r.Context(), generatedSendWait)
		defer cancel()
		list, err := c.sendBroken(ctx, r, request, rule)
		return map[string][]sentView{"sent": list}, err
	}
	switch {
	case given.Broken != nil && given.Broken != false:
		return nil, badRequest("broken must be the name of one rule here, whose call is sent")
	case request.Count > maxGeneratedSent:
		return nil, badRequest("the count is %d; at most %d documents are sent at once", request.Count,
			maxGeneratedSent)
	case given.Skip < 0 || given.Skip > maxSkipped:
		return nil, badRequest("skip is %d; it must be 0 to %d", given.Skip, maxSkipped)
	}
	sent := max(request.Count, 1)
	request.Count = given.Skip + sent
	documents, err := generation.Documents(c.Catalog, request)
	if err != nil {
		return nil, asBadRequest[*generation.Error](err)
	}
	var sending generation.Sending
	if !generation.IsHome(kind) {
		if sending, err = generation.SendingOf(c.Catalog, request); err != nil {
			return nil, asBadRequest[*generation.Error](err)
		}
	}
	if err := c.keepSession(r); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), generatedSendWait)
	defer cancel()
	list := []sentView{}
	for body, err := range bodies(documents, given.Skip) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		one, err := c.sendOne(ctx, r, request, sending, body)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
		if one.Status >= http.StatusBadRequest {
			break
		}
	}
	return map[string][]sentView{"sent": list}, nil
}

// bodies yields the bytes of documents after the first so many. An error is the last.
func bodies(documents iter.Seq2[generation.Document, error], skip int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		n := 0
		for one, err := range documents {
			if n++; n <= skip && err == nil {
				continue
			}
			var body bytes.Buffer
			if err == nil {
				_, err = one.WriteTo(&body)
			}
			if !yield(body.Bytes(), err) || err != nil {
				return
			}
		}
	}
}

// sendOne sends one generated document.
func (c *request) sendOne(
	ctx context.Context, r *http.Request, request generation.Request, sending generation.Sending, body []byte,
) (sentView, error) {
	header, path, member := http.Header{}, sending.Path, sending.Member
	ask := token.Request{API: sending.API}
	switch request.Kind {
	case "sak", "husstand":
		if request.Kind == "husstand" {
			body = []byte(`{"husstand":` + strings.TrimSpace(string(body)) + `}`)
		}
		return c.newGeneratedSak(body)
	case "kobobolig":
		ask = token.Request{API: koboFamily, Org: cmp.Or(request.Org, generation.Municipality)}
		path, member = "/kobo/kobobolig", "koboId"
		header.Set("x-kobo-systemid", cmp.Or(request.System, generation.DefaultSystem))
	default:
		ask.Org = sending.Org(body)
		for name, value := range sending.Headers {
			header.Set(name, value)
		}
		header.Set("idempotencyKey", c.ids().V4().String())
	}
	header.Set("Content-Type", "application/json")
	minted, err := c.mint(ask)
	if err != nil {
		return sentView{}, err
	}
	header.Set("Authorization", "Bearer "+minted)
	one, entry, err := c.sendInner(ctx, r, innerCall{method: http.MethodPost, path: path, header: header, body: body})
	if err != nil {
		return sentView{}, err
	}
	var answer map[string]any
	if json.Unmarshal(entry.Answer.Body, &answer) == nil {
		one.ID, _ = answer[member].(string)
	}
	return one, nil
}

// newGeneratedSak makes a case of a generated document.
func (c *request) newGeneratedSak(body []byte) (sentView, error) {
	document, err := schema.Decode(body)
	if err != nil {
		return sentView{}, err
	}
	husstand, err := kobo.DecodeSak(document)
	if err != nil {
		return sentView{}, err
	}
	var sak kobo.Sak
	ids := c.ids()
	err = c.update(func(tx *store.Tx) (err error) {
		sak, err = kobo.NewSak(tx, kobo.Env{Now: tx.Now, IDs: ids}, husstand)
		return err
	})
	return sentView{ID: sak.Saksreferanse}, err
}

// innerCall is a call to an imitated API that is made within the server.
type innerCall struct {
	method, path, host string
	secure             bool // over TLS
	header             http.Header
	body               []byte
}

// from returns the call as a request that seems to come from the caller of another one.
func (i innerCall) from(ctx context.Context, caller *http.Request) (*http.Request, error) {
	target, err := url.ParseRequestURI(i.path)
	if err != nil {
		return nil, err
	}
	r := (&http.Request{
		Method: i.method, URL: target, RequestURI: i.path, Host: i.host, Header: i.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: caller.RemoteAddr, Body: http.NoBody,
	}).WithContext(ctx)
	if len(i.body) > 0 {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(i.body)), int64(len(i.body))
	}
	if i.secure {
		address.Secure(r)
	}
	return r, nil
}
