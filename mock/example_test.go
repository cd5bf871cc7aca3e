package mock_test

import (
	"fmt"
	"net/http"
	"os"

	"sandkasse/mock"
)

func Example() {
	server, _ := mock.New(mock.Options{})
	defer server.Close()
	token, _ := server.Token(mock.TokenRequest{API: "bsu", Org: "987654321"})
	body, _ := os.Open("../fixtures/examples/bsu.json")
	request, _ := http.NewRequest("POST", "https://innrapporteringbsu.api.skatteetaten-test.no/v1/2023", body)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("idempotencyKey", "7c9e6679-7425-40de-944b-e07fc1f90ae7")
	response, err := server.Client().Do(request)
	fmt.Println(response.Status, err)
	// Output: 200 OK <nil>
}
