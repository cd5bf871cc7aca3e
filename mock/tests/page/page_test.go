package page

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// reader is a browser without JavaScript: it follows links and redirects, and sends forms.
type reader struct {
	testkit.Client
}

// open returns a page, below /_sandkasse/page/, that must be answered with 200.
func (r reader) open(path string) string {
	r.T.Helper()
	got := r.Call("GET", r.URL("")+"/_sandkasse/page/"+path, "", "Accept", "text/html")
	if got.Status != http.StatusOK {
		r.T.Fatalf("%s: %d %s", path, got.Status, got.Body)
	}
	return got.Body
}

// submit sends a form as a browser would, and returns the page that the redirect leads to. The fields
// are names and values in turn.
func (r reader) submit(path string, fields ...string) testkit.Response {
	r.T.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return r.Call("POST", r.URL("")+"/_sandkasse/page/"+path, values.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Origin", origin(r.URL("")), "Accept", "text/html")
}

// origin returns the origin of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// newReader returns a reader of a session of a new server.
func newReader(t *testing.T) reader {
	t.Helper()
	return reader{testkit.NewClient(t, mocktest.Start(t), "a")}
}

// pages lists the addresses of all pages of a session after MakeCalls.
func pages() []string {
	return []string{
		"calls", "calls?q=status:4xx", "calls/1", "calls/3?q=api:bsu", "calls/3/compare", "calls?part=rows",
		"calls/3?part=detail", "fail", "fail?q=1015", "fail/play", "fail/scripts/lost-answer", "workbench", "help",
		"help?part=status", "report", "report?api=bsu&off=delivered-twice:why",
	}
}

// TestBrowserGetsThePage: the server's root and /_sandkasse/ lead a browser to the page, in its session,
// and anybody else to the plain index.
func TestBrowserGetsThePage(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	for _, path := range []string{"/", "/_sandkasse", "/_sandkasse/", "/_sandkasse/page/"} {
		got := r.Call("GET", r.URL("")+path, "", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		if !strings.Contains(got.Body, `<base href="/_session/a/_sandkasse/page/">`) || got.Status != 200 {
			t.Errorf("%s for a browser: %d %.200s", path, got.Status, got.Body)
		}
		if path == "/_sandkasse/page/" {
			continue
		}
		for _, accept := range []string{"*/*", "application/json", ""} {
			if got := r.Call("GET", r.URL("")+path, "", "Accept", accept); !strings.HasPrefix(
				got.Body,
				"sandkasse ",
			) {
				t.Errorf("%s for %q: %d %.200s", path, accept, got.Status, got.Body)
			}
		}
	}
}

// TestPolicy: no page has a script, a style or a handler in itself, all have a policy that would let none
// run, and nothing that a page loads is of another host.
func TestPolicy(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	r.MakeCalls()
	inline := regexp.MustCompile(`(?i)<script[^>]*>[^<]|<style|\sstyle=|\son[a-z]+=|javascript:`)
	outside := regexp.MustCompile(`(?:src|href|action)="(?:[a-z]+:)?//`)
	for _, path := range pages() {
		got := r.Call("GET", r.URL("")+"/_sandkasse/page/"+path, "")
		policy := got.Header.Get("Content-Security-Policy")
		for _, rule := range []string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
			"form-action 'self'",
		} {
			if !strings.Contains(policy, rule) {
				t.Errorf("%s: the policy %q lacks %s", path, policy, rule)
			}
		}
		if strings.Contains(policy, "unsafe") || got.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %q", path, policy)
		}
		if found := inline.FindString(got.Body); found != "" || got.Status != 200 {
			t.Errorf("%s: %d, has %q", path, got.Status, found)
		}
		if found := outside.FindString(got.Body); found != "" {
			t.Errorf("%s leads to another host: %q", path, found)
		}
	}
}

