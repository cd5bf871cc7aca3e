package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// recipes is the document whose table of recipes is tested here.
const recipes = "docs/failures.md"

// demands returns, for each row of the table under "Recipes", a function that reports whether its
// lines did what the row wants. It gets the answers to the lines, in their order.
func demands() map[string]func(t *testing.T, p *process, answers []answer) bool {
	type demand = func(*testing.T, *process, []answer) bool
	contains := func(text string) demand {
		return func(_ *testing.T, _ *process, a []answer) bool { return strings.Contains(a[0].body, text) }
	}
	// statuses are those of deliveries that follow, 0 for an answer that is lost.
	statuses := func(want ...int) demand {
		return func(t *testing.T, p *process, _ []answer) bool {
			var got []int
			for i := range want {
				got = append(got, p.deliver(t, 100+i, "").status)
			}
			return slices.Equal(got, want)
		}
	}
	return map[string]demand{
		"one call to fail with a code": contains("GLD_1015"),
		"a client to fail that can change only its base address": func(_ *testing.T, _ *process,
			a []answer,
		) bool {
			return a[0].err != nil
		},
		"the next call to fail, without touching the client":                      statuses(0, 200),
		"the next two deliveries of one organisation to fail, within ten minutes": statuses(409, 409, 200),
		"a client to fail that can change only its data": func(t *testing.T, p *process, a []answer) bool {
			org := regexp.MustCompile(`Reserved organisation: (\d+)`).FindStringSubmatch(a[0].body)[1]
			refused := p.deliverFor(t, p.url+"/innrapporteringbsu", org, 1, nil)
			return refused.status == 403 && strings.Contains(refused.body, "GLD_1015") &&
				strings.Contains(document(t, recipes), org)
		},
		"a slow answer": func(_ *testing.T, _ *process, a []answer) bool {
			return a[0].took >= 700*time.Millisecond && a[0].status == 200
		},
		"two things in one call": func(_ *testing.T, _ *process, a []answer) bool {
			return a[0].status == 500 && strings.Contains(a[0].body, "GLD_017") && a[0].took >= 50*time.Millisecond
		},
		"three failures, then success": statuses(500, 500, 500, 200),
		"one call in five to fail, the same ones in every run": func(t *testing.T, p *process, _ []answer) bool {
			failed := ""
			for i := range 20 {
				if p.deliver(t, i, "").status == 500 {
					failed += fmt.Sprint(i, " ")
				}
			}
			return failed == "2 4 10 11 17 "
		},
		"half of the calls to fail with one code, the same ones in every run": statuses(500, 500, 200, 200, 500, 200),
		"a minute of downtime": func(t *testing.T, p *process, _ []answer) bool {
			before := p.deliver(t, 1, "").status
			call(t, "PUT", p.url+"/_sandkasse/clock", `{"advance": "60s"}`, nil)
			return before == 503 && p.deliver(t, 1, "").status == 200
		},
		"a webhook message to be lost": func(t *testing.T, p *process, _ []answer) bool {
			return strings.Contains(call(t, "GET", p.url+"/_sandkasse/plays", "", nil).body, `"kobo-webhook-lost"`)
		},
		"to list what is armed, and to disarm it": func(_ *testing.T, _ *process, a []answer) bool {
			return strings.Contains(a[0].body, `"plays": []`) && strings.Contains(a[1].body, `"disarmed": 0`)
		},
		"two suites to run at once without seeing each other": func(t *testing.T, p *process, a []answer) bool {
			sessions := call(t, "GET", p.url+"/_sandkasse/sessions", "", nil).body
			return a[0].header.Get("Sandkasse-Call") == "1" && a[1].header.Get("Sandkasse-Call") == "1" &&
				a[0].status == 200 && a[1].status == 200 &&
				strings.Contains(sessions, `"suite-1"`) && strings.Contains(sessions, `"suite-2"`)
		},
		"to control a session":                    contains(`"calls": []`),
		"to list all sessions and what they hold": contains(`"records": `),
		"to start over": func(t *testing.T, p *process, _ []answer) bool {
			return p.deliver(t, 1, "").header.Get("Sandkasse-Call") == "1"
		},
		"the same data before every test": contains(`"stocked"`),
		"to freeze the clock": func(t *testing.T, p *process, _ []answer) bool {
			return p.deliver(t, 1, "").header.Get("Date") == "Mon, 02 Mar 2026 12:00:00 GMT"
		},
		"to advance the clock by an hour": func(t *testing.T, p *process, _ []answer) bool {
			shown, err := time.Parse(time.RFC1123, p.deliver(t, 1, "").header.Get("Date"))
			return err == nil && time.Until(shown) > 59*time.Minute
		},
		"the clock to run sixty times as fast, and then normally again": func(_ *testing.T, _ *process,
			a []answer,
		) bool {
			return strings.Contains(a[0].body, `"scale": 60`) && strings.Contains(a[1].body, `"free": true`)
		},
		"to know what happened": func(_ *testing.T, _ *process, a []answer) bool {
			return strings.Contains(a[0].body, `"number": 2`) && strings.Contains(a[1].body, "curl ") &&
				strings.Contains(a[2].body, `"log"`)
		},
		"to wait until the client has made two calls": contains(`"complete": true`),
		"to assert what the client called": func(_ *testing.T, _ *process, a []answer) bool {
			var verdict struct{ OK bool }
			return json.Unmarshal([]byte(a[0].body), &verdict) == nil && !verdict.OK // there are two
		},
		"a CI step to fail unless exactly that was called": func(_ *testing.T, _ *process, a []answer) bool {
			return a[0].status == 200 && strings.Contains(a[0].body, `"ok": true`)
		},
		"to clear the journal": func(t *testing.T, p *process, _ []answer) bool {
			return strings.Contains(call(t, "GET", p.url+"/_sandkasse/calls", "", nil).body, `"calls": []`)
		},
	}
}

