package journal

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/splice"
)

func TestCurl(t *testing.T) {
	t.Parallel()
	accept := http.Header{"Accept": {"application/json"}, "User-Agent": {"klient"}}
	for name, test := range map[string]struct {
		entry Entry
		want  string
	}{
		"plain": {
			Entry{
				Method: "GET", Scheme: "https", Host: "api.example.no", Path: "/v1/2023?a=1&b=2",
				Request: Message{Header: accept},
			},
			`curl 'https://api.example.no/v1/2023?a=1&b=2' -X 'GET' -H 'Accept: application/json' -H 'User-Agent: klient'`,
		},
		"without headers": {
			Entry{
				Method: "POST", Host: "127.0.0.1:8080", Path: "/v1",
				Request: Message{Body: []byte("{}")},
			},
			`curl 'http://127.0.0.1:8080/v1' -X 'POST' -H 'Accept:' -H 'User-Agent:' -H 'Content-Type:' --data-raw '{}'`,
		},
		"headers of the connection": {
			Entry{Method: "PUT", Host: "a", Path: "/", Request: Message{Header: http.Header{
				"Accept": {"*/*"}, "Content-Length": {"2"}, "Connection": {"close"}, "Transfer-Encoding": {"chunked"},
				"User-Agent": {"x"}, "X-Empty": {""}, "X-Two": {"1", "2"},
			}}},
			`curl 'http://a/' -X 'PUT' -H 'Accept: */*' -H 'User-Agent: x' -H 'X-Empty;' -H 'X-Two: 1' -H 'X-Two: 2'`,
		},
		"quotes": {
			Entry{
				Method: "POST", Host: "a", Path: "/it's",
				Request: Message{Header: accept, Body: []byte(`'$(rm)' "` + "`x`" + `" \n !! blåbær`)},
			},
			`curl 'http://a/it'\''s' -X 'POST' -H 'Accept: application/json' -H 'User-Agent: klient' ` +
				`-H 'Content-Type:' --data-raw ''\''$(rm)'\'' "` + "`x`" + `" \n !! blåbær'`,
		},
		"lines": {
			Entry{
				Method: "POST", Host: "a", Path: "/",
				Request: Message{Header: accept, Body: []byte("-{\n\t\"100 %\": 'å\\'}\n")},
			},
			"curl 'http://a/' -X 'POST' -H 'Accept: application/json' -H 'User-Agent: klient' -H 'Content-Type:' " +
				"--data-raw '-{\n\t\"100 %\": '\\''å\\'\\''}\n'",
		},
		"a body that is no text": {
			Entry{
				Number: 7, Method: "POST", Host: "a", Path: "/",
				Request: Message{Header: accept, Body: []byte("\xff\n")},
			},
			`: 'the body cannot be pasted: save request.bodyBase64 of calls/7, decoded, as the file body'; ` +
				`curl 'http://a/' -X 'POST' -H 'Accept: application/json' -H 'User-Agent: klient' -H 'Content-Type:' --data-binary @body`,
		},
		"a body with control characters": {
			Entry{
				Number: 7, Method: "POST", Host: "a", Path: "/",
				Request: Message{Header: accept, Body: []byte("a\r\n")},
			},
			`: 'the body cannot be pasted: save request.body of calls/7 as the file body'; ` +
				`curl 'http://a/' -X 'POST' -H 'Accept: application/json' -H 'User-Agent: klient' -H 'Content-Type:' --data-binary @body`,
		},
		"odd addresses": {
			Entry{Method: "GET", Host: "[::1]:80", Path: "/a/../{b}", Request: Message{Header: accept}},
			`curl 'http://[::1]:80/a/../{b}' --globoff --path-as-is -X 'GET' -H 'Accept: application/json' -H 'User-Agent: klient'`,
		},
		"no path": {
			Entry{Method: "OPTIONS", Path: "*", Request: Message{Header: accept}},
			`curl 'http://localhost' --request-target '*' -X 'OPTIONS' -H 'Accept: application/json' -H 'User-Agent: klient'`,
		},
		"head": {
			Entry{
				Method: "HEAD", Host: "a", Path: "/",
				Request: Message{Header: accept, Body: []byte("\n"), BodyBytes: 1},
			},
			`: 'the body is left out, since curl sends none with HEAD'; curl 'http://a/' --head -H 'Accept: application/json' -H 'User-Agent: klient'`,
		},
		"cut and masked": {
			Entry{
				Method: "POST", Host: "a", Path: "/",
				Request: Message{Header: http.Header{
					"Accept": {"*/*"}, "Authorization": {"Bearer ***"},
					"Content-Type": {"text/plain"}, "User-Agent": {"x"},
				}, Body: []byte("abc"), BodyBytes: 9, Cut: true},
			},
			`: 'the body was cut after 3 of 9 bytes; *** stands where the journal masked a secret or an identity number'; ` +
				`curl 'http://a/' -X 'POST' -H 'Accept: */*' -H 'Authorization: Bearer ***' -H 'Content-Type: text/plain' -H 'User-Agent: x' --data-raw 'abc'`,
		},
		"what cannot be pasted": {
			Entry{
				Method: "GET", Host: "a", Path: "/?\xe5\u00a0",
				Request: Message{Header: http.Header{"Accept": {"a\tb%\xe5"}, "User-Agent": {"x"}}},
			},
			`: 'the header Accept is left out, since it cannot be pasted'; curl 'http://a/?%E5%C2%A0' -X 'GET' -H 'User-Agent: x'`,
		},
	} {
		if diff := cmp.Diff(test.want, Curl(test.entry)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// arguments runs a command in a shell where curl writes down its arguments, and returns them.
func arguments(t interface{ Fatalf(string, ...any) }, line string) []string {
	const stub = `curl() { for a; do printf '%s\0' "$a"; done; }
`
	shell := exec.Command("sh", "-c", stub+line)
	var stderr bytes.Buffer
	shell.Stderr = &stderr
	out, err := shell.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v: %s", line, err, stderr.String())
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("there is no %s here", name)
		}
	}
}

// anyBody returns a body of what shells and curl take for something else.
func anyBody() *rapid.Generator[[]byte] {
	piece := rapid.SampledFrom([]string{
		"'", `"`, `\`, "%", "%s", "$HOME", "`id`", "$(id)", "!", "!!", "#",
		"@/etc/passwd", "-", "--", "\n", "\r\n", "\t", "\x00", "\x01",
		"\x7f", "\xff", "å", "\u00a0", "\u202e", "7", "a", " ", "*", "~", ";", "&", "|", "{a,b}", "[1-3]", `\n`, `\0`,
		`'\''`,
	})
	pieces := rapid.Custom(func(t *rapid.T) []byte {
		return []byte(strings.Join(rapid.SliceOfN(piece, 0, 30).Draw(t, "pieces"), ""))
	})
	return rapid.OneOf(pieces, rapid.SliceOfN(rapid.Byte(), 0, 60))
}

// Whatever a call holds, the shell hands curl exactly that, or the command names the file.
func TestAShellReadsCurlAsItIsMeant(t *testing.T) {
	t.Parallel()
	needs(t, "sh")
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[!-~åø€'"\\$%]([ -~\tåø'"\\$]{0,20}[!-~'])?`)
		e := Entry{
			Method: rapid.SampledFrom([]string{"GET", "POST", "'", "-X", "$(id)"}).Draw(t, "method"), Scheme: "https",
			Host: rapid.SampledFrom([]string{"127.0.0.1:8080", "a'b", "[::1]"}).Draw(t, "host"),
			Path: "/" + rapid.StringMatching(`[ -~æ'"\\$?&;|]{0,20}`).Draw(t, "path"),
			Request: Message{
				Header: http.Header{
					"Accept": {value.Draw(t, "accept")}, "Content-Type": {value.Draw(t, "type")},
					"User-Agent": {value.Draw(t, "agent"), "-"},
				},
				Body: anyBody().Draw(t, "body"),
			},
		}
		line := Curl(e)
		if !isText(line) {
			t.Fatalf("it cannot be pasted: %q", line)
		}
		got := arguments(t, line)
		rest, isPrefix := got, len(got) > 0 && got[0] == "https://"+e.Host+e.Path
		for len(rest) > 0 && rest[0] != "-X" {
			rest = rest[1:]
		}
		want := []string{
			"-X", e.Method, "-H", "Accept: " + e.Request.Header["Accept"][0], "-H", "Content-Type: " +
				e.Request.Header["Content-Type"][0],
			"-H", "User-Agent: " + e.Request.Header["User-Agent"][0], "-H", "User-Agent: -",
		}
		switch {
		case len(e.Request.Body) == 0:
		case isText(string(e.Request.Body)):
			want = append(want, "--data-raw", string(e.Request.Body))
		default:
			want = append(want, "--data-binary", "@body")
			if !strings.HasPrefix(line, ": 'the body cannot be pasted") {
				t.Fatalf("it does not say where the body is: %s", line)
			}
		}
		if diff := cmp.Diff(want, rest); diff != "" || !isPrefix {
			t.Fatalf("%s is read as %q (-want +got):\n%s", line, got, diff)
		}
	})
}

