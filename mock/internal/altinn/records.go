package altinn

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/store"
)

// Right is a resource that a system or a system user has access to, with the names of the wire.
type Right struct {
	Action   string     `json:"action,omitempty"`
	Resource []Resource `json:"resource"`
}

// Resource is the part of a Right that names the resource.
type Resource struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

// sameResources reports whether two rights have the same resources. The action makes no difference
// in a request.
func (r Right) sameResources(other Right) bool { return slices.Equal(r.Resource, other.Resource) }

// Package is an access package of a system or a system user.
type Package struct {
	URN string `json:"urn"`
}

// System is a system in the register. It stays when it is deleted.
type System struct {
	ID           string            `json:"id"`
	InternalID   string            `json:"internalId"`
	Vendor       string            `json:"vendor"` // organisation number
	Name         map[string]string `json:"name"`
	Description  map[string]string `json:"description"`
	Rights       []Right           `json:"rights"`
	Packages     []Package         `json:"accessPackages"`
	ClientIDs    []string          `json:"clientId"`
	IsVisible    bool              `json:"isVisible"`
	RedirectURLs []string          `json:"allowedRedirectUrls"`
	Deleted      bool              `json:"isDeleted"`
	Created      time.Time         `json:"created"`
	Changes      int               `json:"changes"` // of its change log
}

// change is an entry of a system's change log.
type change struct {
	Internal string          `json:"systemInternalId"`
	By       string          `json:"changedByOrgNumber"`
	Type     string          `json:"changeType"`
	Data     json.RawMessage `json:"changedData"`
	Client   string          `json:"clientId"`
	Created  string          `json:"created"`
}

// Kind says what a request is for. The kinds of system users are the first two.
type Kind string

// The kinds.
const (
	Standard Kind = "standard" // for the customer's own reporting
	Agent    Kind = "agent"    // for the customer's clients
	Changing Kind = "change"   // of the rights of a standard system user
)

// Status is the status of a request, with the names of the wire.
type Status string

// The statuses.
const (
	New      Status = "New"
	Accepted Status = "Accepted"
	Rejected Status = "Rejected"
	TimedOut Status = "Timedout"
)

// lifetime is the time after which a request that waits has timed out (docs/sources/systembruker.md).
const lifetime = 180 * 24 * time.Hour

// Request is a vendor's request for a system user, or for a change of one.
type Request struct {
	ID               string    `json:"id"`
	Kind             Kind      `json:"kind"`
	System           string    `json:"systemId"`
	Vendor           string    `json:"vendor"`
	Customer         string    `json:"partyOrgNo"`
	ExternalRef      string    `json:"externalRef"`
	IntegrationTitle string    `json:"integrationTitle"`
	Rights           []Right   `json:"rights"`
	Packages         []Package `json:"accessPackages"`
	RedirectURL      string    `json:"redirectUrl"`
	Status           Status    `json:"status"`
	Created          time.Time `json:"created"`
	Deleted          bool      `json:"deleted"`

	// of a change: the system user, and what it is to lose
	User             string    `json:"systemUserId,omitempty"`
	UnwantedRights   []Right   `json:"unwantedRights,omitempty"`
	UnwantedPackages []Package `json:"unwantedAccessPackages,omitempty"`

	// what a scenario has the customer do, and when
	Answer   Status    `json:"answer,omitempty"`
	AnswerAt time.Time `json:"answerAt,omitzero"`
	// AnswerRefused is true where the answer is an approval that will be refused, so that it changes nothing.
	AnswerRefused bool `json:"answerRefused,omitempty"`
	// NotDelegable is true where the approval is to find that a right cannot be delegated.
	NotDelegable bool `json:"notDelegable,omitempty"`
}

// StatusAt returns the status at a time: what a scenario has the customer answer comes by itself.
func (q Request) StatusAt(now time.Time) Status {
	if q.Status == New && q.Answer != "" && !q.AnswerRefused && !now.Before(q.AnswerAt) {
		return q.Answer
	}
	return q.Status
}

// HasTimedOut reports whether nobody answered the request in time.
func (q Request) HasTimedOut(now time.Time) bool {
	status := q.StatusAt(now)
	return status == TimedOut || status == New && !now.Before(q.Created.Add(lifetime))
}

// User is a system user. Its id is that of its request. It stays when it is deleted.
type User struct {
	ID               string    `json:"id"`
	Kind             Kind      `json:"kind"`
	System           string    `json:"systemId"`
	Vendor           string    `json:"vendor"`
	Owner            string    `json:"owner"`
	ExternalRef      string    `json:"externalRef"`
	IntegrationTitle string    `json:"integrationTitle"`
	Rights           []Right   `json:"rights"`
	Packages         []Package `json:"accessPackages"`
	Created          time.Time `json:"created"` // when it was approved; it is not there before
	Deleted          bool      `json:"deleted"`
}

// live reports whether the system user is there.
func (u User) live(now time.Time) bool { return !u.Deleted && !now.Before(u.Created) }

var (
	systems     = store.NewCollection[System]("altinn-system")         // by id
	changes     = store.NewCollection[change]("altinn-change")         // by system, newest first
	clientIDs   = store.NewCollection[string]("altinn-client-id")      // by client id → its last system
	requests    = store.NewCollection[Request]("altinn-request")       // by id
	requestKeys = store.NewCollection[string]("altinn-request-key")    // by kind, system, customer, ref → id
	bySystem    = store.NewCollection[string]("altinn-request-system") // by kind, system and id → id
	users       = store.NewCollection[User]("altinn-user")             // by id
	userKeys    = store.NewCollection[string]("altinn-user-key")       // by system, customer, ref → id
	usersOf     = store.NewCollection[string]("altinn-user-system")    // by system and id → id
	clientsOf   = store.NewCollection[Client]("altinn-agent-client")   // by agent and organisation
)

// Client is an organisation that an agent's system user reports for.
type Client struct {
	Organisation string    `json:"organisation"`
	Added        time.Time `json:"added"`
}

// key returns a store key of bounded length for the parts.
func key(parts ...string) string {
	sum := sha256.Sum256(plainjson.MustMarshal(parts))
	return hex.EncodeToString(sum[:])
}

// all returns the records of a collection.
func all[T any](tx *store.Tx, from store.Collection[T]) (list []T, err error) {
	list = []T{}
	for entry, err := range from.All(tx, "") {
		if err != nil {
			return nil, err
		}
		list = append(list, entry.Value)
	}
	return list, nil
}

// stamp returns a time as Altinn writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
