package document

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/schema"
)

func bsuService(t testing.TB) APISpec {
	t.Helper()
	return APISpec{
		Spec: bsuAPI(t), Method: "POST", Path: "/innrapporteringbsu/v1/{inntektsaar}",
		Dokument: "/innrapporteringbsu/v1/{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId}",
		Headers:  map[string]string{"Accept": "application/json"},
		Checks: []string{
			"token", "scope", "systembruker", "accept", "content-type", "body-size", "idempotency-key",
			"inntektsaar", "inntektsaar-supported", "json", "schema",
			"inntektsaar-in-path", "metadata", "right-to-report",
		},
		Answers: map[string]Answer{
			"unknown-url": {404, "GLD_021", "GLD_1023"}, "method-not-allowed": {405, "GLD_022", ""},
			"missing-token": {401, "GLD_004", "GLD_1007"},
			"invalid-token": {401, "GLD_004", "GLD_1008"}, "wrong-scope": {403, "GLD_005", ""},
			"no-systembruker": {403, "GLD_005", ""},
			"not-acceptable":  {400, "GLD_006", "GLD_1030"}, "wrong-content-type": {400, "GLD_006", "GLD_1047"},
			"body-too-large": {400, "GLD_006", "GLD_1022"},
			"missing-header": {400, "GLD_006", "GLD_1028"}, "bad-parameter": {400, "GLD_006", "GLD_1022"},
			"key-reused":         {409, "GLD_019", ""},
			"year-not-supported": {400, "GLD_006", "GLD_1027"}, "broken-json": {400, "GLD_008", ""},
			"schema-violation": {400, "GLD_010", ""},
			"year-mismatch":    {400, "GLD_010", "GLD_1052"}, "contradictory-metadata": {400, "GLD_011", ""},
			"no-right-to-report":  {403, "GLD_005", "GLD_1015"},
			"unknown-forsendelse": {404, "GLD_021", "GLD_1061"}, "unknown-dokument": {404, "GLD_021", "GLD_1050"},
		},
		ErrorHasSti: true, First: 2015, Last: 2026, MaxBody: 10 << 20,
	}
}

var wanted = Options{Seed: 1, Inntektsaar: 2024}

// TestBrokenIsMinimal: each document breaks its schema at the one place and by the one keyword that
// its rule names, or not at all where something else is wrong; for every schema there is.
func TestBrokenIsMinimal(t *testing.T) {
	t.Parallel()
	services := []APISpec{bsuService(t)}
	for _, name := range schemaNames(t) {
		services = append(services, APISpec{
			Spec:    builtIn(t, name),
			Answers: map[string]Answer{"schema-violation": {Status: 400}}, ErrorHasSti: true,
		})
	}
	for _, s := range services {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			list, err := s.InvalidCalls(wanted)
			if err != nil || len(list) == 0 {
				t.Fatalf("%d broken documents: %v", len(list), err)
			}
			files := map[string]bool{}
			for _, b := range list {
				if files[b.File()] {
					t.Errorf("%s is the file of two rules", b.File())
				}
				files[b.File()] = b.File() != ""
				keyword, _, _ := strings.Cut(b.Rule, ":")
				document, err := schema.Decode(b.Body)
				if broken := keyword == "broken-json" || b.File() == ""; broken {
					if err == nil {
						t.Errorf("%s: there is a well-formed document: %s", b.Rule, b.Body)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s: %v: %s", b.Rule, err, b.Body)
					continue
				}
				avvik := s.Validate(document)
				ofSchema := b.Expected.Kode == s.Answers["schema-violation"].Kode && keyword != "year-mismatch" &&
					b.Expected.Feedback == nil
				switch {
				case ofSchema && (len(avvik) != 1 || avvik[0].Sti != b.Expected.Sti ||
					!strings.HasPrefix(keyword, avvik[0].Regel)):
					t.Errorf("%s: got %v, not one at %q", b.Rule, avvik, b.Expected.Sti)
				case !ofSchema && len(avvik) > 0:
					t.Errorf("%s: got %v beside what is wrong", b.Rule, avvik)
				}
			}
		})
	}
}

// TestBrokenDiffersLittle: but for the calls that have a document of their own, a broken document
// is a valid one with one piece replaced, or the few that make two oppgaver one.
func TestBrokenDiffersLittle(t *testing.T) {
	t.Parallel()
	s := bsuService(t)
	bases, err := s.validDocuments(wanted)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.InvalidCalls(wanted)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		kind, what, _ := strings.Cut(b.Rule, ":")
		if b.Body == nil || kind == "year-not-supported" || kind == "body-too-large" || kind == "broken-json" ||
			kind == "duplicate" {
			continue
		}
		fewest := len(b.Body)
		for _, from := range bases {
			fewest = min(fewest, differing(from.body, b.Body))
		}
		// The longest pieces are whole lists or objects that something else is put in place of, and
		// texts that are too long.
		if long := kind == "type" || kind == "required" || kind == "maxLength" ||
			strings.HasPrefix(kind, "oneOf"); fewest > 130 && !long {
			t.Errorf("%s %s: %d bytes are others", kind, what, fewest)
		}
	}
}