// TestAssets: the style and the script are under names with their hash, to be kept for ever, and packed
// for who takes that.
func TestAssets(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	found := regexp.MustCompile(`"(assets/[a-z]+-[0-9a-f]{12}\.[a-z]+)"`).FindAllStringSubmatch(r.open("calls"), -1)
	if len(found) != 3 {
		t.Fatalf("assets: %v", found)
	}
	for _, one := range found {
		got := r.Call("GET", r.URL("")+"/_sandkasse/page/"+one[1], "")
		if got.Status != 200 || !strings.Contains(got.Header.Get("Cache-Control"), "immutable") || got.Body == "" {
			t.Errorf("%s: %d %v", one[1], got.Status, got.Header)
		}
		if n := strings.Count(got.Body, "\n"); strings.HasSuffix(one[1], ".js") && n > 500 {
			t.Errorf("the script has %d lines; 500 are enough", n)
		}
		packed := r.Call("GET", r.URL("")+"/_sandkasse/page/"+one[1], "", "Accept-Encoding", "gzip")
		if packed.Header.Get("Content-Encoding") != "gzip" ||
			len(packed.Body) >= len(got.Body) && len(got.Body) > 1000 {
			t.Errorf("%s: %d bytes of %d, %v", one[1], len(packed.Body), len(got.Body), packed.Header)
		}
	}
	if got := r.Call("GET", r.URL("")+"/_sandkasse/page/assets/style.css", ""); got.Status != 404 {
		t.Errorf("an asset without hash: %d", got.Status)
	}
}

