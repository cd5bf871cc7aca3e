package backend

import (
	"net/http"
	"strconv"

	"sandkasse/mock/internal/journal"
)

// Replay answers a recorded call as the imitated APIs, never as the control API. With strict it looks
// at the token as strictly as a server does by default, whatever Config.Auth says. It returns what the
// journal has of the call; the zero Entry where it has nothing. The backend must be one of
// Config.Replays.
func (b *Backend) Replay(w http.ResponseWriter, r *http.Request, strict bool) journal.Entry {
	at, err := b.public.Of(r)
	answering := b.Gateway
	if strict {
		answering = b.strict
	}
	answering.Serve(w, r, at, err)
	number, numberErr := strconv.ParseInt(w.Header().Get("Sandkasse-Call"), 10, 64)
	if numberErr != nil || err != nil {
		return journal.Entry{}
	}
	if sess := b.Sessions.Get(at.Session); sess != nil {
		entry, _ := sess.Log.Call(number)
		return entry
	}
	return journal.Entry{}
}