// The command of a call that came over HTTP makes the same call again, once its body is saved where
// it says.
func TestCurlRepeatsTheCall(t *testing.T) {
	t.Parallel()
	needs(t, "sh", "curl")
	j := newByName(Options{Raw: true})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		j.Add(Entry{
			Number: j.Next(""), Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(),
			Request: Message{Header: r.Header, Body: body},
		})
	}))
	defer server.Close()
	for _, asked := range []struct {
		method, path string
		header       http.Header
		body         string
	}{
		{"GET", "/", nil, ""},
		{"GET", "/v1/a%20b?q=%22x%22&y='[1-3]{a,b}", http.Header{"Accept": {"*/*"}, "X-Empty": {""}}, ""},
		{
			"POST", "/v1/../2023",
			http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer x'y"}},
			"{\n\t\"a\": \"'@$%\\ å\"\n}",
		},
		{"POST", "/", nil, "@/etc/hostname"},
		{"PUT", "/", http.Header{"Content-Type": {"a/b"}, "User-Agent": {""}}, "\x00\x01\xff-%s"},
		{"DELETE", "/x", http.Header{"Cookie": {"a=b; c=d"}}, ""},
		{"HEAD", "/x", nil, ""},
	} {
		request, err := http.NewRequest(asked.method, server.URL+asked.path, strings.NewReader(asked.body))
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range asked.header {
			request.Header[name] = values
		}
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		before, _ := j.Call("", j.Number(""))
		line := Curl(before)
		shell := exec.Command("sh", "-c", strings.Replace(line, "curl ", "curl -qsS --noproxy '*' --max-time 20 ", 1))
		shell.Dir = t.TempDir()
		if err := os.WriteFile(filepath.Join(shell.Dir, "body"), before.Request.Body, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := shell.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", line, err, out)
		}
		after, _ := j.Call("", before.Number+1)
		before.Number = after.Number
		before.Request.Header.Del("Content-Length")
		after.Request.Header.Del("Content-Length")
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s (-first +again):\n%s", line, diff)
		}
	}
}

func FuzzCurl(f *testing.F) {
	f.Add("POST", "a", "/v1/'2023", "X-Y", "v\x00'", []byte("a\n'%"))
	f.Add("HEAD", "", "*", "", " ", []byte("\xff"))
	f.Fuzz(func(t *testing.T, method, host, path, name, value string, body []byte) {
		if len(method)+len(host)+len(path)+len(name)+len(value)+len(body) > splice.MaxText ||
			!isText(method) { // HTTP has none
			return
		}
		line := Curl(Entry{
			Method: method, Host: host, Path: path,
			Request: Message{Header: http.Header{name: {value}}, Body: body},
		})
		if !isText(line) {
			t.Fatalf("the command cannot be pasted: %q", line)
		}
	})
}
