package compare

import (
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// FuzzRead reads and compares whatever a file may hold: there is no panic, and what is the same has no difference.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		``, `{}`, `{"log":{"entries":[{"request":{"method":"GET","url":"http://a/b?c=d"},"response":{"status":200,` +
			`"headers":[{"name":"Location","value":"/x"}],"content":{"text":"{\"a\":[1,\"010180*****\"]}"}}}]}}`,
		`{"log":{"entries":[{"request":{"method":"POST","url":"http://a/b/***","postData":{"text":"{\"fnr\":\"***\"}"}},` +
			`"response":{"status":400,"content":{"encoding":"base64","text":"PGE+PC9hPg=="}}}]}}`,
		`{"log":{"entries":[{"request":{"method":"GET","url":"http://a/"},"response":{"status":200,"content":{"text":"[[[[` +
			`[[]]]]]]"}}}]}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		places := Places{
			Hosts:  []Host{{"a", "", "bsu"}, {"b", "/b", "kobo"}},
			Labels: map[string]string{"kobo": "kobo", "innrapporteringbsu": "bsu"},
		}
		r, err := Read(text, places.Locate)
		if err != nil {
			return
		}
		ids, progress := NewIdentifiers(today), NewProgress()
		for i := range r.Calls {
			c := &r.Calls[i]
			sent, _ := c.Request()
			ids.Request(c, sent)
			answer, lacks := c.Answer()
			progress.See(c, answer)
			progress.Delay(answer)
			theirs := Answer{c.Status, c.AnswerHeader, c.HasHeader, answer, lacks == ""}
			if found, _ := ids.Answers(theirs, theirs, Options{}); len(found) > 0 && !isMasked(c, answer) {
				t.Errorf("%s differs from itself: %s", answer, list(found))
			}
			ids.Taint(c.Number, c.URL.Path)
			ids.Unknown(c.URL.Path)
		}
	})
}

// isMasked reports whether an answer has what is translated even where nothing was learned.
func isMasked(c *Call, answer []byte) bool {
	for _, values := range c.AnswerHeader {
		answer = append(answer, strings.Join(values, " ")...)
	}
	return maskedIdentity.Match(answer) || maskedMember.Match(answer)
}

// TestAnswersOfAnyShape: an answer has no difference from one of the same shape with other ids and times; and with any
// other there is no panic.
func TestAnswersOfAnyShape(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var theirs, ours strings.Builder
		write(t, &theirs, &ours, 4)
		status := rapid.SampledFrom([]int{200, 400}).Draw(t, "status")
		found, _ := NewIdentifiers(
			today,
		).Answers(answerOf(status, theirs.String()), answerOf(status, ours.String()), Options{})
		if len(found) > 0 {
			t.Fatalf("%s\n%s\n%s", theirs.String(), ours.String(), list(found))
		}
		other := rapid.String().Draw(t, "other")
		NewIdentifiers(today).Answers(answerOf(status, theirs.String()), answerOf(status, other), Options{})
		header := http.Header{
			"Allow":            {other},
			"Location":         {other},
			"Retry-After":      {other},
			"Www-Authenticate": {other},
			"Etag":             {other},
		}
		NewIdentifiers(
			today,
		).Answers(Answer{Status: 200, Header: header, HasHeader: true}, Answer{Status: 200, Header: header}, Options{})
	})
}

// write writes a value of JSON twice, with other ids and times.
func write(t *rapid.T, theirs, ours *strings.Builder, depth int) {
	both := func(text string) { theirs.WriteString(text); ours.WriteString(text) }
	kinds := 6
	if depth == 0 {
		kinds = 4
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		both(
			rapid.SampledFrom([]string{`"NY"`, `12`, `1.5`, `true`, `null`, `""`, `"to ord"`, `"/sti/0"`}).
				Draw(t, "value"),
		)
	case 1:
		id := rapid.IntRange(0, 9).Draw(t, "id")
		theirs.WriteString(`"` + strings.Replace(theirID, "0199", "000"+string(rune('0'+id)), 1) + `"`)
		ours.WriteString(`"` + strings.Replace(ourID, "0193", "000"+string(rune('0'+id)), 1) + `"`)
	case 2:
		theirs.WriteString(`"2026-01-15T12:00:00Z"`)
		ours.WriteString(`"2025-01-15T12:00:00.123Z"`)
	case 3:
		both(`50012345`)
	case 4:
		both("[")
		for n := range rapid.IntRange(0, 3).Draw(t, "elements") {
			if n > 0 {
				both(",")
			}
			write(t, theirs, ours, depth-1)
		}
		both("]")
	case 5:
		both("{")
		for n := range rapid.IntRange(0, 3).Draw(t, "members") {
			if n > 0 {
				both(",")
			}
			both(`"m` + string(rune('a'+n)) + `":`)
			write(t, theirs, ours, depth-1)
		}
		both("}")
	}
}
