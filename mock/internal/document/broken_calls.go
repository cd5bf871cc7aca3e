package document

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/schema"
)

// noUUID is the id of a forsendelse or document that there is not.
const noUUID = "00000000-0000-4000-8000-000000000001"

// calls breaks the rules about the call: its address, headers, token and body, in the order in which the API looks at them.
func (b *breaker) calls() {
	from := &b.bases[0]
	b.call(from, "unknown-url", "", "", &Request{Path: b.path(b.wanted.Inntektsaar) + "/ukjent/ukjent"})
	b.call(from, "method-not-allowed", "", "", &Request{Method: "PATCH"})
	for _, check := range b.Checks {
		if breaks := callRules[check]; breaks != nil {
			breaks(b, from)
		}
	}
	if b.Dokument == "" {
		return
	}
	unknown := strings.NewReplacer("{inntektsaar}", strconv.Itoa(b.wanted.Inntektsaar), "{dokumentId}", noUUID)
	b.without("unknown-forsendelse", "forsendelseId", &Request{Method: "GET", Path: unknown.Replace(strings.ReplaceAll(b.Dokument, "{forsendelseId}", noUUID))})
	b.without("unknown-dokument", "dokumentId", &Request{Method: "GET", Path: unknown.Replace(b.Dokument), After: ValidFile})
}

// callRules break what each check of the catalogue looks at.
var callRules = map[string]func(b *breaker, from *base){
	"token": func(b *breaker, from *base) {
		b.header(from, "missing-token", "", "Authorization", nil)
		wrong := "Bearer ikke-et-token"
		b.header(from, "invalid-token", "malformed", "Authorization", &wrong)
		b.token(from, "invalid-token", "expired", "Authorization", map[string]string{"org": from.org, "expired": "true"})
	},
	"scope": func(b *breaker, from *base) {
		b.token(from, "wrong-scope", "", "Authorization", map[string]string{"org": from.org, "scope": "skatteetaten:noeannet"})
	},
	"systembruker": func(b *breaker, from *base) {
		b.token(from, "no-systembruker", "", "Authorization", map[string]string{"vendor": from.org})
	},
	"accept": func(b *breaker, from *base) {
		other := "application/xml"
		b.header(from, "not-acceptable", "", "Accept", &other)
	},
	"accept-json-or-xml": func(b *breaker, from *base) {
		other := "text/html"
		b.header(from, "not-acceptable", "", "Accept", &other)
	},
	"content-type": func(b *breaker, from *base) {
		other := "application/xml"
		b.header(from, "wrong-content-type", "", "Content-Type", &other)
		b.header(from, "wrong-content-type", "missing", "Content-Type", nil)
	},
	"body-size": func(b *breaker, from *base) {
		if text := from.object(); b.MaxBody > int64(len(text)) {
			padding := bytes.Repeat([]byte(" "), int(b.MaxBody)-len(text))
			b.body("body-too-large", "", "", slices.Concat(text, padding, []byte("\n")), from.org)
		}
	},
	"idempotency-key": func(b *breaker, from *base) {
		wrong, key := "ikke-en-uuid", Key(b.wanted.Seed, "key-reused", from.body)
		b.header(from, "missing-header", "idempotencyKey", "idempotencyKey", nil)
		b.header(from, "bad-parameter", "idempotencyKey", "idempotencyKey", &wrong)
		other := &b.bases[1] // another document under the same key
		b.call(other, "key-reused", "", "idempotencyKey", &Request{Headers: map[string]*string{"idempotencyKey": &key}, After: ValidFile})
	},
	"inntektsaar": func(b *breaker, from *base) {
		b.call(from, "bad-parameter", "inntektsaar", "inntektsaar", &Request{Path: strings.ReplaceAll(b.Path, "{inntektsaar}", "20X4")})
	},
	"inntektsaar-supported": func(b *breaker, _ *base) {
		b.unsupported("too-early", b.First-1)
		b.unsupported("too-late", b.Last+1)
	},
	"kobo-systemid": func(b *breaker, from *base) {
		wrong := "to ord"
		b.header(from, "missing-header", "x-kobo-systemid", "x-kobo-systemid", nil)
		b.header(from, "bad-parameter", "x-kobo-systemid", "x-kobo-systemid", &wrong)
	},
	"kobo-bolig-id": func(b *breaker, from *base) {
		b.call(from, "bad-parameter", "koboBoligId", "koboBoligId", &Request{Path: strings.Replace(b.Path, noUUID, "ikke-en-uuid", 1)})
	},
	"json-or-nothing": (*breaker).brokenJSON,
	"json": func(b *breaker, from *base) {
		b.broken("empty", []byte{}, from.org)
		b.brokenJSON(from)
	},
	"inntektsaar-in-path": func(b *breaker, from *base) {
		sti := pointer(b.Places.Inntektsaar)
		if _, there := from.spans[sti]; !there {
			return
		}
		other := b.wanted.Inntektsaar - 1
		b.body("year-mismatch", "", sti, from.apply(from.replace(sti, like(from.text(sti), strconv.Itoa(other)))), from.org)
	},
	"metadata": func(b *breaker, from *base) {
		if sti := pointer(b.Places.Leveransetype); from.spans[sti].end > 0 {
			b.body("contradictory-metadata", "", sti, from.apply(from.replace(sti, `"ingenoppgaver"`)), from.org)
		}
	},
	"right-to-report": func(b *breaker, from *base) {
		other := "319000003"
		if from.org == other {
			other = "319000011"
		}
		b.token(from, "no-right-to-report", "", pointer(b.Places.Oppgavegiver), map[string]string{"org": other})
	},
}

