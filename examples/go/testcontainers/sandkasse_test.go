// Package testcontainers starts Sandkasse in a container for its tests, with Testcontainers for Go.
// It needs Docker. Run it with the image of `docker build -t sandkasse .` in a clone:
//
//	cd examples/go/testcontainers
//	go test .
package testcontainers

import (
	"io"
	"net/http"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// startSandkasse returns the address of a Sandkasse that runs until the test ends.
func startSandkasse(t *testing.T) string {
	t.Helper()
	const port = "8080/tcp"
	container, err := testcontainers.Run(t.Context(), "sandkasse",
		testcontainers.WithExposedPorts(port),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/_sandkasse/ready").WithPort(port)),
	)
	testcontainers.CleanupContainer(t, container)
	if err != nil {
		t.Fatal(err)
	}
	address, err := container.PortEndpoint(t.Context(), port, "http")
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func TestToken(t *testing.T) {
	address := startSandkasse(t)
	response, err := http.Get(address + "/_sandkasse/token?api=bsu&org=987654321")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	token, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || len(token) == 0 {
		t.Errorf("answered %s: %s, %v", response.Status, token, err)
	}
}
