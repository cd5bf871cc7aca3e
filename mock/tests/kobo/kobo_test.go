// Package kobo tests the operations of Kobo, and its case worker's side.
package kobo

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/golden"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/testkit"
	"sandkasse/schemas"
)

func withSak(body, sak string) string { return strings.Replace(body, "SAK", sak, 1) }

// TestKoboGolden: each operation's request and answer, as the bytes that go over the wire; every
// home in an answer is whole, as its schema says.
func TestKoboGolden(t *testing.T) {
	t.Parallel()
	compiled, err := schema.Compile(schemas.Embedded(), "kobo/KoboboligTO.json")
	if err != nil {
		t.Fatal(err)
	}
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range known.ByName("kobo").Routes {
		t.Run(route.Name, func(t *testing.T) {
			t.Parallel()
			s := testkit.ServerAt(t, testkit.Noon)
			c := testkit.GoodCall(t, s, backend.Of(s).Catalog.ByName("kobo"), route)
			path := c.Base + c.Path
			for name, value := range c.Params {
				path = strings.ReplaceAll(path, "{"+name+"}", value)
			}
			answer := c.Do(s)
			if answer.Code != testkit.KoboStatus(route) {
				t.Errorf("answered %d, want %d", answer.Code, testkit.KoboStatus(route))
			}
			if answer.Code != http.StatusNoContent {
				document, err := schema.Decode(answer.Body.Bytes())
				if err != nil {
					t.Fatal(err)
				}
				for _, avvik := range compiled.Validate(document) {
					t.Errorf("%+v", avvik)
				}
			}
			c.Header.Del("Authorization")
			var b bytes.Buffer
			fmt.Fprintf(&b, "%s %s\n", c.Method, path)
			c.Header.Write(&b)
			fmt.Fprintf(&b, "\n%s\n\n", c.Body)
			golden.Compare(t, filepath.Join("testdata", "kobo", route.Name+".txt"),
				append(bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte("\n")), testkit.Dump(answer)...))
		})
	}
}

// TestKoboRoundTrip: what GET shows can be sent back with PUT, and changes nothing: what Kobo owns
// is not looked at.
func TestKoboRoundTrip(t *testing.T) {
	t.Parallel()
	f := testkit.NewFDVU(t, testkit.ServerAt(t, testkit.Noon))
	eiendom := `{"koboId":"x","kommunenummer":"0301","gaardsnummer":1,"bruksnummer":2,"leverandorEiendomId":"E-1"}`
	body := strings.Replace(testkit.Bolig, `"antallSoverom"`,
		`"koboId":17,"meta":"x","husstand":[],"leieforhold":1,"reservasjoner":{},"ukjent":1e999,`+
			`"eiendom":`+eiendom+
			`,"bygning":{"leverandorBygningId":"B-1","bygningsnummer":139765432,"lopenummer":1.0,"eiendom":`+eiendom+
			`},`+
			`"erTilgjengeligForRullestolbruker":true,"tilrettelegginger":["RAMPE"],"antallSoverom"`, 1)
	created := f.OK("POST", "/kobobolig", body)
	if created.Eiendom.KoboID == "x" || created.KoboID == "17" || created.Leieforhold != nil {
		t.Errorf("Kobo's own was taken from what was sent: %+v", created)
	}
	if diff := gocmp.Diff([]string{"RAMPE", "TRAPPEFRI_INNGANG", "LAVE_DORTERSKLER", "BREDE_DORER"},
		created.Tilrettelegginger); diff != "" {
		t.Error(diff)
	}
	home := "/kobobolig/" + created.KoboID
	f.OK("POST", home+"/leieforhold", testkit.NyttLeieforhold)
	f.OK("POST", home+"/leieforhold/oppsigelse", testkit.Oppsigelse)
	f.OK("DELETE", home+"/leieforhold", testkit.Avslutning)
	f.OK("POST", home+"/leieforhold", testkit.NyttLeieforhold)
	shown := f.Call("GET", home, "").Body.String()
	if answer := f.Call("PUT", home, shown); answer.Code != 200 || answer.Body.String() != shown {
		t.Errorf("answered %d: %s", answer.Code, gocmp.Diff(shown, answer.Body.String()))
	}
	// A home that is sent again is the one that is there (K204); what is left out is null (K205),
	// what cannot change is as it was (K241).
	again := f.OK("POST", "/kobobolig", strings.Replace(testkit.Bolig, `"antallSoverom":2,`, "", 1))
	if again.KoboID != created.KoboID || again.AntallSoverom != nil || again.LeverandorBoligID != "FDV-1" ||
		again.Leieforhold == nil || again.Eiendom != nil {
		t.Errorf("sent again: %+v", again)
	}
	moved := f.OK("PUT", home, strings.Replace(testkit.Bolig, "Prøvegata", "En annen gate", 1))
	if moved.Adresse.Gatenavn != "Prøvegata" {
		t.Errorf("moved to %+v", moved.Adresse)
	}
}

