package mock

import (
	"net/http"
	"slices"
	"strings"

	"sandkasse/mock/internal/compare"
	"sandkasse/mock/internal/scenario"
)

// changesOfWork returns those of the played scenarios of a recorded call that must play again, since all that they do
// is to change what the call does: feedback is rejected, or a customer does not approve. What others do to an
// answer has no effect on later calls.
func (r *replay) changesOfWork(played string) string {
	var again []string
	for one := range strings.SplitSeq(played, ",") {
		one = strings.TrimSpace(one)
		name, _, _ := strings.Cut(one, ";")
		for _, script := range r.server.backend.Gateway.Scenarios.All() {
			if script.Name == name && !slices.ContainsFunc(script.Steps, changesAnswer) {
				again = append(again, one)
			}
		}
	}
	return strings.Join(again, ",")
}

// changesAnswer reports whether a step of a script does more than to change the work of a call.
func changesAnswer(step scenario.Step) bool {
	return slices.ContainsFunc(step.Do, func(act scenario.Act) bool { return act.Role != scenario.Works })
}

// learnPlayed learns the identifiers in the answer to a call in which a scenario was played. Where the call went wrong
// here, what builds on it is not compared.
func (r *replay) learnPlayed(call *compare.Call, w *recorder, answer []byte) {
	if w.failed || w.status >= http.StatusBadRequest {
		r.ids.Taint(call.Number, call.URL.Path, string(answer))
		return
	}
	r.ids.Answers(
		compare.Answer{Status: call.Status, Header: call.AnswerHeader, HasHeader: true, Body: answer, HasBody: true},
		compare.Answer{Status: w.status, Header: w.header, HasHeader: true, Body: w.body.Bytes(), HasBody: true},
		compare.Options{Began: r.began},
	)
}
