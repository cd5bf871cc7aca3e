package kobo

import (
	"fmt"
	"math/big"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/plainjson"
)

// Decoding of bodies. A document here fits its schema; unknown members and those that Kobo owns are
// ignored (K206).

// read decodes a document into a value by its json tags, matching names exactly.
func read[T any](document any) (value T, err error) {
	text := jsontext.Value(plainjson.MustMarshal(own(document)))
	if err := text.Format(jsontext.CanonicalizeRawFloats(true)); err != nil { // 2.0 is an integer like 2
		return value, err
	}
	return value, json.Unmarshal(text, &value)
}

// own returns a document without the members that Kobo owns, at any depth.
func own(document any) any {
	switch at := document.(type) {
	case map[string]any:
		kept := make(map[string]any, len(at))
		for name, value := range at {
			if name != "koboId" {
				kept[name] = own(value)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(at))
		for i, value := range at {
			kept[i] = own(value)
		}
		return kept
	}
	return document
}

func readBolig(document map[string]any) (b BoligInput, err error) {
	if document, err = withManedsleie(document, "leiekostnad"); err != nil {
		return b, err
	}
	if b.Faste, err = read[Faste](document); err != nil {
		return b, err
	}
	b.Foranderlige, err = read[Foranderlige](document)
	return b, err
}

// readKontrakt ignores an end date beside erTidsubegrenset (K231).
func readKontrakt(document any, sti string) (*Kontrakt, error) {
	folded, err := foldManedsleie(document, sti)
	if err != nil {
		return nil, err
	}
	k, err := read[Kontrakt](folded)
	if k.ErTidsubegrenset {
		k.KontraktUtlopsdato = nil
	}
	return &k, err
}

// readOppsigelse ignores annenOppsigelsestid unless oppsigelsestid is ANNET (K246).
func readOppsigelse(document any) (*Oppsigelse, error) {
	o, err := read[Oppsigelse](document)
	if o.Oppsigelsestid != "ANNET" {
		o.AnnenOppsigelsestid = nil
	}
	return &o, err
}

func readAvslutning(document any) (*Avslutning, error) {
	a, err := read[Avslutning](document)
	return &a, err
}

func readHusstand(document any) (*Husstand, error) {
	h, err := read[Husstand](document)
	return &h, err
}

// withManedsleie returns the document with the rent in the named object under one spelling.
func withManedsleie(document map[string]any, name string) (map[string]any, error) {
	folded, err := foldManedsleie(document[name], "/"+name)
	if err != nil || folded == nil {
		return document, err
	}
	copied := map[string]any{}
	for member, value := range document {
		copied[member] = value
	}
	copied[name] = folded
	return copied, nil
}

// foldManedsleie accepts manedsleie and månedsleie, both of which the page has, unless they differ
// (K233).
func foldManedsleie(document any, sti string) (any, error) {
	object, ok := document.(map[string]any)
	if !ok || object["månedsleie"] == nil {
		return document, nil
	}
	folded := map[string]any{}
	for name, value := range object {
		if name != "månedsleie" {
			folded[name] = value
		}
	}
	if other := object["manedsleie"]; other != nil && !sameNumber(other, object["månedsleie"]) {
		return nil, feil.New(feil.SchemaViolation,
			"manedsleie and månedsleie are two spellings of one field and have different values; send one",
			feil.Detalj{
				Sti:     sti + "/månedsleie",
				Melding: "månedsleie og manedsleie er samme felt, men har ulike verdier",
			})
	}
	folded["manedsleie"] = object["månedsleie"]
	return folded, nil
}

func sameNumber(a, b any) bool {
	x, okX := new(big.Rat).SetString(fmt.Sprint(a))
	y, okY := new(big.Rat).SetString(fmt.Sprint(b))
	return okX && okY && x.Cmp(y) == 0
}
