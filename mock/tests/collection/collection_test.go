// Package collection tests collections of requests: each is read as the program reads it that it is
// for, and its requests are sent to a running server.
package collection

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// request is a request as a program reads it from a collection. Its texts have variables in braces.
type request struct {
	folder, name        string
	method, url, body   string
	headers             [][2]string
	status              int
	code                string // in the answer, where the format says so
	keep                [][2]string
	needsGrant          bool
	identifier, comment string // of a file of HTTP requests
}

// TestCollections: in every format each request gets the status that its collection expects, and
// together they call every operation of every API with success, and each API with failures.
func TestCollections(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../apiimport/testdata/boligselskap-api-1.0.1.yaml")
	if err != nil {
		t.Fatal(err)
	}
	imported, err := mock.ImportAPI("boligselskap.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	for format, read := range map[mock.CollectionFormat]func(*testing.T, fs.FS) []request{
		mock.CollectionHTTP: vscode, mock.CollectionJetBrains: jetbrains, mock.CollectionBruno: bruno,
		mock.CollectionPostman: postman,
	} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			s := mocktest.NewSession(t, mocktest.StartWith(t, mock.Options{APIs: imported.Files}).Server())
			catalog, err := mock.LoadCatalog(imported.Files)
			if err != nil {
				t.Fatal(err)
			}
			files, err := catalog.Collection(format, s.Mock().URL("")+"/")
			if err != nil {
				t.Fatal(err)
			}
			requests := read(t, files)
			variables := map[string]string{"baseUrl": s.Mock().URL("")}
			for _, one := range requests {
				send(t, one, variables)
			}
			for _, one := range requests { // once more: nothing stands in the way of a second time
				send(t, one, variables)
			}
			calls := s.Calls(mock.CallQuery{})
			for _, api := range catalog.APIs(time.Now()) {
				failures := map[int]bool{}
				good := map[string]bool{}
				for _, call := range calls {
					if call.API == api.Name && call.Status < 300 {
						good[call.Method+"/"+api.Label+call.Route] = true
					} else if call.API == api.Name {
						failures[call.Status] = true
					}
				}
				for _, route := range api.Routes {
					byScript := format == mock.CollectionHTTP && api.Name == "maskinporten" && route.Name == "token"
					if !good[route.Method+route.Paths[0]] && !byScript {
						t.Errorf("%s of %s is not called with success", route.Name, api.Name)
					}
				}
				if api.Name != "maskinporten" && len(failures) < 4 {
					t.Errorf("%s fails with %v, want 4 statuses", api.Name, failures)
				}
			}
		})
	}
}

var variableForm = regexp.MustCompile(`\{\{([^{}]+)\}\}`)

