package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
)

// cluster is three processes behind a load balancer that is set up as docs/scale-out.md says.
type cluster struct {
	t         *testing.T
	balancer  string // address of the load balancer
	processes [3]*process
	args      [3][]string
}

// documentedPorts are those of the load balancer and of the processes in docs/scale-out.md.
var documentedPorts = []string{"8080", "8081", "8082", "8083"}

// scaleOut returns the only block of docs/scale-out.md in a language that has a word.
func scaleOut(t *testing.T, language, word string) string {
	t.Helper()
	found := []string{}
	for _, b := range blocks(document(t, "docs/scale-out.md")) {
		if b.is(language) && strings.Contains(b.text, word) {
			found = append(found, b.text)
		}
	}
	if len(found) != 1 {
		t.Fatalf("docs/scale-out.md has %d blocks of %s with %s", len(found), language, word)
	}
	return found[0]
}

// startCluster starts three processes, and a load balancer with a configuration that has the ports of
// the document: balance gets it with those of the processes, and returns the command that runs it.
func startCluster(t *testing.T, configuration string, balance func(dir, configuration string) []string,
	args ...string,
) *cluster {
	t.Helper()
	c, dir := &cluster{t: t}, t.TempDir()
	for i, port := range documentedPorts {
		free := freeAddress(t)
		if strings.Count(configuration, "127.0.0.1:"+port) != 1 {
			t.Fatalf("127.0.0.1:%s does not stand once in\n%s", port, configuration)
		}
		configuration = strings.ReplaceAll(configuration, "127.0.0.1:"+port, free)
		if i == 0 {
			c.balancer = free
			continue
		}
		c.args[i-1] = append([]string{
			"serve", "--addr", free, "--data", filepath.Join(dir, port+".db"), "--log-level", "error",
		}, args...)
		c.start(i - 1)
	}
	command := balance(dir, configuration)
	path, err := exec.LookPath(command[0])
	if err != nil && !toolsRequired {
		t.Skipf("%s is missing: apt-get install %[1]s", command[0])
	}
	if err != nil {
		t.Fatal(err)
	}
	balancer, output := exec.Command(path, command[1:]...), &bytes.Buffer{}
	balancer.Stdout, balancer.Stderr = output, output
	if err := balancer.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		balancer.Process.Signal(syscall.SIGTERM)
		balancer.Wait()
		if t.Failed() {
			t.Logf("%s: %s", command[0], output)
		}
	})
	waitFor(t, func() bool {
		conn, err := net.Dial("tcp", c.balancer)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return c
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// start starts a process of the cluster, or starts it again.
func (c *cluster) start(i int) {
	c.t.Helper()
	c.processes[i] = start(c.t, "sandkasse", c.args[i]...)
}

// kill ends a process without warning.
func (c *cluster) kill(i int) {
	c.t.Helper()
	if err := c.processes[i].Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	<-c.processes[i].exited
}

// homes returns at which processes, counted from 0, each session is that has calls.
func (c *cluster) homes() map[string][]int {
	c.t.Helper()
	homes := map[string][]int{}
	for i, p := range c.processes {
		var list struct {
			Sessions []struct {
				Name  string
				Calls int
			}
		}
		if err := c.get(p.url+"/_sandkasse/sessions", &list); err != nil {
			c.t.Fatal(err)
		}
		for _, s := range list.Sessions {
			if s.Calls > 0 {
				homes[s.Name] = append(homes[s.Name], i)
			}
		}
	}
	return homes
}

func (c *cluster) get(address string, answer any) error {
	return balanced(http.DefaultClient, "GET", address, nil, nil, answer)
}

// balanced makes a call, and decodes its answer unless it is a text.
func balanced(client *http.Client, method, address string, header http.Header, body []byte, answer any) error {
	request, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	switch text, isText := answer.(*string); {
	case err != nil:
		return err
	case response.StatusCode >= 300:
		return fmt.Errorf("%s %s: %s: %s", method, address, response.Status, content)
	case isText:
		*text = string(content)
		return nil
	case answer == nil:
		return nil
	}
	return json.Unmarshal(content, answer)
}

// suite is a client that uses one session.
type suite struct {
	name   string
	client *http.Client
	bsu    string      // base address of the API bsu
	admin  string      // base address of control operations
	header http.Header // of all calls
	key    string      // of its delivery
	answer string      // to it
}

// newSuite returns the client number n. The even ones name their session in the header, the odd ones
// in the address.
func (c *cluster) newSuite(n int) *suite {
	s := &suite{
		name: fmt.Sprintf("suite-%d", n), client: http.DefaultClient, key: uuid.NewString(), header: http.Header{},
		admin: "http://" + c.balancer,
	}
	if n%2 == 0 {
		s.header.Set("Sandkasse-Session", s.name)
	} else {
		s.admin += "/_session/" + s.name
	}
	s.bsu = s.admin + "/innrapporteringbsu"
	return s
}

func (s *suite) deliver(document []byte, token string, answer *string) error {
	header := s.header.Clone()
	header.Set("Authorization", "Bearer "+token)
	header.Set("Content-Type", "application/json")
	header["idempotencyKey"] = []string{s.key}
	return balanced(s.client, "POST", s.bsu+"/v1/2023", header, document, answer)
}

// calls returns how many calls the session has that a query selects.
func (s *suite) calls(query string) (int, error) {
	var list struct{ Calls []struct{ Number int } }
	err := balanced(http.DefaultClient, "GET", s.admin+"/_sandkasse/calls?"+query, s.header, nil, &list)
	return len(list.Calls), err
}

// work delivers, has the answer to the same delivery lost, sends it again, and checks that the
// session saw exactly that.
func (s *suite) work(document []byte, token string) error {
	if err := s.deliver(document, token, &s.answer); err != nil {
		return err
	}
	err := balanced(http.DefaultClient, "POST", s.admin+"/_sandkasse/plays", s.header,
		[]byte(`{"scenario": "lost-answer"}`), nil)
	if err != nil {
		return err
	}
	var again string
	if err := s.deliver(document, token, &again); !isTorn(err) {
		return fmt.Errorf("%s: the answer was not lost: %q, %w", s.name, again, err)
	}
	if err := s.deliver(document, token, &again); err != nil || again != s.answer {
		return fmt.Errorf("%s: the delivery is answered %q, then %q: %w", s.name, s.answer, again, err)
	}
	if n, err := s.calls("api=bsu&method=POST"); err != nil || n != 3 {
		return fmt.Errorf("%s: %d calls, want 3: %w", s.name, n, err)
	}
	return nil
}

// isTorn reports whether a call got no answer, though there was a connection.
func isTorn(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// each does something for all suites, some at a time, and reports its errors.
func each(t *testing.T, suites []*suite, do func(s *suite) error) {
	t.Helper()
	var group errgroup.Group
	group.SetLimit(8)
	for _, s := range suites {
		group.Go(func() error {
			if err := do(s); err != nil {
				t.Error(err)
			}
			return nil
		})
	}
	group.Wait()
}

// wholeSuites has a hundred suites work at once through the load balancer, and checks that each of
// their sessions is at one process, and that each process has some. It returns where they are.
func (c *cluster) wholeSuites(suites []*suite) map[string][]int {
	c.t.Helper()
	token := tokenFor(c.t)
	each(c.t, suites, func(s *suite) error { return s.work(example(c.t), token) })
	homes, counts := c.homes(), [3]int{}
	for _, s := range suites {
		if at := homes[s.name]; len(at) == 1 {
			counts[at[0]]++
		} else {
			c.t.Errorf("%s is at the processes %v, want one", s.name, at)
		}
	}
	for i, n := range counts {
		if n < len(suites)/10 {
			c.t.Errorf("process %d has %d of %d sessions", i, n, len(suites))
		}
	}
	if c.t.Failed() {
		c.t.FailNow()
	}
	return homes
}

// killOne kills a process, checks that its sessions are gone and all others whole, and starts it
// again. A client whose connection is not cut by that is answered with a text.
func (c *cluster) killOne(suites []*suite, homes map[string][]int, text string) {
	c.t.Helper()
	const killed = 1
	c.kill(killed)
	var explained atomic.Int64
	token := tokenFor(c.t)
	each(c.t, suites, func(s *suite) error {
		var again string
		err := s.deliver(example(c.t), token, &again)
		switch gone := homes[s.name][0] == killed; {
		case gone && err != nil:
			if strings.Contains(err.Error(), text) {
				explained.Add(1)
			}
		case gone:
			return fmt.Errorf("%s was at the process that was killed, and is answered %q, %w", s.name, again, err)
		case !gone && (err != nil || again != s.answer):
			return fmt.Errorf("%s was elsewhere, and is answered %q, want %q: %w", s.name, again, s.answer, err)
		}
		return nil
	})
	if explained.Load() == 0 {
		c.t.Errorf("no client is answered %q", text)
	}
	c.start(killed)
	each(c.t, suites, func(s *suite) error {
		var again string
		if err := s.deliver(example(c.t), token, &again); err != nil || again != s.answer {
			return fmt.Errorf("%s is answered %q after the restart, want %q: %w", s.name, again, s.answer, err)
		}
		return nil
	})
}

// runNginx returns the command for nginx with a configuration of the context http.
func runNginx(t *testing.T) func(dir, configuration string) []string {
	return func(dir, configuration string) []string {
		user := ""
		if os.Geteuid() == 0 {
			user = "user root;\n" // its workers write into the folder of the test
		}
		paths := ""
		for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			paths += fmt.Sprintf("%s_temp_path %s;\n", name, filepath.Join(dir, name))
		}
		file := filepath.Join(dir, "nginx.conf")
		text := user + "daemon off;\nerror_log stderr;\npid " + filepath.Join(dir, "pid") + ";\nevents {}\nhttp {\n" +
			"access_log off;\n" + paths + configuration + "}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{"nginx", "-p", dir, "-c", file}
	}
}

// TestNginx: of a hundred sessions behind nginx each stays whole, whichever way it is named and
// though their answers are lost. One process that is killed takes only its own with it, and has them
// again when it is back.
func TestNginx(t *testing.T) {
	t.Parallel()
	c := startCluster(t, scaleOut(t, "nginx", "upstream"), runNginx(t))
	suites := make([]*suite, 100)
	for i := range suites {
		suites[i] = c.newSuite(i)
	}
	homes := c.wholeSuites(suites)

	for _, s := range suites[:20] { // each way leads to the same session
		for _, address := range []string{
			"http://" + c.balancer + "/_session/" + s.name + "/_sandkasse/calls?api=bsu",
			"http://" + c.balancer + "/_scenario/slow;ms=1/_session/" + s.name + "/_sandkasse/calls?api=bsu",
		} {
			var list struct{ Calls []struct{ Number int } }
			if err := c.get(address, &list); err != nil || len(list.Calls) != 3 {
				t.Errorf("%s: %d calls, %v", address, len(list.Calls), err)
			}
		}
		var metadata struct{ Issuer string }
		issuer := "/_session/" + s.name + "/maskinporten/"
		address := "http://" + c.balancer + "/.well-known/oauth-authorization-server" + issuer
		want := "http://" + c.balancer + issuer
		if err := c.get(address, &metadata); err != nil || metadata.Issuer != want {
			t.Errorf("the issuer is %q, want %q: %v", metadata.Issuer, want, err)
		}
	}
	for name, at := range c.homes() {
		if len(at) != 1 {
			t.Errorf("%s is at the processes %v", name, at)
		}
	}

	c.killOne(suites, homes, "The Sandkasse that has this session does not run.")
	address := "http://" + c.balancer + "/_session/suite-3/_sandkasse/sessions/suite-3"
	if err := balanced(http.DefaultClient, "DELETE", address, nil, nil, nil); err != nil {
		t.Errorf("the session is not removed: %v", err)
	}
	if at := c.homes()["suite-3"]; at != nil {
		t.Errorf("the session that was removed is at %v", at)
	}
	if err := c.proxied(t, "suite-1", nil).work(example(t), tokenFor(t)); err == nil {
		t.Error("nginx serves CONNECT; the document says that it refuses it")
	}
}

// proxied returns a client that calls a production address through the load balancer as a proxy, with
// its session as the user name, and trusts a CA.
func (c *cluster) proxied(t *testing.T, name string, roots *x509.CertPool) *suite {
	transport := &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: c.balancer, User: url.UserPassword(name, "x")}),
		TLSClientConfig: &tls.Config{RootCAs: roots},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &suite{
		name: name, client: &http.Client{Transport: transport}, key: uuid.NewString(), header: http.Header{},
		bsu:   "https://innrapporteringbsu.api.skatteetaten-test.no",
		admin: "http://" + c.balancer + "/_session/" + name,
	}
}

