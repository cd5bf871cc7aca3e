package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

var client = &http.Client{Timeout: 30 * time.Second}

// errTransient is the error of a call that should be made again.
var errTransient = errors.New("no answer")

// call makes a call and decodes its answer, if answer is not nil.
func call(method, address string, header http.Header, body []byte, answer any) error {
	request, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if header != nil {
		request.Header = header
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("%w: %w", errTransient, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errTransient, err)
	case response.StatusCode >= 500:
		return fmt.Errorf("%w: %s", errTransient, response.Status)
	case response.StatusCode >= 300:
		return fmt.Errorf("%s: %s", response.Status, content)
	case answer == nil:
		return nil
	}
	return json.Unmarshal(content, answer)
}
