package delivery

import (
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// deliver stands for the client that you test.
func deliver(address, token, document string) (status int, err error) {
	request, err := http.NewRequest(http.MethodPost, address+"/v1/2023", strings.NewReader(document))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("idempotencyKey", "7c9e6679-7425-40de-944b-e07fc1f90ae7")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func TestRetryAfterLostAnswer(t *testing.T) {
	sandbox := mocktest.Start(t)
	document, err := fs.ReadFile(examples.Embedded(), "bsu.json")
	if err != nil {
		t.Fatal(err)
	}
	address, token := sandbox.URL("bsu"), sandbox.Token("bsu", "987654321")

	sandbox.Play(mock.Play{Scenario: "lost-answer"}) // stored, but the answer never arrives
	if _, err := deliver(address, token, string(document)); err == nil {
		t.Error("the answer was not lost")
	}
	if status, err := deliver(address, token, string(document)); err != nil || status != http.StatusOK {
		t.Errorf("the retry got %d, %v", status, err)
	}
	if calls := sandbox.Calls(mock.CallQuery{API: "bsu"}); len(calls) != 2 || !calls[1].Replayed {
		t.Errorf("the server saw %d calls", len(calls))
	}
}
