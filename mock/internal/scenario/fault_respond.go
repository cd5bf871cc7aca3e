package scenario

import (
	"encoding/json"

	"sandkasse/mock/internal/yamlfile"
)

// respondFault answers with what the script has written out.
type respondFault Response

// Apply sets the response.
func (f respondFault) Apply(e *Effect, _ func() float64) { e.Response = (*Response)(&f) }

type respondFile struct {
	Status  yamlfile.Int             `yaml:"status"`
	Headers map[string]yamlfile.Text `yaml:"headers"`
	Body    string                   `yaml:"body"`
	JSON    string                   `yaml:"json"`
}

func respondKind() faultKind {
	const schema = `{
          "type": "object", "additionalProperties": false, "required": ["status"],
          "description": "An answer, literally.",
          "properties": {
            "status": {"anyOf": [{"type": "integer", "minimum": 200, "maximum": 599}, {"$ref": "#/$defs/parameter"}]},
            "headers": {"$ref": "#/$defs/headers"},
            "body": {"type": ["string", "integer"]},
            "json": {"type": ["string", "integer"], "description": "A JSON document as text."}
          },
          "not": {"required": ["body", "json"]}
        }`
	return newKind("respond", Answers, schema, readResponse)
}

func readResponse(r *reader, place string, written respondFile) Fault {
	if written.Status < 200 || written.Status > 599 {
		r.Fault(place+".status", "status is %d; it must be 200 to 599", written.Status)
	}
	if r.Has(place+".body") && r.Has(place+".json") {
		r.Fault(place+".json", "an answer has a body or json, not both")
	}
	if r.Has(place+".json") && !json.Valid([]byte(written.JSON)) {
		r.Fault(place+".json", "json is no JSON document; it must be one as text, such as '{\"a\": 1}'")
	}
	bodiless := written.Status == 204 || written.Status == 304
	fixed := !r.Has(place + ".status.param") // a parameter's 204 goes out without the body
	if bodiless && fixed && (written.Body != "" || written.JSON != "") {
		r.Fault(place+".status", "an answer with the status %d has no body", written.Status)
	}
	headers := r.headers(place+".headers", written.Headers)
	return respondFault{Status: int(written.Status), Headers: headers, Body: written.Body, JSON: written.JSON}
}
