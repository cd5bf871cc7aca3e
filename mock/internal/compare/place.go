package compare

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Places says where the APIs are that a recording may have calls to.
type Places struct {
	Hosts  []Host
	Labels map[string]string // names of APIs by the first segment of their paths in Sandkasse, in lower case
}

// Host is a host of a real API, in lower case. Below Path everything belongs to the API.
type Host struct{ Name, Path, API string }

// Reasons to leave out a call.
const (
	notOurs     = "to no imitated API"
	isControl   = "to Sandkasse's own API"
	isToken     = "for a token, which is signed for the real one and counts once"
	isPreflight = "a browser's question before its call (CORS)"
	noAnswer    = "without an answer"
)

// Locate sets the API of a call, and returns the address at which Sandkasse has what the call is for,
// or the reason to leave it out. A call to an unknown host is one to Sandkasse, perhaps behind a
// reverse proxy, where its path has the label of an API, and one to Kobo where it has Kobo's header:
// of Kobo no host is known (K791).
func (p Places) Locate(c *Call) (*url.URL, string) {
	at, path, ok := p.find(c)
	switch {
	case strings.Contains(c.URL.Path+"/", "/_sandkasse/"):
		return nil, isControl
	case !ok:
		return nil, notOurs
	case c.Status == 0:
		return nil, noAnswer
	case c.Method == http.MethodOptions && c.Header.Get("Access-Control-Request-Method") != "":
		return nil, isPreflight
	case c.API == maskinporten && strings.TrimSuffix(path, "/") == "/token",
		c.API == "authentication" && strings.Contains(path, "/exchange/"):
		return nil, isToken
	}
	return c.withoutScenarios(at), ""
}

// find returns the address of a call in Sandkasse, and its path below that of the API.
func (p Places) find(c *Call) (at *url.URL, path string, ok bool) {
	for _, host := range p.Hosts {
		if !strings.EqualFold(c.URL.Hostname(), host.Name) {
			continue
		}
		rest, below := strings.CutPrefix(strings.ToLower(c.URL.Path), host.Path)
		if below && (host.Path == "" || rest == "" || rest[0] == '/') {
			c.API, c.real = host.API, true
			return c.URL, c.URL.Path[len(host.Path):], true
		}
		c.real = true
	}
	if c.real {
		return nil, "", false
	}
	segments := strings.Split(strings.TrimPrefix(c.URL.EscapedPath(), "/"), "/")
	label := slices.IndexFunc(segments, func(s string) bool { return p.Labels[strings.ToLower(s)] != "" })
	first := label
	for first >= 2 && (segments[first-2] == "_session" || segments[first-2] == "_scenario") {
		first -= 2
	}
	switch api, isHost := p.Labels[firstLabel(c.URL.Hostname())]; {
	case label >= 0:
		c.API = p.Labels[strings.ToLower(segments[label])]
		return c.moved("/"+strings.Join(segments[:first], "/"), "", strings.Join(segments[first:], "/")),
			"/" + strings.Join(segments[label+1:], "/"), true
	case isHost:
		c.API = api
		return c.URL, c.URL.Path, true
	case c.Header.Get("X-Kobo-Systemid") != "":
		home := slices.IndexFunc(segments, func(s string) bool {
			return strings.EqualFold(s, "kobobolig") || strings.EqualFold(s, "fdvusystem")
		})
		if home < 0 {
			return nil, "", false
		}
		c.API = "kobo"
		rest := strings.Join(segments[home:], "/")
		return c.moved("/"+strings.Join(segments[:home], "/"), "/kobo", "kobo/"+rest), "/" + rest, true
	}
	return nil, "", false
}

// firstLabel returns the first label of a host's name.
func firstLabel(host string) string {
	label, _, _ := strings.Cut(strings.ToLower(host), ".")
	return label
}

// moved returns the address of the call with another path, and notes that what is below one path is
// below another in Sandkasse.
func (c *Call) moved(theirs, ours, path string) *url.URL {
	at := *c.URL
	at.RawPath = "/" + path
	if plain, err := url.PathUnescape(at.RawPath); err == nil {
		at.Path = plain
	}
	server := c.URL.Scheme + "://" + c.URL.Host
	c.base = base{server + strings.TrimSuffix(theirs, "/"), server + ours}
	return &at
}

// IsReal reports whether the call is to the host of a real API.
func (c *Call) IsReal() bool { return c.real }

// IsSandkasses reports whether Sandkasse itself gave the recorded answer.
func (c *Call) IsSandkasses() bool { return c.AnswerHeader.Get("Sandkasse-Call") != "" }
