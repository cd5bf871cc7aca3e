package describe

import (
	"time"

	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
)

// SessionView describes a session.
type SessionView struct {
	Name    string    `json:"name"`
	Records int       `json:"records"`
	Bytes   int64     `json:"bytes"` // of its records
	Calls   int64     `json:"calls"` // made so far
	Plays   int       `json:"plays"` // armed
	Seed    uint64    `json:"seed"`
	Used    time.Time `json:"used"` // by the server's clock
	Clock   time.Time `json:"clock"`
}

// Session describes a session, with the size of what it stores.
func Session(s *session.Session, size store.SessionSize) SessionView {
	now := s.Clock.Now()
	return SessionView{
		Name: s.Name, Records: size.Records, Bytes: size.Bytes, Calls: s.Log.Number(), Plays: len(s.Plays.List(now)),
		Seed: s.Seed, Used: s.Used().UTC(), Clock: now.UTC(),
	}
}