// TestKoboConflictStatus: one setting for every conflict, and for nothing else (K224).
func TestKoboConflictStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 404, 409, 502} {
		s, err := mock.New(mock.Options{Kobo: mock.KoboOptions{ConflictStatus: status}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		f := testkit.NewFDVU(t, s)
		home := "/kobobolig/" + f.NewBolig("A") + "/leieforhold"
		f.OK("POST", home, testkit.NyttLeieforhold)
		f.Refused("POST", home, testkit.NyttLeieforhold, status, "V10")
		f.Refused("POST", home, withSak(testkit.Leieforhold, f.NewSak()), status, "V7")
		f.Refused("POST", home+"/oppsigelse", "{}", 400, "V14")
		f.Refused("DELETE", home+"/oppsigelse", "", 404, "V12")
	}
	_, err := mock.New(mock.Options{Kobo: mock.KoboOptions{ConflictStatus: 418}})
	if err == nil || !strings.Contains(err.Error(), "409") {
		t.Errorf("418 is answered with %v", err)
	}
	_, err = mock.New(mock.Options{Kobo: mock.KoboOptions{Systems: []string{"a b"}}})
	if err == nil || !strings.Contains(err.Error(), `"a b"`) {
		t.Errorf("a bad system is answered with %v", err)
	}
}

// TestKoboSecrets: neither the API key nor a person's number is in the journal, the log or an
// answer about them (K230).
func TestKoboSecrets(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	handler := slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})
	s, err := mock.New(mock.Options{Log: slog.New(handler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := testkit.NewFDVU(t, s)
	home := "/kobobolig/" + f.NewBolig("A") + "/leieforhold"
	answers := []string{}
	for _, body := range []string{
		`{"apiKey":"hemmelig-1"}`, `{"x":[":"],"apiKey":"hemmelig-1"}`,
		`{"apiKey":"hemmelig-1`, `{"api\u004bey" : "hemmelig-1"}`,
		`{"apiKey":["hemmelig-1"]}`, `{"apiKey":"hemmelig-1","webhookUrl":5}`, `{"apiKey":"hemmelig-1 æ"}`,
	} {
		answers = append(answers, f.Call("POST", "/fdvusystem/", body).Body.String())
	}
	f.OK("POST", home, testkit.NyttLeieforhold)
	answers = append(answers, f.Call("POST", home,
		strings.Replace(testkit.NyttLeieforhold, "01810112345", "0181011234567", 1)).Body.String())
	seen := fmt.Sprint(answers, log.String())
	for _, call := range s.Calls(mock.CallQuery{}) {
		seen += fmt.Sprintf("%s %s %s\n", call.Request.Body, call.Answer.Body, call.Why)
	}
	for _, secret := range []string{"hemmelig", "01810112345"} {
		if at := strings.Index(seen, secret); at >= 0 {
			t.Errorf("%s is in %s", secret, seen[max(0, at-200):at+20])
		}
	}
}

// TestKoboSurvives: everything is there after a restart.
func TestKoboSurvives(t *testing.T) {
	t.Parallel()
	options := mock.Options{
		Data:  filepath.Join(t.TempDir(), "data.db"),
		Clock: func() time.Time { return testkit.Noon },
	}
	s, err := mock.New(options)
	if err != nil {
		t.Fatal(err)
	}
	f := testkit.NewFDVU(t, s)
	home := "/kobobolig/" + f.NewBolig("A")
	f.OK("POST", home+"/leieforhold", testkit.NyttLeieforhold)
	f.OK("POST", home+"/leieforhold/oppsigelse", testkit.Oppsigelse)
	before := f.Call("GET", home, "").Body.String()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if f.Server, err = mock.New(options); err != nil {
		t.Fatal(err)
	}
	defer f.Server.Close()
	if diff := gocmp.Diff(before, f.Call("GET", home, "").Body.String()); diff != "" {
		t.Error(diff)
	}
	if again := f.NewBolig("A"); "/kobobolig/"+again != home {
		t.Errorf("the home is not known any more: %s", again)
	}
}

// TestKoboCaseWorker: what is done inside Kobo: every act at the API's own path, refused in plain
// words, and with assignment compulsory before a tenancy.
func TestKoboCaseWorker(t *testing.T) {
	t.Parallel()
	f := testkit.NewFDVU(t, testkit.ServerAt(t, testkit.Noon))
	id, sak := f.NewBolig("A"), f.NewSak()
	home := "/kobobolig/" + id
	f.Admin("PUT", home+"/sak/"+sak+"/reservasjon", "", 200, nil)
	refused := f.Admin("POST", home+"/leieforhold", withSak(testkit.Leieforhold, sak), 404, nil)
	if !strings.Contains(refused, "reserved or assigned") {
		t.Errorf("refused with %s", refused)
	}
	f.Admin("POST", home+"/tildeling", withSak(testkit.Tildeling, sak), 200, nil)
	f.Admin("POST", home+"/leieforhold", withSak(testkit.Leieforhold, sak), 200, nil)
	f.Admin("POST", home+"/leieforhold", withSak(testkit.Leieforhold, sak), 400, nil)
	f.Admin("POST", home+"/leieforhold/oppsigelse", testkit.Oppsigelse, 200, nil)
	f.Admin("DELETE", home+"/leieforhold", "{}", 400, nil)
	f.Admin("DELETE", home+"/leieforhold", testkit.Avslutning, 200, nil)
	edited := strings.Replace(testkit.Bolig, "FDV-1", "A", 1)
	edited = strings.Replace(edited, "KLAR_FOR_INNFLYTTING", "IKKE_TILGJENGELIG", 1)
	f.Admin("PUT", home, edited, 200, nil)
	if got := f.OK("GET", home, ""); got.Status != "IKKE_TILGJENGELIG" || len(got.TidligereLeieforhold) != 1 {
		t.Errorf("the vendor sees %+v", got)
	}
	var shown struct {
		Kommune, System string
		Bolig           kobo.KoboboligTO `json:"kobobolig"`
	}
	f.Admin("GET", home, "", 200, &shown)
	if shown.System != "fdvu-1" || shown.Kommune == "" || shown.Bolig.KoboID != id {
		t.Errorf("shown as %+v", shown)
	}
	for path, holds := range map[string]string{"/kobobolig": id, "/saker": sak, "/systems": "fdvu-1", "/saker/" +
		sak: "hovedsoker"} {
		if got := f.Admin("GET", path, "", 200, nil); !strings.Contains(got, holds) {
			t.Errorf("%s shows %s", path, got)
		}
	}
	f.Admin("GET", "/saker/finnes-ikke", "", 404, nil)
	f.Admin("GET", "/saker/"+strings.Repeat("x", 40000), "", 404, nil)
	f.Admin("GET", "/kobobolig/finnes-ikke", "", 404, nil)
	f.Admin("POST", "/saker", `{"husstand":{"antallBarn":0,"beboere":[]}}`, 400, nil)
	f.Admin("POST", "/saker", `nonsense`, 400, nil)
	f.Admin("PUT", home+"/sak/"+sak+"/reservasjon", "", 200, nil)
	if refused := f.Admin("DELETE", home, "", 409, nil); !strings.Contains(refused, "reserved for "+sak) {
		t.Errorf("a reserved home is not deleted: %s", refused)
	}
	f.Admin("DELETE", home+"/sak/"+sak+"/reservasjon", "", 200, nil)
	f.Admin("PUT", "/kobobolig/"+testkit.AnotherID+"/sak/"+sak+"/reservasjon", "", 404, nil)
	f.Admin("DELETE", home, "", 200, nil)
	f.Refused("GET", home, "", 404, "V4")
}
