package document

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"sandkasse/fixtures/random"
	"sandkasse/mock/internal/schema"
)

// noUUID identifies a forsendelse or document that does not exist.
const noUUID = "00000000-0000-4000-8000-000000000001"

// breakCall breaks the rules about address, headers, token and body, in the order in which the API
// checks them.
func (b *breaker) breakCall() {
	from := &b.valid[0]
	b.addCall(from, "unknown-url", "", "", &Request{Path: b.path(b.opts.Inntektsaar) + "/ukjent/ukjent"})
	b.addCall(from, "method-not-allowed", "", "", &Request{Method: "PATCH"})
	for _, check := range b.Checks {
		if breaks := callRules[check]; breaks != nil && b.opts.ended() == nil {
			breaks(b, from)
		}
	}
	if b.Dokument == "" {
		return
	}
	unknown := strings.NewReplacer("{inntektsaar}", strconv.Itoa(b.opts.Inntektsaar), "{dokumentId}", noUUID)
	noForsendelse := unknown.Replace(strings.ReplaceAll(b.Dokument, "{forsendelseId}", noUUID))
	other := map[string]string{"api": b.Name, "org": otherOrg(from.org)}
	b.addBodiless("no-dialog", "forsendelseId", &Request{Method: "GET", Path: noForsendelse, Token: other})
	b.addBodiless("unknown-forsendelse", "forsendelseId",
		&Request{Method: "GET", Path: noForsendelse, After: ValidFile})
	b.addBodiless("unknown-dokument", "dokumentId",
		&Request{Method: "GET", Path: unknown.Replace(b.Dokument), After: ValidFile})
}

