package mock

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/compare"
	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/journal"
)

// CompareRecording replays a recording of the real APIs on a fresh sandbox in memory, each call at its recorded time,
// and compares the answers. The recording is a HAR file, as a proxy, a browser or an HTTP tool writes it. Tokens are
// not judged; nothing is stored, and nothing is sent anywhere. The error is an *ArgumentError where the recording
// cannot be used, or that of the context.
func (c *Catalog) CompareRecording(ctx context.Context, file string, har []byte) (*Comparison, error) {
	if len(har) > MaxRecording {
		return nil, argument(fmt.Errorf("%s is larger than %d MiB, the most that is read", file, MaxRecording>>20))
	}
	recording, err := compare.Read(har, placesOf(c.known).Locate)
	if err != nil {
		return nil, argument(fmt.Errorf("%s cannot be compared: %w", file, err))
	}
	if len(recording.Calls) == 0 {
		return nil, argument(fmt.Errorf("%s %w%s", file, errNothingToCompare, leftOutText(recording)))
	}
	if recording.Calls[0].Time.IsZero() {
		return nil, argument(fmt.Errorf("%s cannot be compared: no call says when it was made; "+
			"startedDateTime must be a time such as 2026-01-15T12:00:00.000Z", file))
	}
	r := newReplay(c.known, &recording)
	r.server, err = newServer(c.known, nil, Options{
		Auth: Off, Clock: func() time.Time { return *r.now.Load() }, TLS: TLSOptions{Off: true},
	}, func() time.Duration { return time.Duration(r.delay.Load()) })
	if err != nil {
		return nil, err
	}
	for i := range recording.Calls {
		if err := ctx.Err(); err != nil {
			return nil, errors.Join(err, r.server.Close())
		}
		r.call(ctx, &recording.Calls[i])
	}
	return r.comparison(recording), r.server.Close()
}

// placesOf returns where the APIs of a catalogue are.
func placesOf(known *catalog.Catalog) compare.Places {
	places := compare.Places{Labels: map[string]string{}}
	for _, api := range known.APIs {
		places.Labels[strings.ToLower(api.Label)] = api.Name
		for _, host := range api.Hosts {
			places.Hosts = append(places.Hosts, compare.Host{
				Name: host.Name, Path: strings.ToLower(host.Path), API: api.Name,
			})
		}
	}
	return places
}

// leftOutText says which calls a recording without any to an imitated API has.
func leftOutText(recording compare.Recording) string {
	var parts []string
	for _, left := range recording.LeftOut {
		parts = append(parts, fmt.Sprintf("%d %s", left.Count, left.Reason))
	}
	if len(parts) == 0 {
		return ""
	}
	return "; its calls are: " + strings.Join(parts, ", ")
}

// replay replays the calls of a recording. It is used by one goroutine.
type replay struct {
	known    *catalog.Catalog
	server   *Server
	ids      *compare.Identifiers
	progress *compare.Progress
	began    time.Time
	now      atomic.Pointer[time.Time] // of the server
	delay    atomic.Int64              // of the feedback on a delivery in the call, in nanoseconds
	work     int                       // bytes of answers that were compared
	callers  map[string]string         // whom calls with masked tokens are made by, as far as is known, by API

	found      foldedDifferences
	left       foldedReasons
	operations map[ComparedOperation]int // without their Count
}

// newReplay returns the replay of a recording that has calls.
func newReplay(known *catalog.Catalog, recording *compare.Recording) *replay {
	r := &replay{
		known: known, progress: compare.NewProgress(), began: recording.Calls[0].Time,
		operations: map[ComparedOperation]int{}, callers: map[string]string{},
	}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		if call.Time.Before(r.began) {
			r.began = call.Time
		}
		answer, _ := call.Answer()
		r.progress.See(call, answer)
	}
	r.ids = compare.NewIdentifiers(r.began)
	r.ids.Own = localBase
	r.now.Store(&r.began)
	return r
}

const (
	// maxWork limits the bytes of answers that one comparison looks at.
	maxWork = 1 << 30
	// callTimeout limits the real time of one call.
	callTimeout = 30 * time.Second
)

