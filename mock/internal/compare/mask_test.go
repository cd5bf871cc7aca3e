package compare

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandkasse/fixtures/ident"
)

// today is when the recordings of these tests were made.
var today = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// TestMaskedNumbers: a masked identity number gets a synthetic one with the date that is left of it; the same text the
// same number, and another text another one.
func TestMaskedNumbers(t *testing.T) {
	t.Parallel()
	ids := NewIdentifiers(today)
	seen := map[string]string{}
	for _, test := range []struct{ text, date string }{
		{"010180*****", "1980-01-01"},
		{"010180XXXXX", "1980-01-01"},
		{"010180xxxxx", "1980-01-01"},
		{"010180#####", "1980-01-01"},
		{"010180•••••", "1980-01-01"},
		{"018180*****", "1980-01-01"}, // is synthetic already
		{"310105*****", "2005-01-31"},
		{"310115*****", "1915-01-31"}, // born in 2015 it would be a child
		{"410180*****", "1980-01-01"}, // a D-nummer
		{"999999*****", "1980-01-01"},
		{"***********", "1980-01-01"},
		{"XXXXXXXXXXX", "1980-01-01"},
		{"290299*****", "1980-01-01"}, // there was none
	} {
		number := ids.Text(test.text)
		parsed, err := ident.ParseFoedselsnummer(number)
		if err != nil || !parsed.Synthetic {
			t.Errorf("%s is %s: %+v %v", test.text, number, parsed, err)
			continue
		}
		if parsed.Date.Year == 0 {
			t.Errorf("%s is %s, of no century", test.text, number)
		}
		if got := parsed.Date.String(); got != test.date {
			t.Errorf("%s is %s, born %s, want %s", test.text, number, got, test.date)
		}
		if isD := parsed.Kind == ident.KindDNummer; isD != strings.HasPrefix(test.text, "4") {
			t.Errorf("%s is %s, a %s", test.text, number, parsed.Kind)
		}
		if other := seen[number]; other != "" {
			t.Errorf("%s and %s are both %s", test.text, other, number)
		}
		seen[number] = test.text
		if again := ids.Text("(" + test.text + ")"); again != "("+number+")" {
			t.Errorf("%s is %s, and then %s", test.text, number, again)
		}
	}
}

// TestMaskedRequest: masked numbers are replaced in path, query, form and document; of a member that holds one also
// where nothing is left of it, and of another member by a secret.
func TestMaskedRequest(t *testing.T) {
	t.Parallel()
	ids := NewIdentifiers(today)
	number, whole := ids.Text("010180*****"), ids.masks.number("***")
	send := func(path, kind, body string) (string, string) {
		u, err := url.Parse("https://a.no/" + path)
		if err != nil {
			t.Fatal(err)
		}
		at, _, sent := ids.Request(&Call{URL: u, At: u, Header: http.Header{"Content-Type": {kind}}}, []byte(body))
		return at.String(), string(sent)
	}
	at, sent := send("p/010180*****?pid=***&a=%2A%2A%2A", "application/json",
		`{"foedselsnummer":"010180*****","personidentifikator" : "***","apiKey":"***","navn":"***x", broken`)
	if want := "https://a.no/p/" + number + "?pid=" + whole + "&a=%2A%2A%2A"; at != want {
		t.Errorf("the address is %s, want %s", at, want)
	}
	want := `{"foedselsnummer":"` + number + `","personidentifikator" : "` + whole +
		`","apiKey":"maskert","navn":"***x", broken`
	if sent != want {
		t.Errorf("the body is %s, want %s", sent, want)
	}
	if _, sent := send("", "application/x-www-form-urlencoded",
		"fnr=010180*****&x=%zz"); sent != "fnr="+number+"&x=%zz" {
		t.Errorf("the form is %s", sent)
	}
}
