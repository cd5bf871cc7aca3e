package report

import "time"

// Gravity says how bad a finding is.
type Gravity string

// An Error would do harm in production, such as a document that is delivered twice. A Warning would
// be refused, throttled or frowned upon there. A Note is worth a look.
const (
	Error   Gravity = "error"
	Warning Gravity = "warning"
	Note    Gravity = "note"
)

// Rule describes one thing that the report looks for in the conduct of a client.
type Rule struct {
	ID         string  `json:"id"` // such as delivered-twice
	Gravity    Gravity `json:"gravity"`
	Sure       bool    `json:"sure"`       // false where the rule may be wrong about a client
	Production string  `json:"production"` // what production does
	Change     string  `json:"change"`     // what to change in the client
}

// rule is a Rule with what watches for it in a session.
type rule struct {
	Rule
	watch func(*space) watcher
}

// watcher looks for the faults of one rule in one session. It is used by one goroutine at a time.
type watcher interface {
	// see returns the faults that a call shows. It is given every call, in the order in which they
	// are answered.
	see(*Call) []fault
}

// listener is a watcher of what the client's receiver makes of messages.
type listener interface {
	// hear returns the faults that an attempt to send a message shows. It is given every attempt.
	hear(Message) []fault
}

// noCalls is the part of a listener that looks at no calls.
type noCalls struct{}

func (noCalls) see(*Call) []fault { return nil }

// opener is a watcher of something that a client has not done. It is asked when the report is made.
type opener interface {
	// open returns the faults that the client still could mend, at a time of the session's clock. It
	// changes nothing: the same faults may be asked for again.
	open(now time.Time) []fault
}

// fault is one occasion on which a client did what a rule looks for.
type fault struct {
	subject string   // what it is about; the faults of a subject are one finding
	calls   []int64  // numbers of the calls that show it, and that the finding does not have yet
	events  []string // ids of the messages that show it
	what    string   // what the client did, in a sentence; that of a subject's first fault is kept
	unsure  bool     // the rule may be wrong about this one, though it is a sure one
}

// sameWork is the real time within which two calls are taken for the same work of a client. Later, it
// rather is another run of the same tests (K771).
const sameWork = time.Hour

// rules returns all rules, in the order in which they are shown.
func rules() []rule {
	return []rule{
		deliveredTwice(),
		newKeyAfterFailure(),
		keyReused(),
		keyKept(),
		repeatedAfterRefusal(),
		retriedAtOnce(),
		fiveAtOnce(),
		tokenPerCall(),
		tokenAfterEnd(),
		grantLife(),
		grantReplayed(),
		feedbackNeverFetched(),
		avvistIgnored(),
		dialogPolled(),
		nextPageLeft(),
		unknownMembers(),
		notSynthetic(),
		koboPutWipes(),
		koboStaleHome(),
		koboDeleteBody(),
		koboUnknownSystem(),
		webhookKeyNotChecked(),
		webhookTooSlow(),
		webhookGivenUp(),
		webhookDuplicateRefused(),
		webhookOrderRefused(),
	}
}

// Rules returns the descriptions of all rules, in the order in which they are shown.
func Rules() []Rule {
	var all []Rule
	for _, one := range rules() {
		all = append(all, one.Rule)
	}
	return all
}
