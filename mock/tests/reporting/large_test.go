package reporting

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
)

// largeFeedback holds the part of a feedback document that is looked at, the same in JSON and in
// XML.
type largeFeedback struct {
	Fil []struct {
		Leveranseoppsummering struct {
			AntallLeveranser          int `xml:"antallLeveranser"`
			AntallGodkjenteLeveranser int `xml:"antallGodkjenteLeveranser"`
			AntallAvvisteLeveranser   int `xml:"antallAvvisteLeveranser"`
		} `xml:"leveranseoppsummering"`
		Leveranse []largeLeveranse `xml:"leveranse"`
	} `xml:"fil"`
}

type largeLeveranse struct {
	Leveransestatus     string `xml:"leveransestatus"`
	Oppgaveoppsummering struct {
		AntallOppgaver          int `xml:"antallOppgaver"`
		AntallAvvisteOppgaver   int `xml:"antallAvvisteOppgaver"`
		AntallOppgaverMedVarsel int `xml:"antallOppgaverMedVarsel"`
	} `xml:"oppgaveoppsummering"`
	Leveranseavvik []struct {
		Avvikskode       string `xml:"avvikskode"`
		Avvikstekst      string `xml:"avvikstekst"`
		Beskrivelse      string `xml:"beskrivelse"`
		Veiledning       string `xml:"veiledning"`
		Alvorlighetsgrad string `xml:"alvorlighetsgrad"`
	} `xml:"leveranseavvik"`
}

