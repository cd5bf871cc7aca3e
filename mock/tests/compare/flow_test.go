package compare

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// recordedVendor is a client of the APIs whose calls are recorded.
type recordedVendor struct {
	t      *testing.T
	server *mock.Server
	base   func(api string) string
	http   *http.Client
	now    *atomic.Int64 // seconds
}

// start of the recording.
var start = time.Date(2025, time.October, 7, 8, 30, 0, 0, time.UTC)

// record records a whole vendor's flow at a Sandkasse with another seed and clock. base returns the address of an API.
func record(t *testing.T, base func(api string) string, options mock.Options) []entry {
	t.Helper()
	entries, _ := recordAt(t, base, options)
	return entries
}

// recordAt does what record does, and returns the server too.
func recordAt(t *testing.T, base func(api string) string, options mock.Options) ([]entry, *mock.Server) {
	t.Helper()
	var now atomic.Int64
	now.Store(start.Unix())
	clock := func() time.Time { return time.Unix(now.Load(), 0) }
	options.Clock, options.Seed = clock, 20251007
	server := testkit.NewServer(t, options)
	recorded := &recorder{through: prefixed{server.Client().Transport}, clock: clock}
	v := &recordedVendor{t, server, base, &http.Client{Transport: recorded}, &now}
	v.flow()
	return recorded.entries, server
}

// received is an answer that the client got.
type received struct {
	status int
	body   string
}

