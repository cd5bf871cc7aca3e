package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock"
)

// odd returns documents whose names, places and texts have what each format must escape.
func odd() []validated {
	return []validated{
		{"a,b:c%.json", []mock.Violation{
			{
				Sti: "/a,b/100%", AngittVerdi: "x\r\ny::z", Melding: "må være 5 % <av> \"alt\" & mer", Line: 3,
				Column: 14,
			},
			{Melding: "]]> \x00\x1b[31m\ufffe\U0001f3e0", Line: 1, Column: 1},
		}},
		{"right.json", nil},
	}
}

func written(format string, all []validated) string {
	var out bytes.Buffer
	writeValidated(&out, format, "bsu", all)
	return out.String()
}

// TestValidateText: a line for each violation, whatever stands in it.
func TestValidateText(t *testing.T) {
	t.Parallel()
	const want = `a,b:c%.json:3:14: /a,b/100%: må være 5 % <av> "alt" & mer (angitt verdi: x\r\ny::z)` + "\n" +
		`a,b:c%.json:1:1: ]]> \x00\x1b[31m\ufffe🏠` + "\n" + "right.json fits bsu\n"
	for _, format := range []string{"text", ""} {
		if got := written(format, odd()); got != want {
			t.Errorf("%q gives\n%s", format, got)
		}
	}
}

// TestValidateGitHub: the workflow command escapes in a property % , : and line breaks, and in the
// message % and line breaks.
func TestValidateGitHub(t *testing.T) {
	t.Parallel()
	const want = "::error file=a%2Cb%3Ac%25.json,line=3,col=14::/a,b/100%25: må være 5 %25 <av> \"alt\" & mer " +
		"(angitt verdi: x%0D%0Ay::z)\n" +
		"::error file=a%2Cb%3Ac%25.json,line=1,col=1::]]> \x00\x1b[31m\ufffe\U0001f3e0\n"
	if got := written("github", odd()); got != want {
		t.Errorf("it gives\n%q, want\n%q", got, want)
	}
}

// TestValidateJSON: the object says the same, and is read back as it was.
func TestValidateJSON(t *testing.T) {
	t.Parallel()
	var got struct {
		API   string
		OK    bool
		Files []struct {
			File       string
			OK         bool
			Violations []mock.Violation
		}
	}
	decoder := json.NewDecoder(strings.NewReader(written("json", odd())))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.API != "bsu" || got.OK || len(got.Files) != 2 || got.Files[0].File != "a,b:c%.json" || got.Files[0].OK ||
		!got.Files[1].OK ||
		!slices.Equal(got.Files[0].Violations, odd()[0].violations) || got.Files[1].Violations == nil {
		t.Errorf("%+v", got)
	}
	if text := written("json", odd()[1:]); !strings.HasPrefix(text, "{\n  \"api\": \"bsu\",\n  \"ok\": true,") ||
		!strings.Contains(text, `"violations": []`) {
		t.Error(text)
	}
}

