package compare

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// pair is a header in a HAR.
type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// entry is a call in a HAR, as a proxy writes it.
type entry struct {
	Started  string           `json:"startedDateTime"`
	Request  recordedRequest  `json:"request"`
	Response recordedResponse `json:"response"`
}

type recordedRequest struct {
	Method   string    `json:"method"`
	URL      string    `json:"url"`
	Headers  []pair    `json:"headers"`
	PostData *postData `json:"postData,omitempty"`
	BodySize int       `json:"bodySize"`
}

type postData struct {
	MIMEType string `json:"mimeType"`
	Text     string `json:"text"`
}

type recordedResponse struct {
	Status  int     `json:"status"`
	Headers []pair  `json:"headers"`
	Content content `json:"content"`
}

type content struct {
	Size     int    `json:"size"`
	MIMEType string `json:"mimeType"`
	Text     string `json:"text"`
}

// recorder records the calls that pass through it, as a proxy does. The Sandkasse headers are left out, as the real
// APIs have none.
type recorder struct {
	through http.RoundTripper
	clock   func() time.Time

	mutex   sync.Mutex
	entries []entry
}

func (r *recorder) RoundTrip(call *http.Request) (*http.Response, error) {
	var sent []byte
	if call.Body != nil {
		var err error
		if sent, err = io.ReadAll(call.Body); err != nil {
			return nil, err
		}
		call = call.Clone(call.Context())
		call.Body = io.NopCloser(bytes.NewReader(sent))
	}
	answer, err := r.through.RoundTrip(call)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(got))
	e := entry{
		Started: r.clock().UTC().Format(time.RFC3339Nano),
		Request: recordedRequest{
			Method: call.Method, URL: call.URL.String(), Headers: pairs(call.Header), BodySize: len(sent),
		},
		Response: recordedResponse{
			Status: answer.StatusCode, Headers: pairs(answer.Header),
			Content: content{len(got), answer.Header.Get("Content-Type"), string(got)},
		},
	}
	if len(sent) > 0 {
		e.Request.PostData = &postData{call.Header.Get("Content-Type"), string(sent)}
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.entries = append(r.entries, e)
	return answer, nil
}

func pairs(header http.Header) []pair {
	list := []pair{}
	for name, values := range header {
		for _, value := range values {
			if name != "Sandkasse-Call" && name != "Sandkasse-Feil" && name != "Sandkasse-Played" {
				list = append(list, pair{name, value})
			}
		}
	}
	return list
}

// harFile returns a HAR of entries.
func harFile(t testing.TB, entries []entry) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"log": map[string]any{
		"version": "1.2", "creator": pair{Name: "recorder", Value: "1"}, "entries": entries,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
