package report

import (
	"crypto/sha256"
	"net/http"
	"time"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/wire"
)

// Call holds all that the rules see of a call that has been answered. It refers to what the gateway
// works with: a rule copies what it keeps.
type Call struct {
	*wire.Request               // its API and Route are nil where the address has none
	HTTP          *http.Request // its header and address; the body has been read
	Template      string        // the path as the API documents it; empty for none
	Began         time.Time     // by the server's clock, in real time
	Ended         time.Time

	// FeedbackAfter is the time by the session's clock from a delivery until its feedback is there; 0
	// where that is at once.
	FeedbackAfter time.Duration

	Key    string // the idempotencyKey, as sent; empty for none
	SHA256 string // of Body, 32 bytes, where the gateway has worked it out; else empty
	Org    string // organisation that makes the call, as far as is known

	Status        int          // of the answer
	Code          string       // parent code of an error; empty for none
	Specification []string     // codes that specify it
	Offence       feil.Offence // that a check or behaviour found; empty for none, and for a code on demand
	Played        []string     // scenarios
	AnswerHeader  http.Header
	Answer        []byte
	Reached       bool // the client gets the whole answer
	Committed     bool // the work was done and stored, whatever became of the answer
	Replayed      bool // the first answer to the same idempotencyKey was given again
	Demanded      bool // a scenario made the answer

	NextPage string // token that asks for the page of a list after this one; empty for none

	Lines  *Lines // of its API; nil where it has none
	Latest int64  // number of the newest call of the session when this one was answered

	Delivered *wire.Delivered // what was stored of a delivery; nil for other calls, and for one that stored nothing

	sum  digest        // of Body; see fingerprint
	same digest        // see id
	real []realNumbers // in Body; see prepare
}

// digest identifies a text: the first half of its SHA-256.
type digest [sha256.Size / 2]byte

// digestOf returns the digest of a text.
func digestOf(text string) digest {
	sum := sha256.Sum256([]byte(text))
	return digest(sum[:len(digest{})])
}

// APIName returns the name of the API of a call; empty where it has none.
func (c *Call) APIName() string {
	if c.API == nil {
		return ""
	}
	return c.API.Name
}

// Behaviour returns the name of the behaviour of a call's route; empty where it has none.
func (c *Call) Behaviour() string {
	if c.Route == nil {
		return ""
	}
	return c.Route.Behaviour
}

// OnDemand reports whether a scenario had a part in the call.
func (c *Call) OnDemand() bool { return len(c.Played) > 0 }

// isDelivery reports whether a call delivers a document that must not be delivered twice.
func (c *Call) isDelivery() bool { return c.Route != nil && c.Route.Idempotent }

// prepare does what takes longer for a large body, so that the other calls of the session do not wait
// for it.
func (c *Call) prepare() {
	c.id() // and the digest of the body with it
	c.real = findRealNumbers(c.Body, c.Began)
}

// fingerprint returns the digest of the body of a call. It is worked out once.
func (c *Call) fingerprint() digest {
	if c.sum != (digest{}) {
		return c.sum
	}
	if copy(c.sum[:], c.SHA256) == 0 {
		sum := sha256.Sum256(c.Body)
		copy(c.sum[:], sum[:])
	}
	return c.sum
}