// TestValidateJUnit: a test case for each document; a reader of XML gets the names and texts, what
// XML cannot hold in place of which it has a sign.
func TestValidateJUnit(t *testing.T) {
	t.Parallel()
	type failure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	var got struct {
		XMLName  xml.Name `xml:"testsuites"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Suites   []struct {
			Name     string `xml:"name,attr"`
			Tests    int    `xml:"tests,attr"`
			Failures int    `xml:"failures,attr"`
			Cases    []struct {
				Name    string    `xml:"name,attr"`
				Class   string    `xml:"classname,attr"`
				File    string    `xml:"file,attr"`
				Failure []failure `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	text := written("junit", odd())
	if err := xml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	want := failure{
		"a,b:c%.json breaks the rules of bsu in 2 places",
		`a,b:c%.json:3:14: /a,b/100%: må være 5 % <av> "alt" & mer (angitt verdi: x\r\ny::z)` + "\n" +
			`a,b:c%.json:1:1: ]]> \x00\x1b[31m\ufffe🏠` + "\n",
	}
	if got.Tests != 2 || got.Failures != 1 || len(got.Suites) != 1 || got.Suites[0].Tests != 2 ||
		got.Suites[0].Failures != 1 || len(got.Suites[0].Cases) != 2 {
		t.Fatalf("%+v", got)
	}
	wrong, right := got.Suites[0].Cases[0], got.Suites[0].Cases[1]
	if wrong.Name != "a,b:c%.json" || wrong.File != wrong.Name || wrong.Class != "bsu" || len(wrong.Failure) != 1 ||
		wrong.Failure[0] != want ||
		right.Name != "right.json" || len(right.Failure) != 0 {
		t.Errorf("%+v", got)
	}
	if !strings.HasPrefix(text, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<testsuites ") ||
		!strings.HasSuffix(text, "</testsuites>\n") {
		t.Error(text)
	}
}

// TestValidateFiles: folders, patterns, several files and standard input, each document once and in
// a fixed order; the status says whether all are right, in every format.
func TestValidateFiles(t *testing.T) {
	t.Parallel()
	dir, right := t.TempDir(), string(example(t))
	wrong := strings.Replace(right, `"2023"`, `"x"`, 1)
	if wrong = strings.Replace(wrong, `"leveransetype"`, `"leveransetyp"`, 1); wrong == right {
		t.Fatal("the example has changed")
	}
	for name, text := range map[string]string{
		"b.json": right, "a.json": wrong, "sub/c.JSON": right,
		"sub/d.txt": "no document", "b,1:2%.json": right,
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args   string
		status int
		files  string
	}{
		{"DIR", 1, "DIR/a.json DIR/b,1:2%.json DIR/b.json DIR/sub/c.JSON"},
		{"DIR/b.json", 0, "DIR/b.json"},
		{"DIR/a.json", 1, "DIR/a.json"},
		{"DIR/sub DIR/b.json DIR/sub", 0, "DIR/sub/c.JSON DIR/b.json"},
		{"DIR/b*.json", 0, "DIR/b,1:2%.json DIR/b.json"},
		{"DIR/s?b", 0, "DIR/sub/c.JSON"},
		{"- DIR/b.json", 0, "- DIR/b.json"},
		{"DIR/sub/d.txt", 1, "DIR/sub/d.txt"},
	} {
		args := strings.Fields(strings.ReplaceAll(c.args, "DIR", dir))
		files := strings.Fields(strings.ReplaceAll(c.files, "DIR", dir))
		for _, format := range []string{"text", "json", "github", "junit"} {
			line := append([]string{"validate", "--api", "bsu", "--format", format}, args...)
			got := runHere(t, right, line...)
			if got.status != c.status || (got.stderr == "") != (c.status == 0) {
				t.Errorf("%q: %d, %s", line, got.status, got.stderr)
			}
			if again := runHere(t, right, line...); again != got {
				t.Errorf("%q gives another answer: %+v, then %+v", line, got, again)
			}
			if format == "json" {
				var report struct{ Files []struct{ File string } }
				if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
					t.Fatal(err)
				}
				var named []string
				for _, file := range report.Files {
					named = append(named, file.File)
				}
				if !slices.Equal(named, files) {
					t.Errorf("%q: %q, want %q", line, named, files)
				}
			}
			if lines := strings.Count(got.stdout, "\n"); format == "github" && (c.status == 0) != (lines == 0) {
				t.Errorf("%q: %s", line, got.stdout)
			}
			if format == "junit" && strings.Count(got.stdout, "<testcase ") != len(files) {
				t.Errorf("%q: %s", line, got.stdout)
			}
		}
	}
	got := runHere(t, "", "validate", "--api", "bsu", dir)
	if !strings.HasSuffix(got.stderr, "sandkasse: 1 of 4 documents break the rules of bsu, in "+places(got.stdout)+
		"\n") {
		t.Errorf("%s", got.stderr)
	}
}

// TestValidateUnknownMembers: a member that the schema does not name is noted and fits, and with
// --unknown-members refuse it is a violation.
func TestValidateUnknownMembers(t *testing.T) {
	t.Parallel()
	generated := runHere(t, "", "generate", "bsu")
	document := strings.Replace(generated.stdout, `{"leveranse":{`, `{"leveranse":{"egetFelt":1,`, 1)
	const place = "-:1:"
	taken := runHere(t, document, "validate", "--api", "bsu", "-")
	if taken.status != 0 || !strings.HasPrefix(taken.stderr, place) ||
		!strings.Contains(taken.stderr, "note: /leveranse/egetFelt ") {
		t.Errorf("taken: %d %s %s", taken.status, taken.stdout, taken.stderr)
	}
	refused := runHere(t, document, "validate", "--api", "bsu", "--unknown-members", "refuse", "-")
	if refused.status != 1 || !strings.Contains(refused.stdout, "/leveranse/egetFelt") ||
		strings.Contains(refused.stderr, "note:") {
		t.Errorf("refused: %d %s %s", refused.status, refused.stdout, refused.stderr)
	}
	rules := runHere(t, "", "generate", "bsu", "--broken", "list")
	strict := runHere(t, "", "generate", "bsu", "--unknown-members", "refuse", "--broken", "list")
	const rule = "additionalProperties:/leveranse/"
	if strings.Contains(rules.stdout, rule) || !strings.Contains(strict.stdout, rule) {
		t.Errorf("the rules are %.200s, with refuse %.200s", rules.stdout, strict.stdout)
	}
}

// places counts the violations in a text.
func places(text string) string {
	n := strings.Count(text, ".json:")
	return fmt.Sprintf("%d place%s", n, map[bool]string{true: "", false: "s"}[n == 1])
}

// TestValidatePlaces: the line and the column are those of the document's own bytes, however it is
// laid out.
func TestValidatePlaces(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		"{\"leveranse\": 7}":                                    "-:1:15: /leveranse:",
		"{\r\n\t\"leveranse\":\r\n\t\t7\r\n}":                   "-:3:3: /leveranse:",
		"{\"æøå\": [1,\n2], \"leveranse\"  :  \"🏠\", \"x\": 0}": "-:2:21: /leveranse:",
		"\n\n  {}":                 "-:3:3: /leveranse:",
		"[1,\n 2":                  "-:2:3: ",
		"{\"leveranse\": {}\n}\n7": "-:3:1: ",
	} {
		if got := runHere(t, document, "validate", "--api", "bsu", "-"); got.status != 1 ||
			!strings.Contains("\n"+got.stdout, "\n"+want) {
			t.Errorf("%q: %+v; want a line that begins with %q", document, got, want)
		}
	}
}

// TestValidateIsBounded: standard input that does not end is not read for ever.
func TestValidateIsBounded(t *testing.T) {
	t.Parallel()
	p := program{stdin: endlessly{}, stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	if status := p.run(t.Context(), []string{"sandkasse", "validate", "--api", "bsu", "-"}); status != 2 ||
		!strings.Contains(fmt.Sprint(p.stderr), "larger than 64 MiB") {
		t.Errorf("%d, %s", status, p.stderr)
	}
}

// endlessly is a reader without an end.
type endlessly struct{}

func (endlessly) Read(p []byte) (int, error) { return len(p), nil }
