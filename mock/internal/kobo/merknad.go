package kobo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What is taken without a word, though the sender may have meant something else: the journal and the log say so (K293).

func (s *scene) remark(format string, values ...any) {
	s.merknader = append(s.merknader, fmt.Sprintf(format, values...))
}

// remarksShown bounds how many places one remark names.
const remarksShown = 10

// notTaken remarks on what was sent of a home and does not stand in the answer: it is Kobo's, cannot change, or is not on the page (K206,
// K239, K241). Names of members that the page does not have are not repeated: they may be anything.
func notTaken(document any, answered []byte) []string {
	var shown any
	decoder := json.NewDecoder(bytes.NewReader(answered))
	decoder.UseNumber()
	if err := decoder.Decode(&shown); err != nil {
		panic(err) // we wrote it
	}
	d := difference{}
	d.object("", document, shown)
	var remarks []string
	if n := len(d.otherwise); n > 0 {
		text := "not shown as it was sent, because it is Kobo's, does not change or follows from something else: " + strings.Join(d.otherwise[:min(n, remarksShown)], ", ")
		if n > remarksShown {
			text += fmt.Sprintf(" and %d more", n-remarksShown)
		}
		remarks = append(remarks, text)
	}
	if d.unknown > 0 {
		remarks = append(remarks, fmt.Sprintf("passed over, because the page has no such member: %d members", d.unknown))
	}
	return remarks
}

// difference is where an answer does not show what was sent.
type difference struct {
	otherwise []string // places
	unknown   int      // members
}

func (d *difference) object(at string, sent, shown any) {
	members, has := object(sent), object(shown)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value, known := has[strings.ReplaceAll(name, "å", "a")] // K233
		if !known {
			d.unknown++
			continue
		}
		d.value(at+"/"+name, members[name], value)
	}
}

// value compares one value; null says nothing, so it is passed over in silence.
func (d *difference) value(at string, sent, shown any) {
	switch sent := sent.(type) {
	case nil:
		return
	case map[string]any:
		if _, ok := shown.(map[string]any); ok {
			d.object(at, sent, shown)
			return
		}
	case []any:
		if list, ok := shown.([]any); ok && len(list) == len(sent) {
			for i := range sent {
				d.value(fmt.Sprintf("%s/%d", at, i), sent[i], list[i])
			}
			return
		}
	case string, bool:
		if sent == shown {
			return
		}
	default:
		if sameNumber(sent, shown) {
			return
		}
	}
	d.otherwise = append(d.otherwise, at)
}