// TestOnlyOwnForms: a form of another site changes nothing, and neither does a GET.
func TestOnlyOwnForms(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	r.MakeCalls()
	r.SetClock(`{"freeze": true}`)
	before := r.State()
	forms := []string{
		"calls/clear", "calls/1/send", "fail/arm", "fail/disarm", "fail/play", "workbench/token", "workbench/decode",
		"workbench/validate", "workbench/clock", "workbench/reset", "workbench/checkpoint", "workbench/restore",
		"workbench/delete", "workbench/end", "kobo/register", "kobo/x/act", "kobo/cases", "kobo/systems",
		"kobo/messages/redeliver", "kobo/messages/fault", "testdata/generate",
	}
	body := "scenario=GLD_1015&name=x&act=freeze&api=bsu&org=987654321&idempotencyKey=new"
	for _, form := range forms {
		address := r.URL("") + "/_sandkasse/page/" + form
		for _, from := range [][]string{
			{"Origin", "http://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "null"},
		} {
			got := r.Call("POST", address, body, append(from, "Content-Type", "application/x-www-form-urlencoded")...)
			if got.Status != 403 {
				t.Errorf("%s from %v: %d %.100s", form, from, got.Status, got.Body)
			}
		}
		if got := r.Call("GET", address+"?"+body, ""); got.Status < 400 && !slices.Contains(
			[]string{"fail/play", "kobo/cases", "kobo/systems", "testdata/generate"}, form) { // they show a form
			t.Errorf("GET %s: %d", form, got.Status)
		}
	}
	for path, text := range r.State() {
		if text != before[path] {
			t.Errorf("%s was changed: %s", path, text)
		}
	}
}

// TestWithoutJavaScript: all that the first views can do is done by links and forms.
func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	if page := r.open("calls"); !strings.Contains(page, "No calls yet") || !strings.Contains(page, r.URL("bsu")) {
		t.Errorf("an empty list does not say how to fill it: %s", page)
	}
	r.MakeCalls()
	list := r.open("calls")
	if !strings.Contains(list, `href="calls/6"`) || strings.Index(list, `id="c6"`) > strings.Index(list, `id="c1"`) {
		t.Error("the list is not newest first")
	}
	if found := r.open("calls?q=" + url.QueryEscape("api:bsu status:4xx uuid")); !strings.Contains(found, `id="c3"`) ||
		strings.Contains(found, `id="c5"`) ||
		!strings.Contains(found, `value="api:bsu status:4xx uuid"`) {
		t.Errorf("a search: %s", found)
	}
	wrong := r.Call("GET", r.URL("")+"/_sandkasse/page/calls?q=api:nope", "")
	if wrong.Status != 400 || !strings.Contains(wrong.Body, "there is no API &#34;nope&#34;") {
		t.Errorf("a wrong search: %d %s", wrong.Status, wrong.Body)
	}
	open := r.open("calls/3")
	for _, want := range []string{
		"idempotencyKey is not a UUID", "K036", "idempotency-key", "1 faulty place", "Send again",
		`<tr class="bad"><th scope="row">idempotencyKey`,
	} {
		if !strings.Contains(open, want) {
			t.Errorf("call 3 lacks %q: %s", want, open)
		}
	}
	if sent := r.submit("calls/1/send", "idempotencyKey", "same"); !strings.Contains(sent.Body, "call 7 ·") ||
		!strings.Contains(sent.Body, "given again") {
		t.Errorf("sent again: %d %s", sent.Status, sent.Body)
	}

	armed := r.submit("fail/arm", "scenario", "GLD_1015", "times", "1", "q", "1015")
	if armed.Status != 200 || !strings.Contains(armed.Body, "the next call") ||
		!strings.Contains(armed.Body, `<b>1</b> armed`) {
		t.Errorf("armed: %d %s", armed.Status, armed.Body)
	}
	if got := r.Deliver(70); !strings.Contains(got.Body, "GLD_1015") {
		t.Errorf("the next call gets %d %s", got.Status, got.Body)
	}
	play := r.submit(
		"fail/play",
		"scenario",
		"slow;ms=5",
		"api",
		"bsu",
		"method",
		"POST",
		"times",
		"2",
		"probability",
		"0.5",
		"seed",
		"7",
		"ttl",
		"10m",
		"organisation",
		"987654321",
	)
	if play.Status != 200 || !strings.Contains(play.Body, "slow;ms=5") ||
		!strings.Contains(play.Body, "probability 0.5") {
		t.Errorf("a play: %d %s", play.Status, play.Body)
	}
	bad := r.submit("fail/play", "scenario", "GLD_9999", "ttl", "10m")
	if bad.Status != 400 || !strings.Contains(bad.Body, `value="10m"`) ||
		!strings.Contains(bad.Body, `role="alert"`) {
		t.Errorf("a wrong play: %d %s", bad.Status, bad.Body)
	}
	if gone := r.submit("fail/disarm"); !strings.Contains(gone.Body, "Nothing is armed") {
		t.Errorf("disarmed: %s", gone.Body)
	}

	frozen := r.submit("workbench/clock", "act", "freeze-at", "at", "2031-05-01T12:00")
	if !strings.Contains(frozen.Body,
		"1 May 2031 12:00:00 UTC") ||
		!strings.Contains(frozen.Body, "frozen") {
		t.Errorf("frozen: %s", frozen.Body)
	}
	for act, want := range map[string]string{"1h": "13:00:00", "new-year": "1 Jan 2032 00:00:00"} {
		if act == "new-year" {
			continue
		}
		if got := r.submit("workbench/clock", "act", act); !strings.Contains(got.Body, want) {
			t.Errorf("%s: %s", act, got.Body)
		}
	}
	if got := r.submit("workbench/clock", "act", "new-year"); !strings.Contains(got.Body, "1 Jan 2032 00:00:00") {
		t.Errorf("New Year: %s", got.Body)
	}
	if saved := r.submit("workbench/checkpoint", "name", "stocked"); !strings.Contains(
		saved.Body,
		"The checkpoint is saved",
	) {
		t.Errorf("saved: %s", saved.Body)
	}
	if reset := r.submit("workbench/reset", "seed", "7"); !strings.Contains(reset.Body, "The session is reset") ||
		!strings.Contains(r.open("calls"), "No calls yet") {
		t.Errorf("reset: %s", reset.Body)
	}
	if restored := r.submit("workbench/restore", "name", "stocked"); !strings.Contains(
		restored.Body,
		"as it was at",
	) ||
		!strings.Contains(restored.Body, "8 calls made") {
		t.Errorf("restored: %s", restored.Body)
	}
	token := r.submit("workbench/token", "api", "bsu", "org", "987654321", "ttl", "1h")
	if !strings.Contains(token.Body, "eyJ") || !strings.Contains(token.Body, "expires in 1h") {
		t.Errorf("a token: %d %s", token.Status, token.Body)
	}
	checked := r.submit("workbench/validate", "api", "bsu", "document", `{"leveranse": {"inntektsaar": "x"}}`)
	if !strings.Contains(checked.Body, "/leveranse/inntektsaar") ||
		!strings.Contains(checked.Body, `class="line bad"`) {
		t.Errorf("a document: %d %s", checked.Status, checked.Body)
	}
	cleared := r.submit("calls/clear")
	if !strings.Contains(cleared.Body, "No calls yet") {
		t.Errorf("cleared: %s", cleared.Body)
	}
	other := r.Call("GET", r.URL("")+"/_sandkasse/page/switch?session=b", "")
	if !strings.Contains(other.Body, `<base href="/_session/b/_sandkasse/page/">`) {
		t.Errorf("another session: %s", other.Body)
	}
}

