package scenario

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/yamlfile"
)

// shoutFault answers in capital letters after a wait: a fault that only this test has.
type shoutFault time.Duration

func (f shoutFault) Apply(e *Effect, _ func() float64) {
	e.Delay += time.Duration(f)
	e.ChangeBody = append(e.ChangeBody, func(body []byte) []byte { return []byte(strings.ToUpper(string(body))) })
}

func shoutKind() faultKind {
	const schema = `{"anyOf": [{"$ref": "#/$defs/duration"}, {"$ref": "#/$defs/parameter"}]}`
	return newKind("shout", Shapes, schema, func(r *reader, place string, wait yamlfile.Text) Fault {
		return shoutFault(r.duration(place, "shout", wait, MaxDelay))
	})
}

// TestNewFault: a fault that stands in the list is known to the schema, the reader and the player,
// with their rules.
func TestNewFault(t *testing.T) {
	t.Parallel()
	g := grammar{known: known, kinds: append(faultKinds(), shoutKind())}
	compiled, err := schema.Compile(fstest.MapFS{"s.json": {Data: schemaOf(g.kinds)}}, "s.json")
	if err != nil {
		t.Fatal(err)
	}
	for steps, want := range map[string]string{
		`[{"do": [{"shout": "2s"}]}]`:                  "",
		`[{"do": [{"shout": "2s"}, {"code": "503"}]}]`: "",
		`[{"do": [{"shout": {"param": "ms", "unit": "ms", "default": 5, "min": 1, "max": 9, ` +
			`"description": "a"}}]}]`: "",
		`[{"do": [{"shout": "3m"}]}]`:                      "shout is",
		`[{"do": [{"shout": "2s"}, {"shout": "2s"}]}]`:     "shout stands twice",
		`[{"do": [{"shout": "2s"}, {"reset": true}]}]`:     "nothing for shout to change",
		`[{"at": "door", "do": [{"shout": "2s"}]}]`:        "no answer yet at the door that shout could change",
		`[{"do": [{"shout": "2s"}, {"duplicate": true}]}]`: "ask for two scenarios",
		`[{"do": [{"shot": "2s"}]}]`:                       "did you mean shout?",
	} {
		text := `{"name": "loud", "description": "a", "client": "b", "steps": ` + steps + `}`
		_, faults := g.read("loud.yaml", []byte(text))
		value, err := schema.Decode(json.RawMessage(text))
		if err != nil {
			t.Fatal(err)
		}
		if wrong := compiled.Validate(value); (len(wrong) > 0) != (want != "") {
			t.Errorf("the schema says of %s: %v", steps, wrong)
		}
		if (len(faults) > 0) != (want != "") || !strings.Contains(faults.Error(), want) {
			t.Errorf("the reader says of %s: %v, want %s", steps, faults, want)
		}
	}

	dir := t.TempDir()
	write(t, dir, "loud.yaml", `{"name": "loud", "description": "a", "client": "b", "steps": [{"do": [{"shout":
		{"param": "ms", "unit": "ms", "default": 5, "min": 1, "max": 9, "description": "a"}}]}]}`, 1)
	l, err := load(at(dir), dir, g)
	if err != nil {
		t.Fatal(err)
	}
	run := NewPlays(1).Begin([]Selection{find(t, l, "loud;ms=7")}, submission)
	if e := run.At(BeforeChecks, PointInfo{Now: dawn}); e.Delay != 0 {
		t.Errorf("it plays before there is an answer: %+v", e)
	}
	e := run.At(AfterWork, PointInfo{Now: dawn, Outcome: Success})
	if e.Delay != 7*time.Millisecond || len(e.ChangeBody) != 1 || string(e.ChangeBody[0]([]byte("takk"))) != "TAKK" {
		t.Errorf("it plays as %+v", e)
	}
	if strings.Join(run.Played(), "") != "loud;ms=7" {
		t.Errorf("played %v", run.Played())
	}
}
