package examples

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// webhookFaults are scripts that have a message sent with a wrong key, and behind the next one.
var webhookFaults = fstest.MapFS{
	"wrong-key.yaml": {Data: []byte("name: wrong-key\ndescription: The key of a message is wrong.\n" +
		"client: Check it.\nsteps: [{when: {family: [kobo]}, do: [{webhook: wrong-key}]}]\n")},
	"reordered.yaml": {Data: []byte("name: reordered\ndescription: A message comes behind the next.\n" +
		"client: Skip it.\nsteps: [{when: {family: [kobo]}, do: [{webhook: reorder}]}]\n")},
}

// receivesMessages runs the receiver of webhook messages, and sends it messages with a wrong key,
// twice, and out of order.
func receivesMessages(t *testing.T, file string) {
	script := compiled(t, file)
	command := exec.CommandContext(t.Context(), tool(t, "node", "apt-get install nodejs npm"), script, "0", "my-key")
	command.Env = environment()
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
			select {
			case lines <- scanner.Text():
			case <-t.Context().Done():
			}
		}
	}()
	next := func() string {
		t.Helper()
		select {
		case line := <-lines:
			return line
		case <-time.After(time.Minute):
			t.Fatal("the receiver says nothing more")
			return ""
		}
	}
	_, address, ok := strings.Cut(next(), "listening on ")
	if !ok {
		t.Fatal("the receiver does not say where it listens")
	}

	s := mocktest.StartWith(t, mock.Options{Scenarios: webhookFaults})
	worker := s.URL("") + "/_sandkasse/kobo"
	request(t, "PUT", worker+"/systems/fdvu-1", `{"url": "`+address+`", "apiKey": "my-key"}`, nil)
	home := request(t, "POST", s.URL("kobo")+"/kobobolig", `{"leverandorBoligId": "FDV-1", `+
		`"boligtype": "ORDINAR_BOLIG", "status": "KLAR_FOR_INNFLYTTING", `+
		`"adresse": {"gatenavn": "Prøvegata", "husnummer": 12, "postnummer": "0155"}}`,
		http.Header{"Authorization": {"Bearer " + s.Token("kobo", "313367002")}, "X-Kobo-Systemid": {"fdvu-1"}})
	sak := request(t, "POST", worker+"/saker", `{"husstand": {"antallBarn": 0, "beboere": [{"fornavn": "Prøve", `+
		`"etternavn": "Person", "personidentifikator": "01810112345", `+
		`"adresse": {"gatenavn": "Prøvegata", "husnummer": 3, "postnummer": "0155"}}]}}`, nil)
	reservation := worker + "/kobobolig/" + home["koboId"].(string) + "/sak/" + sak["koboSaksreferanse"].(string) +
		"/reservasjon"
	change := func(method, scenario string, want ...string) {
		t.Helper()
		if scenario != "" {
			s.Play(mock.Play{Scenario: scenario})
		}
		request(t, method, reservation, "", nil)
		if err := s.Clock().Advance(2 * time.Second); err != nil {
			t.Fatal(err)
		}
		for _, line := range want {
			if got := next(); got != line {
				t.Errorf("%s with %s: the receiver says %q, want %q", method, scenario, got, line)
			}
		}
	}
	change("PUT", "wrong-key", "wrong key", "RESERVASJON_OPPRETTET: read the home")
	change("DELETE", "webhook-duplicated", "RESERVASJON_FJERNET: read the home",
		"RESERVASJON_FJERNET: repeated, skipped")
	change("PUT", "reordered")
	change("DELETE", "", "RESERVASJON_FJERNET: read the home", "RESERVASJON_OPPRETTET: late, skipped")
}

// request makes a call that must succeed, and returns the object that answers it.
func request(t *testing.T, method, address, body string, header http.Header) (answer map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s %v", method, address, response.Status, content, err)
	}
	if len(content) > 0 {
		if err := json.Unmarshal(content, &answer); err != nil {
			t.Fatalf("%s: %v", content, err)
		}
	}
	return answer
}