// call replays a call and compares the answers.
func (r *replay) call(ctx context.Context, call *compare.Call) {
	answer, answerLacks := call.Answer()
	if call.Played != "" {
		r.left.add(compare.IsPlayed, describeCall(call))
		if !call.CarriedOut {
			return
		}
	}
	lost := func(reason string) {
		if call.Played == "" {
			r.left.add(reason, describeCall(call))
		}
		if call.Method != http.MethodGet && call.Method != http.MethodHead {
			r.ids.Taint(call.Number, call.URL.Path, string(answer))
		}
	}
	body, lacks := call.Request()
	strict, tokenLacks := r.judges(call)
	switch {
	case lacks != "":
		lost("the body of the request " + lacks)
		return
	case r.ids.TaintedBy(call.URL.Path+"?"+call.URL.RawQuery+" "+string(body)) != 0:
		lost("it builds on a call that went otherwise here, or could not be repeated")
		return
	case tokenLacks != "":
		lost(tokenLacks)
		return
	case r.work > maxWork:
		lost("the recording has too much to compare; compare fewer calls at a time")
		return
	}
	r.now.Store(&call.Time)
	r.delay.Store(int64(r.progress.Delay(answer)))
	r.actForPeople(ctx, call, string(body), string(answer))
	w, entry := r.send(ctx, call, body, strict)
	r.ids.NoteMasked(string(body), string(answer))
	r.work += len(answer) + w.body.Len()
	if call.Played != "" {
		r.learnPlayed(call, w, answer)
		return
	}
	route := entry.Route
	switch {
	case w.failed:
		lost("Sandkasse failed on it")
		return
	case entry.API == "", route == "" && !call.IsReal() && !call.IsSandkasses() && isPage(call.AnswerHeader):
		r.left.add("to no imitated API", describeCall(call))
		return
	case w.status == http.StatusNotImplemented && w.header.Get("Sandkasse-Feil") != "" && !call.IsSandkasses():
		lost("Sandkasse does not imitate the operation")
		return
	}
	isGood, oursIsGood := call.Status < 400, w.status < 400
	if isGood && !oursIsGood && (r.ids.Unknown(call.URL.Path) ||
		w.status == http.StatusNotFound && r.ids.Unknown(string(body))) {
		lost("it names what no earlier call of the recording gave out")
		return
	}
	if answerLacks != "" {
		r.left.add("the body of the answer "+answerLacks+" (its status and headers are compared)", describeCall(call))
	}
	if isGood != oursIsGood && call.Method != http.MethodGet && call.Method != http.MethodHead {
		r.ids.Taint(call.Number, call.URL.Path, string(answer))
	}
	found, older := r.ids.Answers(
		compare.Answer{
			Status: call.Status, Header: call.AnswerHeader, HasHeader: call.HasHeader, Body: answer,
			HasBody: answerLacks == "",
		},
		compare.Answer{Status: w.status, Header: w.header, HasHeader: true, Body: w.body.Bytes(), HasBody: true},
		compare.Options{Began: r.began},
	)
	if older > 0 {
		r.left.add("elements of its lists are older than the recording", describeCall(call))
	}
	operation := strings.TrimSpace(shown(call.Method) + " " + route)
	r.operations[ComparedOperation{API: entry.API, Operation: operation}]++
	if isMasked := strings.Contains(call.Header.Get("Authorization"), "***"); isMasked && strict {
		found = slices.DeleteFunc(found, func(f compare.Finding) bool { // what was wrong with the token is not known
			return f.Kind == compare.Melding
		})
	}
	found = r.withoutMasked(call, found)
	for _, f := range found {
		r.found.add(r.difference(f, call, entry, operation), describeCall(call))
	}
}

// send makes the call to the server, and returns its answer with what the journal has of it.
func (r *replay) send(ctx context.Context, call *compare.Call, body []byte, strict bool) (*recorder, journal.Entry) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	at, header, sent := r.ids.Request(call, body)
	r.replaceToken(call, header, string(body), strict)
	if played := r.changesOfWork(call.Played); played != "" {
		header.Set(address.ScenarioHeader, played)
	}
	request := (&http.Request{
		Method: call.Method, URL: at, Host: at.Host, Header: header, Body: io.NopCloser(bytes.NewReader(sent)),
		ContentLength: int64(len(sent)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		RequestURI: at.RequestURI(),
	}).WithContext(ctx)
	if at.Scheme == "https" {
		request.TLS = &tls.ConnectionState{HandshakeComplete: true} // which addresses in the answer follow
	}
	w := &recorder{header: http.Header{}}
	var entry journal.Entry
	func() {
		defer func() { w.failed = recover() != nil }()
		entry = r.server.backend.Replay(w, request, strict)
	}()
	return w, entry
}

// isPage reports whether an answer is a page for people.
func isPage(header http.Header) bool {
	return strings.HasPrefix(strings.ToLower(header.Get("Content-Type")), "text/html")
}