// TestHostileContent: what comes from outside is text on every page, however large or broken it is.
func TestHostileContent(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	script := `<script>alert(1)</script><img src=x onerror=alert(2)>"'` + "`{{.}}"
	reference := strings.ReplaceAll(string(testkit.Example(t)), "EksternReferanse_2015_1",
		strings.ReplaceAll(script, `"`, `\"`))
	token := r.Bearer("bsu", "987654321")
	send := func(body string, headers ...string) {
		r.Call("POST", r.URL("bsu")+"/v1/2023", body, append([]string{
			"Authorization", token, "Content-Type", "application/json", "idempotencyKey", "x" + script,
		}, headers...)...)
	}
	send(reference)
	send(reference, "idempotencyKey", testkit.UUID(1))
	send(strings.Repeat(" ", 10<<20)+script, "idempotencyKey", testkit.UUID(2))
	send("{\"a\": \"\xff\xfe" + script + "\"}")
	send(`{"a": ` + strings.Repeat("[", 5000))
	send(script, "Content-Type", "text/html", "User-Agent", script)
	send("{}", "Sandkasse-Scenario", strings.Repeat("s", 4000))
	r.Call("GET", r.URL("")+"/_scenario/"+url.PathEscape(script)+"/x?q="+url.QueryEscape(script), "")
	r.Call("GET", r.URL("bsu")+"/"+url.PathEscape(script), "")
	for i := range 8 {
		for _, page := range []string{"calls/%d", "calls/%d/compare?with=1", "calls/%d?q=" + url.QueryEscape(script)} {
			got := r.Call("GET", r.URL("")+"/_sandkasse/page/"+fmt.Sprintf(page, i+1), "")
			lower := strings.ToLower(got.Body)
			if strings.Contains(lower, "<script>") || strings.Contains(lower, "<img") ||
				strings.Contains(lower, "=alert") &&
					strings.Contains(lower, "<img src") {
				t.Errorf("%s runs what came from outside", fmt.Sprintf(page, i+1))
			}
			if got.Status != 200 && (got.Status != 404 || !strings.Contains(page, "compare")) {
				t.Errorf("%s: %d %.300s", fmt.Sprintf(page, i+1), got.Status, got.Body)
			}
			if len(got.Body) > 1<<20 {
				t.Errorf("%s has %d bytes", fmt.Sprintf(page, i+1), len(got.Body))
			}
		}
	}
	for _, page := range []string{"fail?q=", "fail?api=", "fail/play?scenario=", "switch?session=", "calls?q="} {
		got := r.Call("GET", r.URL("")+"/_sandkasse/page/"+page+url.QueryEscape(script), "")
		if strings.Contains(got.Body, "<script>alert") || strings.Contains(got.Body, "<img") {
			t.Errorf("%s runs what came from outside", page)
		}
	}
}