// TestLargeDelivery: a delivery just under the limit, every oppgave of which is wrong or there
// already, is taken in; its feedback counts all of that, lists so much as it may and says how much
// more there is; and the document comes back byte for byte.
func TestLargeDelivery(t *testing.T) {
	t.Parallel()
	const listed = 10_000 // K061
	s, err := mock.New(mock.Options{Feedback: mock.FeedbackStrict, Clock: func() time.Time { return testkit.Noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	bsu := backend.Of(s).Catalog.ByName("bsu")
	small := deliverAndRead(t, s, bsu.Example, testkit.FirstKey)
	body, times := repeatOppgaver(t, bsu.Example, int(bsu.MaxBody))
	if spare := int(bsu.MaxBody) - len(body); spare < 0 || spare > 4096 {
		t.Fatalf("the delivery is %d bytes; it should be just under %d", len(body), bsu.MaxBody)
	}
	large := deliverAndRead(t, s, body, "7c9e6679-7425-40de-944b-e07fc1f90ae8")

	of, oppgaver := small.Oppgaveoppsummering.AntallOppgaver, small.Oppgaveoppsummering.AntallOppgaver*times
	sum := large.Oppgaveoppsummering
	if want := small.Oppgaveoppsummering.AntallAvvisteOppgaver + oppgaver - of; of != 5 ||
		large.Leveransestatus != "avvist" ||
		sum.AntallOppgaver != oppgaver || sum.AntallAvvisteOppgaver != want || sum.AntallOppgaverMedVarsel != 0 {
		t.Errorf("the feedback is %s with %+v; want avvist with %d oppgaver, %d of them avvist", large.Leveransestatus,
			sum, oppgaver, want)
	}
	if len(large.Leveranseavvik) != listed+1 {
		t.Fatalf("%d avvik are listed; want %d and one more", len(large.Leveranseavvik), listed)
	}
	// Each repetition has the avvik that the oppgaver have in the example, and is a dublett
	// besides.
	found := onWhole(large) + (len(small.Leveranseavvik)-onWhole(small))*times + oppgaver - of
	last := large.Leveranseavvik[listed]
	text := fmt.Sprintf("Leveransen har %d avvik til, som ikke er listet", found-listed)
	if last.Avvikskode != "SK-FLERE" || last.Avvikstekst != text || last.Alvorlighetsgrad != "avvist" ||
		last.Beskrivelse != "" {
		t.Errorf("the last avvik is %+v; want SK-FLERE: %s", last, text)
	}
	for i, a := range large.Leveranseavvik[:listed] {
		if a.Avvikskode == "SK-FLERE" || a.Alvorlighetsgrad != "avvist" || a.Avvikstekst == "" || a.Beskrivelse == "" ||
			a.Veiledning == "" {
			t.Fatalf("avvik %d is %+v", i, a)
		}
	}
}

// onWhole returns the number of avvik that are of the delivery as a whole.
func onWhole(l largeLeveranse) (n int) {
	for _, a := range l.Leveranseavvik {
		if a.Avvikskode != "SK-FLERE" && !strings.HasPrefix(a.Beskrivelse, "/leveranse/oppgave/") {
			n++
		}
	}
	return n
}

// repeatOppgaver returns the document with its oppgaver, the last of its members, as many times as
// a body of maxBody bytes has room for, and that number.
func repeatOppgaver(t *testing.T, document []byte, maxBody int) (body []byte, times int) {
	t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, document); err != nil {
		t.Fatal(err)
	}
	head, rest, begins := strings.Cut(compact.String(), `"oppgave":[`)
	oppgaver, ends := strings.CutSuffix(rest, "]}}")
	if !begins || !ends {
		t.Fatalf("the example does not end with its oppgaver: %s", rest)
	}
	times = (maxBody - len(head) - len(`"oppgave":[]}}`)) / len(oppgaver+",")
	return []byte(head + `"oppgave":[` + strings.Repeat(oppgaver+",", times-1) + oppgaver + "]}}"), times
}

// deliverAndRead delivers a BSU document, fetches it and both forms of its feedback, and returns
// what both of them say.
func deliverAndRead(t *testing.T, s *mock.Server, body []byte, key string) largeLeveranse {
	t.Helper()
	bsu := backend.Of(s).Catalog.ByName("bsu")
	c := testkit.GoodCall(t, s, bsu, bsu.Routes[0])
	c.Body = body
	c.Header.Set("idempotencyKey", key)
	f := testkit.Forsendelse(t, s, c.Do(s))
	fetch := func(dokument string) []byte {
		w := get(t, s, "/innrapporteringbsu/v1/2023/forsendelser/"+f.ForsendelseID+"/dokumenter/"+dokument)
		if w.Code != http.StatusOK {
			t.Fatalf("document %s: %d %.500s", dokument, w.Code, w.Body)
		}
		return w.Body.Bytes()
	}
	if document := fetch(f.ForsendelseID); !bytes.Equal(document, body) {
		t.Errorf("%d bytes were delivered, and %d other ones come back", len(body), len(document))
	}
	var asJSON struct{ Tilbakemelding largeFeedback }
	if err := json.Unmarshal(fetch(f.Tilbakemelding[0].DokumentID), &asJSON); err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(bytes.NewReader(fetch(f.Tilbakemelding[1].DokumentID)))
	var asXML largeFeedback
	if err := decoder.Decode(&asXML); err != nil {
		t.Fatal(err)
	}
	for { // to the end: nothing but white space may follow
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if space, ok := token.(xml.CharData); err != nil || !ok || len(bytes.TrimSpace(space)) > 0 {
			t.Fatalf("after the XML document there is %v: %v", token, err)
		}
	}
	feedback := asJSON.Tilbakemelding
	if !reflect.DeepEqual(feedback, asXML) {
		t.Error("the two forms of the feedback do not say the same")
	}
	if len(feedback.Fil) != 1 || len(feedback.Fil[0].Leveranse) != 1 {
		t.Fatalf("the feedback is on %d files: %.500v", len(feedback.Fil), feedback)
	}
	if n := feedback.Fil[0].Leveranseoppsummering; n.AntallLeveranser != 1 || n.AntallGodkjenteLeveranser != 0 ||
		n.AntallAvvisteLeveranser != 1 {
		t.Errorf("of the leveranser it counts %+v", n)
	}
	return feedback.Fil[0].Leveranse[0]
}
