package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

// shownCall holds the members of a call that lists show.
type shownCall struct {
	Number        int64
	Time          time.Time
	Method, Path  string
	Status        int
	Code          string
	Specification []string
	StoppedBy     string
	Played        []string
	Replayed      bool
	Why           string
}

// outcome returns the status of the answer with its codes: 400 GLD_006/GLD_1028.
func (s shownCall) outcome() string {
	text := fmt.Sprint(s.Status)
	if s.Code != "" {
		text += " " + strings.Join(append([]string{s.Code}, s.Specification...), "/")
	}
	return text
}

// reason returns why a call got its answer, with the answer itself: 400 GLD_006, by the check accept: why.
func (s shownCall) reason() string {
	text := s.outcome()
	if s.StoppedBy != "" {
		text += ", by the check " + s.StoppedBy
	}
	if len(s.Played) > 0 {
		text += ", with " + strings.Join(s.Played, ", ")
	}
	if s.Why != "" { // as it is where nothing was wrong
		text += ": " + s.Why
	}
	return inOneLine(text)
}

// line returns a call in one line.
func (s shownCall) line() string {
	at := ""
	if !s.Time.IsZero() {
		at = s.Time.UTC().Format("15:04:05.000") + "  "
	}
	return fmt.Sprintf("%d  %s%s %s  %s", s.Number, at, s.Method, inOneLine(s.Path), s.reason())
}

// showCall prints one call.
func (p program) showCall(ctx context.Context, c *cli.Command) error {
	number, err := callNumber(c)
	if err != nil {
		return err
	}
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var call wholeCall
	text, err := s.call(ctx, number, "", &call, &call.Number)
	if err != nil {
		return err
	}
	if c.String("format") == "text" {
		text = call.text()
	}
	_, err = p.stdout.Write(text)
	return err
}

// wholeCall is one call as the control API has it.
type wholeCall struct {
	shownCall

	Session, Scheme, Host string
	API, Organisation     string
	IdempotencyKey        string
	DurationMs            float64
	Request, Answer       wholeMessage
}

// wholeMessage is a request or an answer.
type wholeMessage struct {
	Header     http.Header
	Body       string
	BodyBase64 string
	BodyBytes  int
	Cut        bool
}

// text returns the call as a page: what was asked, what was answered, and why.
func (w wholeCall) text() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "call %d of the session %s, %s, %.1f ms\n\n", w.Number, w.Session,
		w.Time.UTC().Format("2006-01-02T15:04:05.000Z"), w.DurationMs)
	fmt.Fprintf(&out, "%s %s://%s%s\n", w.Method, w.Scheme, w.Host, inOneLine(w.Path))
	w.Request.write(&out)
	fmt.Fprintf(&out, "\nHTTP status %d\n", w.Status)
	w.Answer.write(&out)
	fmt.Fprintf(&out, "\n%s\n", w.reason())
	return out.Bytes()
}

// write writes the message as HTTP has it, with a note where the body is not whole or no text.
func (m wholeMessage) write(out *bytes.Buffer) {
	for _, name := range slices.Sorted(maps.Keys(m.Header)) {
		for _, value := range m.Header[name] {
			fmt.Fprintf(out, "%s: %s\n", name, inOneLine(value))
		}
	}
	body, note := m.Body, ""
	if m.BodyBase64 != "" {
		kept, _ := base64.StdEncoding.DecodeString(m.BodyBase64)
		body, note = "", fmt.Sprintf("(%d bytes that are no text)\n", max(len(kept), m.BodyBytes))
	}
	if m.Cut && body != "" {
		note = fmt.Sprintf("(the beginning of %d bytes)\n", m.BodyBytes)
	}
	if body == "" && note == "" {
		return
	}
	out.WriteString("\n")
	for line := range strings.Lines(body) {
		out.WriteString(inOneLine(strings.TrimRight(line, "\r\n")) + "\n")
	}
	out.WriteString(note)
}
