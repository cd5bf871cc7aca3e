package mock

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/compare"
	"sandkasse/mock/internal/control"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
)

// A recording has what a client does, and not what people do meanwhile in the agencies' own pages. What the recorded
// answers say of that is done here before the call: a customer approves a request for a system user, and a case worker
// makes the case that a call to Kobo names (K795).

// saksreferanse matches the case that a call to Kobo names, in its path or its body.
var saksreferanse = regexp.MustCompile(`/sak/([^/]+)|"koboSaksreferanse"\s*:\s*"([^"\\]+)"`)

// actForPeople does what people have done, as far as the recorded answer to a call says so. What fails is not done: the
// answers then differ.
func (r *replay) actForPeople(ctx context.Context, call *compare.Call, body, answer string) {
	if call.Status < 200 || call.Status > 299 {
		return
	}
	switch call.API {
	case "kobo":
		for _, found := range saksreferanse.FindAllStringSubmatch(call.URL.Path+" "+body, 8) {
			if sak := found[1] + found[2]; !r.ids.Knows(sak) {
				r.makeCase(ctx, call, sak, answer)
			}
		}
	case "authentication":
		isOfUsers := strings.Contains(call.URL.Path, "/systemuser/vendor") ||
			strings.Contains(strings.ToLower(call.URL.Path), "/systemuser/byexternalid")
		isChange := strings.Contains(call.URL.Path, "/systemuser/changerequest/")
		switch {
		case strings.Contains(answer, `"`+string(altinn.Rejected)+`"`):
			r.answerRequests(ctx, call, altinn.Rejected, false)
		case isChange && !strings.Contains(answer, `"`+string(altinn.Accepted)+`"`):
			r.answerRequests(ctx, call, altinn.Accepted, true) // of the system user that is to be changed
		case strings.Contains(answer, `"`+string(altinn.Accepted)+`"`), isOfUsers && strings.Contains(answer, `"id"`):
			r.answerRequests(ctx, call, altinn.Accepted, false)
		}
	}
}

// inSession changes what is stored in the session of a call.
func (r *replay) inSession(
	ctx context.Context,
	call *compare.Call,
	change func(*session.Session, *store.Tx) error,
) error {
	name := call.Header.Get(address.SessionHeader)
	if _, after, ok := strings.Cut(call.At.Path, "/_session/"); ok {
		name, _, _ = strings.Cut(after, "/")
	}
	if name == "" {
		name = address.DefaultSession
	}
	sess, done, err := r.server.backend.Sessions.Use(name)
	defer done()
	if err != nil {
		return err
	}
	return sess.Store.UpdateWhile(ctx, sess.Clock.Now(), func(tx *store.Tx) error { return change(sess, tx) })
}

// makeCase makes a case of Kobo with the household that the recorded answer shows, and notes that it is the one of the
// real API.
func (r *replay) makeCase(ctx context.Context, call *compare.Call, theirs, answer string) {
	var shown struct{ Husstand *kobo.Husstand }
	err := json.Unmarshal([]byte(r.ids.Body(answer)), &shown)
	if err != nil || shown.Husstand == nil || len(shown.Husstand.Beboere) == 0 {
		shown.Husstand = &kobo.Husstand{Beboere: []kobo.Beboer{{}}}
	}
	var sak kobo.Sak
	err = r.inSession(ctx, call, func(sess *session.Session, tx *store.Tx) (err error) {
		ids := control.NewIDs(r.server.backend.Store, sess)
		sak, err = kobo.NewSak(tx, kobo.Env{Now: tx.Now, IDs: ids}, *shown.Husstand)
		return err
	})
	if err == nil {
		r.ids.Learn(theirs, sak.Saksreferanse)
	}
}

// answerRequests answers the requests for system users that wait, as their customers. With usersOnly it leaves those
// for a change.
func (r *replay) answerRequests(ctx context.Context, call *compare.Call, answer altinn.Status, usersOnly bool) {
	_ = r.inSession(ctx, call, func(_ *session.Session, tx *store.Tx) error {
		list, err := altinn.Requests(tx)
		if err != nil {
			return err
		}
		for _, request := range list {
			if request.StatusAt(tx.Now) != altinn.New || usersOnly && request.Kind == altinn.Changing {
				continue
			}
			if _, err := altinn.Answer(tx, request.ID, answer); err != nil {
				return err
			}
		}
		return nil
	})
}
