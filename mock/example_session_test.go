package mock_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"sandkasse/mock"
)

// deliverTo posts BSU's example in a session, as a client under test would, and tells what came of
// it.
func deliverTo(session *mock.Session, key string) string {
	token, _ := session.Token(mock.TokenRequest{API: "bsu", Org: "987654321"})
	body, _ := os.Open("../fixtures/examples/bsu.json")
	request, _ := http.NewRequest("POST", session.URL("bsu")+"/v1/2023", body)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("idempotencyKey", "7c9e6679-7425-40de-944b-e07fc1f90a"+key)
	response, err := session.Client().Do(request)
	if err != nil {
		return "no answer"
	}
	response.Body.Close()
	return response.Status
}

func ExampleServer_Session() {
	server, _ := mock.New(mock.Options{})
	defer server.Close()
	one, _ := server.Session("suite-1")
	other, _ := server.Session("suite-2")
	deliverTo(one, "e7")
	fmt.Println(len(one.Calls(mock.CallQuery{})), len(other.Calls(mock.CallQuery{})), other.URL("bsu"))
	// Output: 1 0 http://sandkasse.localhost/_session/suite-2/innrapporteringbsu
}

func ExampleServer_Play() {
	server, _ := mock.New(mock.Options{})
	defer server.Close()
	suite, _ := server.Session("suite-1")
	suite.Play(mock.Play{Scenario: "lost-answer", API: "bsu"}) // the delivery is taken in, and its answer is lost
	disarm, err := suite.Play(mock.Play{Scenario: "GLD_1015", Times: mock.Always})
	fmt.Println(deliverTo(suite, "e6"), err)
	disarm()
	fmt.Println(deliverTo(suite, "e7"))
	fmt.Println(deliverTo(suite, "e7"))
	_, err = suite.Play(mock.Play{Scenario: "GLD_1016", API: "bsu"})
	fmt.Println(err != nil)
	// Output:
	// 403 Forbidden <nil>
	// no answer
	// 200 OK
	// true
}

func ExampleServer_Clock() {
	server, _ := mock.New(mock.Options{ProcessingDelay: 24 * time.Hour})
	defer server.Close()
	suite, _ := server.Session("suite-1")
	suite.Clock().Freeze(time.Date(2031, time.January, 1, 0, 0, 0, 0, time.UTC))
	suite.Clock().Advance(36 * time.Hour)
	fmt.Println(suite.Clock().Now().Format(time.DateTime))
	suite.Clock().Free()
	fmt.Println(suite.Clock().Now().Year() == time.Now().Year())
	// Output:
	// 2031-01-02 12:00:00
	// true
}

func ExampleServer_Calls() {
	server, _ := mock.New(mock.Options{})
	defer server.Close()
	suite, _ := server.Session("suite-1")
	suite.Play(mock.Play{Scenario: "GLD_1015"})
	deliverTo(suite, "e7")
	deliverTo(suite, "e7")
	for _, call := range suite.Calls(mock.CallQuery{API: "bsu", Method: "POST"}) {
		fmt.Println(call.Number, call.Status, call.Specification, call.Played)
	}
	// Output:
	// 1 403 [GLD_1015] [GLD_1015]
	// 2 200 [] []
}

func ExampleServer_Report() {
	server, _ := mock.New(mock.Options{})
	defer server.Close()
	suite, _ := server.Session("suite-1")
	deliverTo(suite, "e6")
	deliverTo(suite, "e7") // the same document under another key
	report, err := suite.Report(mock.ReportQuery{})
	for _, finding := range report.Findings {
		if finding.Gravity == mock.GravityError {
			fmt.Println(finding.Rule, finding.Calls)
		}
	}
	fmt.Println(err)
	// Output:
	// delivered-twice [1 2]
	// <nil>
}

func ExampleServer_Wait() {
	server, _ := mock.New(mock.Options{})
	defer server.Close()
	suite, _ := server.Session("suite-1")
	go deliverTo(suite, "e7") // what is under test does it in its own time
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	calls, err := suite.Wait(ctx, mock.CallQuery{API: "bsu", Status: 200}, 1)
	fmt.Println(len(calls), err)
	// Output: 1 <nil>
}

func ExampleServer_Checkpoint() {
	server, _ := mock.New(mock.Options{})
	defer server.Close()
	suite, _ := server.Session("suite-1")
	deliverTo(suite, "e6") // what every test begins with
	restore, err := suite.Checkpoint("stocked")
	fmt.Println(err)
	for range 2 {
		deliverTo(suite, "e7")
		fmt.Println(len(suite.Calls(mock.CallQuery{})), restore(), len(suite.Calls(mock.CallQuery{})))
	}
	// Output:
	// <nil>
	// 2 <nil> 1
	// 2 <nil> 1
}

func ExampleServer_Reset() {
	server, _ := mock.New(mock.Options{})
	defer server.Close()
	suite, _ := server.Session("suite-1")
	deliverTo(suite, "e7")
	fmt.Println(suite.Reset(), len(suite.Calls(mock.CallQuery{})))
	fmt.Println(suite.ResetWithSeed(7), deliverTo(suite, "e7"))
	// Output:
	// <nil> 0
	// <nil> 200 OK
}
