package scenario

import (
	"regexp"
	"time"

	"sandkasse/mock/internal/yamlfile"
)

// approvalDelay is the form of the time until the customer answers, by the session's clock.
const approvalDelay = `^([1-9][0-9]{0,6}(ms|s)|[1-9][0-9]{0,4}m|[1-9][0-9]{0,3}h)$`

var approvalDelayForm = regexp.MustCompile(approvalDelay)

// approvalFault has the customer answer a request for a system user by itself.
type approvalFault struct {
	Answer string
	After  time.Duration
}

// Apply sets the answer and the time until it comes.
func (f approvalFault) Apply(e *Effect, _ func() float64) {
	e.Approval, e.ApprovalAfter = f.Answer, f.After
}

// approvalEntry is the fault as a script has it.
type approvalEntry struct {
	Answer string        `yaml:"answer"`
	After  yamlfile.Text `yaml:"after"`
}

func approvalKind() faultKind {
	answers := []string{"approve", "reject", "timeout", "never", "not-delegable"}
	schema := `{
          "type": "object", "additionalProperties": false, "required": ["answer"],
          "description": "What the customer does with the request for a system user.",
          "properties": {
            "answer": {"enum": ` + jsonText(answers) + `},
            "after": {
              "type": "string", "pattern": "` + approvalDelay + `",
              "description": "How long it takes by the clock of the session, such as 30s; at most 9999h."
            }
          }
        }`
	return newKind("approval", Works, schema, func(r *reader, place string, written approvalEntry) Fault {
		r.oneOf(place+".answer", "answer of a customer", written.Answer, answers)
		f := approvalFault{Answer: written.Answer}
		if written.After != "" {
			f.After, _ = parseDuration(string(written.After))
			if !approvalDelayForm.MatchString(string(written.After)) {
				r.Fault(place+".after", "after is %q; it must be a whole number of ms, s, m or h above 0, such as "+
					"30s, and at "+
					"most 9999h", written.After)
			}
		}
		return f
	})
}