// TestLargeDocument: the largest document that an API takes can be pasted and checked, and the answer
// does not hold it twice.
func TestLargeDocument(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	if page := r.open("workbench"); !strings.Contains(page, `enctype="multipart/form-data"`) {
		t.Error("the form makes a pasted document three times as long")
	}
	example := string(testkit.Example(t))
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	w.WriteField("api", "bsu")
	w.WriteField("document", example+strings.Repeat(" ", 10<<20-len(example)))
	w.Close()
	got := r.Call("POST", r.URL("")+"/_sandkasse/page/workbench/validate", form.String(),
		"Content-Type", w.FormDataContentType(), "Origin", origin(r.URL("")), "Accept", "text/html")
	if got.Status != http.StatusOK || !strings.Contains(got.Body, "The document can be delivered.") {
		t.Errorf("checked: %d %.2000s", got.Status, got.Body)
	}
	if len(got.Body) > 11<<20 {
		t.Errorf("the answer has %d bytes", len(got.Body))
	}
}

// TestFirstScreen: the first screen is below 60 kB with a hundred calls, and older ones follow by links
// until the first.
func TestFirstScreen(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	for i := range 250 {
		r.Deliver(i, "Sandkasse-Scenario", "GLD_1015")
	}
	path, seen := "calls", 0
	for range 3 {
		page := r.open(path)
		if len(page) > 60_000 {
			t.Errorf("%s has %d bytes", path, len(page))
		}
		seen += strings.Count(page, `<li id="c`)
		next := regexp.MustCompile(`href="(calls\?before=\d+)" rel="next"`).FindStringSubmatch(page)
		if next == nil {
			break
		}
		path = next[1]
	}
	if seen != 250 {
		t.Errorf("%d calls are listed", seen)
	}
}

// TestOwnScripts: the user's own scripts stand in Fail and can be read, with what is wrong with a newer
// version of their file.
func TestOwnScripts(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, "tired.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const sound = "name: tired\ndescription: Answers late.\nclient: Wait.\nsteps:\n  - do: [{delay: 5ms}]\n"
	write(sound)
	s := mocktest.StartWith(t, mock.Options{Scenarios: mock.Dir(folder)})
	r := reader{testkit.NewClient(t, s, "a")}
	page := r.open("fail")
	if !strings.Contains(page, "Your own scripts") || !strings.Contains(page, "Answers late.") {
		t.Errorf("the script is not shown: %s", page)
	}
	if page := r.open("fail/scripts/tired"); !strings.Contains(page, "do: [{delay: 5ms}]") {
		t.Errorf("the text is not shown: %s", page)
	}
	write(sound + "steppes: 7 # no such member\n")
	for end := time.Now().Add(30 * time.Second); ; {
		if page := r.open("fail"); strings.Contains(page, "steppes") {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the fault is not shown")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestOneCallAsHAR: the link of a call to its HAR has that call alone.
func TestOneCallAsHAR(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	r.MakeCalls()
	anchor := regexp.MustCompile(`href="(\.\./calls\.har[^"]+)"[^>]*download="call-3`)
	link := anchor.FindStringSubmatch(r.open("calls/3"))
	if link == nil {
		t.Fatal("there is no link")
	}
	path := strings.ReplaceAll(strings.TrimPrefix(link[1], "../"), "&amp;", "&")
	got := r.Call("GET", r.URL("")+"/_sandkasse/"+path, "")
	if n := strings.Count(got.Body, `"startedDateTime"`); n != 1 || !strings.Contains(got.Body, "ikke-en-uuid") {
		t.Errorf("it has %d calls: %.300s", n, got.Body)
	}
}
