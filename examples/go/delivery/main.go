// Delivery delivers to BSU as in production: it gets a token from Maskinporten, survives a lost
// answer, polls the dialog and reads the feedback. Run it in a clone:
//
//	sandkasse serve
//	go run ./examples/go/delivery fixtures/examples/bsu.json
//
// SANDKASSE_URL names a server elsewhere.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
)

var (
	base   = cmp.Or(os.Getenv("SANDKASSE_URL"), "http://127.0.0.1:8080")
	client = &http.Client{Timeout: 30 * time.Second}
)

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: delivery FILE")
	}
	document, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	token, err := accessToken("987654321")
	if err != nil {
		return err
	}
	// Only here: the answer to the next delivery gets lost.
	err = call("POST", base+"/_sandkasse/plays", nil, strings.NewReader(`{"scenario": "lost-answer"}`), &struct{}{})
	if err != nil {
		return err
	}
	receipt, err := deliver(document, token)
	if err != nil {
		return err
	}
	fmt.Println("delivered:", receipt.ForsendelseID)
	return readFeedback(receipt, token)
}

type receipt struct{ DialogID, ForsendelseID string }

// deliver sends a document until it is answered. Every attempt has the same key, so that the agency
// takes in one delivery.
func deliver(document []byte, token string) (r receipt, err error) {
	header := http.Header{
		"Authorization":  {"Bearer " + token},
		"Content-Type":   {"application/json"},
		"Idempotencykey": {uuid.NewString()},
	}
	for attempt := range 5 {
		err = call("POST", base+"/innrapporteringbsu/v1/2023", header, bytes.NewReader(document), &r)
		var status *statusError
		if err == nil || errors.As(err, &status) && status.code < 500 {
			return r, err
		}
		fmt.Printf("attempt %d: %v\n", attempt+1, err)
		time.Sleep(time.Duration(attempt+1) * 200 * time.Millisecond)
	}
	return r, err
}

// readFeedback polls the dialog until the agency has processed the delivery.
func readFeedback(r receipt, token string) error {
	header := http.Header{"Authorization": {"Bearer " + token}, "Accept": {"application/json"}}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		var dialog struct {
			Transmissions []struct {
				RelatedTransmissionID string
				Attachments           []struct {
					URLs []struct{ MediaType, URL string }
				}
			}
		}
		err := call("GET", base+"/dialogporten/api/v1/enduser/dialogs/"+r.DialogID, header, nil, &dialog)
		if err != nil {
			return err
		}
		for _, t := range dialog.Transmissions {
			if t.RelatedTransmissionID != r.ForsendelseID {
				continue
			}
			for _, attachment := range t.Attachments {
				if url := attachment.URLs[0]; url.MediaType == "application/json" {
					return printFeedback(url.URL, header)
				}
			}
		}
	}
	return errors.New("there is no feedback yet")
}

func printFeedback(address string, header http.Header) error {
	var document struct {
		Tilbakemelding struct {
			Fil []struct {
				Leveranse []struct {
					Leveransestatus     string
					Oppgaveoppsummering struct{ AntallOppgaver int }
				}
			}
		}
	}
	if err := call("GET", address, header, nil, &document); err != nil {
		return err
	}
	for _, fil := range document.Tilbakemelding.Fil {
		for _, leveranse := range fil.Leveranse {
			fmt.Println("feedback:", leveranse.Leveransestatus, leveranse.Oppgaveoppsummering.AntallOppgaver)
		}
	}
	return nil
}

// statusError is an answer other than success.
type statusError struct {
	code int
	body string
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %s", e.code, e.body) }

// call makes a call and decodes its answer.
func call(method, address string, header http.Header, body io.Reader, answer any) error {
	request, err := http.NewRequest(method, address, body)
	if err != nil {
		return err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	if response.StatusCode >= 300 {
		return &statusError{response.StatusCode, string(content)}
	}
	return json.Unmarshal(content, answer)
}
