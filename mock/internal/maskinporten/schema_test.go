package maskinporten

import (
	"reflect"
	"strings"
	"testing"

	"sandkasse/mock/internal/token/jwttest"
	"sandkasse/mock/internal/yamlfile/yamltest"
)

// TestFileSchema: the schema of a clients file names what is read, takes what ParseClients takes,
// and refuses much of what it refuses.
func TestFileSchema(t *testing.T) {
	t.Parallel()
	schema := yamltest.Load(t, "clients")
	schema.HasMembersOf(t, reflect.TypeFor[clientsFile]())
	const client = "clients:\n- {id: a, organisation: 311111116, scopes: [x]}\n"
	for _, right := range []string{
		string(docExample(t)), string(clientsYAML(t, certificate(t, jwttest.OtherKey(), unchanged))), client,
		client + "delegations:\n",
	} {
		if _, err := ParseClients("f", []byte(right)); err != nil {
			t.Fatal(err)
		}
		if err := schema.Check(t, right); err != nil {
			t.Errorf("%#v\n%s", err, right)
		}
	}
	for _, wrong := range []string{
		"~\n", "- a\n", "delegations: []\n", "clients: []\n", "clients: a\n", client + "colour: red\n",
		"clients:\n- {id: a, organisation: 31111111, scopes: [x]}\n", "clients:\n- {id: a, scopes: [x]}\n",
		"clients:\n- {id: a, organisation: 311111116, scopes: []}\n",
		"clients:\n- {id: a, organisation: 311111116, scopes: [x], integration: Maskinporten}\n",
		"clients:\n- {id: a, organisation: 311111116, scopes: [x], keys: [{kid: a}]}\n",
		"clients:\n- {id: a, organisation: 311111116, scopes: [a b]}\n",
		client + "systembrukere: [{organisation: 310000006, clients: [a], id: y}]\n",
		client + "delegations: [{from: 311111116, scopes: [x]}]\n",
	} {
		if _, err := ParseClients("f", []byte(wrong)); err == nil {
			t.Errorf("ParseClients takes %s", wrong)
		}
		if err := schema.Check(t, wrong); err == nil {
			t.Errorf("the schema takes %s", strings.TrimSpace(wrong))
		}
	}
}
