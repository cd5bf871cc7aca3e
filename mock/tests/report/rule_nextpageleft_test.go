package report

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// dialogs searches the dialogs of the oppgavegiver, one on a page, and returns the token of the next page.
func (c observed) dialogs(token string, more ...string) string {
	c.T.Helper()
	address := c.URL("dialogporten") + "/api/v1/enduser/dialogs?limit=1&party=urn:altinn:organization:identifier-no:" +
		testkit.Oppgavegiver
	if token != "" {
		address += "&ContinuationToken=" + url.QueryEscape(token)
	}
	got := c.Call("GET", address, "", append([]string{
		"Authorization", c.Bearer("dialogporten", testkit.Oppgavegiver),
	}, more...)...)
	var shown struct {
		HasNextPage       bool
		ContinuationToken string
	}
	if err := json.Unmarshal([]byte(got.Body), &shown); err != nil && got.Status == 200 {
		c.T.Fatal(err)
	}
	if !shown.HasNextPage {
		return ""
	}
	return shown.ContinuationToken
}

// twoDialogs delivers for two years, in calls 1 and 2.
func (c observed) twoDialogs() {
	c.T.Helper()
	c.accepted(31, c.numbered(31))
	c.send("POST", c.URL("bsu")+"/v1/2022", strings.ReplaceAll(c.numbered(32), "2023", "2022"), "Authorization",
		c.Bearer("bsu", testkit.Oppgavegiver), "Content-Type", "application/json", "idempotencyKey", testkit.UUID(32))
}

// TestNextPageLeft: a page that nobody asks for is found, until somebody does.
func TestNextPageLeft(t *testing.T) {
	testConduct(t, "next-page-left", mock.Options{}, map[string]conduct{
		"never": {do: func(c observed) {
			c.twoDialogs()
			c.dialogs("")
		}, want: []int64{3}, times: 1},
		"the first page again": {do: func(c observed) {
			c.twoDialogs()
			c.dialogs("")
			c.dialogs("")
		}, want: []int64{3, 4}, times: 1},
		"another page": {do: func(c observed) {
			c.twoDialogs()
			c.dialogs("")
			c.dialogs("id_" + testkit.AnotherID)
		}, want: []int64{3}, times: 1},
		"gone on": {do: func(c observed) {
			c.twoDialogs()
			c.dialogs(c.dialogs(""))
		}},
		"gone on later": {do: func(c observed) {
			c.twoDialogs()
			token := c.dialogs("")
			c.dialogs("")
			c.dialogs(token)
		}},
		"one page": {do: func(c observed) {
			c.accepted(31, c.numbered(31))
			c.dialogs("")
		}},
		"refused": {do: func(c observed) {
			c.twoDialogs()
			c.dialogs("", "Authorization", "")
		}},
	})
}
