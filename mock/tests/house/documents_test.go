package house

import (
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"sandkasse/mock"
)

// readDocument returns a file by its path from the root of the repository.
func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// markdown returns all documents of the repository by their paths from its root.
func markdown(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata") {
			if entry != nil && entry.IsDir() && err == nil {
				return fs.SkipDir
			}
			return err
		}
		if relative := strings.TrimPrefix(filepath.ToSlash(name), root+"/"); filepath.Ext(name) == ".md" {
			found[relative] = readDocument(t, relative)
		}
		return nil
	})
	if err != nil || len(found) < 20 {
		t.Fatalf("%d documents: %v", len(found), err)
	}
	return found
}

// withoutBlocks removes the fenced blocks of a document.
func withoutBlocks(text string) string {
	return regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(text, "")
}

// anchors returns the anchors of a document's headings, as GitHub makes them.
func anchors(text string) (found []string) {
	for _, match := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(withoutBlocks(text), -1) {
		found = append(found, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, match[1]))
	}
	return found
}

// TestDocumentLinks: every link between documents leads to a file, and to a heading of it where it
// names one.
func TestDocumentLinks(t *testing.T) {
	t.Parallel()
	documents := markdown(t)
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for name, text := range documents {
		for _, match := range link.FindAllStringSubmatch(withoutBlocks(text), -1) {
			if strings.HasPrefix(match[1], "http") {
				continue
			}
			file, anchor, hasAnchor := strings.Cut(match[1], "#")
			target := name
			if file != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(name), file))
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s: %s leads nowhere", name, match[1])
			} else if hasAnchor && !slices.Contains(anchors(documents[target]), anchor) {
				t.Errorf("%s: %s has no heading %q", name, target, anchor)
			}
		}
	}
}

// TestRepeatedSections: no document has a section twice.
func TestRepeatedSections(t *testing.T) {
	t.Parallel()
	for name, text := range markdown(t) {
		seen := map[string]bool{}
		for _, section := range strings.Split(text, "\n#") {
			if seen[section] {
				heading, _, _ := strings.Cut(section, "\n")
				t.Errorf("%s has the section %q twice", name, heading)
			}
			seen[section] = true
		}
	}
}

// TestReadmeBounds: README stays short, and leads to every document in docs.
func TestReadmeBounds(t *testing.T) {
	t.Parallel()
	text := readDocument(t, "README.md")
	if lines := strings.Count(text, "\n"); lines > 150 || len(text) > 9_000 {
		t.Errorf("README.md has %d lines and %d bytes; 150 and 9000 are allowed", lines, len(text))
	}
	for name := range markdown(t) {
		if filepath.Dir(name) == "docs" && !strings.Contains(text, "("+name+")") {
			t.Errorf("README.md does not lead to %s", name)
		}
	}
}

// foreign matches what has no place in a public repository: paths of somebody's machine, and words
// about how a text came to be.
var foreign = regexp.MustCompile(
	`(?i)/work/|/home/[a-z]|/tmp/[a-z]+/|\b(anthropic|claude|chatgpt|copilot|llm|language model|ai-generated|prompt engineering)\b|` +
		`\bissue [0-9]+\b`)

// TestDocumentsArePublic: no document speaks of machines, tools or sessions of work.
func TestDocumentsArePublic(t *testing.T) {
	t.Parallel()
	for name, text := range markdown(t) {
		if found := foreign.FindString(text); found != "" {
			t.Errorf("%s says %q", name, found)
		}
	}
}

// TestArchitecturePackages: docs/architecture.md names every package of the house, and no other.
func TestArchitecturePackages(t *testing.T) {
	t.Parallel()
	named := map[string]bool{}
	_, floors, _ := strings.Cut(readDocument(t, "docs/architecture.md"), "## Floors")
	floors, _, _ = strings.Cut(floors, "\n## ")
	for _, match := range regexp.MustCompile("`([a-z/]+)`").FindAllStringSubmatch(floors, -1) {
		named[match[1]] = true
		if _, known := house[match[1]]; !known {
			t.Errorf("there is no package %s", match[1])
		}
	}
	for pkg := range house {
		if !named[pkg] {
			t.Errorf("docs/architecture.md does not name %s", pkg)
		}
	}
}

// TestControlDocument: docs/control-api.md has the operations that the server's index has.
func TestControlDocument(t *testing.T) {
	t.Parallel()
	server, err := mock.New(mock.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, httptest.NewRequest("GET", "http://127.0.0.1/_sandkasse/", nil))
	operation := regexp.MustCompile(`(?m)^\s*(GET|POST|PUT|DELETE) +http://[^/]+(/_sandkasse/[^\s?]*)`)
	index := map[string]bool{}
	for _, match := range operation.FindAllStringSubmatch(recorder.Body.String(), -1) {
		index[match[1]+" "+match[2]] = true
	}
	if len(index) < 40 {
		t.Fatalf("the index is %s", recorder.Body)
	}
	for _, match := range regexp.MustCompile("(?m)^\\| `(GET|POST|PUT|DELETE) ([^`]+)` \\|").FindAllStringSubmatch(
		readDocument(t, "docs/control-api.md"), -1) {
		name := match[1] + " " + match[2]
		if !index[name] {
			t.Errorf("there is no operation %s", name)
		}
		delete(index, name)
	}
	for name := range index {
		t.Errorf("docs/control-api.md lacks %s", name)
	}
}
