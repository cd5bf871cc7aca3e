package compare

import (
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"time"
)

// Progress follows the deliveries of a recording and the feedback on them, to find out how long the
// real API took for each: whether feedback shows is a matter of the clock here (K794).
type Progress struct {
	delivered map[string]*delivery // by forsendelseId
	dialogs   map[string]*delivery // the newest, by dialogId
	feedback  map[string]*delivery // by the id of the feedback
}

// delivery is a delivery in a recording.
type delivery struct {
	at       time.Time
	longest  time.Duration // after which there was no feedback yet; -1 for none
	shortest time.Duration // after which there was feedback
}

// maxDeliveries limits the deliveries that are followed.
const maxDeliveries = 100_000

// NewProgress returns the Progress at the beginning of a recording.
func NewProgress() *Progress {
	return &Progress{
		delivered: map[string]*delivery{}, dialogs: map[string]*delivery{}, feedback: map[string]*delivery{},
	}
}

// never is a time until feedback that no recording waits for.
const never = 1000 * 24 * time.Hour

// Delay returns the time until the feedback on the delivery that a recorded answer is about, so that
// all other answers agree with it; 0 for an answer about none.
func (p *Progress) Delay(answer []byte) time.Duration {
	const max = 64 << 10 // bytes; the answer to a delivery has some 200
	var receipt struct{ ForsendelseID string }
	if len(answer) > max || json.Unmarshal(answer, &receipt) != nil {
		return 0
	}
	switch d := p.delivered[receipt.ForsendelseID]; {
	case d == nil, d.longest < 0, d.longest >= d.shortest:
		return 0
	case d.shortest == math.MaxInt64:
		return never
	default:
		return d.longest + (d.shortest-d.longest)/2
	}
}

// See notes what the recorded answer to a call says of deliveries and feedback. Calls must be in the
// order in which they were made.
func (p *Progress) See(c *Call, answer []byte) {
	note := func(d *delivery, hasFeedback bool) {
		switch {
		case d == nil:
		case hasFeedback:
			d.shortest = min(d.shortest, c.Time.Sub(d.at))
		default:
			d.longest = max(d.longest, c.Time.Sub(d.at))
		}
	}
	isGood := c.Status >= 200 && c.Status <= 299
	if _, after, isDocument := strings.Cut(c.URL.Path, "/forsendelser/"); isDocument {
		forsendelse, dokument, _ := strings.Cut(after, "/dokumenter/")
		if dokument != forsendelse && (isGood || c.Status == http.StatusNotFound) { // its own needs no feedback (K015)
			note(p.delivered[forsendelse], isGood)
		}
	}
	const max = 4 << 20 // bytes; a dialog with a thousand deliveries has 2 MiB
	if !isGood || len(answer) > max {
		return
	}
	if len(p.feedback) > 0 {
		for _, text := range []string{c.URL.Path, string(answer)} {
			for _, found := range words(text) {
				note(p.feedback[found], true)
			}
		}
	}
	var document any
	if json.Unmarshal(answer, &document) == nil {
		p.walk(document, c.Time, note, 0)
	}
}

// walk looks at an object and those in it.
func (p *Progress) walk(value any, now time.Time, note func(d *delivery, hasFeedback bool), depth int) {
	if depth > maxDepth {
		return
	}
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			p.walk(element, now, note, depth+1)
		}
	case map[string]any:
		text := func(name string) string { t, _ := v[name].(string); return t }
		id, dialog, forsendelse := text("id"), text("dialogId"), text("forsendelseId")
		if p.delivered[forsendelse] == nil && forsendelse != "" && dialog != "" && len(p.delivered) < maxDeliveries {
			d := &delivery{at: now, longest: -1, shortest: math.MaxInt64}
			p.delivered[forsendelse], p.dialogs[dialog] = d, d
		}
		if d := p.delivered[text("relatedTransmissionId")]; d != nil {
			note(d, true)
			if id != "" && len(p.feedback) < maxDeliveries {
				p.feedback[id] = d
			}
		}
		switch strings.ToLower(text("status")) {
		case "completed":
			note(p.dialogs[id], true)
		case "inprogress":
			note(p.dialogs[id], false)
		}
		for _, member := range v {
			p.walk(member, now, note, depth+1)
		}
	}
}
