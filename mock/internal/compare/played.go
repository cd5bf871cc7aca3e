package compare

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// IsPlayed is the reason why a call is not compared in which a scenario was played.
const IsPlayed = "in which a scenario of Sandkasse was played"

// inPlaceOfSuccess is the comment of Sandkasse's own recordings on a call that went well, and whose answer a scenario
// lost or replaced.
var inPlaceOfSuccess = regexp.MustCompile(`^a scenario [^;]* in place of [23][0-9][0-9](;|$)`)

// isCarriedOut reports whether a call with this answer, and this comment of Sandkasse's own recordings, had its effect.
func isCarriedOut(status int, comment string) bool {
	isGood := status > 0 && status < http.StatusBadRequest
	return isGood && !strings.HasPrefix(comment, "a scenario asked") || inPlaceOfSuccess.MatchString(comment)
}

// withoutScenarios notes the scenarios of a call, and returns its address without them.
func (c *Call) withoutScenarios(at *url.URL) *url.URL {
	const inPath = "_scenario"
	segments := strings.Split(at.EscapedPath(), "/")
	asks := slices.Contains(segments, inPath) || c.Header.Get("Sandkasse-Scenario") != ""
	c.Played = strings.Join(c.AnswerHeader.Values("Sandkasse-Played"), ", ")
	if asks && c.Played == "" {
		c.Played = "?"
	}
	if !asks {
		return at
	}
	c.Header.Del("Sandkasse-Scenario")
	for n := slices.Index(segments, inPath); n >= 0; n = slices.Index(segments, inPath) {
		segments = slices.Delete(segments, n, min(n+2, len(segments)))
	}
	plain := *at
	plain.RawPath = "/" + strings.TrimPrefix(strings.Join(segments, "/"), "/")
	if path, err := url.PathUnescape(plain.RawPath); err == nil {
		plain.Path = path
	}
	return &plain
}

// leaveOutPlayed leaves out the calls of a recording that has no other calls than those in which scenarios were played.
func (r *Recording) leaveOutPlayed() {
	isOther := func(c Call) bool { return c.Played == "" }
	if len(r.Calls) == 0 || slices.ContainsFunc(r.Calls, isOther) {
		return
	}
	left := LeftOut{Reason: IsPlayed, Count: len(r.Calls)}
	for _, call := range r.Calls[:min(len(r.Calls), MaxShown)] {
		left.First = append(left.First, call.Number)
	}
	r.Calls, r.LeftOut = nil, append(r.LeftOut, left)
}