// send sends a request with the values of variables, and keeps what it sets.
func send(t *testing.T, one request, variables map[string]string) {
	t.Helper()
	if one.needsGrant {
		variables["maskinportenGrant"] = grant(t)
	}
	fill := func(text string) string {
		return variableForm.ReplaceAllStringFunc(text, func(name string) string {
			name = strings.Trim(name, "{}")
			if name == "$guid" || name == "$uuid" {
				return uuid.NewString()
			}
			value, known := variables[name]
			if !known {
				t.Errorf("%s/%s: %s has no value", one.folder, one.name, name)
			}
			return value
		})
	}
	r, err := http.NewRequest(one.method, fill(one.url), strings.NewReader(fill(one.body)))
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range one.headers {
		r.Header.Set(header[0], fill(header[1]))
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != one.status || !strings.Contains(string(text), one.code) {
		t.Errorf("%s/%s is answered %s, want %d %s: %s, %v", one.folder, one.name, answer.Status, one.status, one.code,
			text, err)
	}
	if one.identifier != "" {
		variables[one.identifier+".response.body.*"] = string(text)
	}
	var body any
	if json.Unmarshal(text, &body) == nil && one.identifier != "" {
		reachable(one.identifier+".response.body.$", body, variables)
	}
	for _, kept := range one.keep {
		value := string(text)
		if kept[1] != "" {
			found := map[string]string{}
			reachable("", body, found)
			value = found[kept[1]]
		}
		if value == "" {
			t.Errorf("%s/%s: the answer has no %s: %s", one.folder, one.name, kept[1], text)
		}
		variables[kept[0]] = value
	}
}

// reachable adds the texts of a document by their places in JavaScript, such as [0].id.
func reachable(at string, value any, into map[string]string) {
	switch value := value.(type) {
	case string:
		into[at] = value
	case float64:
		into[at] = strconv.FormatFloat(value, 'f', -1, 64)
	case []any:
		for i, element := range value {
			reachable(fmt.Sprintf("%s[%d]", at, i), element, into)
		}
	case map[string]any:
		for name, member := range value {
			reachable(at+"."+name, member, into)
		}
	}
}

// grant returns a new grant, as the scripts of the collections make one.
func grant(t *testing.T) string {
	t.Helper()
	part := func(value any) string {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	now := time.Now().Unix()
	return part(map[string]any{"alg": "RS256", "kid": "none"}) + "." + part(map[string]any{
		"aud": "https://test.maskinporten.no/", "iss": "6f0c0a0e-0000-4000-8000-000000000001",
		"scope": "skatteetaten:innrapporteringboligsparingungdom", "iat": now, "exp": now + 100,
		"jti": uuid.NewString(),
	}) + ".c2ln"
}

// only returns the text of the one file.
func only(t *testing.T, files fs.FS) string {
	t.Helper()
	names, err := fs.Glob(files, "*")
	if err != nil || len(names) != 1 {
		t.Fatalf("the files are %v: %v", names, err)
	}
	text, err := fs.ReadFile(files, names[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	answerForm  = regexp.MustCompile(`^# Answer: (\d{3})(?: (\S+))?$`)
	headerForm  = regexp.MustCompile(`^([A-Za-z-]+): (.+)$`)
	requestForm = regexp.MustCompile(`^(GET|POST|PUT|DELETE) (\S+)$`)
	keepForm    = regexp.MustCompile(
		`\.(?:set|setVar)\("(\w+)", (?:response\.body|res\.getBody\(\)|pm\.response\.json\(\)|` +
			`pm\.response\.text\(\))([][.\w]*)\)`,
	)
)

// httpFile reads a file of HTTP requests: sections that begin with ###, in each comments, a request
// line, headers, an empty line and a body. Scripts stand in < {% %} and > {% %}.
func httpFile(t *testing.T, text string) (list []request) {
	t.Helper()
	sections := regexp.MustCompile(`(?m)^### `).Split(text, -1)
	if !regexp.MustCompile(`(?m)^@baseUrl = http://127\.0\.0\.1:\d+/_session/\S+$`).MatchString(sections[0]) {
		t.Errorf("no variable baseUrl in %s", sections[0])
	}
	for _, section := range sections[1:] {
		scripts := ""
		section = regexp.MustCompile(`(?s)[<>] \{%\n(.*?)%\}\n`).
			ReplaceAllStringFunc(section, func(script string) string {
				scripts += script
				return ""
			})
		lines := strings.Split(section, "\n")
		one := request{name: lines[0], needsGrant: strings.HasPrefix(scripts, "< {%")}
		one.folder, _, _ = strings.Cut(lines[0], ":")
		var plain []string
		for _, line := range lines[1:] {
			switch answer := answerForm.FindStringSubmatch(line); {
			case answer != nil:
				one.status, _ = strconv.Atoi(answer[1])
				one.code = answer[2]
			case strings.HasPrefix(line, "# @name "):
				one.identifier = strings.TrimPrefix(line, "# @name ")
			case strings.HasPrefix(line, "#"):
				one.comment += line
			default:
				plain = append(plain, line)
			}
		}
		head, body, _ := strings.Cut(strings.Trim(strings.Join(plain, "\n"), "\n"), "\n\n")
		one.body = strings.TrimSpace(body)
		if head == "" && strings.Contains(one.comment, "cannot make one") {
			continue
		}
		for i, line := range strings.Split(head, "\n") {
			form := headerForm
			if i == 0 {
				form = requestForm
			}
			match := form.FindStringSubmatch(line)
			switch {
			case match == nil:
				t.Errorf("%s: %q is neither a request nor a header", one.name, line)
			case i == 0:
				one.method, one.url = match[1], match[2]
			default:
				one.headers = append(one.headers, [2]string{match[1], match[2]})
			}
		}
		for _, kept := range keepForm.FindAllStringSubmatch(scripts, -1) {
			one.keep = append(one.keep, [2]string{kept[1], kept[2]})
		}
		if scripts != "" &&
			!strings.Contains(scripts, fmt.Sprintf("client.assert(response.status === %d)", one.status)) {
			t.Errorf("%s does not test its status", one.name)
		}
		list = append(list, one)
	}
	return list
}

func vscode(t *testing.T, files fs.FS) []request {
	t.Helper()
	text := only(t, files)
	if strings.Contains(text, "{%") {
		t.Error("there are scripts, which REST Client would send")
	}
	return httpFile(t, text)
}

func jetbrains(t *testing.T, files fs.FS) []request {
	t.Helper()
	list := httpFile(t, only(t, files))
	names := map[string]bool{} // of requests and variables: some programs do not tell them apart
	for i, one := range list {
		if names[one.identifier] || one.identifier == "" {
			t.Errorf("%s has the identifier %q", one.name, one.identifier)
		}
		names[one.identifier] = true
		list[i].identifier = ""
		for _, kept := range one.keep {
			if names[kept[0]] {
				t.Errorf("%s keeps %s, which there is", one.name, kept[0])
			}
			names[kept[0]] = true
		}
	}
	return list
}

// postman reads a collection v2.1: folders of items, whose address stands whole and in parts.
func postman(t *testing.T, files fs.FS) (list []request) {
	t.Helper()
	type pair struct{ Key, Value string }
	var collection struct {
		Info     struct{ Name, Schema string }
		Variable []pair
		Item     []struct {
			Name string
			Item []struct {
				Name  string
				Event []struct {
					Listen string
					Script struct{ Exec []string }
				}
				Request struct {
					Method string
					Header []pair
					URL    struct {
						Raw        string
						Host, Path []string
						Query      []pair
					}
					Body *struct {
						Mode, Raw  string
						URLEncoded []pair
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(only(t, files)), &collection); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(collection.Info.Schema, "/v2.1.0/collection.json") || collection.Info.Name == "" ||
		len(collection.Variable) != 1 || collection.Variable[0].Key != "baseUrl" {
		t.Errorf("the collection is %+v, %+v", collection.Info, collection.Variable)
	}
	for _, folder := range collection.Item {
		for _, item := range folder.Item {
			one := request{folder: folder.Name, name: item.Name, method: item.Request.Method, url: item.Request.URL.Raw}
			address := item.Request.URL
			parts := strings.Join(append(address.Host, address.Path...), "/")
			for i, parameter := range address.Query {
				parts += map[bool]string{true: "?", false: "&"}[i == 0] + parameter.Key + "=" + parameter.Value
			}
			if parts != one.url {
				t.Errorf("%s has the address %s, in parts %s", one.name, one.url, parts)
			}
			for _, header := range item.Request.Header {
				one.headers = append(one.headers, [2]string{header.Key, header.Value})
			}
			if body := item.Request.Body; body != nil {
				one.body = body.Raw
				for i, field := range body.URLEncoded {
					one.body += map[bool]string{true: "", false: "&"}[i == 0] + field.Key + "=" + field.Value
				}
			}
			for _, event := range item.Event {
				script := strings.Join(event.Script.Exec, "\n")
				if event.Listen == "prerequest" {
					one.needsGrant = true
					continue
				}
				if match := regexp.MustCompile(`to\.have\.status\((\d+)\)`).FindStringSubmatch(script); match != nil {
					one.status, _ = strconv.Atoi(match[1])
				}
				if match := regexp.MustCompile(`to\.include\("(.*)"\)`).FindStringSubmatch(script); match != nil {
					one.code = match[1]
				}
				for _, kept := range keepForm.FindAllStringSubmatch(script, -1) {
					one.keep = append(one.keep, [2]string{kept[1], kept[2]})
				}
			}
			list = append(list, one)
		}
	}
	return list
}

// bruno reads a folder of Bruno: in each folder requests by their seq, in files of blocks.
func bruno(t *testing.T, files fs.FS) (list []request) {
	t.Helper()
	var about struct{ Version, Name, Type string }
	read := func(name string) string {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if err := json.Unmarshal([]byte(read("bruno.json")), &about); err != nil || about.Version != "1" ||
		about.Type != "collection" {
		t.Errorf("bruno.json is %+v, %v", about, err)
	}
	if !strings.HasPrefix(blocks(t, read("collection.bru"))["vars:pre-request"], "baseUrl: http://127.0.0.1:") {
		t.Error("collection.bru has no baseUrl")
	}
	names, err := fs.Glob(files, "*/*.bru")
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]int{} // of the requests of folders
	for _, name := range names {
		if path.Base(name) == "folder.bru" {
			continue
		}
		parts := blocks(t, read(name))
		one := request{folder: path.Dir(name), name: path.Base(name)}
		numbers[one.folder]++
		if !strings.Contains(parts["meta"]+"\n", fmt.Sprintf("seq: %d\n", numbers[one.folder])) {
			t.Errorf("%s has another seq: %s", name, parts["meta"])
		}
		for _, method := range []string{"get", "post", "put", "delete"} {
			if address, found := parts[method]; found {
				one.method = strings.ToUpper(method)
				_, rest, _ := strings.Cut(address, "url: ")
				one.url, _, _ = strings.Cut(rest, "\n")
			}
		}
		for line := range strings.Lines(parts["headers"]) {
			header, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			one.headers = append(one.headers, [2]string{header, value})
		}
		one.body = parts["body:json"]
		if form, found := parts["body:form-urlencoded"]; found {
			var fields []string
			for line := range strings.Lines(form) {
				fields = append(fields, strings.Replace(strings.TrimSpace(line), ": ", "=", 1))
			}
			one.body = strings.Join(fields, "&")
		}
		_, one.needsGrant = parts["script:pre-request"]
		one.status, _ = strconv.Atoi(strings.TrimPrefix(parts["assert"], "res.status: eq "))
		for _, kept := range keepForm.FindAllStringSubmatch(parts["script:post-response"], -1) {
			one.keep = append(one.keep, [2]string{kept[1], kept[2]})
		}
		list = append(list, one)
	}
	return list
}

// blocks returns the blocks of a file of Bruno: each begins with its name and a brace, and ends with
// a brace in the first column.
func blocks(t *testing.T, text string) map[string]string {
	t.Helper()
	found := map[string]string{}
	name := ""
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		begin, isBegin := strings.CutSuffix(line, " {")
		switch {
		case name == "" && line == "":
		case name == "" && isBegin:
			name, lines = begin, nil
		case line == "}":
			found[name], name = strings.Join(lines, "\n"), ""
		case name == "" || !strings.HasPrefix(line, "  ") && line != "":
			t.Fatalf("%q stands in no block", line)
		default:
			lines = append(lines, strings.TrimPrefix(line, "  "))
		}
	}
	return found
}

// TestUnknownFormat: an unknown format is refused with those that there are.
func TestUnknownFormat(t *testing.T) {
	t.Parallel()
	catalog, err := mock.LoadCatalog(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `there is no format "insomnia"; there are http, jetbrains, bruno, postman`
	if _, err := catalog.Collection("insomnia", ""); err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
	for _, format := range mock.CollectionFormats() {
		a, err := catalog.Collection(format, "")
		if err != nil {
			t.Fatal(err)
		}
		b, err := catalog.Collection(format, "")
		if err != nil {
			t.Fatal(err)
		}
		if x, y := whole(t, a), whole(t, b); x != y || !strings.Contains(x, "http://127.0.0.1:8080") {
			t.Errorf("%s is another each time, or has no address", format)
		}
	}
}

// whole returns all files, one after the other.
func whole(t *testing.T, files fs.FS) string {
	t.Helper()
	var texts []string
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		texts = append(texts, name+"\n"+string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}
