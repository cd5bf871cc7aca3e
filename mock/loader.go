package mock

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"sandkasse/fixtures/homes"
	"sandkasse/mock/internal/gateway"
)

// empty tells whether the municipality and system have no home yet.
func (l *loader) empty(ctx context.Context) error {
	var all struct {
		Boliger []struct{ Kommune, System string }
	}
	if err := l.get(ctx, "/_sandkasse/kobo/kobobolig", &all); err != nil {
		return err
	}
	for _, home := range all.Boliger {
		if home.Kommune == l.Org && home.System == l.System {
			return fmt.Errorf(
				"the system %s of %s has homes in Kobo already, and a town wants none: POST /_sandkasse/reset "+
					"empties the session", l.System, l.Org)
		}
	}
	return nil
}

// post is a call that a loader makes. One of an API is made with the organisation's token; those of
// Kobo need not name them.
type post struct {
	homes.Call
	api, org string
}

// loader posts calls, what comes later using what the answers before it said.
type loader struct {
	Target
	mutex  sync.Mutex
	kept   map[string]string    // by reference
	tokens map[[2]string]string // by API and organisation
	done   int
}

// open fills in what was not given, and sees that a sandkasse answers. The error is an
// *ArgumentError where the Target itself is wrong.
func (t Target) open(ctx context.Context) (*loader, error) {
	t.Org, t.System, t.Parallel = cmp.Or(t.Org, DefaultOrg), cmp.Or(t.System, DefaultSystem),
		cmp.Or(t.Parallel, DefaultParallel)
	if t.Parallel < 1 || t.Parallel > mostParallel {
		return nil, argument(fmt.Errorf("%d calls at a time are asked for; there can be 1 to %d", t.Parallel,
			mostParallel))
	}
	if !nineDigits(t.Org) {
		return nil, argument(fmt.Errorf("the municipality is %q; it must be nine digits", t.Org))
	}
	if !gateway.IsKoboSystemID(t.System) {
		return nil,
			argument(fmt.Errorf("%q is not the id of a Kobo system; it must be 1 to %d printable characters of ASCII "+
				"without a space", t.System, gateway.MaxKoboSystemID))
	}
	if t.Client == nil {
		t.Client = http.DefaultClient
	}
	address, err := url.Parse(t.URL)
	if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Host == "" {
		return nil, argument(fmt.Errorf("%q is no address of a server; it must be like http://127.0.0.1:8080", t.URL))
	}
	if port := address.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, argument(fmt.Errorf("%q has the port %s; it must be 1 to 65535", t.URL, port))
		}
	}
	t.URL = strings.TrimSuffix(t.URL, "/")
	l := &loader{Target: t, kept: map[string]string{}, tokens: map[[2]string]string{}}
	var version struct{ Name string }
	if err := l.get(ctx, "/_sandkasse/version", &version); err != nil {
		return nil, err
	}
	if version.Name != "sandkasse" {
		return nil, errNoSandkasse(t.URL)
	}
	return l, nil
}

