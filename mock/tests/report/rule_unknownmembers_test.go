package report

import (
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// unnamed delivers BSU's example with another member, under an idempotencyKey.
func unnamed(c testkit.Client, key int, name string) testkit.Response {
	c.T.Helper()
	document := strings.Replace(string(testkit.Example(c.T)), `"leveranse"`, `"`+name+`": "nb", "leveranse"`, 1)
	return c.Call("POST", c.URL("bsu")+"/v1/2023", document, "Authorization", c.Bearer("bsu", testkit.Oppgavegiver),
		"Content-Type", "application/json", "idempotencyKey", testkit.UUID(key))
}

// TestUnknownMembers: members that the schema does not name are found, named once for all documents, whether they are
// passed over or refused, and also in Kobo, which shows more than it takes; an identity number is not repeated.
func TestUnknownMembers(t *testing.T) {
	t.Parallel()
	for name, unknown := range map[string]mock.UnknownMembers{
		"accepted": mock.AcceptUnknown, "refused": mock.RefuseUnknown,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := testkit.NewClient(t, mocktest.StartWith(t, mock.Options{UnknownMembers: unknown}), "default")
			unnamed(c, 1, "sprak")
			c.Delivered(2)
			unnamed(c, 3, "sprak")
			got := wantFinding(t, c, "unknown-members", 2, 1, 3)
			if !strings.HasSuffix(got.What, ": /sprak") || !got.Sure {
				t.Errorf("the report finds %+v, want /sprak", got)
			}
			unnamed(c, 4, "fnr01010112345")
			if got := findings(c)["unknown-members"]; len(got) != 2 || !strings.HasSuffix(got[1].What, ": /…") {
				t.Errorf("the report finds %+v, want another member without its number", got)
			}
		})
	}
	t.Run("in Kobo", func(t *testing.T) {
		t.Parallel()
		c := testkit.NewClient(t, mocktest.Start(t), "default")
		home := "/kobobolig/" + c.NewBolig()
		shown := kobo(c, "GET", home, "").Body
		kobo(c, "PUT", home, shown)
		wantFinding(t, c, "unknown-members", 0)
		kobo(c, "PUT", home, strings.Replace(testkit.Bolig, `"boligtype"`, `"rom":[{"a/b":1}],"boligtype"`, 1))
		if got := wantFinding(t, c, "unknown-members", 1, 4); !strings.HasSuffix(got.What, ": /rom") {
			t.Errorf("the report finds %+v, want /rom", got)
		}
		kobo(c, "POST", "/fdvusystem", `{"apiKey":"prove","url":"http://127.0.0.1:1"}`)
		if got := findings(c)["unknown-members"]; len(got) != 2 || got[1].Calls[0] != 5 {
			t.Errorf("the report finds %+v, want call 5 too", got)
		}
	})
}
