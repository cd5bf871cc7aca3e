package report

import (
	"fmt"
	"strings"
	"testing"

	"sandkasse/fixtures/ident"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// nobodys returns a number that looks like a real person's, and is nobody's: of somebody who was born in 1854, long
// before the first numbers were given in 1964.
func nobodys(t testing.TB) string {
	t.Helper()
	for rest := 50_000; rest < 60_000; rest++ {
		number := fmt.Sprintf("010154%d", rest)
		if parsed, err := ident.ParseFoedselsnummer(number); err == nil && parsed.Rule == ident.Rule1964 {
			return number
		}
	}
	t.Fatal("there is none")
	return ""
}

// TestNotSynthetic: the number of a real person is found anywhere in a call, by its place, whatever became of the call,
// and repeated nowhere.
func TestNotSynthetic(t *testing.T) {
	t.Parallel()
	number := nobodys(t)
	replaced := func(c testkit.Client, with string) string {
		return strings.ReplaceAll(string(testkit.Example(c.T)), "01010123456", with)
	}
	deliver := func(c testkit.Client, key int, document string, headers ...string) {
		c.Call("POST", c.URL("bsu")+"/v1/2023", document, append([]string{
			"Authorization", c.Bearer("bsu", testkit.Oppgavegiver), "Content-Type", "application/json",
			"idempotencyKey", testkit.UUID(key),
		}, headers...)...)
	}
	for name, one := range map[string]struct {
		do     func(c testkit.Client)
		times  int
		calls  []int64
		what   string
		unsure bool
	}{
		"in a delivery": {
			do: func(c testkit.Client) {
				deliver(c, 1, replaced(c, number))
				deliver(c, 2, strings.ReplaceAll(replaced(c, number), "2023", "2022"))
			},
			times: 2, calls: []int64{1, 2}, what: "in the document at /leveranse/oppgave/0/oppgaveeier/foedselsnummer",
		},
		"as a number, refused": {
			do:    func(c testkit.Client) { deliver(c, 1, `{"leveranse":{"fnr":`+number+`}}`) },
			times: 1, calls: []int64{1}, what: "in the document at /leveranse/fnr",
		},
		"in a name": {
			do:    func(c testkit.Client) { deliver(c, 1, `{"leveranse":{"`+number+`":1}}`) },
			times: 1, calls: []int64{1}, what: "as the name of a member of the document at /leveranse", unsure: true,
		},
		"in a name at the top": {
			do:    func(c testkit.Client) { deliver(c, 1, `{"`+number+`":1}`) },
			times: 1, calls: []int64{1}, what: "as the name of a member of the document", unsure: true,
		},
		"twice": {
			do:    func(c testkit.Client) { deliver(c, 1, `[{"fnr":"`+number+`"},{"fnr":"`+number+`"}]`) },
			times: 1, calls: []int64{1}, what: "in the document at /0/fnr, and in 1 other place of the same kind",
		},
		"three times": {
			do: func(c testkit.Client) {
				deliver(c, 1, `[{"fnr":`+number+`},{"fnr":`+number+`},{"fnr":`+number+`}]`)
			},
			times: 1, calls: []int64{1}, what: "in the document at /0/fnr, and in 2 other places of the same kind",
		},
		"in what is no JSON": {
			do:    func(c testkit.Client) { deliver(c, 1, `<fnr>`+number+`</fnr>`) },
			times: 1, calls: []int64{1}, what: "in the body",
		},
		"in Kobo": {
			do: func(c testkit.Client) {
				kobo(c, "POST", newHome(c, "REAL")+"/leieforhold",
					strings.Replace(testkit.NyttLeieforhold, "01810112345", number, 1))
			},
			times: 1, calls: []int64{2}, what: "in the document at /husstand/beboere/0/personidentifikator",
		},
		"in the query": {
			do: func(c testkit.Client) {
				dialogs := c.URL("dialogporten") + "/api/v1/enduser/dialogs"
				c.Call("GET", dialogs+"?party=urn:altinn:person:identifier-no%3A"+number, "", "Authorization",
					c.Bearer("dialogporten", testkit.Oppgavegiver))
			},
			times: 1, calls: []int64{1}, what: "in the query, at party",
		},
		"in the name of a parameter": {
			do:    func(c testkit.Client) { c.Call("GET", c.URL("bsu")+"/v1/2023?"+number+"=1", "") },
			times: 1, calls: []int64{1}, what: "in the query", unsure: true,
		},
		"in the path": {
			do:    func(c testkit.Client) { c.Call("GET", c.URL("")+"/nowhere/"+number, "") },
			times: 1, calls: []int64{1}, what: "in the path", unsure: true,
		},
		"in a header": {
			do:    func(c testkit.Client) { deliver(c, 1, replaced(c, "10836096911"), "X-Fnr", number) },
			times: 1, calls: []int64{1}, what: "in the header X-Fnr",
		},
		"in the idempotencyKey": {
			do: func(c testkit.Client) {
				c.Call("GET", c.URL("bsu")+"/v1/2023", "", "idempotencyKey", "fnr "+number)
			},
			times: 1, calls: []int64{1}, what: "in the header idempotencyKey",
		},
		"in the name of a header": {
			do:    func(c testkit.Client) { deliver(c, 1, replaced(c, "10836096911"), "X-"+number, "1") },
			times: 1, calls: []int64{1}, what: "in a header", unsure: true,
		},
		"in a name that the schema does not have": {
			do:    func(c testkit.Client) { deliver(c, 1, `{"leveranse":{"fnr`+number+`":"`+number+`"}}`) },
			times: 1, calls: []int64{1}, what: "in the document at /leveranse/…",
		},
		"synthetic":        {do: func(c testkit.Client) { deliver(c, 1, replaced(c, "10836096911")) }},
		"the page's own":   {do: func(c testkit.Client) { c.Delivered(1) }},
		"as an account":    {do: func(c testkit.Client) { deliver(c, 1, `{"kontonummer":"`+number+`"}`) }},
		"mistyped":         {do: func(c testkit.Client) { deliver(c, 1, replaced(c, number[:10]+"x")) }},
		"part of a longer": {do: func(c testkit.Client) { deliver(c, 1, replaced(c, number+"0")) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := testkit.NewClient(t, mocktest.Start(t), "default")
			one.do(c)
			got := wantFinding(t, c, "not-synthetic", one.times, one.calls...)
			if got.Sure != (one.times > 0 && !one.unsure) || !strings.HasSuffix(got.What, one.what) {
				t.Errorf("the report finds %+v, want %s", got, one.what)
			}
			if text := c.Control("GET", "report?format=html", "", nil); strings.Contains(text, number[:6]) {
				t.Errorf("the report repeats the number")
			}
		})
	}
}