// token returns a token of an organisation for an API, the same one for all its calls.
func (l *loader) token(ctx context.Context, api, org string) (string, error) {
	l.mutex.Lock()
	token, known := l.tokens[[2]string{api, org}]
	l.mutex.Unlock()
	if known {
		return token, nil
	}
	text, err := l.do(ctx, http.MethodGet, "/_sandkasse/token?"+
		url.Values{"api": {api}, "org": {org}, "ttl": {"24h"}}.Encode(), nil, nil)
	if err != nil {
		return "", err
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.tokens[[2]string{api, org}] = strings.TrimSpace(string(text))
	return l.tokens[[2]string{api, org}], nil
}

// reference is a place in a call where something that was kept is to stand.
var reference = regexp.MustCompile(`\{([a-z]+-[0-9]+)\}`)

// run makes the calls, several at a time. Calls that have a reference in common are made in their
// order. The error names the call that failed as a what of so many.
func (l *loader) run(ctx context.Context, posts iter.Seq2[post, error], what string, of int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	defer running.Wait()
	room := make(chan struct{}, l.Parallel)
	last := map[string]chan struct{}{} // the newest call of each reference
	number := 0
	for call, err := range posts {
		if number++; err != nil {
			cancel(err)
			break
		}
		body, err := encoded(call.Body)
		if err != nil {
			cancel(err)
			break
		}
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		made, at := make(chan struct{}), number
		var before []chan struct{}
		for _, name := range append(names(call.Path+string(body)), call.Keep) {
			if other := last[name]; other != nil && name != "" {
				before = append(before, other)
			}
			last[name] = made
		}
		running.Go(func() {
			defer func() { <-room }()
			for _, other := range before { // begun earlier, so it has room already
				select {
				case <-other:
				case <-ctx.Done():
					return
				}
			}
			if err := l.make(ctx, call, body); err != nil {
				cancel(fmt.Errorf("%s %d of %d: %w", what, at, of, err))
				return
			}
			l.made(of)
			close(made)
		})
	}
	running.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// made counts a call.
func (l *loader) made(of int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.done++
	if l.Progress != nil {
		l.Progress(l.done, of)
	}
}

func names(text string) (list []string) {
	for _, found := range reference.FindAllStringSubmatch(text, -1) {
		list = append(list, found[1])
	}
	return list
}

// encoded is a body as JSON, nil for none. One that is JSON already is left as it is.
func encoded(body any) ([]byte, error) {
	switch body := body.(type) {
	case nil:
		return nil, nil
	case json.RawMessage:
		return body, nil
	}
	return json.Marshal(body)
}

// make makes one call, and keeps what is to be kept of the answer.
func (l *loader) make(ctx context.Context, call post, body []byte) error {
	header := http.Header{}
	for name, value := range call.Headers {
		header.Set(name, value)
	}
	if len(body) > 0 {
		header.Set("Content-Type", "application/json")
	}
	if strings.HasPrefix(call.Path, "/kobo/") {
		call.api, call.org = "kobo", l.Org
		header.Set("x-kobo-systemid", l.System)
	}
	if call.api != "" {
		token, err := l.token(ctx, call.api, call.org)
		if err != nil {
			return err
		}
		header.Set("Authorization", "Bearer "+token)
	}
	if call.api == "" || call.api == "kobo" { // deliveries refer to nothing
		body = []byte(l.filled(string(body)))
	}
	answer, err := l.do(ctx, call.Method, l.filled(call.Path), header, body)
	if err != nil || call.Keep == "" || call.Member == "" {
		return err
	}
	var value any
	if err := json.Unmarshal(answer, &value); err != nil {
		return fmt.Errorf("%s %s: the answer is no JSON: %w", call.Method, call.Path, err)
	}
	for member := range strings.SplitSeq(call.Member, "/") {
		object, _ := value.(map[string]any)
		value = object[member]
	}
	text, ok := value.(string)
	if !ok || url.PathEscape(text) != text {
		return fmt.Errorf("%s %s: the answer has no %s: %s", call.Method, call.Path, call.Member, answer)
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.kept[call.Keep] = text
	return nil
}

// filled is a text with what was kept in place of the references.
func (l *loader) filled(text string) string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return reference.ReplaceAllStringFunc(text, func(name string) string {
		return cmp.Or(l.kept[strings.Trim(name, "{}")], name)
	})
}

func (l *loader) get(ctx context.Context, path string, target any) error {
	answer, err := l.do(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	if json.Unmarshal(answer, target) != nil {
		return errNoSandkasse(l.URL)
	}
	return nil
}

func errNoSandkasse(url string) error {
	return fmt.Errorf("what answers at %s is no sandkasse; give the address of the server, or of a session of it", url)
}

// Bounds of one call of a loader.
const (
	loadLimit   = 30 * time.Second
	answerBytes = 64 << 20
)

// unanswered is a call that got no answer; its text says why in plain words.
type unanswered struct {
	url   string
	cause error
}

func (e *unanswered) Unwrap() error { return e.cause }

func (e *unanswered) Error() string {
	var name *net.DNSError
	var errno syscall.Errno
	scheme, _, _ := strings.Cut(e.url, ":")
	why := "what is there does not speak " + strings.ToUpper(scheme)
	switch {
	case errors.Is(e.cause, context.Canceled):
		why = "it was interrupted"
	case errors.Is(e.cause, context.DeadlineExceeded):
		why = "nothing came within " + loadLimit.String()
	case errors.Is(e.cause, syscall.ECONNREFUSED):
		why = "nothing listens there"
	case errors.As(e.cause, &name):
		why = "the name " + name.Name + " is not known"
	case errors.As(e.cause, &errno):
		why = errno.Error()
	}
	return fmt.Sprintf("no server answers at %s: %s", e.url, why)
}

// do makes a call whose answer must be a success.
func (l *loader) do(ctx context.Context, method, path string, header http.Header, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, l.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	maps.Copy(r.Header, header)
	answer, err := l.Client.Do(r)
	if err != nil {
		return nil, &unanswered{l.URL, err}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, answerBytes))
	isCall, isControl := answer.Header.Get("Sandkasse-Call") != "", strings.HasPrefix(path, "/_sandkasse/")
	failed := answer.StatusCode < 200 || answer.StatusCode > 299
	if isCall == isControl || isControl && failed && answer.Header.Get("Sandkasse-Feil") == "" {
		return nil, errNoSandkasse(l.URL)
	}
	if err == nil && failed {
		err = fmt.Errorf("the answer is %s: %s", answer.Status, strings.TrimSpace(string(text)))
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return text, nil
}
