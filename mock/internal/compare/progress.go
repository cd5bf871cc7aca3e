package compare

import (
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"time"
)

// Progress follows the deliveries of a recording and the feedback on them: the real API takes its time
// for feedback, and whether it shows is a matter of the clock here (K794).
type Progress struct {
	delivered map[string]time.Time // by forsendelseId
	dialogs   map[string]string    // the newest delivery, by dialogId
	feedback  map[string]string    // forsendelseId, by the id of the feedback

	longest  time.Duration // after which there was no feedback yet; negative for none
	shortest time.Duration // after which there was feedback
}

// maxDeliveries limits the deliveries that are followed.
const maxDeliveries = 100_000

// NewProgress returns the Progress at the beginning of a recording.
func NewProgress() *Progress {
	return &Progress{
		delivered: map[string]time.Time{}, dialogs: map[string]string{}, feedback: map[string]string{},
		longest: -1, shortest: math.MaxInt64,
	}
}

// Delay returns a time between a delivery and its feedback with which all answers that were seen
// agree; ok is false where there is none.
func (p *Progress) Delay() (delay time.Duration, ok bool) {
	return p.longest + 1, p.longest < p.shortest && p.longest < maxDelay
}

// maxDelay limits what Delay returns.
const maxDelay = 365 * 24 * time.Hour

// See notes what the recorded answer to a call says of deliveries and feedback. It returns when the
// newest delivery was made of which the answer, or the call, shows that there is feedback; the zero
// Time for none.
func (p *Progress) See(c *Call, answer []byte) (newest time.Time) {
	note := func(forsendelse string, hasFeedback bool) {
		at, known := p.delivered[forsendelse]
		switch {
		case !known:
		case hasFeedback:
			p.shortest = min(p.shortest, c.Time.Sub(at))
			if at.After(newest) {
				newest = at
			}
		default:
			p.longest = max(p.longest, c.Time.Sub(at))
		}
	}
	isGood := c.Status >= 200 && c.Status <= 299
	if _, after, isDocument := strings.Cut(c.URL.Path, "/forsendelser/"); isDocument {
		forsendelse, dokument, _ := strings.Cut(after, "/dokumenter/")
		if dokument != forsendelse && (isGood || c.Status == http.StatusNotFound) { // its own needs no feedback (K015)
			note(forsendelse, isGood)
		}
	}
	const max = 4 << 20 // bytes; a dialog with a thousand deliveries has 2 MiB
	if !isGood || len(answer) > max {
		return newest
	}
	if len(p.feedback) > 0 {
		for _, text := range []string{c.URL.Path, string(answer)} {
			for _, found := range words(text) {
				if forsendelse, known := p.feedback[found]; known {
					note(forsendelse, true)
				}
			}
		}
	}
	var document any
	if json.Unmarshal(answer, &document) == nil {
		p.walk(document, c.Time, note, 0)
	}
	return newest
}

// walk looks at an object and those in it.
func (p *Progress) walk(value any, now time.Time, note func(forsendelse string, hasFeedback bool), depth int) {
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
		if _, known := p.delivered[forsendelse]; !known && forsendelse != "" && dialog != "" &&
			len(p.delivered) < maxDeliveries {
			p.delivered[forsendelse], p.dialogs[dialog] = now, forsendelse
		}
		if related := text("relatedTransmissionId"); !p.delivered[related].IsZero() {
			note(related, true)
			if id != "" && len(p.feedback) < maxDeliveries {
				p.feedback[id] = related
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
