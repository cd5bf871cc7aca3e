package kobo

import (
	"slices"
	"testing"

	"sandkasse/mock/internal/feil"
)

// TestBordet: every act has one row, every row a cell for every state, and what an operation may tell is what its rows can tell.
func TestBordet(t *testing.T) {
	t.Parallel()
	tells := map[Act]map[feil.Offence]bool{}
	for _, row := range overganger() {
		if tells[row.act] != nil {
			t.Errorf("%s has two rows", row.act)
		}
		tells[row.act] = map[feil.Offence]bool{}
		for state, at := range row.in {
			if (at.effect == nil) == (at.offence == "") {
				t.Errorf("%s in the state %s is neither done nor refused, or both", row.act, tilstand(state))
			}
			tells[row.act][at.offence] = true
		}
	}
	for name, op := range operations() {
		h, _ := op(map[string]string{}, map[string]any{})
		acts := []Act{h.Act}
		if name == "kobo-opprettLeieforhold" {
			acts = []Act{LeiUt, LeiUtNySak}
		}
		for _, act := range acts {
			for offence := range tells[act] {
				if offence != "" && !slices.Contains(offences(name), offence) && act != Opprett {
					t.Errorf("%s does not say that it tells %s", name, offence)
				}
			}
		}
	}
}