func (b *breaker) path(year int) string {
	return strings.ReplaceAll(b.Path, "{inntektsaar}", strconv.Itoa(year))
}

// call adds a call with a valid document; the rule is the offence, and what of it where there are several.
func (b *breaker) call(from *base, offence, what, sti string, request *Request) {
	b.any(offence, what, sti, Broken{Body: from.body, Inntektsaar: b.wanted.Inntektsaar, Org: from.org, Request: request})
}

// without adds a call without a document.
func (b *breaker) without(offence, sti string, request *Request) {
	b.any(offence, "", sti, Broken{Inntektsaar: b.wanted.Inntektsaar, Org: b.bases[0].org, Request: request})
}

// body adds an ordinary call with a document that is no valid one.
func (b *breaker) body(offence, what, sti string, body []byte, org string) {
	b.any(offence, what, sti, Broken{Body: body, Inntektsaar: b.wanted.Inntektsaar, Org: org})
}

func (b *breaker) any(offence, what, sti string, broken Broken) {
	expected, told := b.refused(offence, sti)
	if !told {
		return
	}
	broken.Rule, broken.Expected = offence, expected
	if what != "" {
		broken.Rule += ":" + what
	}
	b.add(broken)
}

func (b *breaker) header(from *base, offence, what, name string, value *string) {
	b.call(from, offence, what, name, &Request{Headers: map[string]*string{name: value}})
}

func (b *breaker) token(from *base, offence, what, sti string, parameters map[string]string) {
	parameters["api"] = b.Name
	b.call(from, offence, what, sti, &Request{Token: parameters})
}

// unsupported adds a delivery for a year that is not taken, with a document for that year.
func (b *breaker) unsupported(what string, year int) {
	w := b.wanted
	w.Inntektsaar, w.Oppgaver, w.Org = year, oppgaverInBase, b.bases[0].org
	if body, err := b.valid(w); err == nil {
		if from, err := newBase(b.Service, body, w.Org); err == nil {
			b.any("year-not-supported", what, "inntektsaar", Broken{Body: body, Inntektsaar: year, Org: from.org})
		}
	}
}

// broken adds a body that is not one well-formed JSON document.
func (b *breaker) broken(what string, body []byte, org string) {
	_, err := schema.Decode(body)
	if syntax, ok := errors.AsType[*schema.SyntaxError](err); ok {
		b.body("broken-json", what, syntax.Sti, body, org)
	}
}

// object is the document without the newline at its end, an empty object where there is no document.
func (b base) object() []byte {
	if len(b.body) == 0 {
		return []byte("{}")
	}
	return b.body[:len(b.body)-1]
}

// brokenJSON adds bodies that there are, and that are not one well-formed JSON document.
func (b *breaker) brokenJSON(from *base) {
	text := from.object()
	first := ","
	if string(text) == "{}" {
		first = ""
	}
	inside := func(more string) []byte { return slices.Concat(text[:len(text)-1], []byte(first+more+"}\n")) }
	b.broken("truncated", text[:len(text)-1], from.org)
	b.broken("two-documents", slices.Concat(text, []byte("{}\n")), from.org)
	b.broken("comma", inside(`"`+unknown+`":1,`), from.org)
	b.broken("name-twice", inside(`"`+unknown+`":1,"`+unknown+`":1`), from.org)
	b.broken("byte-order-mark", slices.Concat([]byte("\ufeff"), text, []byte("\n")), from.org)
	b.broken("not-utf-8", inside("\"\xff\":1"), from.org)
}
