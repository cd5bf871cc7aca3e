package mock

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestKoboRemarks: what is taken and passed over is told in the journal and the log, by its place and without what was sent; a home that is
// sent back as it was shown is no matter for a remark (K293).
func TestKoboRemarks(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := New(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := newFDVU(t, s)
	eiendom := with(t, koboEiendom, "matrikkelenhetId", "9223372036854775807")
	home := "/kobobolig/" + f.ok("POST", "/kobobolig", with(t, koboBolig, "eiendom", eiendom)).KoboID
	sak := f.sak()
	// why is the journal's remark on a call that succeeds.
	why := func(method, path, body string) string {
		t.Helper()
		log.Reset()
		f.ok(method, path, body)
		calls := s.Calls(CallQuery{Limit: 1})
		remark := calls[0].Why
		if warned := strings.Contains(log.String(), "level=WARN"); warned != (remark != "") {
			t.Errorf("the journal says %q and the log %s", remark, log.String())
		}
		return remark
	}
	f.ok("POST", home+"/leieforhold", koboLeieNy)
	shown := f.call("GET", home, "").Body.String()
	for body, want := range map[string]string{
		shown: "",
		with(t, shown, "adresse", `{"gatenavn":"Andregata","husnummer":12,"postnummer":"0155"}`): "/adresse/gatenavn",
		with(t, shown, "bruksenhetsnummer", `"K0101"`):                                           "/bruksenhetsnummer",
		with(t, shown, "husstand", `[]`):                                                         "/husstand",
		with(t, shown, "reservasjoner", `[{"koboSaksreferanse":"x"}]`):                           "/reservasjoner",
		with(t, shown, "leieforhold", `{"kontraktStartdato":"1999-01-01"}`):                      "/leieforhold/kontraktStartdato",
		with(t, shown, "meta", `null`):                                                           "",
		with(t, shown, "leiekostnad", `{"månedsleie":9500.00}`):                                  "",
		with(t, shown, "status", `"VEDLIKEHOLD"`):                                                "though a tenancy runs",
		with(t, shown, "fdvuBoligId", `"01810112345"`):                                           "no such member: 1",
		with(t, shown, "01810112345", `1e9`):                                                     "no such member: 1",
		with(t, shown, "eiendom", with(t, eiendom, "matrikkelenhetId", "9223372036854775806")):   "",
		with(t, with(t, shown, "erTilgjengeligForRullestolbruker", "true"), "tilrettelegginger", `["TRAPPEFRI_INNGANG","HEIS_I_BYGNINGEN"]`): "/tilrettelegginger",
	} {
		got := why("PUT", home, body)
		if (got == "") != (want == "") || !strings.Contains(got, want) || strings.Contains(got, "01810112345") {
			t.Errorf("%s: remark %q, want %q", body, got, want)
		}
	}
	other := "/kobobolig/" + f.bolig("B")
	f.ok("PUT", other+"/sak/"+sak+"/reservasjon", "")
	if got := why("POST", other+"/leieforhold", withSak(koboLeie, sak)); !strings.Contains(got, "had reserved this home") {
		t.Errorf("the tenancy is remarked on with %q", got)
	}
}
