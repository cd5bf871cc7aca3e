package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/splice"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	got, err := Decode(
		[]byte(" {\"a\": [1, -0.50, 1E+2, true, false, null, \"æ\\u00f8\\ud83d\\ude00\\n\"], \"\": {}}\r\n"))
	want := map[string]any{
		"a": []any{json.Number("1"), json.Number("-0.50"), json.Number("1E+2"), true, false, nil, "æø😀\n"},
		"":  map[string]any{},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, sti, want string }{
		{"", "", "linje 1, kolonne 1: dokumentet er tomt: det skal være et JSON-dokument"},
		{" \n ", "", "linje 1, kolonne 1: dokumentet er tomt: det skal være et JSON-dokument"},
		{
			"\xEF\xBB\xBF{}", "",
			"linje 1, kolonne 1: dokumentet begynner med et byte order mark (EF BB BF): ta det bort, første tegn " +
				"skal være «{»",
		},
		{
			"\xEF\xBB\xBF", "",
			"linje 1, kolonne 1: dokumentet begynner med et byte order mark (EF BB BF): ta det bort, første tegn " +
				"skal være «{»",
		},
		{
			"\xFF\xFE{\x00}\x00", "",
			"linje 1, kolonne 1: byten 0xFF er ikke gyldig UTF-8: dokumentet må være kodet i UTF-8",
		},
		{
			"{\"navn\": \"K\xe5re\"}", "/navn",
			"linje 1, kolonne 12: byten 0xE5 er ikke gyldig UTF-8: dokumentet må være kodet i UTF-8",
		},
		{"{\"a\xe5\": 1}", "", "linje 1, kolonne 4: byten 0xE5 er ikke gyldig UTF-8: dokumentet må være kodet i UTF-8"},
		{
			`["\ud800"]`, "/0",
			`linje 1, kolonne 3: escape-sekvensen \ud800 er bare en halv: et tegn over U+FFFF skrives med to`,
		},
		// truncated
		{`{`, "", "linje 1, kolonne 2: dokumentet slutter for tidlig: det mangler «}» til slutt"},
		{
			"{\"a\": [{\"b\": 1,\n", "/a/0",
			"linje 2, kolonne 1: dokumentet slutter for tidlig: det mangler «}]}» til slutt",
		},
		{`{"a":`, "/a", "linje 1, kolonne 6: dokumentet slutter for tidlig: det mangler «}» til slutt"},
		{`{"a`, "", "linje 1, kolonne 4: dokumentet slutter midt i en tekst: avsluttende anførselstegn mangler"},
		{`["\u00`, "/0", "linje 1, kolonne 7: dokumentet slutter midt i en tekst: avsluttende anførselstegn mangler"},
		{`[1.`, "/0", "linje 1, kolonne 4: dokumentet slutter for tidlig: det mangler «]» til slutt"},
		{`tru`, "", "linje 1, kolonne 4: dokumentet slutter midt i en verdi"},
		// more than one value for a name, or than one document
		{
			`{"a":{"b":1,"b":2}}`, "/a/b",
			"linje 1, kolonne 13: feltet «b» er oppgitt to ganger i samme objekt: et felt kan stå der bare én gang",
		},
		{
			`{"a":1,"\u0061":2}`, "/a",
			"linje 1, kolonne 8: feltet «a» er oppgitt to ganger i samme objekt: et felt kan stå der bare én gang",
		},
		{
			"{}\n{}", "",
			"linje 2, kolonne 1: det står mer etter slutten på dokumentet: det skal bare være ett JSON-dokument",
		},
		{
			`{"a":1}}`, "",
			"linje 1, kolonne 8: det står mer etter slutten på dokumentet: det skal bare være ett JSON-dokument",
		},
		{
			`{},`, "",
			"linje 1, kolonne 3: det står mer etter slutten på dokumentet: det skal bare være ett JSON-dokument",
		},
		// something else where JSON wants one thing
		{
			`<xml/>`, "",
			"linje 1, kolonne 1: tegnet «<» er ikke ventet her: det skal være en verdi, vanligvis et objekt som " +
				"begynner med «{»",
		},
		{
			`}`, "",
			"linje 1, kolonne 1: tegnet «}» er ikke ventet her: det skal være en verdi, vanligvis et objekt som " +
				"begynner med «{»",
		},
		{`{"a":1,}`, "", "linje 1, kolonne 7: et komma kan ikke stå foran «}»: ta det bort"},
		{"[1,]\xe5", "", "linje 1, kolonne 3: et komma kan ikke stå foran «]»: ta det bort"},
		{`[1 , ]`, "", "linje 1, kolonne 4: et komma kan ikke stå foran «]»: ta det bort"},
		{`{"a":1 "b":2}`, "", "linje 1, kolonne 8: tegnet «\"» er ikke ventet her: det skal være «,» eller «}»"},
		{`[1 2]`, "", "linje 1, kolonne 4: tegnet «2» er ikke ventet her: det skal være «,» eller «]»"},
		{`[1}`, "", "linje 1, kolonne 3: tegnet «}» er ikke ventet her: det skal være «,» eller «]»"},
		{
			`{a:1}`, "",
			"linje 1, kolonne 2: tegnet «a» er ikke ventet her: det skal være et feltnavn i anførselstegn, eller «}»",
		},
		{
			`{"a":1,b:2}`, "",
			"linje 1, kolonne 8: tegnet «b» er ikke ventet her: det skal være et feltnavn i anførselstegn",
		},
		{
			`{1:2}`, "",
			"linje 1, kolonne 2: tegnet «1» er ikke ventet her: det skal være et feltnavn i anførselstegn, eller «}»",
		},
		{`{'a':1}`, "", `linje 1, kolonne 2: enkelt anførselstegn kan ikke brukes: det skal være doble, som i "navn"`},
		{`{"a" 1}`, "/a", "linje 1, kolonne 6: tegnet «1» er ikke ventet her: det skal være «:» etter feltnavnet"},
		{`{"a":}`, "/a", "linje 1, kolonne 6: tegnet «}» er ikke ventet her: det skal være en verdi"},
		{`{"æ": å}`, "/æ", "linje 1, kolonne 7: tegnet «å» er ikke ventet her: det skal være en verdi"},
		{"[\x01]", "/0", "linje 1, kolonne 2: tegnet U+0001 er ikke ventet her: det skal være en verdi, eller «]»"},
		{
			`[True]`, "/0",
			"linje 1, kolonne 2: «True» er ikke en JSON-verdi: en tekst må stå i anførselstegn, ellers skrives " +
				"true, false og null med små bokstaver",
		},
		{
			`{"a":ordinaer}`, "/a",
			"linje 1, kolonne 6: «ordinaer» er ikke en JSON-verdi: en tekst må stå i anførselstegn, ellers skrives " +
				"true, false og null med små bokstaver",
		},
		{
			`[nul]`, "/0",
			"linje 1, kolonne 5: «nul» er ikke en JSON-verdi: en tekst må stå i anførselstegn, ellers skrives true, " +
				"false og null med små bokstaver",
		},
		{
			`{"fnr":01010123456}`, "",
			"linje 1, kolonne 9: et tall kan ikke begynne med 0: skal det være en tekst, må det stå i anførselstegn",
		},
		{
			`[1.]`, "/0",
			"linje 1, kolonne 4: tegnet «]» kan ikke stå her i et tall: et tall skrives som 1, -1, 1.5 eller 1e6",
		},
		{
			`["\x"]`, "/0",
			`linje 1, kolonne 3: ugyldig escape-sekvens i en tekst: etter «\» skal det stå ett av "\/bfnrt eller u og fire heksadesimale sifre`,
		},
		{
			"[\"a\nb\"]", "/0",
			`linje 1, kolonne 4: tegnet U+000A kan ikke stå rett i en tekst: skriv det som en escape-sekvens, for eksempel \n for linjeskift`,
		},
		// numbers that would keep a validator busy
		{
			`[1e1000]`, "/0",
			"linje 1, kolonne 2: tallet 1e1000 er for langt: et tall kan ha høyst 100 tegn og høyst tre sifre i " +
				"eksponenten",
		},
		{
			`[-1E-999999999]`, "/0",
			"linje 1, kolonne 2: tallet -1E-999999999 er for langt: et tall kan ha høyst 100 tegn og høyst tre " +
				"sifre i eksponenten",
		},
		{strings.Repeat("1", 101), "", "linje 1, kolonne 1: tallet " + strings.Repeat("1", 101) +
			" er for langt: et tall kan ha høyst 100 tegn og høyst tre sifre i eksponenten"},
	} {
		doc, err := Decode([]byte(c.body))
		refused, ok := errors.AsType[*SyntaxError](err)
		if !ok {
			t.Errorf("Decode(%q) = %v, %v; want %s", c.body, doc, err, c.want)
			continue
		}
		if refused.Error() != c.want || refused.Sti != c.sti {
			t.Errorf("Decode(%q):\n got %q %s\nwant %q %s", c.body, refused.Sti, refused, c.sti, c.want)
		}
	}
}

