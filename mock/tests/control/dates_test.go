package control

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock/mocktest"
)

// impossible lists days that are none, and instants.
var impossible = []string{
	"9999-99-99", "2026-02-30", "2025-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-1-1", "0000-00-00",
}

// TestImpossibleDates: every parameter and member of Sandkasse's own that is a date or a time, and
// those of Dialogporten, refuse what is in no calendar.
func TestImpossibleDates(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	status := func(method, address, body, bearer string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if bearer != "" {
			r.Header.Set("Authorization", "Bearer "+bearer)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(text)
	}
	own := s.URL("") + "/_sandkasse/"
	for place, is := range map[string]struct {
		sound string // a value that is taken
		call  func(value string) (int, string)
		time  bool // and no day
	}{
		"freeze of the clock": {"2026-02-28T12:00:00Z", func(value string) (int, string) {
			return status("PUT", own+"clock", `{"freeze": "`+value+`"}`, "")
		}, true},
		"today of generate": {"2026-02-28", func(value string) (int, string) {
			return status("POST", own+"generate/kobobolig", `{"today": "`+value+`"}`, "")
		}, false},
	} {
		if got, text := is.call(is.sound); got != 200 {
			t.Errorf("%s: %s is answered by %d %s", place, is.sound, got, text)
		}
		for _, value := range impossible {
			if is.time {
				value += "T12:00:00Z"
			}
			if got, text := is.call(value); got != 400 || strings.Count(text, "\n") > 1 {
				t.Errorf("%s: %s is answered by %d %s", place, value, got, text)
			}
		}
	}
	for _, value := range []string{
		"2026-02-28T24:00:00Z", "2026-02-28T12:60:00Z", "2026-02-28T12:00:00+24:60", "2026-02-28T12:00:00+15:00",
		"2026-02-28T1:00:00Z", "2026-02-28T12:00:00,5Z", "0000-01-01T00:00:00Z",
	} {
		if got, text := status("PUT", own+"clock", `{"freeze": "`+value+`"}`, ""); got != 400 {
			t.Errorf("freeze of the clock: %s is answered by %d %s", value, got, text)
		}
	}
	for source, fields := range map[string][]string{
		"personer": {"foedselsdato", "doedsdato"},
		"organisasjoner": {
			"stiftelsesdato", "registreringsdatoEnhetsregisteret", "registreringsdatoForetaksregisteret",
		},
	} {
		for _, field := range fields {
			for _, sound := range []string{"2024-02-29", "1990", "1990-1*", "*-12-24", "19*", "*-12-*", "1990*2"} {
				address := own + "testdata/" + source + "?antall=0&" + field + "=" + url.QueryEscape(sound)
				if got, text := status("GET", address, "", ""); got != 200 {
					t.Errorf("%s=%s: %d %s", field, sound, got, text)
				}
			}
			patterns := []string{"9999-99-*", "99-*", "2026-02-32*", "*-99-99", "*-99", "x*"}
			for _, value := range slices.Concat(patterns, impossible) {
				forms := []string{field + ":" + value}
				if !strings.Contains(value, "*") {
					forms = append(forms, field+" > "+value, field+":["+value+" to *]", field+":[* to "+value+"]",
						"not "+field+":("+value+" or 1990)")
				}
				for _, kql := range forms {
					address := own + "testdata/" + source + "?kql=" + url.QueryEscape(kql)
					if got, text := status("GET", address, "", ""); got != 400 {
						t.Errorf("%s: %d %.200s", kql, got, text)
					}
				}
				address := own + "testdata/" + source + "?" + field + "=" + url.QueryEscape(value)
				if got, text := status("GET", address, "", ""); got != 400 {
					t.Errorf("%s=%s: %d %.200s", field, value, got, text)
				}
			}
		}
	}
	token := s.Token("dialogporten", "987654321") // by the clock as it stands now
	search := s.URL("dialogporten") + "/api/v1/enduser/dialogs?party=" +
		url.QueryEscape("urn:altinn:organization:identifier-no:987654321") + "&"
	for _, name := range []string{"created", "updated", "contentUpdated", "due"} {
		for _, end := range []string{"After", "Before"} {
			address := search + name + end + "="
			sound := url.QueryEscape("2024-02-29T12:00:00.5+01:00")
			if got, text := status("GET", address+sound, "", token); got != 200 {
				t.Errorf("%s%s: %d %s", name, end, got, text)
			}
			for _, value := range append([]string{
				"2026-02-28T12:00:00+24:60", "2026-02-28T12:00:00+15:00", "0000-01-01T00:00:00Z", "2026-02-28T1:00:00Z",
			}, impossible...) {
				if !strings.Contains(value, "T") {
					value += "T12:00:00Z"
				}
				if got, text := status("GET", address+url.QueryEscape(value), "", token); got != 400 {
					t.Errorf("%s%s=%s: %d %.200s", name, end, value, got, text)
				}
			}
		}
	}
}
