package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"
)

const (
	// controlLimit is the timeout of a call to the control API beside the time that it is to wait.
	controlLimit = 30 * time.Second
	// maxControlAnswer is the number of bytes that are read of an answer that is decoded as a whole. A call
	// with its bodies takes much less.
	maxControlAnswer = 16 << 20
)

// textOrJSON returns the formats of most commands that use the control API.
func textOrJSON() []string { return []string{"text", "json"} }

// controlFlags returns the flags of the commands that use the control API of a server, before those of
// the command itself. The first format is the default.
func (p program) controlFlags(formats []string, own ...cli.Flag) []cli.Flag {
	return append([]cli.Flag{
		p.urlFlag("where the server is"),
		&cli.StringFlag{
			Name: "session", Sources: p.env("session"), Usage: "in the session `NAME`; without it, the default one",
			Validator: optional(matching(`^[A-Za-z0-9._-]{1,64}$`,
				"1 to 64 letters, digits, hyphens, underscores and full stops")),
		},
		&cli.StringFlag{
			Name: "format", Value: formats[0], Validator: among(formats...),
			Usage: strings.Join(formats[:len(formats)-1], ", ") + " or " + formats[len(formats)-1] +
				"; json is as the control API has it",
		},
	}, own...)
}

// optional returns a validator that accepts an empty value, which is as none.
func optional(validate func(string) error) func(string) error {
	return func(given string) error {
		if given == "" {
			return nil
		}
		return validate(given)
	}
}

// printable refuses a value that has a space or what is not printable in ASCII; an empty one is fine.
func printable(value string) error {
	return optional(matching(`^[!-~]+$`, "printable ASCII without spaces"))(value)
}

// server is the control API of a server, for one session.
type server struct {
	url  string // of the server, for errors
	base string // of the operations, with a slash at its end
}

// server returns the server that the flags name.
func (p program) server(c *cli.Command) (server, error) {
	at, err := serverURL(c)
	if err != nil {
		return server{}, err
	}
	base := at
	if session := c.String("session"); session != "" {
		base += "/_session/" + session
	}
	return server{at, base + "/_sandkasse/"}, nil
}

// untilSignal returns a context that also ends with SIGINT and SIGTERM.
func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}

// refusal is an answer of the control API that refuses a request.
type refusal struct {
	status int
	text   string
}

func (r refusal) Error() string { return r.text }

// open sends a request, and returns an answer whose status is 200, or one of those that are taken. A
// body that is not nil is sent as JSON. The error is one sentence: that nothing listens there, that another
// program answers, or a refusal, as a usage error where the request itself is wrong.
func (s server) open(ctx context.Context, method, path string, query url.Values, body []byte, taken ...int,
) (*http.Response, error) {
	address := s.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, usage("--url %q is no address; it must be like http://127.0.0.1:8080", s.url)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true}, // no proxy either
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, unanswered(s.url, err)
	}
	fault := answer.Header.Get("Sandkasse-Feil")
	if fault == "" && slices.Contains(append(taken, http.StatusOK), answer.StatusCode) {
		return answer, nil
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 64<<10)) // the header says the same
	switch {
	case fault == "":
		return nil, fmt.Errorf("another program answers at %s, with status %d", s.url, answer.StatusCode)
	case answer.StatusCode == http.StatusBadRequest, answer.StatusCode == http.StatusMisdirectedRequest:
		return nil, usageError{refusal{answer.StatusCode, refusalText(text, fault)}}
	}
	return nil, refusal{answer.StatusCode, refusalText(text, fault)}
}

// refusalText returns the text of a refusal in one line; that of the header, which is in ASCII, where it is empty.
func refusalText(text []byte, header string) string {
	return inOneLine(cmp.Or(strings.TrimSpace(string(text)), header))
}

// do sends a request as open does, within a time, and returns the answer, which must be JSON.
func (s server) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, controlLimit)
	defer cancel()
	answer, err := s.open(ctx, method, path, nil, body)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxControlAnswer))
	switch {
	case err != nil:
		return nil, s.brokenOff(err)
	case !json.Valid(text):
		return nil, s.another()
	}
	return text, nil
}

// call reads calls/{number}, or what is below it, into a value whose number is at got. It returns the
// answer, which must be of that call, as it came.
func (s server) call(ctx context.Context, number int64, below string, into any, got *int64) ([]byte, error) {
	text, err := s.do(ctx, http.MethodGet, fmt.Sprintf("calls/%d%s", number, below), nil)
	if err != nil {
		return nil, err
	}
	if json.Unmarshal(text, into) != nil || *got != number {
		return nil, s.another()
	}
	return text, nil
}

// another returns the error of an answer that is not Sandkasse's.
func (s server) another() error { return fmt.Errorf("another program answers at %s", s.url) }

// brokenOff returns the error of an answer that does not come to its end.
func (s server) brokenOff(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the answer of %s did not come to its end within the time", s.url)
	}
	return fmt.Errorf("the answer of %s broke off", s.url)
}

// shortDuration returns a duration without its zero minutes and seconds: 2m for 2m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