func TestDecodeLimits(t *testing.T) {
	t.Parallel()
	nest := func(n int) string { return strings.Repeat(`{"a":[`, n/2) + strings.Repeat(`]}`, n/2) }
	list := func(n int) string { return `[` + strings.TrimSuffix(strings.Repeat("1,", n-1), ",") + `]` }
	for _, c := range []struct{ name, body, melding string }{
		{"64 levels", nest(64), ""},
		{"66 levels", nest(66), "dokumentet har mer enn 64 nivåer av objekter og lister inni hverandre"},
		{"65 levels", `[` + nest(64) + `]`, "dokumentet har mer enn 64 nivåer av objekter og lister inni hverandre"},
		{
			"a million levels", strings.Repeat(`[`, 1_000_000),
			"dokumentet har mer enn 64 nivåer av objekter og lister inni hverandre",
		},
		{"a million values", list(1_000_000), ""},
		{"one more", list(1_000_001), "dokumentet har mer enn 1 000 000 verdier: del leveransen i flere"},
		{"100 digits", strings.Repeat("1", 100), ""},
		{"exponent of three digits", "-1.5E-999", ""},
	} {
		_, err := Decode([]byte(c.body))
		refused, ok := errors.AsType[*SyntaxError](err)
		if ok != (c.melding != "") || ok && refused.Melding != c.melding {
			t.Errorf("%s: %v, want %q", c.name, err, c.melding)
		}
	}
}

