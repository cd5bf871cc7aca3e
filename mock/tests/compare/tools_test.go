package compare

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
)

// object is an object of JSON, which may have any members.
type object = map[string]any

// objects returns entries as objects of JSON.
func objects(t *testing.T, entries []entry) (list []object) {
	t.Helper()
	text, err := json.Marshal(entries)
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// file returns a HAR of entries, with what tools have around them.
func file(t *testing.T, entries []object) []byte {
	t.Helper()
	text, err := json.MarshalIndent(object{"log": object{
		"version": "1.2", "creator": object{"name": "a tool", "version": "1", "comment": ""},
		"browser": object{"name": "a browser", "version": "1"}, "pages": []object{{
			"id":          "page_1",
			"pageTimings": object{},
		}},
		"entries": entries, "comment": "", "_extra": []any{1, object{}},
	}}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// parts returns the request and the response of an entry.
func parts(e object) (sent, answered, shown object) {
	sent, answered = e["request"].(object), e["response"].(object)
	return sent, answered, answered["content"].(object)
}

// ofProxy writes a recording as a proxy does: with bodies that are compressed, in base64, and times with fractions.
func ofProxy(t *testing.T, entries []object) []byte {
	for _, e := range entries {
		_, answered, shown := parts(e)
		text := shown["text"].(string)
		e["startedDateTime"] = strings.Replace(e["startedDateTime"].(string), "Z", ".000123+00:00", 1)
		e["serverIPAddress"], e["timings"], e["time"] = "192.0.2.1", object{"send": 1, "wait": 2, "receive": 3}, 6
		if len(text) < 40 {
			continue
		}
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		w.Close()
		shown["text"], shown["encoding"] = base64.StdEncoding.EncodeToString(b.Bytes()), "base64"
		shown["size"] = b.Len()
		answered["headers"] = append(answered["headers"].([]any), object{"name": "content-encoding", "value": "gzip"})
	}
	return file(t, entries)
}

// ofBrowser writes a recording as a browser does: with headers of HTTP/2 in lower case, the page's own resources,
// questions before calls to other origins, calls that were blocked, and members of its own.
func ofBrowser(t *testing.T, entries []object) []byte {
	var all []object
	for i, e := range entries {
		sent, answered, shown := parts(e)
		e["_initiator"], e["_priority"], e["_resourceType"], e["connection"] = object{"type": "script"}, "High",
			"fetch", "443"
		e["pageref"], e["cache"] = "page_1", object{}
		u, err := url.Parse(sent["url"].(string))
		if err != nil {
			t.Fatal(err)
		}
		for _, side := range []object{sent, answered} {
			side["httpVersion"], side["headersSize"], side["cookies"] = "h2", -1, []any{}
			for _, header := range side["headers"].([]any) {
				header.(object)["name"] = strings.ToLower(header.(object)["name"].(string))
			}
		}
		sent["headers"] = append([]any{
			object{"name": ":authority", "value": u.Host},
			object{"name": ":method", "value": sent["method"]},
			object{"name": ":path", "value": u.RequestURI()},
			object{"name": ":scheme", "value": "https"},
			object{"name": "origin", "value": "https://app.example.no"},
		}, sent["headers"].([]any)...)
		var query []object
		for name, values := range u.Query() {
			query = append(query, object{"name": name, "value": values[0]})
		}
		sent["queryString"] = query
		answered["redirectURL"], answered["bodySize"], answered["_transferSize"], answered["_error"] = "", -1, 300, nil
		answered["statusText"] = ""
		shown["compression"] = 0
		if sent["postData"] == nil {
			sent["bodySize"] = 0
		}
		preflight := object{"startedDateTime": e["startedDateTime"], "request": object{
			"method": "OPTIONS", "url": sent["url"], "headers": []object{
				{"name": "access-control-request-method", "value": sent["method"]},
			},
		}, "response": object{"status": 204, "headers": []object{}, "content": object{
			"size":     0,
			"mimeType": "x-unknown",
		}}}
		page := object{"startedDateTime": e["startedDateTime"], "request": object{
			"method": "GET", "url": fmt.Sprintf("https://app.example.no/static/%d.js", i),
		}, "response": object{"status": 200, "content": object{"size": 900_000, "mimeType": "text/javascript"}}}
		blocked := object{"startedDateTime": e["startedDateTime"], "request": maps.Clone(sent), "response": object{
			"status": 0, "headers": []object{}, "content": object{"size": 0, "mimeType": "x-unknown"},
			"_error": "net::ERR_ABORTED",
		}}
		all = append(all, preflight, page, blocked, e)
	}
	return append([]byte("\ufeff"), file(t, all)...)
}

// ofTool writes a recording as HTTP tools do: the newest call first, without sizes and the headers of answers.
func ofTool(t *testing.T, entries []object) []byte {
	for i, e := range entries {
		sent, answered, shown := parts(e)
		at, err := time.Parse(time.RFC3339Nano, e["startedDateTime"].(string))
		if err != nil {
			t.Fatal(err)
		}
		e["startedDateTime"] = at.In(time.FixedZone("", 3600)).Format("2006-01-02T15:04:05.000-0700")
		delete(sent, "bodySize")
		delete(answered, "headers")
		shown["size"] = -1
		if i%2 == 0 {
			shown["size"] = len(shown["text"].(string))
		}
		if sent["postData"] == nil {
			sent["postData"] = object{"mimeType": "", "text": ""}
		}
	}
	slices.Reverse(entries)
	return file(t, entries)
}

// TestTokensLeftOut: a recording that a browser exports without the header Authorization has no difference; only the
// answers about tokens are not compared.
func TestTokensLeftOut(t *testing.T) {
	t.Parallel()
	entries := record(t, realHosts(t), mock.Options{Hosts: []string{"kobo.test.example.no=kobo"}})
	refused := 0
	for i := range entries {
		sent := &entries[i].Request
		sent.Headers = slices.DeleteFunc(sent.Headers, func(p pair) bool { return p.Name == "Authorization" })
		if status := entries[i].Response.Status; status == 401 || status == 403 {
			refused++
		}
	}
	found := compared(t, harFile(t, entries))
	if len(found.Differences) > 0 || found.Compared != len(entries)-refused || len(found.NotCompared) != 1 ||
		found.NotCompared[0].Reason != "the answer is about the token, which is not in the recording" {
		t.Errorf("%d of %d compared, %v%s", found.Compared, len(entries), found.NotCompared, explain(found))
	}
}

// TestPageElsewhere: the page for people that a dialog leads to is at the agency's address, or at that of another
// Sandkasse, and no difference.
func TestPageElsewhere(t *testing.T) {
	t.Parallel()
	entries := record(t, realHosts(t), mock.Options{Hosts: []string{"kobo.test.example.no=kobo"}})
	const ours = "http://sandkasse.localhost/forsendelseaapnet/"
	for _, theirs := range []string{
		"https://forsendelseaapnet.dialog.skatteetaten-test.no/", "http://127.0.0.1:44299/forsendelseaapnet/",
		"https://sandkasse.corp.example/test/forsendelseaapnet/",
	} {
		t.Run(theirs, func(t *testing.T) {
			t.Parallel()
			moved, count := clone(t, entries), 0
			for i := range moved {
				content := &moved[i].Response.Content
				count += strings.Count(content.Text, ours)
				content.Text = strings.ReplaceAll(content.Text, ours, theirs)
				content.Size = len(content.Text)
			}
			if found := compared(t, harFile(t, moved)); len(found.Differences) > 0 || count == 0 {
				t.Errorf("%d links,%s", count, explain(found))
			}
			for i := range moved {
				content := &moved[i].Response.Content
				content.Text = strings.ReplaceAll(content.Text, theirs+"web/", theirs+"andre/")
				content.Size = len(content.Text)
			}
			if found := compared(t, harFile(t, moved)); len(found.Differences) == 0 {
				t.Error("another path is no difference")
			}
		})
	}
}

// TestTools: a recording is the same whichever tool has written it, and what is no call to an API is counted.
func TestTools(t *testing.T) {
	t.Parallel()
	entries := record(t, realHosts(t), mock.Options{Hosts: []string{"kobo.test.example.no=kobo"}})
	calls := len(entries)
	for name, test := range map[string]struct {
		write func(*testing.T, []object) []byte
		left  map[string]int
	}{
		"proxy": {ofProxy, map[string]int{}},
		"browser": {ofBrowser, map[string]int{
			"a browser's question before its call (CORS)": calls, "to no imitated API": calls,
			"without an answer": calls,
		}},
		"tool": {ofTool, map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := compared(t, test.write(t, objects(t, entries)))
			left := map[string]int{}
			for _, one := range found.NotCompared {
				left[one.Reason] = one.Count
			}
			if found.Compared != calls || len(found.Differences) > 0 || !maps.Equal(left, test.left) {
				t.Errorf("%d of %d compared, %v%s", found.Compared, calls, found.NotCompared, explain(found))
			}
		})
	}
}
