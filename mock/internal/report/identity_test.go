package report

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"sandkasse/fixtures/examples"
	"sandkasse/fixtures/ident"
)

// today is the day on which the tests look at numbers.
var today = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// nobodys returns a number that looks like a real person's and is nobody's: of somebody born on the first day of 1854,
// or of 1858 for a D-nummer, long before the first numbers were given in 1964.
func nobodys(t testing.TB, dNumber bool) string {
	t.Helper()
	born := "010154"
	if dNumber {
		born = "410158"
	}
	return completed(t, born, 50_000)
}

// completed returns the first number that begins with a date, has right control digits, and goes on with these five
// digits or higher ones.
func completed(t testing.TB, born string, from int) string {
	t.Helper()
	for rest := from; rest < 100_000; rest++ {
		if number := fmt.Sprintf("%s%05d", born, rest); hasControlDigits([]byte(number)) {
			return number
		}
	}
	t.Fatal("there is none")
	return ""
}

// TestFindRealNumbers finds numbers wherever they stand, says of which it is sure, and leaves alone what only looks
// like one.
func TestFindRealNumbers(t *testing.T) {
	t.Parallel()
	real, d := nobodys(t, false), nobodys(t, true)
	born, unborn := completed(t, "020326", 50_000), completed(t, "030326", 50_000)
	const synthetic = "10836096911"
	for text, want := range map[string]string{
		`{"foedselsnummer": "` + real + `"}`:            "sure",
		`{"personidentifikator":"` + d + `"}`:           "sure",
		`{"fnr":` + real + `}`:                          "sure",
		`{"merknad":"gjelder\n` + real + `."}`:          "unsure",
		`{"a":["` + real + `",` + d + `]}`:              "unsure",
		`party=urn:altinn:person:identifier-no:` + real: "sure",
		`/personer/` + real + `/x`:                      "sure",
		`a=x%3A` + real:                                 "unsure",
		`<Foedselsnummer>` + real + `</Foedselsnummer>`: "sure",
		real:                                                                   "unsure",
		`{"foedselsnummer": "` + born + `"}`:                                   "sure",
		`{"foedselsnummer": "` + unborn + `"}`:                                 "",
		`{"kontonummer": "` + real + `"}`:                                      "",
		`{"bankAccount":` + real + `}`:                                         "",
		`{"foedselsnummer": "` + synthetic + `"}`:                              "",
		`{"foedselsnummer": "1` + real + `"}`:                                  "",
		`{"foedselsnummer": "x` + real + `"}`:                                  "",
		`{"id":"0193b5cd-cb85-7000-8000-` + real + `a"}`:                       "",
		`{"foedselsnummer": ` + real + `.5}`:                                   "",
		`{"foedselsnummer": 0.` + real + `}`:                                   "",
		`{"foedselsnummer": "01013` + real[5:] + `"}`:                          "",
		`{"nummer":["` + real + `","12345678901","12345678902","9999999999"]}`: "",
		`{"skadenummer":"` + real + `","b":[{"skadenummer":"12345678901"},{"skadenummer":"12345678902"}]}`: "",
	} {
		found := findRealNumbers([]byte(text), today)
		got := ""
		switch {
		case len(found) > 0 && found[0].unsure:
			got = "unsure"
		case len(found) > 0:
			got = "sure"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestNoRealNumbers: the agencies' examples, and the numbers that Sandkasse makes, set nothing off.
func TestNoRealNumbers(t *testing.T) {
	t.Parallel()
	files := 0
	err := fs.WalkDir(examples.Embedded(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		text, err := fs.ReadFile(examples.Embedded(), name)
		if found := findRealNumbers(text, today); len(found) > 0 {
			t.Errorf("%s: %+v", name, found)
		}
		return err
	})
	if err != nil || files < 4 {
		t.Fatalf("%d examples: %v", files, err)
	}
	var text bytes.Buffer
	for n := range 2_000 {
		account, err := ident.NthKontonummer(9921, 1, n)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, `{"nummer":"%s"},`, account)
	}
	if found := findRealNumbers(text.Bytes(), today); len(found) > 0 {
		t.Errorf("accounts: %+v", found)
	}
}

// TestPointerTo: a place in a document has the JSON pointer of the value around it, without long numbers.
func TestPointerTo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":{"b":[1,{"c/d":"X"}]}}`:        "/a/b/1/c~1d",
		`[{"a":1,"b":[]},["x","]",{}],"X"]`:  "/2",
		`{"a":"\"{[,","b":X}`:                "/b",
		`{"a":{"X":1}}`:                      "/a",
		`{"123456":{"b":"X"}}`:               "/…/b",
		`{"\u0061":{"b":"X"}}`:               "/a/b",
		`X`:                                  "",
		`}{"a":"X"`:                          "",
		strings.Repeat("[", 2_000) + "X":     "",
		strings.Repeat(`{"a":`, 900) + `"X"`: strings.Repeat("/a", 900),
	} {
		got, ok := pointerTo([]byte(text), strings.Index(text, "X"))
		if got != want || ok != (want != "") {
			t.Errorf("%.50s: %.50q %t, want %.50q", text, got, ok, want)
		}
	}
}

// BenchmarkFindRealNumbers looks through a delivery of 10 MB with synthetic persons.
func BenchmarkFindRealNumbers(b *testing.B) {
	one := `{"foedselsnummer":"10836096911","kontonummer":"99210100012","navn":"LUN OTER","beloep":12345},`
	text := []byte("[" + strings.Repeat(one, 10<<20/len(one)) + "0]")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if len(findRealNumbers(text, today)) > 0 {
			b.Fatal("found")
		}
	}
}
