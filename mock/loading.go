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

// checkEmpty returns an error where the municipality and system have a home already.
func (l *loading) checkEmpty(ctx context.Context) error {
	var all struct {
		Boliger []struct{ Kommune, System string }
	}
	if err := l.get(ctx, "/_sandkasse/kobo/kobobolig", &all); err != nil {
		return err
	}
	for _, home := range all.Boliger {
		if home.Kommune == l.Municipality && home.System == l.System {
			return fmt.Errorf("the system %s of %s has homes in Kobo already, and a town wants none: "+
				"POST /_sandkasse/reset empties the session", l.System, l.Municipality)
		}
	}
	return nil
}

// post is a call to make. It is made with a token of the organisation for the API; without a token where api is empty.
// Calls to Kobo get theirs from their path.
type post struct {
	homes.Call
	api, org string
}

// loading posts calls, what comes later using what the answers before it said.
type loading struct {
	Loader
	mutex  sync.Mutex
	kept   map[string]string    // by reference
	tokens map[[2]string]string // by API and organisation
	done   int
}

// begin fills in the defaults, and checks that a sandkasse answers. The error is an ArgumentError for a Loader that
// cannot be.
func (to Loader) begin(ctx context.Context) (*loading, error) {
	to.Municipality, to.System = cmp.Or(to.Municipality, DefaultMunicipality), cmp.Or(to.System, DefaultSystem)
	to.Parallel = cmp.Or(to.Parallel, DefaultParallel)
	if to.Parallel < 1 || to.Parallel > maxParallel {
		return nil, argument(fmt.Errorf("%d calls at a time are asked for; there can be 1 to "+
			"%d", to.Parallel, maxParallel))
	}
	if !isNineDigits(to.Municipality) {
		return nil, argument(fmt.Errorf("the municipality is %q; it must be nine digits", to.Municipality))
	}
	if !gateway.IsKoboSystemID(to.System) {
		return nil, argument(fmt.Errorf("%q is not the id of a Kobo system; it must be 1 to %d printable "+
			"characters of ASCII "+
			"without a space", to.System, gateway.MaxKoboSystemID))
	}
	if to.Client == nil {
		to.Client = http.DefaultClient
	}
	address, err := url.Parse(to.URL)
	if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Host == "" {
		return nil, argument(fmt.Errorf("%q is no address of a server; it must be like http://127.0.0.1:8080", to.URL))
	}
	if port := address.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, argument(fmt.Errorf("%q has the port %s; it must be 1 to 65535", to.URL, port))
		}
	}
	to.URL = strings.TrimSuffix(to.URL, "/")
	l := &loading{Loader: to, kept: map[string]string{}, tokens: map[[2]string]string{}}
	var version struct{ Name string }
	if err := l.get(ctx, "/_sandkasse/version", &version); err != nil {
		return nil, err
	}
	if version.Name != "sandkasse" {
		return nil, errNoSandkasse(to.URL)
	}
	return l, nil
}

// token returns a token of an organisation for an API, the same for all its calls.
func (l *loading) token(ctx context.Context, api, org string) (string, error) {
	l.mutex.Lock()
	token, known := l.tokens[[2]string{api, org}]
	l.mutex.Unlock()
	if known {
		return token, nil
	}
	query := url.Values{"api": {api}, "org": {org}, "ttl": {"24h"}}
	text, err := l.do(ctx, http.MethodGet, "/_sandkasse/token?"+query.Encode(), nil, nil)
	if err != nil {
		return "", err
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.tokens[[2]string{api, org}] = strings.TrimSpace(string(text))
	return l.tokens[[2]string{api, org}], nil
}

// reference matches {NAME} in a call, which is replaced by the value that was kept under that name.
var reference = regexp.MustCompile(`\{([a-z]+-[0-9]+)\}`)

// run makes the calls, up to Parallel at a time; those that refer to the same name in their order. The error says which
// call failed: "call 3 of 100".
func (l *loading) run(ctx context.Context, posts iter.Seq2[post, error], what string, of int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, l.Parallel)
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
		case slots <- struct{}{}:
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
			defer func() { <-slots }()
			for _, other := range before { // begun earlier, so it has a slot already
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
			l.count(of)
			close(made)
		})
	}
	running.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// count counts a call that was made, and reports the progress.
func (l *loading) count(of int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.done++
	if l.Progress != nil {
		l.Progress(l.done, of)
	}
}

// names returns the names that a text refers to.
func names(text string) (list []string) {
	for _, found := range reference.FindAllStringSubmatch(text, -1) {
		list = append(list, found[1])
	}
	return list
}

// encoded returns a body as JSON, nil for none.
func encoded(body any) ([]byte, error) {
	switch body := body.(type) {
	case nil:
		return nil, nil
	case json.RawMessage:
		return body, nil
	}
	return json.Marshal(body)
}

// make makes one call, and keeps the member of the answer that the call names.
func (l *loading) make(ctx context.Context, call post, body []byte) error {
	header := http.Header{}
	for name, value := range call.Headers {
		header.Set(name, value)
	}
	if len(body) > 0 {
		header.Set("Content-Type", "application/json")
	}
	if strings.HasPrefix(call.Path, "/kobo/") {
		call.api, call.org = "kobo", l.Municipality
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

// filled returns a text with the kept values in place of references.
func (l *loading) filled(text string) string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return reference.ReplaceAllStringFunc(text, func(name string) string {
		return cmp.Or(l.kept[strings.Trim(name, "{}")], name)
	})
}

// get reads the JSON answer to a GET into target.
func (l *loading) get(ctx context.Context, path string, target any) error {
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

// Limits of one call.
const (
	loadTimeout = 30 * time.Second
	maxAnswer   = 64 << 20
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
		why = "nothing came within " + loadTimeout.String()
	case errors.Is(e.cause, syscall.ECONNREFUSED):
		why = "nothing listens there"
	case errors.As(e.cause, &name):
		why = "the name " + name.Name + " is not known"
	case errors.As(e.cause, &errno):
		why = errno.Error()
	}
	return fmt.Sprintf("no server answers at %s: %s", e.url, why)
}

// do makes a call and returns the body of its answer. The error says that no sandkasse answers, or what it answers if
// that is not a success.
func (l *loading) do(ctx context.Context, method, path string, header http.Header, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
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
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
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
