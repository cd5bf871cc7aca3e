package control

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/generation"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/token"
)

// sendBroken makes the call that breaks a rule, after those that it needs before it (K714). It returns
// what came of each; the broken one is the last. One of the others that is refused is an error.
func (c *request) sendBroken(
	ctx context.Context, r *http.Request, request generation.Request, rule string,
) ([]sentView, error) {
	request.Context = ctx
	broken, err := generation.MakeInvalidCalls(c.Catalog, request, rule)
	if err != nil {
		return nil, asBadRequest[*generation.Error](err)
	}
	if len(broken.Calls) != 1 {
		return nil, badRequest("broken is %q; name one rule to send the call that breaks it", rule)
	}
	if err := c.keepSession(r); err != nil {
		return nil, err
	}
	call := broken.Calls[0]
	minted, err := c.mint(token.Request{
		API: call.Request.Token["api"], Org: call.Request.Token["org"], Vendor: call.Request.Token["vendor"],
		Scope: call.Request.Token["scope"], Expired: call.Request.Token["expired"] == "true",
	})
	if err != nil {
		return nil, err
	}
	list := []sentView{}
	send := func(method, path string, headers map[string]*string, body []byte) (journal.Entry, error) {
		header := http.Header{"Authorization": {"Bearer " + minted}}
		for name, value := range headers {
			if header.Del(name); value != nil {
				header.Set(name, *value)
			}
		}
		if path == Prefix+"kobo/saker" { // which is no call to an API: the case worker makes it
			one, err := c.newGeneratedSak(body)
			list = append(list, one)
			answer := journal.Message{Body: fmt.Appendf(nil, `{"koboSaksreferanse":%q}`, one.ID)}
			return journal.Entry{Answer: answer}, err
		}
		one, entry, err := c.sendInner(ctx, r, innerCall{method: method, path: path, header: header, body: body})
		list = append(list, one)
		return entry, err
	}
	kept, err := sendBefore(broken, send)
	if err != nil {
		return nil, err
	}
	body := call.Body
	if len(call.Request.Before) > 0 {
		body = []byte(kept.Replace(string(body)))
	}
	_, err = send(call.Request.Method, kept.Replace(call.Request.Path), call.Request.Headers, body)
	return list, err
}

// sendBefore makes the calls that the first of some broken ones needs before it, and returns a replacer of {name} by
// what they keep under that name.
func sendBefore(
	broken generation.InvalidCalls,
	send func(method, path string, headers map[string]*string, body []byte) (journal.Entry, error),
) (*strings.Replacer, error) {
	call := broken.Calls[0]
	var pairs []string
	keep := func(entry journal.Entry, err error, name, member string) error {
		if err != nil {
			return err
		}
		var members map[string]any
		read := name == "" || json.Unmarshal(entry.Answer.Body, &members) == nil
		if entry.Status >= http.StatusMultipleChoices || !read {
			return &apiError{http.StatusConflict, fmt.Sprintf(
				"call %d, which has to come before the broken one, was answered %d", entry.Number, entry.Status)}
		}
		if name != "" {
			pairs = append(pairs, "{"+name+"}", fmt.Sprint(members[member]))
		}
		return nil
	}
	for _, before := range call.Request.Before {
		kept := strings.NewReplacer(pairs...)
		var body []byte
		if before.Body != nil {
			text, err := json.Marshal(before.Body)
			if err != nil {
				return nil, err
			}
			body = []byte(kept.Replace(string(text)))
		}
		headers := map[string]*string{}
		for name, value := range before.Headers {
			headers[name] = &value
		}
		entry, err := send(before.Method, kept.Replace(before.Path), headers, body)
		if err := keep(entry, err, before.Keep, before.Member); err != nil {
			return nil, err
		}
	}
	if call.Request.After != "" {
		entry, err := send(http.MethodPost, call.Request.AfterPath, call.Request.Headers, broken.Valid)
		if err := keep(entry, err, "forsendelseId", "forsendelseId"); err != nil {
			return nil, err
		}
	}
	return strings.NewReplacer(pairs...), nil
}

// mint returns a token as it is asked for.
func (c *request) mint(ask token.Request) (string, error) {
	minted, err := token.MintFor(ask, token.MintOptions{
		Catalog: c.Catalog, Key: c.Key, Issuer: token.IssuerAt(c.address.Own()), Now: c.session.Clock.Now(),
		ID: c.ids().TokenID(),
	})
	if err != nil {
		return "", badRequest("%v", err)
	}
	return minted, nil
}

// sendInner makes a call to the session, whose path is below the server's address, and returns what
// came of it, also as the journal has it.
func (c *request) sendInner(
	ctx context.Context, r *http.Request, inner innerCall,
) (sentView, journal.Entry, error) {
	inner.host, inner.secure = c.address.Host, c.address.Scheme == "https"
	if c.session.Name != address.DefaultSession {
		inner.path = "/_session/" + c.session.Name + inner.path
	}
	call, err := inner.from(ctx, r)
	if err != nil {
		return sentView{}, journal.Entry{}, err
	}
	one := sentView{Call: c.Send(call)}
	entry, found := c.session.Log.Call(one.Call)
	if found {
		one.Status, one.Codes = entry.Status, entry.Specification
		if len(one.Codes) == 0 && entry.Code != "" {
			one.Codes = []string{entry.Code}
		}
	}
	return one, entry, nil
}
