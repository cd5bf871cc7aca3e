// Package mock runs Sandkasse inside a Go program: a server that imitates the Norwegian APIs for third-party
// reporting (Skatteetaten) and housing (Husbanken's Kobo), with the parts of Maskinporten and Dialogporten that
// their clients need. It is the server that the sandkasse command runs. All data in it is synthetic, and it sends
// nothing anywhere, except webhooks to addresses that a client has registered.
//
// # A first test
//
// In a test, start a server with [sandkasse/mock/mocktest]. This is a complete test file:
//
//	package delivery
//
//	import (
//		"io/fs"
//		"net/http"
//		"strings"
//		"testing"
//
//		"sandkasse/fixtures/examples"
//		"sandkasse/mock"
//		"sandkasse/mock/mocktest"
//	)
//
//	// deliver stands for the client that you test.
//	func deliver(address, token, document string) (status int, err error) {
//		request, err := http.NewRequest(http.MethodPost, address+"/v1/2023", strings.NewReader(document))
//		if err != nil {
//			return 0, err
//		}
//		request.Header.Set("Authorization", "Bearer "+token)
//		request.Header.Set("Content-Type", "application/json")
//		request.Header.Set("idempotencyKey", "7c9e6679-7425-40de-944b-e07fc1f90ae7")
//		response, err := http.DefaultClient.Do(request)
//		if err != nil {
//			return 0, err
//		}
//		return response.StatusCode, response.Body.Close()
//	}
//
//	func TestRetryAfterLostAnswer(t *testing.T) {
//		sandbox := mocktest.Start(t)
//		document, err := fs.ReadFile(examples.Embedded(), "bsu.json")
//		if err != nil {
//			t.Fatal(err)
//		}
//		address, token := sandbox.URL("bsu"), sandbox.Token("bsu", "987654321")
//
//		sandbox.Play(mock.Play{Scenario: "lost-answer"}) // stored, but the answer never arrives
//		if _, err := deliver(address, token, string(document)); err == nil {
//			t.Error("the answer was not lost")
//		}
//		if status, err := deliver(address, token, string(document)); err != nil || status != http.StatusOK {
//			t.Errorf("the retry got %d, %v", status, err)
//		}
//		if calls := sandbox.Calls(mock.CallQuery{API: "bsu"}); len(calls) != 2 || !calls[1].Replayed {
//			t.Errorf("the server saw %d calls", len(calls))
//		}
//	}
//
// # What there is
//
//   - [New] makes a [Server] from [Options]. It is an http.Handler; [Server.Client] reaches it without a network,
//     under any host; [Server.Start] and [Server.Serve] make it listen.
//   - A [Session] is an isolated part of a server, with its own records, calls, clock and scenarios. The methods of
//     a Server use its default session; tests that share a server take a session each.
//   - [Session.Play] arms a scenario, that is, a failure on demand. [Session.Calls] and [Session.Wait] return the
//     calls that the server got. [Session.Clock] sets the time. [Session.Checkpoint] and [Session.Reset] bring a
//     session back to a known state. [Session.Report] says what production would punish in the client.
//   - A [Catalog] describes the APIs and works without a server: it validates documents, generates valid and
//     invalid ones, and makes tokens.
//   - A [Loader] fills a running server with test data through its APIs.
//
// Errors are values of this package: test them with errors.Is ([ErrUnknownAPI] and the others) and errors.As
// ([ArgumentError], [FaultsError]). Except where a method says otherwise, everything is safe for concurrent use.
//
// The answers depend only on the options Seed and Clock, and on the calls in a session and their order.
package mock
