package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

// readyLimit is how long `sandkasse ready` waits for an answer.
const readyLimit = 3 * time.Second

func (p program) readyCommand() *cli.Command {
	return &cli.Command{
		Name:  "ready",
		Usage: "exit with 0 when a server answers",
		Flags: []cli.Flag{
			urlFlag("where the server is"),
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return p.ready(ctx, c.String("url"))
		},
	}
}

// urlFlag is the address of a server. It is by default where a server started in the same environment listens, so that a container's health
// check needs no flag.
func urlFlag(usage string) cli.Flag {
	host, port, err := net.SplitHostPort(os.Getenv("SANDKASSE_ADDR"))
	if err != nil {
		host, port = "127.0.0.1", "8080"
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // listening everywhere
	}
	return &cli.StringFlag{Name: "url", Value: "http://" + net.JoinHostPort(host, port), Sources: env("url"), Usage: usage}
}

func (p program) ready(ctx context.Context, base string) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/_sandkasse/ready", nil)
	if err != nil {
		return fmt.Errorf("--url %q is no address: %w", base, err)
	}
	if address := request.URL; address.Scheme != "http" && address.Scheme != "https" || address.Host == "" || address.Port() == "0" {
		return fmt.Errorf("--url %q is no address; it must be like http://127.0.0.1:8080", base)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true}, // no proxy either
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no server answers: %w", err)
	}
	defer response.Body.Close()
	var answer struct{ Status string }
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<10)).Decode(&answer); err != nil || answer.Status != "ready" {
		return fmt.Errorf("what answers at %s is no sandkasse that is ready: %s", base, response.Status)
	}
	_, err = fmt.Fprintln(p.stdout, "ready")
	return err
}