// Whatever can be written as JSON comes back as it was.
func TestDecodeReadsBackWhatIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawValue(t, 4)
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%s: error %v (-want +got):\n%s", text, err, diff)
		}
	})
}

// Decode agrees with encoding/json, but for what it refuses on purpose.
func FuzzDecode(f *testing.F) {
	whole := string(example(f))
	f.Add(true, uint16(0), uint16(0), "")
	f.Add(true, uint16(300), uint16(2), `"\u00e6":`)
	for _, body := range []string{
		``, `{"a":[1,-0.5,1e3,true,null,"\u00e6\ud83d\ude00"]}`, `{"a":1,"a":2}`, "\"\xe6\"", `"\ud800"`,
		`"\ud800\u0061"`, `1e1000`, `[1,]`, "\xEF\xBB\xBF{}",
		`{"a":1,"\u0061":2}`, `{} {}`, strings.Repeat("[", 65) + strings.Repeat("]", 65), `{'a':01}`, `{"a`, `["\`,
		`[tru`, "[\"\x00", `-`, "\xff",
	} {
		f.Add(false, uint16(0), uint16(0), body)
	}
	f.Fuzz(func(t *testing.T, based bool, at, length uint16, put string) {
		base := ""
		if based {
			base = whole
		}
		text, ok := splice.At(base, at, length, put)
		if !ok {
			return
		}
		body := []byte(text)
		isSame(t, body)
		got, err := Decode(body)
		want, wantErr := plainDecode(body)
		if err == nil {
			if diff := cmp.Diff(want, got); wantErr != nil || diff != "" {
				t.Fatalf("encoding/json: %v (-its +ours):\n%s", wantErr, diff)
			}
			return
		}
		refused, ok := errors.AsType[*SyntaxError](err)
		if !ok {
			t.Fatalf("%T: %v", err, err)
		}
		if refused.Melding == "" || !utf8.ValidString(refused.Melding) || refused.Offset < 0 ||
			refused.Offset > int64(len(body)) {
			t.Errorf("%+v", refused)
		}
		if linje, kolonne := position(body, refused.Offset); linje != refused.Linje || kolonne != refused.Kolonne ||
			kolonne < 1 {
			t.Errorf("%+v: offset is at %d, %d", refused, linje, kolonne)
		}
		onPurpose := strings.Contains(refused.Melding, "to ganger") || strings.Contains(refused.Melding, "UTF-8") ||
			strings.Contains(refused.Melding, "bare en halv") || strings.Contains(refused.Melding, "nivåer") ||
			strings.Contains(refused.Melding, "for langt")
		if wantErr == nil && !onPurpose {
			t.Errorf("encoding/json takes what is refused: %v", refused)
		}
	})
}

// plainDecode decodes with encoding/json, with numbers as text and nothing after the value.
func plainDecode(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more follows")
	}
	return v, nil
}

// TestBuild: the fast way takes what the slow way takes, and makes the same of it.
func TestBuild(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`0`, ` -1.5e+10 `, `"a"`, `[]`, `{}`, ` [ [ ] , { } ] `, `{"a":{"b":[1,"\\",{"c":null}]},"d\u0041":"\""}`,
		`[1e1234]`, `[` + strings.Repeat("1", 101) + `]`, strings.Repeat("[", 64) + strings.Repeat("]", 64),
		strings.Repeat("[", 65) + strings.Repeat("]", 65), strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65),
		strings.Repeat("[", 64) + "1" + strings.Repeat("]", 64), `[true,false,null]`, `{"a":1,"a":2}`, `[1]]`, ``,
		"[" + strings.Repeat("1,", maxValues-2) + "1]", "[" + strings.Repeat("1,", maxValues-1) + "1]",
	} {
		isSame(t, []byte(body))
	}
}

// isSame fails the test where build and decodeTokens make different things of a body.
func isSame(t *testing.T, body []byte) {
	t.Helper()
	fast, ok := build(body)
	slow, err := decodeTokens(body)
	if ok != (err == nil) {
		t.Fatalf("of %.200q the fast way takes %v, the slow way says %v", body, ok, err)
	}
	if ok && !reflect.DeepEqual(slow, fast) {
		t.Fatalf("of %.200q the fast way makes %v, the slow way %v", body, fast, slow)
	}
}