// differing returns the number of bytes of b between what it has in common with a at the beginning
// and at the end.
func differing(a, b []byte) int {
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return len(b) - head - tail
}

// TestBrokenIsAFunction of seed and year.
func TestBrokenIsAFunction(t *testing.T) {
	t.Parallel()
	s := bsuService(t)
	lines := func(w Options) string {
		list, err := s.InvalidCalls(w)
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, b := range list {
			line, err := b.ManifestLine()
			if err != nil {
				t.Fatal(err)
			}
			all.Write(line)
			if len(b.Body) < 1<<20 {
				all.Write(b.Body)
			}
		}
		return all.String()
	}
	first, other := lines(wanted), wanted
	other.Seed++
	if first != lines(wanted) || first == lines(other) {
		t.Error("the same seed gives others, or another seed the same")
	}
}

// TestBreak makes one of them, and says which there are where the name is none.
func TestBreak(t *testing.T) {
	t.Parallel()
	s := bsuService(t)
	rules, err := s.Rules(wanted)
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{
		rules[0], "required:/leveranse/oppgavegiver",
		"sum:/leveranse/oppgaveoppsummering/sumSaldo",
	} {
		if b, err := s.InvalidCall(wanted, rule); err != nil || b.Rule != rule {
			t.Errorf("%s: %+v, %v", rule, b, err)
		}
	}
	for rule, want := range map[string]string{
		"enum:/leveranse": `bsu has no rule "enum:/leveranse"; it has enum:/leveranse/leveransetype`,
		"token":           `bsu has no rule "token"; it has `,
		"nonsense":        `bsu has no rule "nonsense"; its rules begin with account-group, additionalProperties, `,
	} {
		if _, err := s.InvalidCall(wanted, rule); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

// uuids is a key that is a UUID.
var uuids = regexp.MustCompile(`"idempotencyKey":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`)

// TestManifestLines: each line of a manifest is a whole call, in the form that vendors read.
func TestManifestLines(t *testing.T) {
	t.Parallel()
	s := bsuService(t)
	w := wanted
	w.Org = "319000003"
	const post = `"request":{"method":"POST","path":"/innrapporteringbsu/v1/2024",` +
		`"headers":{"Accept":"application/json",`
	const token = `"token":{"api":"bsu","org":"319000003"}`
	for rule, want := range map[string]string{
		"missing-token": `{"file":"missing-token.json","rule":"missing-token","year":2024,"org":"319000003",` +
			`"expected":{"status":401,"kode":"GLD_004","spesifisering":"GLD_1007",` +
			`"sti":"Authorization"},` + post +
			`"Authorization":null,"Content-Type":"application/json","idempotencyKey":"KEY"},` + token + `}}`,
		"wrong-scope": `{"file":"wrong-scope.json","rule":"wrong-scope","year":2024,"org":"319000003",` +
			`"expected":{"status":403,"kode":"GLD_005","sti":"Authorization"},` +
			post +
			`"Content-Type":"application/json","idempotencyKey":"KEY"},"token":{"api":"bsu","org":"319000003","scope":"skatteetaten:noeannet"}}}`,
		"missing-header:idempotencyKey": `{"file":"missing-header-idempotencyKey.json",` +
			`"rule":"missing-header:idempotencyKey","year":2024,"org":"319000003",` +
			`"expected":{"status":400,"kode":"GLD_006","spesifisering":"GLD_1028","sti":"idempotencyKey"},` + post +
			`"Content-Type":"application/json","idempotencyKey":null},` + token + `}}`,
		"required:/leveranse/leveransetype": `{"file":"required-leveranse.leveransetype.json",` +
			`"rule":"required:/leveranse/leveransetype","year":2024,"org":"319000003",` +
			`"expected":{"status":400,"kode":"GLD_010","sti":"/leveranse/leveransetype"},` + post +
			`"Content-Type":"application/json","idempotencyKey":"KEY"},` + token + `}}`,
		"control-digit:/leveranse/oppgave/*/kontonummer": `{` +
			`"file":"control-digit-leveranse.oppgave._.kontonummer.json",` +
			`"rule":"control-digit:/leveranse/oppgave/*/kontonummer","year":2024,"org":"319000003",` +
			`"expected":{"feedback":{"avvikskode":"SK-KONTONUMMER","sti":"/leveranse/oppgave/0/kontonummer"}},` + post +
			`"Content-Type":"application/json","idempotencyKey":"KEY"},` + token + `}}`,
		"unknown-dokument": `{"rule":"unknown-dokument","year":2024,"org":"319000003","expected":{"status":404,` +
			`"kode":"GLD_021","spesifisering":"GLD_1050","sti":"dokumentId"},` +
			`"request":{"method":"GET","path":"/innrapporteringbsu/v1/2024/forsendelser/{forsendelseId}/dokumenter/00000000-0000-4000-8000-000000000001",` +
			`"headers":{"Accept":"application/json","Content-Type":"application/json","idempotencyKey":"KEY"},` +
			token + `,"after":"valid.json","afterPath":"/innrapporteringbsu/v1/2024"}}`,
		"unknown-forsendelse": `{"rule":"unknown-forsendelse","year":2024,"org":"319000003",` +
			`"expected":{"status":404,"kode":"GLD_021","spesifisering":"GLD_1061","sti":"forsendelseId"},` +
			`"request":{"method":"GET","path":"/innrapporteringbsu/v1/2024/forsendelser/00000000-0000-4000-8000-000000000001/dokumenter/00000000-0000-4000-8000-000000000001",` +
			`"headers":{"Accept":"application/json","Content-Type":"application/json","idempotencyKey":"KEY"},` +
			token + `,"after":"valid.json","afterPath":"/innrapporteringbsu/v1/2024"}}`,
	} {
		b, err := s.InvalidCall(w, rule)
		if err != nil {
			t.Fatal(err)
		}
		line, err := b.ManifestLine()
		got := uuids.ReplaceAllString(string(line), `"idempotencyKey":"KEY"`)
		if diff := cmp.Diff(want+"\n", got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", rule, err, diff)
		}
	}
}

// TestEditsKeepTheRest: whatever is removed from, put into or replaced in a document, the rest is
// as it was.
func TestEditsKeepTheRest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		indent := rapid.SampledFrom([]string{"", " ", "\t\n"}).Draw(t, "indent")
		body := []byte(strings.ReplaceAll(`{ "a": [1, {"b/c": "x,y"}, []], "d": {}, "e~f": {"g": null} }`, " ", indent))
		document, err := schema.Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		from := validDocument{body: body, document: document, spans: spansOf(body)}
		at := rapid.SampledFrom(slices.Sorted(maps.Keys(from.spans))).Draw(t, "at")
		if n, err := schema.Decode([]byte(from.text(at))); err != nil {
			t.Fatalf("%s is %q: %v, %v", at, from.text(at), n, err)
		}
		edits := []edit{from.replace(at, `"new"`)}
		if at != "" {
			edits = append(edits, from.remove(at))
		}
		switch from.text(at)[0] {
		case '{':
			edits = append(edits, from.insert(at, `"new":"new"`))
		case '[':
			edits = append(edits, from.insert(at, `"new"`))
		}
		changed := from.apply(rapid.SampledFrom(edits).Draw(t, "edit"))
		got, err := schema.Decode(changed)
		if err != nil {
			t.Fatalf("%s at %s: %v", changed, at, err)
		}
		text, _ := json.Marshal(got)
		before, _ := json.Marshal(document)
		if string(text) == string(before) {
			t.Fatalf("%s at %s is as it was", changed, at)
		}
	})
}

