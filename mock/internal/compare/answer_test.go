package compare

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	theirID, ourID = "0199bdcb-66c0-7f50-af7c-c22f2ccd5eef", "0193b5cd-cbce-7dbd-b188-1437db673767"
	otherID        = "01980000-cbce-7dbd-b188-1437db673767"
)

// answerOf returns an answer with a status and a JSON body.
func answerOf(status int, body string) Answer {
	return Answer{
		Status: status, Header: http.Header{"Content-Type": {"application/json"}}, HasHeader: true, Body: []byte(body),
		HasBody: true,
	}
}

// list returns differences as text.
func list(found []Finding) string {
	var lines []string
	for _, f := range found {
		lines = append(lines, fmt.Sprintf("%s %s: %s / %s", f.Kind, f.Place, f.Theirs, f.Ours))
	}
	return strings.Join(lines, "\n")
}

// TestAnswers compares bodies: of successes, and of errors.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, theirs, ours string
		status             int
		sent               string
		want               string
	}{
		{name: "the same", theirs: `{"a":1,"b":[true,null,"x"]}`, ours: `{"b":[true,null,"x"],"a":1.0}`},
		{
			name: "ids and times", theirs: `{"id":"` + theirID + `","at":"2026-01-15T12:00:00Z","day":"2026-01-15"}`,
			ours: `{"id":"` + ourID + `","at":"2025-01-15T12:00:00.5Z","day":"2025-01-15"}`,
		},
		{
			name: "an id twice", theirs: `{"a":"` + theirID + `","b":"/x/` + theirID + `"}`,
			ours: `{"a":"` + ourID + `","b":"/x/` + otherID + `"}`, want: "value /b: /x/" + theirID + " / /x/" +
				otherID,
		},
		{
			name: "one id for two", theirs: `{"a":"` + theirID + `","b":"` + otherID + `"}`,
			ours: `{"a":"` + ourID + `","b":"` + ourID + `"}`, want: "identifier /b: " + otherID + " / " + ourID,
		},
		{
			name: "members", theirs: `{"a":{"b":1}}`, ours: `{"a":{"c":null}}`,
			want: "member /a/b: a number / \nmember /a/c:  / null",
		},
		{
			name:   "keys",
			theirs: `{"keys":[{"kid":"a.b","kty":"RSA","n":"x"},{"kid":"digdir 2026","kty":"EC","n":"y"}]}`,
			ours:   `{"keys":[{"kid":"sandkasse-1","kty":"RSA","n":"z"}]}`,
		},
		{
			name:   "members of keys",
			theirs: `{"keys":[{"kid":"a","kty":"RSA","x5c":["x"],"e":1},{"kid":"b","kty":"RSA"}]}`,
			ours:   `{"keys":[{"kid":"c","kty":"RSA","use":"sig","e":"x"}]}`,
			want: "type /keys/*/e: a number / a text\nmember /keys/*/x5c: a list / \n" +
				"member /keys/*/use:  / a text",
		},
		{name: "no keys", theirs: `{"keys":["a"]}`, ours: `{"keys":["a","b"]}`, want: "length /keys: 1 / 2"},
		{name: "a pointer's characters", theirs: `{"a/b":1}`, ours: `{}`, want: "member /a~1b: a number / "},
		{
			name: "types", theirs: `{"a":"1","b":null,"c":{},"d":true,"e":"2026-01-15"}`,
			ours: `{"a":1,"b":[],"c":"x","d":1,"e":"x"}`,
			want: "type /a: a text: digits / a number\ntype /b: null / a list\ntype /c: an object / a text: a word\n" +
				"type /d: true or false / a number\ntype /e: a date / a word",
		},
		{name: "the list instead of one", theirs: `[{"a":1}]`, ours: `{"a":1}`, want: "type : a list / an object"},
		{
			name: "words and numbers", theirs: `{"a":"NY","b":1,"c":"0101","d":false}`,
			ours: `{"a":"OLD","b":2,"c":"0102","d":true}`,
			want: "enumeration /a: NY / OLD\nvalue /b: 1 / 2\nvalue /c: 0101 / 0102\nvalue /d: false / true",
		},
		{name: "long numbers", theirs: `{"a":50012345,"b":1768478400}`, ours: `{"a":50054321,"b":1768478401}`},
		{
			name:   "what was sent",
			sent:   `{"a":"987654321","b":"2026-01-15","c":12345678,"d":"\u00c5se \"K\" Nordmann"}`,
			theirs: `{"a":"999999999","b":"2026-01-16","c":12345679,"d":"Kari  Nordmann"}`,
			ours:   `{"a":"987654321","b":"2026-01-15","c":12345678,"d":"Åse \"K\" Nordmann"}`,
			want: "value /a: 999999999 / 987654321\nvalue /b: 2026-01-16 / 2026-01-15\n" +
				"value /c: 12345679 / 12345678\n" +
				`value /d: Kari  Nordmann / Åse "K" Nordmann`,
		},
		{
			name:   "zones",
			theirs: `{"a":"2026-01-15T12:00:00","b":"2026-01-15T12:00:00Z","c":"2026-01-15T12:00:00+01:00"}`,
			ours:   `{"a":"2026-01-15T12:00:00Z","b":"2026-01-15T12:00:00","c":"2026-01-15T11:00:00.5Z"}`,
			want: "type /a: a time without a zone / a time with its zone\n" +
				"type /b: a time with its zone / a time without a zone",
		},
		{name: "numbers written otherwise", theirs: `{"a":1e2,"b":1.50,"c":-0}`, ours: `{"a":100,"b":1.5,"c":0}`},
		{
			name: "huge exponents", theirs: `{"a":1e999999999}`, ours: `{"a":1e999999998}`,
			want: "value /a: 1e999999999 / 1e999999998",
		},
		{
			name: "sentences of the agency", theirs: `{"title":"Din innsending er mottatt"}`,
			ours: `{"title":"Mottatt BSU"}`,
		},
		{
			name: "a sentence is missing", theirs: `{"title":"Din innsending"}`, ours: `{"title":""}`,
			want: "type /title: a sentence / an empty text",
		},
		{name: "length", theirs: `{"a":[1,2,3]}`, ours: `{"a":[1,2]}`, want: "length /a: 3 / 2"},
		{
			name: "order", theirs: `{"a":[{"t":"X"},{"t":"Y"}]}`, ours: `{"a":[{"t":"Y"},{"t":"X"}]}`,
			want: "order /a: 2, 1 / 1, 2",
		},
		{
			name: "an element", theirs: `{"a":[{"t":"X"},{"t":"Y"}]}`, ours: `{"a":[{"t":"X"},{"t":"Z"}]}`,
			want: "enumeration /a/*/t: Y / Z",
		},
		{name: "an older element", theirs: `{"a":[{"id":"` + theirID + `","at":"2020-01-15T12:00:00Z"},{"id":"` +
			otherID +
			`","at":"2026-01-15T12:00:00Z"}]}`, ours: `{"a":[{"id":"` + ourID + `","at":"2026-01-15T12:00:00Z"}]}`},
		{
			name: "the order of one moment",
			theirs: `{"a":[{"t":"X","contentUpdatedAt":"2026-01-15T12:00:00Z"},` +
				`{"t":"Y","contentUpdatedAt":"2026-01-15T12:00:00Z"}],"continuationToken":"x"}`,
			ours: `{"a":[{"t":"Y","contentUpdatedAt":"2026-01-15T12:00:00Z"},` +
				`{"t":"X","contentUpdatedAt":"2026-01-15T12:00:00Z"}],"continuationToken":"y"}`,
		},
		{
			name: "the order of two moments",
			theirs: `{"a":[{"t":"X","contentUpdatedAt":"2026-01-15T12:00:01Z"},` +
				`{"t":"Y","contentUpdatedAt":"2026-01-15T12:00:00Z"}],"continuationToken":"x"}`,
			ours: `{"a":[{"t":"Y","contentUpdatedAt":"2026-01-15T12:00:01Z"},` +
				`{"t":"X","contentUpdatedAt":"2026-01-15T12:00:00Z"}],"continuationToken":"y"}`,
			want: "order /a: 2, 1 / 1, 2\nenumeration /continuationToken: x / y",
		},
		{
			name: "pages of older elements",
			theirs: `{"items":[{"id":"` + theirID + `","at":"2020-01-15T12:00:00Z"}],"hasNextPage":true,` +
				`"continuationToken":"x","orderBy":"a"}`,
			ours: `{"items":[],"hasNextPage":false,"orderBy":"b"}`, want: "enumeration /orderBy: a / b",
		},
		{
			name: "pages", theirs: `{"items":[],"hasNextPage":true,"continuationToken":"x"}`,
			ours: `{"items":[],"hasNextPage":false}`,
			want: "member /continuationToken: a text: a word / \nvalue /hasNextPage: true / false",
		},
		{name: "nothing", theirs: ``, ours: `{}`, want: "format : nothing / JSON"},
		{name: "broken", theirs: `{"a"`, ours: `{"a":1}`, want: "format : text / JSON"},
		{
			name:   "masked",
			theirs: `{"foedselsnummer":"***","apiKey":"***","a":"010180*****","b":"nr ***, ja","d":"010181*****"}`,
			ours:   `{"foedselsnummer":"01818012345","apiKey":"x","a":"01818012345","b":"nr 7, ja","d":"01818012345"}`,
			want:   "value /d: 010181***** / 01818012345",
		},

		{
			name: "another code", status: 400,
			theirs: `{"kode":"A_1","melding":"a b","spesifisering":[{"kode":"S_1","melding":"x y"}]}`,
			ours:   `{"kode":"A_2","melding":"b a","spesifisering":[{"kode":"S_1","melding":"z z"}]}`,
			want:   "code /kode: A_1 / A_2",
		},
		{
			name: "another specification", status: 400,
			theirs: `{"kode":"A","spesifisering":[{"kode":"S_1","melding":"x y"}]}`,
			ours:   `{"kode":"A","spesifisering":[{"kode":"S_2","melding":"z z"}]}`,
			want:   "specification /spesifisering: S_1 / S_2",
		},
		{
			name: "one more specification", status: 400,
			theirs: `{"kode":"A","spesifisering":[{"kode":"S_1"},{"kode":"S_1"}]}`,
			ours:   `{"kode":"A","spesifisering":[{"kode":"S_1"}]}`, want: "specification /spesifisering: S_1 / ",
		},
		{
			name: "another place", status: 400, theirs: `{"kode":"A","spesifisering":[{"kode":"S","sti":"/a"}]}`,
			ours: `{"kode":"A","spesifisering":[{"kode":"S","sti":"/b"}]}`, want: "sti /spesifisering: /a / /b",
		},
		{
			name: "messages", status: 400,
			theirs: `{"kode":"A","melding":"a b","spesifisering":[{"melding":"Ja","sti":"/a"}]}`,
			ours:   `{"kode":"A","melding":"b a","spesifisering":[{"melding":"Nei","sti":"/a"}]}`,
			want:   "melding /melding: a b / b a\nmelding /spesifisering/*/melding: Ja / Nei",
		},
		{
			name: "the order of violations", status: 400,
			theirs: `{"kode":"A","spesifisering":[{"sti":"/a"},{"sti":"/b"}]}`,
			ours:   `{"kode":"A","spesifisering":[{"sti":"/b"},{"sti":"/a"}]}`,
			want:   "order /spesifisering: 2, 1 / 1, 2",
		},
		{
			name: "errors by their places", status: 400, theirs: `{"type":"t","errors":{"a":["x y"],"b":["z w"]}}`,
			ours: `{"type":"t","errors":{"a":["x x"],"c":["z w"]}}`, want: "sti /errors: b / c",
		},
		{
			name: "messages by their places", status: 400, theirs: `{"type":"t","errors":{"a":["x y"]}}`,
			ours: `{"type":"t","errors":{"a":["x x","y"]}}`,
			want: "melding /errors/*: x y / x x\nlength /errors/*: 1 / 2",
		},
		{
			name: "an error of OAuth", status: 400, theirs: `{"error":"invalid_grant","error_description":"a b"}`,
			ours: `{"error":"invalid_client","error_description":"b a"}`,
			want: "code /error: invalid_grant / invalid_client",
		},
		{name: "an error in text", status: 503, theirs: `Nede`, ours: `Ikke oppe`, want: "melding : Nede / Ikke oppe"},
		{
			name: "an error in XML", status: 400, theirs: `<feil><kode>A</kode><melding>a b</melding></feil>`,
			ours: `<feil><kode>A</kode><melding>b a</melding></feil>`, want: "melding /feil/melding: a b / b a",
		},
		{
			name: "XML", theirs: `<?xml version="1.0"?><a xmlns="x" y="1"><b>1</b><b>2</b><c/></a>`,
			ours: `<a xmlns="x" y="2"><b>1</b></a>`,
			want: "value /a/@y: 1 / 2\ntype /a/b: a list / a text: digits\nmember /a/c: a text: an empty text / ",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status := max(test.status, 200)
			ids := NewIdentifiers(today)
			ids.Text("010181*****") // was sent
			ids.noteSent(test.sent)
			ids.noteSentences(test.sent + `"broken \`)
			found, _ := ids.Answers(answerOf(status, test.theirs), answerOf(status, test.ours),
				Options{Began: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
			if got := list(found); got != test.want {
				t.Errorf("%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// TestStatuses: where one answer is a success and the other is not, nothing else is compared.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		theirs, ours Answer
		want         string
	}{
		{answerOf(200, `{"a":1}`), answerOf(201, `{"a":2}`), "status : 200 / 201\nvalue /a: 1 / 2"},
		{answerOf(200, `{"a":1}`), answerOf(400, `{"kode":"A"}`), "status : 200 / 400"},
		{answerOf(404, `{"kode":"A"}`), answerOf(400, `{"kode":"B"}`), "status : 404 / 400\ncode /kode: A / B"},
		{
			answerOf(404, `{"kode":"A","melding":"a b"}`), answerOf(400, `{"kode":"A","melding":"b a"}`),
			"status : 404 / 400",
		},
		{Answer{Status: 200}, answerOf(200, `{"a":1}`), ""}, // nothing else is recorded
		{
			Answer{Status: 401, Header: http.Header{}, HasHeader: true, HasBody: true},
			answerOf(401, `{"a":1}`),
			"format : nothing / JSON",
		},
		{
			answerOf(401, ""),
			Answer{Status: 401, Header: http.Header{}, HasHeader: true, HasBody: true},
			"content-type : application/json / ",
		},
	} {
		found, _ := NewIdentifiers(today).Answers(test.theirs, test.ours, Options{})
		if got := list(found); got != test.want {
			t.Errorf("%+v: %s, want %s", test.theirs, got, test.want)
		}
	}
}

// TestAnswerHeaders compares the headers that a client acts on.
func TestAnswerHeaders(t *testing.T) {
	t.Parallel()
	with := func(pairs ...string) Answer {
		a := Answer{Status: 400, Header: http.Header{}, HasHeader: true, HasBody: true}
		for i := 0; i < len(pairs); i += 2 {
			a.Header.Add(pairs[i], pairs[i+1])
		}
		return a
	}
	for _, test := range []struct {
		theirs, ours Answer
		want         string
	}{
		{with("Allow", "POST,get"), with("Allow", "GET, POST"), ""},
		{with("Allow", "POST"), with(), "header Allow: POST / "},
		{with("Retry-After", "5"), with("Retry-After", "60"), ""},
		{
			with("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"), with("Retry-After", "60"),
			"header Retry-After: a time / seconds",
		},
		{with("Location", "/a/"+theirID), with("Location", "/a/"+ourID), ""},
		{with("Location", "/b/"+theirID), with("Location", "/a/"+ourID), "header Location: /b/" + theirID +
			" / /a/" + ourID},
		{with("Www-Authenticate", `Bearer realm="a"`), with("Www-Authenticate", "Bearer"), ""},
		{
			with("Www-Authenticate", `Bearer error="x"`), with("Www-Authenticate", "Bearer"),
			`header WWW-Authenticate: Bearer error="x" / Bearer`,
		},
		{with("Etag", `W/"a"`), with("Etag", `"b"`), ""},
		{with(), with("Etag", `"b"`), "header ETag:  / a tag"},
		{with("Content-Type", "application/json;charset=UTF-8"), with("Content-Type", "application/json"), ""},
		{
			with("Content-Type", "application/json; charset=latin1"), with("Content-Type", "application/json"),
			"content-type : application/json; charset=latin1 / application/json",
		},
		{with("x-kobo-behandlet", "True"), with("x-kobo-behandlet", "true"), ""},
		{
			with("x-kobo-behandlet", "true"), with("x-kobo-behandlet", "false"),
			"header x-kobo-behandlet: true / false",
		},
		{with("X-Request-Id", "a"), with("Server", "b"), ""},
	} {
		found, _ := NewIdentifiers(today).Answers(test.theirs, test.ours, Options{})
		if got := list(found); got != test.want {
			t.Errorf("%v: %s, want %s", test.theirs.Header, got, test.want)
		}
	}
}
