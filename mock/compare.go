package mock

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sandkasse/mock/internal/apidocument"
)

// MaxRecording is the size of a recording that CompareRecording reads, in bytes.
const MaxRecording = 128 << 20

// Comparison says where Sandkasse differs from a real API, and what could not be compared.
type Comparison struct {
	// Compared is the number of calls of a recording, or of operations of a document, that were compared.
	Compared int `json:"compared"`
	// Operations are those that were compared, sorted by API, path and method.
	Operations []ComparedOperation `json:"operations"`
	// Differences are folded: what differs in the same way in several places is one of them.
	Differences []Difference `json:"differences"`
	// NotCompared is also folded, by its reason.
	NotCompared []NotCompared `json:"notCompared"`
}

// ComparedOperation is an operation of an API that was compared.
type ComparedOperation struct {
	API       string `json:"api"`       // name, such as bsu
	Operation string `json:"operation"` // method and path as documented: POST /v1/{inntektsaar}
	Count     int    `json:"count"`     // number of calls in the recording; 1 of a document
}

// Difference is a way in which Sandkasse differs. Secrets and identity numbers in it are masked.
type Difference struct {
	Kind      string `json:"kind"`             // what differs: status, code, member … (docs/compare.md lists them)
	API       string `json:"api"`              // name, such as bsu
	Operation string `json:"operation"`        // method and path as documented: POST /v1/{inntektsaar}; empty for none
	Place     string `json:"place,omitempty"`  // header, or JSON pointer with * for each element; empty for the whole
	Theirs    string `json:"theirs"`           // of the real API; empty where it has nothing there
	Ours      string `json:"ours"`             // of Sandkasse; empty where it has nothing there
	Choice    string `json:"choice,omitempty"` // such as K006, where what is ours was chosen (docs/choices.md)
	Why       string `json:"why,omitempty"`    // why Sandkasse answers as it does; empty where nothing is known

	Count int      `json:"count"` // number of calls, or of places of a document
	First []string `json:"first"` // the first few of them
}

// NotCompared counts what could not be compared for one reason.
type NotCompared struct {
	Reason string   `json:"reason"`
	Count  int      `json:"count"` // number of calls, or of places of a document
	First  []string `json:"first"` // the first few of them
}

// Compare compares Sandkasse with what a file has of a real API. The content tells what the file is: a recording (HAR)
// has the member log, and is compared as CompareRecording does; anything else is taken for an OpenAPI document, and
// compared as CompareDocument does. The file is its name, for messages.
func (c *Catalog) Compare(ctx context.Context, file string, text []byte) (*Comparison, error) {
	if isRecording(text) {
		return c.CompareRecording(ctx, file, text)
	}
	found, err := c.CompareDocument(file, text, "")
	if errors.Is(err, apidocument.ErrNone) {
		return nil, argument(
			fmt.Errorf("%w; and it is no recording: a HAR is an object of JSON with the member log", err),
		)
	}
	return found, err
}

// isRecording reports whether a text is an object of JSON that has the member log before any openapi or swagger.
func isRecording(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return false
	}
	for d.More() {
		name, err := d.Token()
		switch {
		case err != nil || name == "openapi" || name == "swagger":
			return false
		case name == "log":
			return true
		}
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return false
		}
	}
	return false
}

// errNothingToCompare is the error of a recording without a call to an imitated API.
var errNothingToCompare = errors.New("has no call to an imitated API, so there is nothing to compare")
