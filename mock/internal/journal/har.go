package journal

import (
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sandkasse/mock/internal/plainjson"
)

// The parts of a HAR 1.2 log that Sandkasse writes (HTTP Archive format, W3C Web Performance
// Working Group). Unknown values are -1 or empty, as the specification says.
type (
	harEntry struct {
		Started  string      `json:"startedDateTime"`
		Time     float64     `json:"time"` // the sum of the timings
		Request  harRequest  `json:"request"`
		Response harResponse `json:"response"`
		Cache    struct{}    `json:"cache"`
		Timings  harTimings  `json:"timings"`
		Comment  string      `json:"comment,omitempty"`
	}
	harRequest struct {
		Method      string       `json:"method"`
		URL         string       `json:"url"`
		HTTPVersion string       `json:"httpVersion"`
		Cookies     []harCookie  `json:"cookies"`
		Headers     []harPair    `json:"headers"`
		QueryString []harPair    `json:"queryString"`
		PostData    *harPostData `json:"postData,omitempty"`
		HeadersSize int          `json:"headersSize"`
		BodySize    int          `json:"bodySize"`
	}
	harResponse struct {
		Status      int         `json:"status"`
		StatusText  string      `json:"statusText"`
		HTTPVersion string      `json:"httpVersion"`
		Cookies     []harCookie `json:"cookies"`
		Headers     []harPair   `json:"headers"`
		Content     harContent  `json:"content"`
		RedirectURL string      `json:"redirectURL"`
		HeadersSize int         `json:"headersSize"`
		BodySize    int         `json:"bodySize"`
	}
	harPair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	harCookie struct {
		Name     string `json:"name"`
		Value    string `json:"value"`
		Path     string `json:"path,omitempty"`
		Domain   string `json:"domain,omitempty"`
		Expires  string `json:"expires,omitempty"`
		HTTPOnly bool   `json:"httpOnly"`
		Secure   bool   `json:"secure"`
	}
	harPostData struct {
		MIMEType string `json:"mimeType"`
		Text     string `json:"text"`
		Comment  string `json:"comment,omitempty"`
	}
	harContent struct {
		Size     int    `json:"size"`
		MIMEType string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
		Encoding string `json:"encoding,omitempty"`
		Comment  string `json:"comment,omitempty"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
)

// WriteHAR writes calls from a Log as an HTTP archive of version 1.2, which browsers' network
// panels read, in the order given and one by one; version is that of Sandkasse. A comment says
// where a body was cut. All the time of a call counts as wait, since the journal sees only the
// server's side. The error is that of the writer.
func WriteHAR(w io.Writer, calls iter.Seq[Entry], version string) error {
	_, err := fmt.Fprintf(w, `{"log":{"version":"1.2","creator":{"name":"Sandkasse","version":%s},"entries":[`,
		plainjson.MustMarshal(version))
	separator := ""
	for e := range calls {
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s%s", separator, plainjson.MustMarshal(harEntryOf(e)))
		separator = ","
	}
	if err == nil {
		_, err = io.WriteString(w, "]}}")
	}
	return err
}

func harEntryOf(e Entry) harEntry {
	took := e.DurationMs
	if math.IsNaN(took) || math.IsInf(took, 0) || took < 0 { // JSON has none of these, HAR no time below zero
		took = 0
	}
	return harEntry{
		Started: e.Time.UTC().Format(milliseconds), Time: took, Request: harRequestOf(e),
		Response: harResponseOf(e), Timings: harTimings{Wait: took}, Comment: e.Why,
	}
}

func harRequestOf(e Entry) harRequest {
	r := harRequest{
		Method: e.Method, URL: address(e), HTTPVersion: "HTTP/1.1", Cookies: []harCookie{},
		Headers: harHeaders(e.Request.Header), QueryString: harQuery(e.Path), HeadersSize: -1,
		BodySize: e.Request.BodyBytes,
	}
	for _, line := range e.Request.Header["Cookie"] {
		cookies, _ := http.ParseCookie(line) // a line that is no cookie, such as a masked one, has none to show
		r.Cookies = append(r.Cookies, harCookies(cookies)...)
	}
	if e.Request.BodyBytes > 0 {
		text, encoding := harText(e.Request.Body)
		comment := harCut(e.Request)
		if encoding != "" { // postData has no field for it
			comment = strings.TrimPrefix(comment+"; the text is base64, since the body is not UTF-8", "; ")
		}
		r.PostData = &harPostData{MIMEType: e.Request.Header.Get("Content-Type"), Text: text, Comment: comment}
	}
	return r
}

func harResponseOf(e Entry) harResponse {
	text, encoding := harText(e.Answer.Body)
	cookies := (&http.Response{Header: e.Answer.Header}).Cookies()
	contentType := e.Answer.Header.Get("Content-Type")
	if contentType == "" {
		contentType = "x-unknown" // as browsers write it
	}
	return harResponse{
		Status: e.Status, StatusText: http.StatusText(e.Status), HTTPVersion: "HTTP/1.1", Cookies: harCookies(cookies),
		Headers: harHeaders(e.Answer.Header),
		Content: harContent{
			Size: e.Answer.BodyBytes, MIMEType: contentType, Text: text, Encoding: encoding, Comment: harCut(e.Answer),
		},
		RedirectURL: e.Answer.Header.Get("Location"), HeadersSize: -1, BodySize: e.Answer.BodyBytes,
	}
}

// harText returns a body as text where it is valid UTF-8, and else in base64.
func harText(body []byte) (text, encoding string) {
	if utf8.Valid(body) {
		return string(body), ""
	}
	return base64.StdEncoding.EncodeToString(body), "base64"
}

// harCut returns a comment on a body that was cut; "" on a whole one.
func harCut(m Message) string {
	if !m.Cut {
		return ""
	}
	return fmt.Sprintf("cut after %d of %d bytes", len(m.Body), m.BodyBytes)
}

// harHeaders returns a header as pairs, sorted by name.
func harHeaders(header http.Header) []harPair {
	list := []harPair{}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			list = append(list, harPair{name, value})
		}
	}
	return list
}

// harQuery returns the parameters of a path in their order, decoded where they can be.
func harQuery(path string) []harPair {
	list := []harPair{}
	_, query, _ := strings.Cut(path, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		list = append(list, harPair{unescaped(name), unescaped(value)})
	}
	return list
}

// unescaped returns a part of a query decoded, or as it is where it cannot be.
func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

func harCookies(cookies []*http.Cookie) []harCookie {
	list := []harCookie{}
	for _, c := range cookies {
		cookie := harCookie{
			Name: c.Name, Value: c.Value, Path: c.Path, Domain: c.Domain, HTTPOnly: c.HttpOnly,
			Secure: c.Secure,
		}
		if !c.Expires.IsZero() {
			cookie.Expires = c.Expires.UTC().Format(time.RFC3339)
		}
		list = append(list, cookie)
	}
	return list
}
