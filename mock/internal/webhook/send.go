package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// Limits of what is read of an answer, in bytes. Only its status is looked at; a short body is read
// so that the connection can be used again.
const (
	answerHeaderLimit = 64 << 10
	answerBodyLimit   = 64 << 10
)

// idleLimit bounds the time that a connection is kept open for the next message.
const idleLimit = 30 * time.Second

// newClient returns a client that posts messages straight to the receiver, through no proxy. It
// follows no redirect, which would carry the key elsewhere.
func newClient(s Settings) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: s.Timeout}).DialContext,
			TLSHandshakeTimeout:    s.Timeout,
			MaxResponseHeaderBytes: answerHeaderLimit,
			MaxIdleConns:           maxInFlight(s.Parallel),
			MaxIdleConnsPerHost:    s.Parallel,
			IdleConnTimeout:        idleLimit,
			DisableCompression:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send posts an event to its system. It returns false when the context ended before the receiver
// answered.
func (d *Deliverer) send(ctx context.Context, clock func() time.Time, r Record, s System) (outcome, bool) {
	switch {
	case s.URL == "":
		return outcome{reason: fmt.Sprintf("no URL is known for the system %s; PUT /_sandkasse/kobo/systems/%s sets it",
			r.System, url.PathEscape(r.System))}, true
	case !s.APIKey.Set():
		return outcome{reason: fmt.Sprintf("the system %s has registered no API key, and without one nothing is sent",
			r.System)}, true
	}
	key, fault := s.APIKey.Reveal(), Fault("")
	if r.Fault == WrongKey && r.Tries == 0 {
		key, fault = wrong(key), WrongKey
	}
	first, whole := d.attempt(ctx, clock, r, s, key)
	first.Fault = fault
	o := outcome{attempts: []Attempt{first}}
	if whole && r.Fault == Duplicate && first.Acknowledged() {
		if second, whole := d.attempt(ctx, clock, r, s, key); whole {
			second.Fault = Duplicate
			o.attempts = append(o.attempts, second)
		}
	}
	return o, whole
}

// wrong returns another key than the receiver expects.
func wrong(key string) string {
	if key == "wrong-key" {
		return "another-wrong-key"
	}
	return "wrong-key"
}

// attempt posts a message once. It returns false when the context ended first.
func (d *Deliverer) attempt(ctx context.Context, clock func() time.Time, r Record, s System, key string) (Attempt,
	bool,
) {
	made := Attempt{Time: clock()}
	timed, cancel := context.WithTimeout(ctx, d.config.Settings.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(timed, http.MethodPost, s.URL, bytes.NewReader(r.Body))
	if err != nil {
		made.Error = "the URL cannot be used"
		return made, true
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "sandkasse")
	request.Header.Set(SystemHeader, s.ID)
	request.Header.Set(s.Header, key)
	answer, err := d.client.Do(request)
	if err != nil {
		made.Error = d.explain(err)
		made.Late = errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
		if errors.Is(context.Cause(ctx), errCutOff) {
			made.Error, made.Late = errCutOff.Error(), false
			return made, true
		}
		return made, ctx.Err() == nil
	}
	made.Status = answer.StatusCode
	io.CopyN(io.Discard, answer.Body, answerBodyLimit) // what is wrong with it does not matter
	answer.Body.Close()
	return made, true
}

// explain returns why there was no answer. It uses its own words where the error could repeat what
// the receiver wrote, which may be the key.
func (d *Deliverer) explain(err error) string {
	var failed *net.OpError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Sprintf("no answer within %s", d.config.Settings.Timeout)
	case errors.As(err, &untrusted):
		return "the receiver's certificate is not trusted on this machine"
	case errors.As(err, &failed):
		return failed.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the receiver closed the connection without an answer"
	}
	return "the receiver did not answer in HTTP as its URL says"
}