// TestHAProxy: behind HAProxy, a session stays whole also where the user name of the proxy names it.
func TestHAProxy(t *testing.T) {
	t.Parallel()
	ca := filepath.Join(t.TempDir(), "ca")
	if output, err := exec.Command("sandkasse", "ca", "--new", ca).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	pem, err := os.ReadFile(filepath.Join(ca, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	c := startCluster(t, scaleOut(t, "haproxy", "backend"), func(dir, configuration string) []string {
		file := filepath.Join(dir, "haproxy.cfg")
		if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{"haproxy", "-db", "-f", file}
	}, "--ca-cert", filepath.Join(ca, "ca.pem"), "--ca-key", filepath.Join(ca, "ca-key.pem"))
	suites := make([]*suite, 60)
	for i := range suites {
		if suites[i] = c.newSuite(i); i%3 == 0 {
			suites[i] = c.proxied(t, suites[i].name, roots)
		}
	}
	homes := c.wholeSuites(suites)
	for _, s := range suites[:10] { // a scenario in the user name leads to the same session
		name := c.proxied(t, s.name+"+GLD_001", roots)
		var answer string
		name.key = s.key
		err := name.deliver(example(t), tokenFor(t), &answer)
		if err == nil || !strings.Contains(err.Error(), "GLD_001") {
			t.Errorf("%s+GLD_001 is answered %q, %v", s.name, answer, err)
		}
	}
	for name, at := range c.homes() {
		if len(at) != 1 || homes[name] == nil {
			t.Errorf("%s is at the processes %v", name, at)
		}
	}
	c.killOne(suites, homes, "503 Service Unavailable")
}

// TestIngress: the annotations of the document's Ingress keep sessions whole, in the places of the
// configuration of nginx where the controller puts them.
func TestIngress(t *testing.T) {
	t.Parallel()
	var ingress struct {
		Metadata struct{ Annotations map[string]string }
	}
	if err := yaml.Unmarshal([]byte(scaleOut(t, "yaml", "kind: Ingress")), &ingress); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	annotation := func(name string) string {
		t.Helper()
		name = "nginx.org/" + name
		used[name] = true
		text := ingress.Metadata.Annotations[name]
		if text == "" {
			t.Errorf("the Ingress has no annotation %s", name)
		}
		return text
	}
	maps, _, _ := strings.Cut(scaleOut(t, "nginx", "upstream"), "\nupstream")
	configuration := maps + "\nupstream sandkasse {\n" + annotation("lb-method") + ";\n"
	maxFails := annotation("max-fails")
	for _, port := range documentedPorts[1:] {
		configuration += "server 127.0.0.1:" + port + " max_fails=" + maxFails + ";\n"
	}
	buffering := map[string]string{"false": "off", "true": "on"}[annotation("proxy-buffering")]
	configuration += "}\nserver {\nlisten 127.0.0.1:8080;\n" + annotation("server-snippets") +
		"location / {\nproxy_http_version 1.1;\nproxy_set_header Host $host;\n" +
		"client_max_body_size " + annotation("client-max-body-size") + ";\nproxy_buffering " + buffering +
		";\nproxy_read_timeout " + annotation("proxy-read-timeout") + ";\n" + annotation("location-snippets") +
		"proxy_pass http://sandkasse;\n}\n}\n"
	for name := range ingress.Metadata.Annotations {
		if !used[name] {
			t.Errorf("the test does not use the annotation %s", name)
		}
	}
	c := startCluster(t, configuration, runNginx(t))
	suites := make([]*suite, 40)
	for i := range suites {
		suites[i] = c.newSuite(i)
	}
	c.killOne(suites, c.wholeSuites(suites), "The Sandkasse that has this session does not run.")
}

// TestEnvoyKeys: the routes of the document's Envoy take the session out of a call. Envoy is not
// there to be run; this reads its routes as it does: the first that matches decides, its regular
// expressions are RE2 as Go's are and match a path as a whole, and without a query.
func TestEnvoyKeys(t *testing.T) {
	t.Parallel()
	type match struct {
		Prefix    string
		SafeRegex struct{ Regex string } `yaml:"safe_regex"`
		Headers   []struct{ Name string }
	}
	type policy struct {
		Header struct {
			HeaderName   string `yaml:"header_name"`
			RegexRewrite struct {
				Pattern      struct{ Regex string }
				Substitution string
			} `yaml:"regex_rewrite"`
		}
	}
	type route struct {
		Match match
		Route struct {
			HashPolicy []policy `yaml:"hash_policy"`
		}
	}
	_, text, _ := strings.Cut(scaleOut(t, "yaml", "static_resources"), "                      routes:\n")
	text, _, _ = strings.Cut(text, "  clusters:")
	var routes []route
	if err := yaml.Unmarshal([]byte(text), &routes); err != nil || len(routes) != 3 {
		t.Fatalf("%d routes: %v", len(routes), err)
	}
	key := func(path, session string) string {
		headers := map[string]string{":path": path, "Sandkasse-Session": session}
		withoutQuery, _, _ := strings.Cut(path, "?")
		for _, r := range routes {
			whole := regexp.MustCompile("^(?:" + r.Match.SafeRegex.Regex + ")$")
			if !strings.HasPrefix(path, r.Match.Prefix) ||
				r.Match.SafeRegex.Regex != "" && !whole.MatchString(withoutQuery) ||
				len(r.Match.Headers) > 0 && headers[r.Match.Headers[0].Name] == "" {
				continue
			}
			h := r.Route.HashPolicy[0].Header
			if h.RegexRewrite.Pattern.Regex == "" {
				return headers[h.HeaderName]
			}
			return regexp.MustCompile(h.RegexRewrite.Pattern.Regex).ReplaceAllString(headers[h.HeaderName],
				strings.ReplaceAll(h.RegexRewrite.Substitution, `\1`, "${1}"))
		}
		return "no route"
	}
	for _, c := range []struct{ path, header, want string }{
		{"/innrapporteringbsu/v1/2023", "", "default"},
		{"/", "", "default"},
		{"/_sandkasse/calls?api=/_session/b/", "", "default"},
		{"/innrapporteringbsu/v1/2023", "suite-1", "suite-1"},
		{"/_session/suite-1/innrapporteringbsu/v1/2023", "", "suite-1"},
		{"/_session/suite-1/innrapporteringbsu/v1/2023", "suite-1", "suite-1"},
		{"/_session/suite-1", "", "suite-1"},
		{"/_session/suite-1?x=/_session/b/", "", "suite-1"},
		{"/_scenario/slow;ms=1/_scenario/GLD_001/_session/suite-1/innrapporteringbsu/v1/2023?a=b", "", "suite-1"},
		{"/_session/suite-1/_scenario/slow/_sandkasse/calls", "", "suite-1"},
		{"/.well-known/oauth-authorization-server/_session/suite-1/maskinporten/", "", "suite-1"},
	} {
		if got := key(c.path, c.header); got != c.want {
			t.Errorf("%s with %q: %q, want %q", c.path, c.header, got, c.want)
		}
	}
}