// TestRecipes runs every line of the table under "Recipes", each row on a server of its own to
// which two calls were made.
func TestRecipes(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(document(t, recipes), "## Recipes")
	section, _, _ = strings.Cut(section, "\n## ")
	checks := demands()
	for row := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(row), " | ")
		want := strings.TrimPrefix(cells[0], "| ")
		if len(cells) != 2 || want == "I want" {
			continue
		}
		check, there := checks[want]
		if !there {
			t.Errorf("nothing tests the recipe %q", want)
			continue
		}
		delete(checks, want)
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--log-level", "error")
			for key := range 2 {
				p.deliver(t, 1000+key, "")
			}
			var answers []answer
			for _, line := range regexp.MustCompile("`[^`]+`").FindAllString(cells[1], -1) {
				a := p.run(t, strings.ReplaceAll(strings.Trim(line, "`"), asWritten, p.url))
				if a.status == 0 && a.err == nil || a.header.Get("Sandkasse-Feil") != "" {
					t.Errorf("%s: %+v", line, a)
				}
				answers = append(answers, a)
			}
			if !check(t, p, answers) {
				t.Errorf("it does not do it: %+v", answers)
			}
		})
	}
	for want := range checks {
		t.Errorf("there is no recipe %q", want)
	}
}

// run does what a line of a recipe says: a header or a base address for a delivery, an operation
// with curl, or a command.
func (p *process) run(t *testing.T, line string) answer {
	t.Helper()
	header, value, isHeader := strings.Cut(line, ": ")
	switch {
	case isHeader && strings.HasPrefix(line, "Sandkasse-"):
		return p.deliverFor(t, p.url+"/innrapporteringbsu", bsuOrg, 1, map[string]string{header: value})
	case strings.HasPrefix(line, "http"):
		return p.deliverFor(t, line, bsuOrg, 1, nil)
	case strings.HasPrefix(line, "curl "):
		return curl(t, line)
	case strings.HasPrefix(line, "sandkasse "):
		output, err := exec.Command("sandkasse", strings.Fields(line)[1:]...).Output()
		return answer{status: 200, body: string(output), err: err}
	}
	t.Fatalf("%s is no line to paste", line)
	return answer{}
}

// curl does what that command would: -X, -d and an address.
func curl(t *testing.T, line string) answer {
	t.Helper()
	method, body, url := "", "", ""
	words := regexp.MustCompile(`'[^']*'|\S+`).FindAllString(line, -1)
	for i := 1; i < len(words); i++ {
		switch word := strings.Trim(words[i], "'"); {
		case i+1 < len(words) && word == "-X":
			i++
			method = words[i]
		case i+1 < len(words) && word == "-d":
			i++
			body = strings.Trim(words[i], "'")
		case strings.HasPrefix(word, "http") && url == "":
			url = word
		default:
			t.Fatalf("%s: what is %s?", line, word)
		}
	}
	if method == "" {
		method = map[bool]string{true: "GET", false: "POST"}[body == ""]
	}
	return call(t, method, url, body, nil)
}

// TestRecipesScript: the example of a script does what its document says.
func TestRecipesScript(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(document(t, recipes), "```yaml file=scripts/slow-then-closed.yaml\n")
	script, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("there is no script")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "slow-then-closed.yaml"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--scenarios", dir)
	for i, status := range []int{200, 400, 400, 200} {
		a := p.deliver(t, i, "slow-then-closed")
		if a.status != status || i == 0 && a.took < 200*time.Millisecond ||
			status == 400 && (!strings.Contains(a.body, "GLD_1027") || a.header.Get("Retry-After") != "86400") {
			t.Errorf("delivery %d: %+v", i+1, a)
		}
	}
}

// document returns the text of a file by its path from the root of the repository.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// deliverFor delivers the page's example at a base address, for an organisation, under a key of its
// own.
func (p *process) deliverFor(t *testing.T, base, org string, key int, more map[string]string) answer {
	t.Helper()
	token := call(t, "GET", p.url+"/_sandkasse/token?api=bsu&org="+org, "", nil)
	header := map[string]string{
		"Authorization": "Bearer " + strings.TrimSpace(token.body), "Content-Type": "application/json",
		"idempotencyKey": fmt.Sprintf("7c9e6679-7425-40de-944b-%012d", key),
	}
	maps.Copy(header, more)
	return call(t, "POST", base+"/v1/2023", strings.ReplaceAll(string(example(t)), bsuOrg, org), header)
}
