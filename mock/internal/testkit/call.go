package testkit

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/token"
)

// AnotherID is a UUID that nothing has.
const AnotherID = "0193b5cd-cbce-7dbd-b188-1437db673767"

// goodDialogCall returns a call to Dialogporten that succeeds. It delivers bsu's example first.
func goodDialogCall(t *testing.T, s *mock.Server, api *catalog.API, route *catalog.Route) *APICall {
	t.Helper()
	bsu := backend.Of(s).Catalog.ByName("bsu")
	var svar struct{ DialogID, ForsendelseID string }
	if err := json.Unmarshal(GoodCall(t, s, bsu, bsu.Routes[0]).Do(s).Body.Bytes(), &svar); err != nil {
		t.Fatal(err)
	}
	c := &APICall{
		Method: route.Method, Path: route.Paths[0], Base: "/" + api.Label, Header: http.Header{},
		Params: map[string]string{"dialogId": svar.DialogID, "transmissionId": svar.ForsendelseID},
	}
	c.Header.Set("Authorization", "Bearer "+Mint(t, s, api, func(*token.Spec) {}))
	switch route.Name {
	case "search":
		c.Query = "party=urn:altinn:organization:identifier-no:987654321"
	case "activity":
		list := *c
		list.Path = strings.TrimSuffix(c.Path, "/{activityId}")
		var activities []struct{ ID string }
		if err := json.Unmarshal(list.Do(s).Body.Bytes(), &activities); err != nil || len(activities) != 2 {
			t.Fatalf("the activities are %v: %v", activities, err)
		}
		c.Params["activityId"] = activities[1].ID
	case "seenlog", "seenlog-entry":
		whole := *c
		whole.Path = "/api/v1/enduser/dialogs/{dialogId}"
		var dialog struct{ SeenSinceLastUpdate []struct{ ID string } }
		if err := json.Unmarshal(whole.Do(s).Body.Bytes(), &dialog); err != nil ||
			len(dialog.SeenSinceLastUpdate) != 1 {
			t.Fatalf("the dialog is seen by %v: %v", dialog.SeenSinceLastUpdate, err)
		}
		c.Params["seenLogId"] = dialog.SeenSinceLastUpdate[0].ID
	}
	return c
}

// goodKoboCall returns a call to Kobo that succeeds. It makes the home first, and brings it into the
// state that the operation is for.
func goodKoboCall(t *testing.T, s *mock.Server, api *catalog.API, route *catalog.Route) *APICall {
	t.Helper()
	f := NewFDVU(t, s)
	c := &APICall{
		Method: route.Method, Path: route.Paths[0], Base: "/" + api.Label, Header: http.Header{},
		Params: map[string]string{},
	}
	c.Header.Set("Authorization", "Bearer "+f.Token)
	c.Header.Set("x-kobo-systemid", f.System)
	body := map[string]string{
		"opprettBolig": Bolig, "oppdaterBolig": Bolig, "tildelBolig": Tildeling,
		"fjernTildeling":     Tildeling,
		"opprettLeieforhold": Leieforhold, "oppdaterEksisterendeLeieforhold": Leiekontrakt,
		"avsluttLeieforhold":             Avslutning,
		"registrerOppsigelseLeieforhold": Oppsigelse, "endreOppsigelseLeieforhold": Oppsigelse,
		"registrerApiKey": APIKey,
	}[route.Name]
	if route.Name != "opprettBolig" && route.Name != "registrerApiKey" {
		id, sak := f.OK("POST", "/kobobolig", Bolig).KoboID, f.NewSak()
		c.Params["koboBoligId"], c.Params["saksreferanse"] = id, sak
		body = strings.Replace(body, "SAK", sak, 1)
		switch route.Name {
		case "fjernReservasjon":
			f.OK("PUT", "/kobobolig/"+id+"/sak/"+sak+"/reservasjon", "")
		case "fjernTildeling":
			f.OK("POST", "/kobobolig/"+id+"/tildeling", strings.Replace(Tildeling, "SAK", sak, 1))
		case "oppdaterEksisterendeLeieforhold", "avsluttLeieforhold", "registrerOppsigelseLeieforhold",
			"endreOppsigelseLeieforhold", "opphevOppsigelseLeieforhold":
			f.OK("POST", "/kobobolig/"+id+"/leieforhold", strings.Replace(Leieforhold, "SAK", sak, 1))
		}
		if route.Name == "endreOppsigelseLeieforhold" || route.Name == "opphevOppsigelseLeieforhold" {
			f.OK("POST", "/kobobolig/"+id+"/leieforhold/oppsigelse", Oppsigelse)
		}
	}
	if body != "" {
		c.Header.Set("Content-Type", "application/json")
		c.Body = []byte(body)
	}
	return c
}

