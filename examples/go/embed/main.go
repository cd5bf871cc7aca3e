// Embed has a Sandkasse of its own in its process, without a port or a network: a demonstration
// mode, or tools for developers. It is a module of its own, as yours is. Run it in a clone:
//
//	cd examples/go/embed
//	go run . ../../../fixtures/examples/bsu.json
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sandkasse/mock"
)

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: embed FILE")
	}
	document, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	sandbox, err := mock.New(mock.Options{Seed: 7})
	if err != nil {
		return err
	}
	defer sandbox.Close()
	token, err := sandbox.Token(mock.TokenRequest{API: "bsu", Org: "987654321"})
	if err != nil {
		return err
	}
	// The client of the sandbox leads every address to it, also those of production.
	if err := deliver(sandbox.Client(), token, document); err != nil {
		return err
	}
	for _, call := range sandbox.Calls(mock.CallQuery{API: "bsu"}) {
		fmt.Println("call", call.Number, "was answered", call.Status)
	}
	return nil
}

// deliver stands for your client.
func deliver(client *http.Client, token string, document []byte) error {
	request, err := http.NewRequest(http.MethodPost, "https://innrapporteringbsu.api.skatteetaten.no/v1/2023",
		bytes.NewReader(document))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("idempotencyKey", "7c9e6679-7425-40de-944b-e07fc1f90ae7")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	fmt.Printf("%s\n", answer)
	return err
}
