package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/golden"
	"sandkasse/mock/internal/yamlfile"
)

// known holds the names that the scripts of these tests may use.
var known = Known{
	APIs: []string{"bsu", "kobo"}, Families: []string{
		"authentication", "innrapportering", "boligsameie", "kobo", "dialogporten",
		"maskinporten",
	},
	Routes: []string{"innsending", "uthenting_dokument"}, Codes: []string{"GLD_001", "GLD_023", "503"},
	Offences: []string{"backend-failure", "invalid-token", "unknown-dokument", "broken-json"},
}

// at returns the folder of that path; nil for the empty one.
func at(dir string) fs.FS {
	if dir == "" {
		return nil
	}
	return os.DirFS(dir)
}

func testLibrary(t testing.TB, dir string) *Library {
	t.Helper()
	l, err := Load(at(dir), dir, known)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func find(t testing.TB, l *Library, ask string) Selection {
	t.Helper()
	a, err := l.Find(ask, known.Codes)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestBuiltIn holds what is built in: names, reserved numbers, parameters with what holds without
// them, and where each step plays. The numbers must never change.
func TestBuiltIn(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	var b strings.Builder
	for _, s := range l.All() {
		fmt.Fprintf(&b, "%s %s", s.Name, s.Organisation)
		for _, p := range s.Parameters {
			fmt.Fprintf(&b, " %s", p)
			a := find(t, l, s.Name+";"+p.Name+"="+plain(p.Default))
			if cmp.Diff(s.Scenario.Steps, a.Scenario.Steps) != "" {
				t.Errorf("%s;%s is not what it is without %s", s.Name, p.Name, p.Name)
			}
			for _, value := range []float64{p.Min, p.Max} {
				if a := find(t, l, s.Name+";"+p.Name+"="+plain(value)); value != p.Default &&
					cmp.Diff(s.Scenario.Steps, a.Scenario.Steps) == "" {
					t.Errorf("%s;%s=%v changes nothing", s.Name, p.Name, value)
				}
			}
		}
		b.WriteString("\n")
		for _, step := range s.Steps {
			fmt.Fprintf(&b, "  %s times %d for %s acts %d\n", step.At, step.Times, step.For, len(step.Do))
			for _, family := range step.When.Family {
				if family == "maskinporten" {
					t.Errorf(
						"%s plays for the token endpoint, so a client whose whole base address asks for it gets no "+
							"further", s.Name)
				}
			}
			if len(step.When.Family) == 0 {
				t.Errorf("%s plays for every family", s.Name)
			}
		}
		if s.Description == "" || s.Client == "" || s.UserDefined || s.File != s.Name+".yaml" ||
			!strings.Contains(s.Text, s.Name) || s.Faults != nil {
			t.Errorf("%s is listed as %+v", s.Name, s)
		}
	}
	golden.Compare(t, "testdata/builtin.golden", []byte(b.String()))
}

// TestFaults: all faults of all files are reported at once, by file and line.
func TestFaults(t *testing.T) {
	t.Parallel()
	_, err := Load(at("testdata/broken"), "testdata/broken", known)
	var faults yamlfile.Faults
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/faults.golden", []byte(err.Error()+"\n"))
	if diff := cmp.Diff(faults, Check(at("testdata/broken"), "testdata/broken", known)); diff != "" {
		t.Error(diff)
	}
	if faults := Check(at("testdata/nowhere"), "testdata/nowhere", known); len(faults) != 1 ||
		!strings.Contains(faults.Error(), "testdata/nowhere: the folder of scripts cannot be read") {
		t.Errorf("a folder that is not there: %v", faults)
	}
	if faults := Check(at(""), "", known); faults != nil {
		t.Errorf("what is built in: %v", faults)
	}
}

const own = "name: %s\ndescription: %s\nclient: b\nsteps: [{do: [{delay: 1s}]}]\n"

// write writes a script and gives it a time of change of its own.
func write(t testing.TB, dir, file, text string, at int) {
	t.Helper()
	name := filepath.Join(dir, file)
	when := time.Unix(int64(1e9+at), 0)
	if err := errors.Join(os.WriteFile(name, []byte(text), 0o644), os.Chtimes(name, when, when)); err != nil {
		t.Fatal(err)
	}
}

// TestReload: the folder is as it is now, but for what is broken, which stays as it was.
func TestReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "mine.yaml", fmt.Sprintf(own, "mine", "one"), 1)
	write(t, dir, "notes.txt", "no script", 1)
	write(t, dir, ".mine.yaml", "no script either", 1)
	l := testLibrary(t, dir)
	described := func(name string) string {
		for _, s := range l.All() {
			if s.Name == name {
				return s.Description
			}
		}
		return "none"
	}
	is := func(when, name, want string, faults ...string) {
		t.Helper()
		if got := described(name); got != want {
			t.Errorf("%s: %s is %s, want %s", when, name, got, want)
		}
		text := l.Faults().Error()
		if len(faults) == 0 && text != "" {
			t.Errorf("%s: %s", when, text)
		}
		for _, fault := range faults {
			if !strings.Contains(text, fault) {
				t.Errorf("%s: the faults are %q, without %q", when, text, fault)
			}
		}
	}
	is("at first", "mine", "one")
	first := find(t, l, "mine")

	write(t, dir, "mine.yaml", fmt.Sprintf(own, "mine", "two"), 2)
	is("changed", "mine", "two")
	if second := find(t, l, "mine"); second.key == first.key || second.Text != first.Text {
		t.Error("a changed script goes on where the old one was")
	}
	write(t, dir, "mine.yaml", "name: mine\nsteps: [", 3)
	is("broken", "mine", "two", "mine.yaml:2: ")
	for _, s := range l.All() {
		if (s.Name == "mine") != (len(s.Faults) > 0) {
			t.Errorf("%s is listed with %v", s.Name, s.Faults)
		}
	}
	is("broken, again", "mine", "two", "mine.yaml:2: ")
	write(t, dir, "new.yaml", "name: [", 3)
	is("a new one that is broken", "new", "none", "mine.yaml:2: ", "new.yaml:1: ")
	write(t, dir, "new.yaml", fmt.Sprintf(own, "new", "a"), 4)
	write(t, dir, "mine.yaml", fmt.Sprintf(own, "mine", "three"), 4)
	is("mended", "mine", "three")
	is("mended", "new", "a")
	if err := os.Remove(filepath.Join(dir, "mine.yaml")); err != nil {
		t.Fatal(err)
	}
	is("gone", "mine", "none")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	is("the folder gone", "new", "a", "cannot be read")
	is("the folder gone", "slow", "Every answer takes three seconds.", "cannot be read")
}

