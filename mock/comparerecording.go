package mock

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// CompareRecording replays a recording of the real APIs (HAR) on a fresh sandbox in memory, and compares the answers.
// Nothing is stored, and nothing is sent anywhere. The error is an *ArgumentError where the recording cannot be used,
// or that of the context.
func (c *Catalog) CompareRecording(ctx context.Context, file string, har []byte) (*Comparison, error) {
	if len(har) > MaxRecording {
		return nil, argument(fmt.Errorf("%s is larger than %d MiB, the most that is read", file, MaxRecording>>20))
	}
	var recording struct {
		Log struct {
			Entries []struct {
				Started time.Time `json:"startedDateTime"`
				Request struct {
					Method, URL string
					Headers     []struct{ Name, Value string }
					PostData    struct{ Text string }
				}
				Response struct{ Status int }
			}
		}
	}
	if err := json.Unmarshal(bytes.TrimPrefix(har, []byte("\ufeff")), &recording); err != nil {
		return nil, argument(fmt.Errorf("%s is no recording in the form HAR: %w", file, err))
	}
	now := time.Time{}
	server, err := newServer(c.known, nil, Options{
		Auth: Off, Clock: func() time.Time { return now }, TLS: TLSOptions{Off: true},
	})
	if err != nil {
		return nil, err
	}
	defer server.Close()
	found := &Comparison{
		Operations: []ComparedOperation{}, Differences: []Difference{}, NotCompared: []NotCompared{},
	}
	for i, entry := range recording.Log.Entries {
		now = entry.Started
		r, err := http.NewRequestWithContext(ctx, entry.Request.Method, entry.Request.URL,
			strings.NewReader(entry.Request.PostData.Text))
		if err != nil {
			continue
		}
		for _, header := range entry.Request.Headers {
			r.Header.Set(header.Name, header.Value)
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		found.Compared++
		if w.Code != entry.Response.Status {
			found.Differences = append(found.Differences, Difference{
				Kind: "status", Theirs: fmt.Sprint(entry.Response.Status), Ours: fmt.Sprint(w.Code), Count: 1,
				First: []string{fmt.Sprintf("call %d", i+1)},
			})
		}
	}
	if found.Compared == 0 {
		return nil, argument(fmt.Errorf("%s %w", file, errNothingToCompare))
	}
	return found, nil
}