// withoutMasked returns what differs without what depends on identity numbers that are masked in the recording: the
// feedback on a delivery with such numbers says something else of their synthetic ones.
func (r *replay) withoutMasked(call *compare.Call, found []compare.Finding) []compare.Finding {
	if !r.ids.IsMasked(call.URL.Path) {
		return found
	}
	all := len(found)
	found = slices.DeleteFunc(found, func(f compare.Finding) bool {
		place := strings.ToLower(f.Place)
		return strings.Contains(place, "avvik") || strings.Contains(place, "oppgaveoppsummering") ||
			strings.Contains(place, "leveransestatus")
	})
	if len(found) < all {
		r.left.add("what it says of identity numbers, which are masked in the recording", describeCall(call))
	}
	return found
}

// describeCall returns the number, method, path and time of a call.
func describeCall(call *compare.Call) string {
	return fmt.Sprintf("call %d, %s %s at %s", call.Number, shown(call.Method), shown(call.URL.EscapedPath()),
		call.Time.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// maxText limits the characters of a text that a comparison shows.
const maxText = 300

// shown returns a text of a recording as it may be shown: without secrets and identity numbers, and not too long.
func shown(text string) string {
	const masked = 4 * maxText // more cannot be seen of it
	text = journal.Mask(excerpt.Truncate(text, masked, ""))
	text = spacedNumber.ReplaceAllString(text, "$1*****")
	return excerpt.Fit(bearer.ReplaceAllString(text, "$1***"), maxText)
}

// spacedNumber matches an identity number as people write it, with the date of birth by itself.
var spacedNumber = regexp.MustCompile(`\b([0-9]{6}[ .-])[0-9]{5}\b`)

// bearer matches a token of any form in a sentence.
var bearer = regexp.MustCompile(`((?i:\bbearer) +)[A-Za-z0-9._~+/-]{16,}=*`)

// difference returns a finding as it is shown.
func (r *replay) difference(f compare.Finding, call *compare.Call, entry journal.Entry, operation string) Difference {
	d := Difference{
		Kind: string(f.Kind), API: entry.API, Operation: operation, Place: shown(f.Place), Theirs: shown(f.Theirs),
		Ours: shown(f.Ours),
	}
	family := ""
	if api := r.known.ByName(entry.API); api != nil {
		family = api.Family
	}
	d.Choice = compare.ChoiceOf(f, compare.Context{
		API: entry.API, Family: family, Method: call.Method, Status: entry.Status, Code: entry.Code,
		Specification: entry.Specification, StoppedBy: entry.StoppedBy,
	})
	if slices.Contains([]compare.Kind{compare.Status, compare.Code, compare.Specification, compare.Sti}, f.Kind) {
		d.Why = shown(entry.Why)
	}
	return d
}

// comparison returns what was found.
func (r *replay) comparison(recording compare.Recording) *Comparison {
	result := &Comparison{
		Operations: []ComparedOperation{}, Differences: r.found.list, NotCompared: []NotCompared{},
	}
	for operation, count := range r.operations {
		operation.Count = count
		result.Compared += count
		result.Operations = append(result.Operations, operation)
	}
	slices.SortFunc(result.Operations, func(a, b ComparedOperation) int {
		_, path, _ := strings.Cut(a.Operation, " ")
		_, other, _ := strings.Cut(b.Operation, " ")
		return cmp.Or(cmp.Compare(a.API, b.API), cmp.Compare(path, other), cmp.Compare(a.Operation, b.Operation))
	})
	if result.Differences == nil {
		result.Differences = []Difference{}
	}
	if r.found.more > 0 {
		result.NotCompared = append(result.NotCompared, NotCompared{
			Reason: "there are more differences than can be told", Count: r.found.more,
		})
	}
	result.NotCompared = append(result.NotCompared, r.left.list...)
	for _, left := range recording.LeftOut {
		one := NotCompared{Reason: left.Reason, Count: left.Count}
		for _, number := range left.First {
			one.First = append(one.First, fmt.Sprintf("call %d", number))
		}
		result.NotCompared = append(result.NotCompared, one)
	}
	return result
}

// recorder keeps the answer to a call.
type recorder struct {
	header  http.Header
	status  int
	body    bytes.Buffer
	failed  bool
	started bool
}

// Header returns the header of the answer.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader keeps the status, the first time.
func (w *recorder) WriteHeader(status int) {
	if !w.started {
		w.status, w.started = status, true
	}
}

// Write keeps bytes of the body.
func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}
