// Delivery delivers to BSU as in production: it gets a token from Maskinporten, survives a lost
// answer, polls the dialog and reads the feedback. Run it in a clone:
//
//	sandkasse serve
//	go run ./examples/go/delivery fixtures/examples/bsu.json
//
// SANDKASSE_URL names a server elsewhere.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"
)

var base = cmp.Or(os.Getenv("SANDKASSE_URL"), "http://127.0.0.1:8080")

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: delivery FILE")
	}
	document, err := os.ReadFile(os.Args[1])
	check(err)
	token, err := accessToken("987654321")
	check(err)
	// Only here: the answer to the next delivery gets lost.
	check(call("POST", base+"/_sandkasse/plays", nil, []byte(`{"scenario": "lost-answer"}`), nil))
	sent, err := deliver(document, token)
	check(err)
	fmt.Println("delivered:", sent.ForsendelseID)
	check(readFeedback(sent, token))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

type receipt struct{ DialogID, ForsendelseID string }

// deliver sends a document until it is answered. Every attempt has the same key, so that there is
// one delivery.
func deliver(document []byte, token string) (r receipt, err error) {
	header := http.Header{
		"Authorization":  {"Bearer " + token},
		"Content-Type":   {"application/json"},
		"Idempotencykey": {uuid.NewString()},
	}
	for attempt := 1; attempt <= 5; attempt++ {
		err = call("POST", base+"/innrapporteringbsu/v1/2023", header, document, &r)
		if !errors.Is(err, errTransient) {
			break
		}
		fmt.Printf("attempt %d: %v\n", attempt, err)
		time.Sleep(time.Duration(attempt) * 200 * time.Millisecond)
	}
	return r, err
}

// readFeedback polls the dialog until the agency has processed the delivery.
func readFeedback(r receipt, token string) error {
	header := http.Header{"Authorization": {"Bearer " + token}, "Accept": {"application/json"}}
	for range 30 {
		var dialog struct {
			Transmissions []struct {
				RelatedTransmissionID string
				Attachments           []struct{ URLs []struct{ URL string } } // the first is JSON
			}
		}
		address := base + "/dialogporten/api/v1/enduser/dialogs/" + r.DialogID
		if err := call("GET", address, header, nil, &dialog); err != nil {
			return err
		}
		for _, t := range dialog.Transmissions {
			if t.RelatedTransmissionID == r.ForsendelseID {
				return printFeedback(t.Attachments[0].URLs[0].URL, header)
			}
		}
		time.Sleep(2 * time.Second)
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
		for _, l := range fil.Leveranse {
			fmt.Println("feedback:", l.Leveransestatus, l.Oppgaveoppsummering.AntallOppgaver)
		}
	}
	return nil
}
