package report

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestGo: Session.Report returns what GET report shows, member for member, and tells errors apart.
func TestGo(t *testing.T) {
	t.Parallel()
	server := mocktest.Start(t)
	c := testkit.NewClient(t, server, "suite")
	c.Delivered(1)
	c.Delivered(2)
	session, err := server.Server().Session("suite")
	if err != nil {
		t.Fatal(err)
	}
	for path, q := range map[string]mock.ReportQuery{
		"":         {},
		"?api=all": {APIs: []string{"all"}},
		"?api=kobo&api=bsu&off=delivered-twice:why": {
			APIs: []string{"kobo", "bsu"}, Off: []mock.RuleOff{{Rule: "delivered-twice", Reason: "why"}},
		},
	} {
		made, err := session.Report(q)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(made)
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		err = errors.Join(json.Unmarshal(text, &got), json.Unmarshal([]byte(get(c, path).Body), &want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-HTTP +Go)\n%s", path, diff)
		}
	}
	other, err := server.Server().Report(mock.ReportQuery{})
	if err != nil || len(other.Findings) != 0 || other.Of != 0 {
		t.Errorf("the default session, which did nothing, has %+v, %v", other, err)
	}
	for name, test := range map[string]struct {
		q    mock.ReportQuery
		says string
	}{
		"API":    {mock.ReportQuery{APIs: []string{"bsuu"}}, `there is no API "bsuu"`},
		"rule":   {mock.ReportQuery{Off: []mock.RuleOff{{Rule: "none", Reason: "x"}}}, `there is no rule "none"`},
		"reason": {mock.ReportQuery{Off: []mock.RuleOff{{Rule: "delivered-twice"}}}, "without a reason"},
	} {
		_, err := session.Report(test.q)
		var argument *mock.ArgumentError
		if !errors.As(err, &argument) || !strings.Contains(err.Error(), test.says) ||
			errors.Is(err, mock.ErrUnknownAPI) != (name == "API") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
