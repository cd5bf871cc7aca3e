package innrapportering

import (
	"errors"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/schema"
)

// Violation is one thing that is wrong with a document.
type Violation struct {
	Sti         string // JSON pointer to the place
	AngittVerdi string // the value there; empty for none
	Melding     string // what it must be, in Norwegian
	Line        int    // of the place, from 1; 0 where it cannot be said
	Column      int    // likewise
}

// Violations checks a document as the API does on delivery, as far as this depends on the document
// alone: its JSON, its schema, and whether it contradicts itself. It returns what is wrong, sorted
// by Sti; nothing for a document that can be delivered.
func Violations(api *catalog.API, document []byte) ([]Violation, error) {
	decoded, err := schema.Decode(document)
	if syntax, ok := errors.AsType[*schema.SyntaxError](err); ok {
		return []Violation{{Sti: syntax.Sti, Melding: syntax.Melding, Line: syntax.Linje, Column: syntax.Kolonne}}, nil
	}
	if err != nil {
		return nil, err
	}
	avvik := api.Schema().Validate(decoded)
	if len(avvik) == 0 {
		if why, at := contradiction(api.Felter, decoded); why != "" {
			avvik = append(avvik, schema.Avvik{Sti: at.Sti, AngittVerdi: at.AngittVerdi, Melding: at.Melding})
		}
	}
	stier := make([]string, len(avvik))
	for i, one := range avvik {
		stier[i] = one.Sti
	}
	places := schema.Places(document, stier)
	violations := make([]Violation, len(avvik))
	for i, one := range avvik {
		at := places[one.Sti]
		violations[i] = Violation{one.Sti, one.AngittVerdi, one.Melding, at.Linje, at.Kolonne}
	}
	return violations, nil
}