// goodMaskinportenCall returns a call to Maskinporten that succeeds. Nobody gave a key for the kid of
// its grant, so any signature will do.
func goodMaskinportenCall(t *testing.T, _ *mock.Server, api *catalog.API, route *catalog.Route) *APICall {
	t.Helper()
	c := &APICall{
		Method: route.Method, Path: route.Paths[0], Base: "/" + api.Label, Header: http.Header{},
		Params: map[string]string{"page": "MP-110"},
	}
	if route.Name != "token" {
		return c
	}
	part := func(value any) string {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	assertion := part(map[string]any{"alg": "RS256", "kid": "k"}) + "." + part(map[string]any{
		"iss": "6f0c0a0e-0000-4000-8000-000000000001", "aud": token.IssuerAt("http://example.com"), "scope": "a:b",
		"iat": Noon.Unix(), "exp": Noon.Unix() + 120, "jti": "1",
	}) + ".c2ln"
	c.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.Body = []byte("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + assertion)
	return c
}

// FirstKey is the idempotencyKey of GoodCall.
const FirstKey = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

// APICall is a call to an imitated API, to be changed before it is made.
type APICall struct {
	Method, Path string // Path is a template under the API's address
	Base         string
	Query        string
	Params       map[string]string
	Header       http.Header
	Body         []byte
	Broken       io.Reader // instead of Body
}

// GoodCall returns a call to a route that succeeds: the page's own example, by the oppgavegiver
// itself. What the route asks for is delivered before.
func GoodCall(t *testing.T, s *mock.Server, api *catalog.API, route *catalog.Route) *APICall {
	t.Helper()
	switch api.Family {
	case "dialogporten":
		return goodDialogCall(t, s, api, route)
	case "maskinporten":
		return goodMaskinportenCall(t, s, api, route)
	case "kobo":
		return goodKoboCall(t, s, api, route)
	case "authentication":
		return goodAltinnCall(t, s, api, route)
	}
	c := &APICall{
		Method: route.Method, Path: route.Paths[0], Base: "/" + api.Label, Header: http.Header{},
		Body: slices.Clone(api.Example),
		Params: map[string]string{
			"inntektsaar": fmt.Sprint(Member(t, api.Example, api.Felter.First(api.Felter.Inntektsaar))),
		},
	}
	c.Header.Set("Authorization", "Bearer "+Mint(t, s, api, func(*token.Spec) {}))
	if route.Behaviour == "dokument" {
		delivery := *c
		delivery.Method, delivery.Path = http.MethodPost, api.Routes[0].Paths[0]
		delivery.Header = c.Header.Clone()
		delivery.Header.Set("Content-Type", "application/json")
		delivery.Header.Set("idempotencyKey", FirstKey)
		var svar struct{ ForsendelseID string }
		if err := json.Unmarshal(delivery.Do(s).Body.Bytes(), &svar); err != nil {
			t.Fatal(err)
		}
		c.Params["forsendelseId"], c.Params["dokumentId"] = svar.ForsendelseID, svar.ForsendelseID
		c.Body = nil
		return c
	}
	c.Header.Set("Content-Type", "application/json")
	c.Header.Set("idempotencyKey", FirstKey)
	return c
}

// Year puts another year into the path.
func (c *APICall) Year(value string) { c.Params["inntektsaar"] = value }

// Edit puts another value at a place of the body.
func (c *APICall) Edit(t *testing.T, at jsonptr.Pointer, value any) {
	t.Helper()
	var document any
	decoder := json.NewDecoder(bytes.NewReader(c.Body))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		t.Fatal(err)
	}
	parent, _ := at[:len(at)-1].In(document)
	parent.(map[string]any)[at[len(at)-1]] = value
	var err error
	if c.Body, err = json.Marshal(document); err != nil {
		t.Fatal(err)
	}
}

// Do makes the call.
func (c *APICall) Do(s *mock.Server) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, c.Request())
	return w
}

// Request returns the call as a server gets it.
func (c *APICall) Request() *http.Request {
	path := c.Base + c.Path
	for name, value := range c.Params {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	if c.Query != "" {
		path += "?" + c.Query
	}
	var body io.Reader = bytes.NewReader(c.Body)
	if c.Broken != nil {
		body = c.Broken
	}
	r := httptest.NewRequest(c.Method, path, body)
	if c.Header != nil {
		r.Header = c.Header.Clone()
	}
	return r
}

// Member returns the value at a place of a document.
func Member(t testing.TB, document []byte, at jsonptr.Pointer) any {
	t.Helper()
	var decoded any
	if err := json.Unmarshal(document, &decoded); err != nil {
		t.Fatal(err)
	}
	value, ok := at.In(decoded)
	if !ok {
		t.Fatalf("the example has nothing at %s", at)
	}
	return value
}

// Mint returns a token for the oppgavegiver of the API's example (of bsu's, where it has none) whose
// claims were changed before it was signed.
func Mint(t testing.TB, s *mock.Server, api *catalog.API, change func(*token.Spec)) string {
	t.Helper()
	reporting := api
	if api.Example == nil {
		reporting = backend.Of(s).Catalog.ByName("bsu")
	}
	g := token.Spec{
		Issuer: token.IssuerAt(s.URL("")), Scope: api.Scope, Vendor: token.DefaultVendor,
		IssuedAt: backend.Of(s).Clock(), TTL: 2 * time.Minute,
		Org: Member(t, reporting.Example, reporting.Felter.First(reporting.Felter.Oppgavegiver)).(string),
		ID:  strconv.Itoa(1),
	}
	change(&g)
	// no systembruker there: delegated in Altinn
	if len(api.Routes) > 0 && slices.Contains(api.Routes[0].Checks, "consumer") {
		g.ConsumerOrg, g.Org = g.Org, ""
	}
	token, err := token.Mint(backend.Of(s).Key, g)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Decode decodes the body of an answer.
func Decode(t *testing.T, answer *httptest.ResponseRecorder, into any) {
	t.Helper()
	if err := json.Unmarshal(answer.Body.Bytes(), into); err != nil {
		t.Fatalf("%v: %s", err, answer.Body)
	}
}