// TestBrokenOfDrawnSchemas: whatever the schema, each document breaks it in one way.
func TestBrokenOfDrawnSchemas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text, err := json.Marshal(drawSchema(rt, 3))
		if err != nil {
			rt.Fatal(err)
		}
		root, own := compiled(t, fstest.MapFS{"a.json": {Data: text}}, "a.json")
		s := APISpec{
			Spec:    Spec{Name: "a", Schema: root, Validate: own.Validate},
			Answers: map[string]Answer{"schema-violation": {Status: 400}}, ErrorHasSti: true,
		}
		list, err := s.InvalidCalls(wanted)
		if err != nil {
			rt.Fatalf("%s: %v", text, err)
		}
		for _, b := range list {
			document, err := schema.Decode(b.Body)
			if avvik := own.Validate(document); err != nil || len(avvik) != 1 || avvik[0].Sti != b.Expected.Sti {
				rt.Fatalf("%s: %s: %v, %v in %s", text, b.Rule, err, avvik, b.Body)
			}
		}
	})
}

// TestHugeDemands of a schema take no more memory than there is.
func TestHugeDemands(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{"type": "string", "maxLength": 1000000000}`, `{"type": "array", "maxItems": 1000000000}`,
		`{"type": "object", "maxProperties": 1000000000}`,
	} {
		root, own := compiled(t, fstest.MapFS{"a.json": {Data: []byte(schema)}}, "a.json")
		s := APISpec{
			Spec:    Spec{Name: "a", Schema: root, Validate: own.Validate},
			Answers: map[string]Answer{"schema-violation": {Status: 400}}, ErrorHasSti: true,
		}
		if rules, err := s.Rules(wanted); err != nil || len(rules) != 1 {
			t.Errorf("%s: %v, %v", schema, rules, err)
		}
	}
	for _, schema := range []string{
		`{"type": "string", "minLength": 1000000000}`, `{"type": "array", "minItems": 1000000000}`,
		`{"type": "object", "minProperties": 1000000000}`,
	} {
		root, own := compiled(t, fstest.MapFS{"a.json": {Data: []byte(schema)}}, "a.json")
		if body, err := (Spec{Name: "a", Schema: root, Validate: own.Validate}).Generate(wanted); err == nil {
			t.Errorf("%s: %d bytes", schema, len(body))
		}
	}
}