// callRules has, for each check of the catalogue, a function that breaks its rules.
var callRules = map[string]func(b *breaker, from *validDocument){
	"token": func(b *breaker, from *validDocument) {
		b.addHeader(from, "missing-token", "", "Authorization", nil)
		wrong := "Bearer ikke-et-token"
		b.addHeader(from, "invalid-token", "malformed", "Authorization", &wrong)
		b.addToken(from, "invalid-token", "expired", "Authorization",
			map[string]string{"org": from.org, "expired": "true"})
	},
	"scope": func(b *breaker, from *validDocument) {
		b.addToken(from, "wrong-scope", "", "Authorization",
			map[string]string{"org": from.org, "scope": "skatteetaten:noeannet"})
	},
	"systembruker": func(b *breaker, from *validDocument) {
		b.addToken(from, "no-systembruker", "", "Authorization", map[string]string{"vendor": from.org})
	},
	"accept": func(b *breaker, from *validDocument) {
		other := "application/xml"
		b.addHeader(from, "not-acceptable", "", "Accept", &other)
	},
	"accept-json-or-xml": func(b *breaker, from *validDocument) {
		other := "text/html"
		b.addHeader(from, "not-acceptable", "", "Accept", &other)
	},
	"content-type": func(b *breaker, from *validDocument) {
		other := "application/xml"
		b.addHeader(from, "wrong-content-type", "", "Content-Type", &other)
		b.addHeader(from, "wrong-content-type", "missing", "Content-Type", nil)
	},
	"body-size": func(b *breaker, from *validDocument) {
		if text := from.object(); b.MaxBody > int64(len(text)) {
			padding := bytes.Repeat([]byte(" "), int(b.MaxBody)-len(text))
			b.addBody("body-too-large", "", "", slices.Concat(text, padding, []byte("\n")), from.org)
		}
	},
	"idempotency-key": func(b *breaker, from *validDocument) {
		wrong, key := "ikke-en-uuid", Key(b.opts.Seed, "key-reused", from.body)
		b.addHeader(from, "missing-header", "idempotencyKey", "idempotencyKey", nil)
		b.addHeader(from, "bad-parameter", "idempotencyKey", "idempotencyKey", &wrong)
		other := &b.valid[1] // another document under the same key
		b.addCall(other, "key-reused", "", "idempotencyKey",
			&Request{Headers: map[string]*string{"idempotencyKey": &key}, After: ValidFile})
	},
	"inntektsaar": func(b *breaker, from *validDocument) {
		b.addCall(from, "bad-parameter", "inntektsaar", "inntektsaar",
			&Request{Path: strings.ReplaceAll(b.Path, "{inntektsaar}", "20X4")})
	},
	"inntektsaar-supported": func(b *breaker, _ *validDocument) {
		b.addYear("too-early", b.First-1)
		b.addYear("too-late", b.Last+1)
	},
	"kobo-systemid": func(b *breaker, from *validDocument) {
		wrong := "to ord"
		b.addHeader(from, "missing-header", "x-kobo-systemid", "x-kobo-systemid", nil)
		b.addHeader(from, "bad-parameter", "x-kobo-systemid", "x-kobo-systemid", &wrong)
	},
	"kobo-bolig-id": func(b *breaker, from *validDocument) {
		b.addCall(from, "bad-parameter", "koboBoligId", "koboBoligId",
			&Request{Path: strings.Replace(b.Path, noUUID, "ikke-en-uuid", 1)})
	},
	"json-or-nothing": (*breaker).addSyntaxErrors,
	"json": func(b *breaker, from *validDocument) {
		b.addSyntaxError("empty", []byte{}, from.org)
		b.addSyntaxErrors(from)
	},
	"inntektsaar-in-path": func(b *breaker, from *validDocument) {
		sti := pointer(b.Fields.first(b.Fields.Inntektsaar))
		if _, there := from.spans[sti]; !there {
			return
		}
		other := b.opts.Inntektsaar - 1
		b.addBody("year-mismatch", "", sti, from.apply(from.replace(sti,
			quotedLike(from.text(sti), strconv.Itoa(other)))), from.org)
	},
	"metadata": func(b *breaker, from *validDocument) {
		if sti := pointer(b.Fields.first(b.Fields.Leveransetype)); from.spans[sti].end > 0 {
			b.addBody("contradictory-metadata", "", sti, from.apply(from.replace(sti, `"ingenoppgaver"`)), from.org)
		}
		for i := range b.valid { // the first with two leveranser
			several := &b.valid[i]
			if leveranser := b.Fields.leveranser(several.document); len(leveranser) > 1 {
				sti := pointer(slices.Concat(leveranser[1].at, b.Fields.Oppgavegiver))
				b.addBody("contradictory-metadata", "oppgavegiver", sti,
					several.apply(several.replace(sti, strconv.Quote(otherOrg(several.org)))), several.org)
				break
			}
		}
	},
	"hovedenhet": func(b *breaker, from *validDocument) {
		stream := random.NewStream()
		stream.Begin(b.opts.Seed, "underenhet "+b.Name)
		parties := newParties(stream, b.opts.Seed)
		number := strconv.Quote(parties.nextUnderenhet())
		var edits []edit
		for _, l := range b.Fields.leveranser(from.document) {
			edits = append(edits, from.replace(pointer(slices.Concat(l.at, b.Fields.Oppgavegiver)), number))
		}
		b.addBody("underenhet", "", pointer(b.Fields.first(b.Fields.Oppgavegiver)),
			from.apply(edits...), from.org)
	},
	"right-to-report": func(b *breaker, from *validDocument) {
		b.addToken(from, "no-right-to-report", "", pointer(b.Fields.first(b.Fields.Oppgavegiver)),
			map[string]string{"org": otherOrg(from.org)})
	},
}

// otherOrg returns an organisation that is not this one.
func otherOrg(org string) string {
	if org == "319000003" {
		return "319000011"
	}
	return "319000003"
}

// path returns the path of a delivery for a year.
func (b *breaker) path(year int) string {
	return strings.ReplaceAll(b.Path, "{inntektsaar}", strconv.Itoa(year))
}