// people does what people do at the agencies, which no recording has.
func (v *recordedVendor) people(path, body string) received {
	v.t.Helper()
	w := httptest.NewRecorder()
	prefix := ""
	if strings.Contains(v.base("kobo"), "/_session/mine") {
		prefix = "/_session/mine"
	}
	v.server.ServeHTTP(w, httptest.NewRequest("POST", prefix+"/_sandkasse"+path, strings.NewReader(body)))
	if w.Code != http.StatusOK {
		v.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return received{w.Code, w.Body.String()}
}

// get returns the text of a member of the answer, which must have it.
func (v *recordedVendor) get(a received, names ...string) string {
	v.t.Helper()
	var value any
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		v.t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	for _, name := range names {
		if list, ok := value.([]any); ok && len(list) > 0 {
			value = list[len(list)-1]
		}
		object, _ := value.(map[string]any)
		value = object[name]
	}
	text, ok := value.(string)
	if !ok {
		v.t.Fatalf("%v is not in %d %s", names, a.status, a.body)
	}
	return text
}

// call makes a call to an address, seconds after the one before. Headers are names and values in turn.
func (v *recordedVendor) call(want int, method, address, body string, headers ...string) received {
	v.t.Helper()
	v.now.Add(3)
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if body == "" {
		r.Body = nil
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	response, err := v.http.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if response.StatusCode != want {
		v.t.Fatalf("%s %s: %s %s, want %d", method, address, response.Status, text, want)
	}
	return received{response.StatusCode, string(text)}
}

// bearer returns a header with a token.
func (v *recordedVendor) bearer(request mock.TokenRequest) string {
	v.t.Helper()
	token, err := v.server.Token(request)
	if err != nil {
		v.t.Fatal(err)
	}
	return "Bearer " + token
}

// flow does what vendors do: it reports, with all that can go wrong, reads dialogs and feedback, onboards a customer in
// Altinn, and keeps homes in Kobo.
func (v *recordedVendor) flow() {
	v.report()
	v.readDialogs()
	v.onboard()
	v.keepHomes()
}

const bank = "987654321" // of BSU's example

func (v *recordedVendor) report() {
	bsu := v.base("bsu")
	mine := v.bearer(mock.TokenRequest{API: "bsu", Org: bank})
	text := string(testkit.Example(v.t))
	deliver := func(want int, year string, body string, more ...string) received {
		v.t.Helper()
		return v.call(want, "POST", bsu+"/v1/"+year, body, append([]string{
			"Authorization", mine, "Content-Type", "application/json",
		}, more...)...)
	}
	v.call(401, "POST", bsu+"/v1/2023", text, "Content-Type", "application/json")
	v.call(401, "POST", bsu+"/v1/2023", text, "Authorization", "Bearer tull", "Content-Type", "application/json")
	v.call(
		403,
		"POST",
		bsu+"/v1/2023",
		text,
		"Authorization",
		v.bearer(mock.TokenRequest{API: "dialogporten", Org: bank}),
		"Content-Type",
		"application/json",
	)
	v.call(
		403,
		"POST",
		bsu+"/v1/2023",
		text,
		"Authorization",
		v.bearer(mock.TokenRequest{API: "bsu", Org: "319000011"}),
		"Content-Type",
		"application/json",
		"idempotencyKey",
		testkit.UUID(90),
	)
	deliver(400, "2023", text)
	deliver(400, "2023", text, "idempotencyKey", "ikke-en-uuid")
	deliver(400, "1999", text, "idempotencyKey", testkit.UUID(2))
	deliver(400, "2023", text[:200], "idempotencyKey", testkit.UUID(3))
	deliver(400, "2023", strings.ReplaceAll(text, `"saldo"`, `"saldoen"`), "idempotencyKey", testkit.UUID(4))
	deliver(400, "2022", text, "idempotencyKey", testkit.UUID(5))
	v.call(405, "GET", bsu+"/v1/2023", "", "Authorization", mine)
	v.call(405, "DELETE", bsu+"/v1/2023", "", "Authorization", mine)
	v.call(404, "GET", bsu+"/v2/2023", "", "Authorization", mine)
	v.call(400, "POST", bsu+"/v1/2023", text, "Authorization", mine, "Content-Type", "text/plain", "idempotencyKey",
		testkit.UUID(6))
	v.call(400, "POST", bsu+"/v1/2023", text, "Authorization", mine, "Content-Type", "application/json", "Accept",
		"application/xml", "idempotencyKey", testkit.UUID(6))
	first := deliver(200, "2023", text, "idempotencyKey", testkit.UUID(1))
	deliver(200, "2023", text, "idempotencyKey", testkit.UUID(1))
	deliver(409, "2023", text+" ", "idempotencyKey", testkit.UUID(1))
	second := deliver(200, "2023", strings.ReplaceAll(text, "EksternReferanse_2015_1", "Ny_1"), "idempotencyKey",
		testkit.UUID(7))
	for _, delivery := range []received{first, second} {
		id := v.get(delivery, "forsendelseId")
		v.call(200, "GET", bsu+"/v1/2023/forsendelser/"+id+"/dokumenter/"+id, "", "Authorization", mine)
	}
	v.call(404, "GET", bsu+"/v1/2023/forsendelser/"+testkit.AnotherID+"/dokumenter/"+testkit.AnotherID, "",
		"Authorization", mine)
}

func (v *recordedVendor) readDialogs() {
	dialogs := v.base("dialogporten") + "/api/v1/enduser/dialogs"
	mine := v.bearer(mock.TokenRequest{API: "dialogporten", Org: bank, TTL: time.Hour})
	reporting := v.bearer(mock.TokenRequest{API: "bsu", Org: bank, TTL: time.Hour})
	list := v.call(200, "GET", dialogs+"?party=urn:altinn:organization:identifier-no:"+bank+"&limit=1", "",
		"Authorization", mine, "Accept", "application/json")
	id := v.get(list, "items", "id")
	whole := v.call(200, "GET", dialogs+"/"+id, "", "Authorization", mine)
	for _, part := range []string{"transmissions", "activities", "seenlog"} {
		v.call(200, "GET", dialogs+"/"+id+"/"+part, "", "Authorization", mine)
	}
	v.call(200, "GET", dialogs+"/"+id+"/transmissions/"+v.get(whole, "transmissions", "id"), "", "Authorization", mine)
	v.call(404, "GET", dialogs+"/"+testkit.AnotherID, "", "Authorization", mine)
	v.call(400, "GET", dialogs+"?party=tull", "", "Authorization", mine)
	v.call(401, "GET", dialogs+"/"+id, "")
	var shown struct {
		Transmissions []struct {
			Attachments []struct {
				URLs []struct{ URL, ConsumerType string }
			}
		}
	}
	if err := json.Unmarshal([]byte(whole.body), &shown); err != nil {
		v.t.Fatal(err)
	}
	for _, transmission := range shown.Transmissions {
		for _, attachment := range transmission.Attachments {
			for _, url := range attachment.URLs {
				if url.ConsumerType == "Api" {
					v.call(200, "GET", url.URL, "", "Authorization", reporting)
				}
			}
		}
	}
}

func (v *recordedVendor) onboard() {
	altinn := v.base("authentication") + "/api/v1/"
	mine := func(scope string) []string {
		return []string{
			"Content-Type", "application/json", "Authorization",
			v.bearer(
				mock.TokenRequest{API: "authentication", Vendor: "319000003", Scope: "altinn:authentication/" + scope},
			),
		}
	}
	v.call(200, "POST", altinn+"systemregister/vendor", testkit.SystemBody, mine("systemregister.write")...)
	v.call(400, "POST", altinn+"systemregister/vendor", testkit.SystemBody, mine("systemregister.write")...)
	asked := v.call(201, "POST", altinn+"systemuser/request/vendor", testkit.RequestBody(testkit.Customer),
		mine("systemuser.request.write")...)
	id := v.get(asked, "id")
	read := mine("systemuser.request.read")
	v.call(200, "GET", altinn+"systemuser/request/vendor/"+id, "", read...)
	v.people("/altinn/requests/"+id+"/approve", "")
	v.call(200, "GET", altinn+"systemuser/request/vendor/"+id, "", read...)
	v.call(200, "GET", altinn+"systemuser/vendor/bysystem/"+testkit.System, "", mine("systemregister.write")...)
	v.call(403, "POST", altinn+"systemregister/vendor", testkit.SystemBody, mine("systemuser.request.read")...)
}

func (v *recordedVendor) keepHomes() {
	kobo := v.base("kobo")
	headers := []string{
		"Authorization", v.bearer(mock.TokenRequest{API: "kobo", Org: "313367002"}), "x-kobo-systemid", "fdvu-1",
		"Content-Type", "application/json",
	}
	v.call(400, "POST", kobo+"/kobobolig", testkit.Bolig, headers[:2]...)
	v.call(400, "POST", kobo+"/kobobolig", `{"adresse": 1}`, headers...)
	made := v.call(201, "POST", kobo+"/kobobolig", testkit.Bolig, headers...)
	home := kobo + "/kobobolig/" + v.get(made, "koboId")
	v.call(200, "POST", kobo+"/kobobolig", testkit.Bolig, headers...)
	v.call(200, "GET", home, "", headers[:4]...)
	v.call(200, "PUT", home, strings.Replace(testkit.Bolig, `"antallSoverom":2`, `"antallSoverom":3`, 1), headers...)
	sak := v.get(v.people("/kobo/saker", testkit.NySak), "koboSaksreferanse")
	v.call(201, "PUT", home+"/sak/"+sak+"/reservasjon", "", headers[:4]...)
	v.call(201, "POST", home+"/tildeling", strings.Replace(testkit.Tildeling, "SAK", sak, 1), headers...)
	v.call(201, "POST", home+"/leieforhold", strings.Replace(testkit.Leieforhold, "SAK", sak, 1), headers...)
	v.call(201, "POST", home+"/leieforhold/oppsigelse", testkit.Oppsigelse, headers...)
	v.call(200, "DELETE", home+"/leieforhold", testkit.Avslutning, headers...)
	v.call(200, "GET", home, "", headers[:4]...)
	v.call(404, "GET", kobo+"/kobobolig/"+testkit.AnotherID, "", headers[:4]...)
	v.call(204, "POST", kobo+"/fdvusystem/", testkit.APIKey, headers...)
}

// realHosts returns the address of an API at the agencies' own test environments.
func realHosts(t *testing.T) func(api string) string {
	t.Helper()
	known := testkit.Catalog(t)
	return func(name string) string {
		switch name {
		case "dialogporten", "authentication":
			return "https://platform.tt02.altinn.no/" + name
		case "kobo":
			return "https://kobo.test.example.no"
		}
		api, err := known.API(name, start)
		if err != nil {
			t.Fatal(err)
		}
		return "https://" + api.Label + ".api.skatteetaten-test.no"
	}
}

// TestFlowIsTheSame records a whole vendor's flow at a Sandkasse with another seed, clock and host, and finds no
// difference: under the agencies' own hosts, as Sandkasse's own recording without tokens, and behind a reverse proxy.
func TestFlowIsTheSame(t *testing.T) {
	t.Parallel()
	labels := func(root string) func(string) string {
		known := testkit.Catalog(t)
		return func(name string) string {
			api, err := known.API(name, start)
			if err != nil {
				t.Fatal(err)
			}
			return root + "/" + api.Label
		}
	}
	for name, test := range map[string]struct {
		base    func(string) string
		options mock.Options
	}{
		"real hosts": {realHosts(t), mock.Options{Hosts: []string{"kobo.test.example.no=kobo"}}},
		"labels":     {labels("http://sandkasse.localhost:9123"), mock.Options{}},
		"session":    {labels("http://sandkasse.localhost/_session/mine"), mock.Options{}},
		"delay": {
			realHosts(t),
			mock.Options{Hosts: []string{"kobo.test.example.no=kobo"}, ProcessingDelay: 5 * time.Second},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entries := record(t, test.base, test.options)
			found := compared(t, harFile(t, entries))
			if len(found.Differences) > 0 || found.Compared < len(entries) || len(found.NotCompared) > 0 {
				t.Errorf("%d of %d compared, %+v%s", found.Compared, len(entries), found.NotCompared, explain(found))
			}
		})
	}
}

// TestOwnRecordingIsTheSame: the recording that a Sandkasse makes itself, in which tokens and identity numbers are
// masked, has no difference. Only answers about masked tokens cannot be compared.
func TestOwnRecordingIsTheSame(t *testing.T) {
	t.Parallel()
	entries, server := recordAt(t, realHosts(t), mock.Options{Hosts: []string{"kobo.test.example.no=kobo"}})
	found := compared(t, harOf(t, server))
	reasons := map[string]int{}
	for _, left := range found.NotCompared {
		reasons[left.Reason] = left.Count
	}
	if len(found.Differences) > 0 || found.Compared != len(entries)-3 || !maps.Equal(reasons, map[string]int{
		"the answer is about the token, which cannot be read":                 3,
		"what it says of identity numbers, which are masked in the recording": 4,
	}) {
		t.Errorf("%d of %d compared, %+v%s", found.Compared, len(entries), found.NotCompared, explain(found))
	}
}

// TestCutBodies: a call whose body was cut in Sandkasse's own recording is listed, and so are those that build on it.
func TestCutBodies(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	now.Store(start.Unix())
	server := testkit.NewServer(t, mock.Options{Clock: func() time.Time { return time.Unix(now.Load(), 0) }})
	v := &recordedVendor{t, server, realHosts(t), server.Client(), &now}
	mine := v.bearer(mock.TokenRequest{API: "bsu", Org: bank})
	document := string(testkit.Example(t))
	deliver := func(body string, key int) string {
		return v.get(v.call(200, "POST", v.base("bsu")+"/v1/2023", body, "Authorization", mine, "Content-Type",
			"application/json", "idempotencyKey", testkit.UUID(key)), "forsendelseId")
	}
	large := deliver(document+strings.Repeat(" ", 20_000), 1)
	small := deliver(document, 2)
	at := v.base("bsu") + "/v1/2023/forsendelser/"
	v.call(200, "GET", at+large+"/dokumenter/"+large, "", "Authorization", mine)
	v.call(200, "GET", at+small+"/dokumenter/"+small, "", "Authorization", mine)
	found := compared(t, harOf(t, server))
	if len(found.Differences) > 0 || found.Compared != 2 || len(found.NotCompared) != 2 ||
		found.NotCompared[0].Reason != "the body of the request was cut" ||
		!strings.HasPrefix(found.NotCompared[0].First[0], "call 1, POST /v1/2023 at ") ||
		found.NotCompared[1].Reason != "it builds on a call that went otherwise here, or could not be repeated" ||
		!strings.HasPrefix(found.NotCompared[1].First[0], "call 3, GET ") {
		t.Errorf("%d compared, %+v%s", found.Compared, found.NotCompared, explain(found))
	}
}

// clone returns a copy of entries, to be changed.
func clone(t *testing.T, entries []entry) (copied []entry) {
	t.Helper()
	text, err := json.Marshal(entries)
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(text)).Decode(&copied)
	}
	if err != nil {
		t.Fatal(err)
	}
	return copied
}