// TestReloadAtOnce: a script that is looked up by many while it changes is always one of its
// versions.
func TestReloadAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "mine.yaml", fmt.Sprintf(own, "mine", "0"), 0)
	l := testLibrary(t, dir)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if a, err := l.Find("mine;times=2", nil); err != nil || a.Scenario.Steps[0].Times != 2 {
					t.Errorf("%+v, %v", a, err)
				}
			}
		})
	}
	for i := range 50 {
		next := filepath.Join(dir, "next")
		write(t, dir, "next", fmt.Sprintf(own, "mine", fmt.Sprint("version ", i)), i+1)
		if err := os.Rename(next, filepath.Join(dir, "mine.yaml")); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if a := find(t, l, "mine"); a.Scenario.Description != "version 49" {
		t.Errorf("in the end it is %s", a.Scenario.Description)
	}
}

// TestSameNumber: a script whose reserved number is another's is refused.
func TestSameNumber(t *testing.T) {
	t.Parallel()
	taken := map[string]string{}
	for i := 0; ; i++ {
		name := fmt.Sprint("script-", i)
		first, found := taken[Organisation(name)]
		if !found {
			taken[Organisation(name)] = name
			continue
		}
		dir := t.TempDir()
		write(t, dir, first+".yaml", fmt.Sprintf(own, first, "a"), 1)
		write(t, dir, name+".yaml", fmt.Sprintf(own, name, "a"), 1)
		if faults := Check(at(dir), dir, known); len(faults) != 1 ||
			!strings.Contains(faults[0].Text, "the same reserved organisation number as "+min(first, name)) {
			t.Errorf("%s and %s: %v", first, name, faults)
		}
		reserved, err := Reserved([]string{first, name, "slow"})
		if err == nil || len(reserved) != 1 || reserved[Organisation("slow")] != "slow" {
			t.Errorf("%s and %s: %v, %v", first, name, reserved, err)
		}
		return
	}
}
