package report

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// run runs a command of a report in a shell, with less patience in scenarios that take long.
func run(t *testing.T, command string) (output string) {
	t.Helper()
	command = strings.NewReplacer(
		"/very-slow-then-ok/", "/very-slow-then-ok%3Bms=1/", "/slow/_scenario/", "/slow%3Bms=500/_scenario/",
		"/slow/", "/slow%3Bms=1/",
	).Replace(command)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	text, _ := exec.CommandContext(ctx, "sh", "-c", command).CombinedOutput() // curl fails where an answer is lost
	return string(text)
}

// TestCommands: what is to be pasted for a success or a script provokes it, in one API of each
// family: see TestAlike for the others. With the errors, all lines are met then.
func TestCommands(t *testing.T) {
	t.Parallel()
	server := mocktest.Start(t)
	for _, api := range []string{"authentication", "boligsameie", "bsu", "dialogporten", "kobo", "maskinporten"} {
		if testkit.LeftOut(api) {
			continue
		}
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			c := testkit.NewClient(t, server, api)
			parts := backend.Of(server.Server())
			of := parts.Gateway.Lines(parts.Catalog.ByName(api))
			met := func(line int) int {
				lines, _ := parts.Sessions.Get(api).Report.Coverage(of)
				return lines[line].Met
			}
			c.Control("POST", "reset", "", nil) // which makes the session
			lines := reportOf(c, "?api="+api).Coverage
			for n, line := range lines {
				before := met(n)
				output := ""
				if method, url, found := parseCurl(line.Next); found && line.Code != "" { // see TestOnDemandLines
					c.Call(method, url, "")
				} else {
					output = run(t, line.Next)
				}
				if after := met(n); after <= before && line.Code == "" || after == 0 {
					t.Errorf("%s %s %d %s%s is met %d times after %s\n%s", line.Method, line.Route, line.Status,
						line.Code, line.Script, after, line.Next, output)
				}
			}
			if got := reportOf(c, "?api="+api); got.Met != got.Of || got.Of != len(lines) {
				t.Errorf("%d of %d lines are met", got.Met, got.Of)
			}
		})
	}
}

// TestCommandsOfTwoAPIs: what is to be pasted for a script that plays once provokes it in each API of a session.
func TestCommandsOfTwoAPIs(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "default")
	for _, api := range []string{"bsu", "fisk", "dialogporten"} {
		for n, line := range reportOf(c, "?api="+api).Coverage {
			if line.Script != "html-instead-of-json" && line.Script != "truncated-answer" {
				continue
			}
			output := run(t, line.Next)
			if reportOf(c, "?api="+api).Coverage[n].Met != 1 {
				t.Errorf("%s of %s is not met after %s\n%s", line.Script, api, line.Next, output)
			}
		}
	}
}

// TestAlike: what is to be pasted for a reporting API, also for one of the user's, is for each as for
// bsu, but for names and years.
func TestAlike(t *testing.T) {
	t.Parallel()
	server := testkit.NewServer(t, mock.Options{
		APIs: mock.Dir(testkit.OwnAPI(t)), Clock: func() time.Time { return testkit.Noon },
	})
	known := backend.Of(server).Catalog
	commands := func(api *catalog.API) map[string]string {
		all := map[string]string{}
		for n, line := range inProcess(t, server, "default", "?api="+api.Name).Coverage {
			text := strings.NewReplacer(
				api.Label, "LABEL", "api="+api.Name, "api=NAME", "generate/"+api.Name, "generate/NAME",
				"$(date +%s)"+fmt.Sprintf("%03d", n), "NUMBER", fmt.Sprintf("-8%03x-", n), "-NUMBER-",
			).Replace(line.Next)
			all[fmt.Sprint(line.Route, line.Method, line.Status, line.Code, line.Script)] = text
		}
		return all
	}
	bsu := commands(known.ByName("bsu"))
	for _, api := range known.APIs {
		if api.Family != "innrapportering" {
			continue
		}
		for line, command := range commands(api) {
			if want, found := bsu[line]; command == "" || found && command != want {
				t.Errorf("%s: %s has\n%s\nas bsu has\n%s", api.Name, line, command, want)
			}
		}
	}
}
