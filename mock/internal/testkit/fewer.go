package testkit

import (
	"slices"
	"testing"
)

// FewerData reports whether tests are to use fewer data: with -short, and under the race detector,
// where all takes ten times as long. What is left out are more data for the same code.
func FewerData() bool { return testing.Short() || raceEnabled }

// alike lists the APIs of the reporting family that have nothing that no other one has: their files
// are data for the same code.
var alike = []string{
	"aksjesparekonto", "betalingernaeringsdrivende", "drosjetjenester", "egg", "finansprodukter", "fisk",
	"individuellepensjonsordninger", "innskuddutlaanrenter", "internasjonalrapportering", "jordbruk", "korn",
	"livsforsikring", "overskuddsstroem", "skadeforsikring", "skattepliktigkundeutbytte", "slakt", "tilskudd",
	"tilskudd-prim", "toemmer", "verdipapirfondshistorikk",
}

// LeftOut reports whether a test that does the same with every API leaves this one out, because tests
// use fewer data.
func LeftOut(api string) bool { return FewerData() && slices.Contains(alike, api) }
