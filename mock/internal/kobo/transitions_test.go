package kobo

import (
	"slices"
	"testing"

	"sandkasse/mock/internal/feil"
)

// TestBordet: every act has one row, every row has a cell for every state, and an operation
// declares the offences of its rows.
func TestBordet(t *testing.T) {
	t.Parallel()
	tells := map[Act]map[feil.Offence]bool{}
	for _, row := range transitions() {
		if tells[row.act] != nil {
			t.Errorf("%s has two rows", row.act)
		}
		tells[row.act] = map[feil.Offence]bool{}
		for i, at := range row.in {
			if (at.effect == nil) == (at.offence == "") {
				t.Errorf("%s in the state %s is neither done nor refused, or both", row.act, state(i))
			}
			tells[row.act][at.offence] = true
		}
	}
	for name, d := range decoders() {
		h, _ := d.decode(map[string]string{}, map[string]any{})
		if !slices.Contains(d.acts, h.Act) {
			t.Errorf("%s decodes the act %s, which is not among its own: %v", name, h.Act, d.acts)
		}
		for _, act := range d.acts {
			if tells[act] == nil {
				t.Errorf("%s has the act %s, which has no row", name, act)
			}
			for offence := range tells[act] {
				if offence != "" && !slices.Contains(offencesOf(d), offence) {
					t.Errorf("%s does not say that it can answer %s", name, offence)
				}
			}
		}
	}
}