// addCall adds a call with a valid document. The rule is the offence and, if there are several,
// what distinguishes it.
func (b *breaker) addCall(from *validDocument, offence, what, sti string, request *Request) {
	b.addOffence(offence, what, sti, InvalidCall{
		Body: from.body, Inntektsaar: b.opts.Inntektsaar, Org: from.org,
		Request: request,
	})
}

// addBodiless adds a call without a body.
func (b *breaker) addBodiless(offence, sti string, request *Request) {
	b.addOffence(offence, "", sti, InvalidCall{Inntektsaar: b.opts.Inntektsaar, Org: b.valid[0].org, Request: request})
}

// addBody adds a delivery with an invalid body.
func (b *breaker) addBody(offence, what, sti string, body []byte, org string) {
	b.addOffence(offence, what, sti, InvalidCall{Body: body, Inntektsaar: b.opts.Inntektsaar, Org: org})
}

// addOffence adds a call if the API documents the offence.
func (b *breaker) addOffence(offence, what, sti string, call InvalidCall) {
	expected, documented := b.expect(offence, sti)
	if !documented {
		return
	}
	call.Rule, call.Expected = offence, expected
	if what != "" {
		call.Rule += ":" + what
	}
	b.add(call)
}

// addHeader adds a call with another value of a header, or without it if value is nil.
func (b *breaker) addHeader(from *validDocument, offence, what, name string, value *string) {
	b.addCall(from, offence, what, name, &Request{Headers: map[string]*string{name: value}})
}

// addToken adds a call with a token of other parameters.
func (b *breaker) addToken(from *validDocument, offence, what, sti string, parameters map[string]string) {
	parameters["api"] = b.Name
	b.addCall(from, offence, what, sti, &Request{Token: parameters})
}

// addYear adds a delivery for a year that is not accepted, with a document for that year.
func (b *breaker) addYear(what string, year int) {
	w := b.opts
	w.Inntektsaar, w.Oppgaver, w.Org = year, oppgaverInValid, b.valid[0].org
	if body, err := b.makeValid(w); err == nil {
		if from, err := newValidDocument(b.APISpec, body, w.Org); err == nil {
			b.addOffence("year-not-supported", what, "inntektsaar",
				InvalidCall{Body: body, Inntektsaar: year, Org: from.org})
		}
	}
}

// addSyntaxError adds a body that is not one well-formed JSON document.
func (b *breaker) addSyntaxError(what string, body []byte, org string) {
	_, err := schema.Decode(body)
	if syntax, ok := errors.AsType[*schema.SyntaxError](err); ok {
		b.addBody("broken-json", what, syntax.Sti, body, org)
	}
}

// object returns the document without its newline, or an empty object if there is no document.
func (b validDocument) object() []byte {
	if len(b.body) == 0 {
		return []byte("{}")
	}
	return b.body[:len(b.body)-1]
}

// addSyntaxErrors adds bodies that are not empty and not one well-formed JSON document.
func (b *breaker) addSyntaxErrors(from *validDocument) {
	text := from.object()
	first := ","
	if string(text) == "{}" {
		first = ""
	}
	inside := func(more string) []byte { return slices.Concat(text[:len(text)-1], []byte(first+more+"}\n")) }
	b.addSyntaxError("truncated", text[:len(text)-1], from.org)
	b.addSyntaxError("two-documents", slices.Concat(text, []byte("{}\n")), from.org)
	b.addSyntaxError("comma", inside(`"`+unknown+`":1,`), from.org)
	b.addSyntaxError("name-twice", inside(`"`+unknown+`":1,"`+unknown+`":1`), from.org)
	b.addSyntaxError("byte-order-mark", slices.Concat([]byte("\ufeff"), text, []byte("\n")), from.org)
	b.addSyntaxError("not-utf-8", inside("\"\xff\":1"), from.org)
}
