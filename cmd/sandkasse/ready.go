package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"
)

const (
	// askLimit is the timeout of one call.
	askLimit = 3 * time.Second
	// askEvery is the time between two calls with --wait.
	askEvery = 100 * time.Millisecond
	// maxWait is the greatest --wait.
	maxWait = time.Hour
)

func (p program) readyCommand() *cli.Command {
	return &cli.Command{
		Name:  "ready",
		Usage: "exit with 0 when a server answers",
		Flags: []cli.Flag{
			p.urlFlag("where the server is"),
			&cli.DurationFlag{
				Name: "wait", Validator: waitable,
				Usage: "ask until the server is ready, for so long at the most, such as 30s; without it, ask once",
			},
		},
		Action: p.ready,
	}
}

// waitable validates the value of --wait. Its error says what the value must be.
func waitable(wait time.Duration) error {
	if wait < 0 || wait > maxWait {
		return errors.New("0s (ask once) to 1h")
	}
	return nil
}

// urlFlag returns the flag --url, the address of a server, which serverURL reads. Without it the address is that of
// SANDKASSE_URL, else where a server that is started in the same environment and folder listens, so that the health
// check of a container needs no flag.
func (p program) urlFlag(usage string) cli.Flag {
	return &cli.StringFlag{
		Name: "url", Value: "http://" + defaultAddr, Usage: usage,
		Sources: cli.NewValueSourceChain(environment(variable("url")), listenAddr{p.env("addr")}),
	}
}

// listenAddr is a source of --addr as one of --url.
type listenAddr struct{ addr cli.ValueSourceChain }

// Lookup returns the address of a server that listens there; nothing where that is no address.
func (l listenAddr) Lookup() (string, bool) {
	addr, _ := l.addr.Lookup()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", false
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // listening everywhere
	}
	return "http://" + net.JoinHostPort(host, port), true
}

// String returns what an error about the value says of its source.
func (l listenAddr) String() string { return l.addr.String() }

// GoString returns the same as String.
func (l listenAddr) GoString() string { return l.String() }

// serverURL returns the value of --url, without a slash at its end.
func serverURL(c *cli.Command) (string, error) {
	given := c.String("url")
	address, err := url.Parse(given)
	if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Hostname() == "" {
		return "", usage("--url %q is no address; it must be like http://127.0.0.1:8080", given)
	}
	if address.Port() == "0" {
		return "", usage("--url %q has port 0, at which nothing listens; give the port that the server prints when "+
			"it is ready", given)
	}
	return strings.TrimSuffix(given, "/"), nil
}

// ready asks a server whether it is ready; with --wait again and again, until it is, the time is up, or a signal comes.
func (p program) ready(ctx context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	base, err := serverURL(c)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if wait := c.Duration("wait"); wait > 0 {
		err = waitReady(ctx, base, wait)
	} else {
		err = askReady(ctx, base)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, "ready")
	return err
}

// waitReady asks until the server is ready. The error says how it stood at the end.
func waitReady(ctx context.Context, base string, wait time.Duration) error {
	within, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	again := time.NewTicker(askEvery)
	defer again.Stop()
	last := askReady(within, base)
	for last != nil {
		select {
		case <-again.C:
		case <-within.Done():
			if ctx.Err() != nil {
				return fmt.Errorf("the waiting was interrupted: %w", last)
			}
			return fmt.Errorf("waited for %s: %w", wait, last)
		}
		if err := askReady(within, base); err == nil || within.Err() == nil { // one that is cut short says nothing
			last = err
		}
	}
	return nil
}

// askReady asks once. The error is one sentence: that nothing listens there, that the server is not ready, or that
// another program answers.
func askReady(ctx context.Context, base string) error {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/_sandkasse/ready", nil)
	if err != nil {
		return usage("--url %q is no address; it must be like http://127.0.0.1:8080", base)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true}, // no proxy either
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return unanswered(base, err)
	}
	defer response.Body.Close()
	var answer struct{ Status string }
	err = json.NewDecoder(io.LimitReader(response.Body, 1<<10)).Decode(&answer)
	switch fault := response.Header.Get("Sandkasse-Feil"); {
	case err == nil && answer.Status == "ready" && response.StatusCode == http.StatusOK:
		return nil
	case fault != "":
		return fmt.Errorf("sandkasse answers at %s but is not ready: %s", base, inOneLine(fault))
	case response.Header.Get("Sandkasse-Call") != "":
		return fmt.Errorf("an imitated API answers at %s; give the address of the server itself, such as "+
			"http://127.0.0.1:8080", base)
	}
	return fmt.Errorf("another program answers at %s, with status %d", base, response.StatusCode)
}

// unanswered returns the error of a call without an answer, in plain words.
func unanswered(base string, err error) error {
	var timeout net.Error
	var name *net.DNSError
	var network *net.OpError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("nothing listens at %s", base)
	case errors.As(err, &name):
		return fmt.Errorf("nothing listens at %s: the name %s is not known", base, name.Name)
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.Canceled):
		return fmt.Errorf("nothing answers at %s within the time", base)
	case errors.As(err, &network) && network.Op == "dial":
		return fmt.Errorf("nothing can be reached at %s: %v", base, errors.Unwrap(network))
	}
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
		return fmt.Errorf("what answers at %s has a certificate of a CA that is not trusted here; the same port "+
			"answers http:// too", base)
	}
	scheme, _, _ := strings.Cut(base, ":")
	return fmt.Errorf("another program answers at %s, which does not speak %s", base, strings.ToUpper(scheme))
}
