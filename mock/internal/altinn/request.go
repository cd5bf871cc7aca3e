package altinn

import (
	"cmp"
	"time"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// requestBody is the body of a POST of a request, of either kind.
type requestBody struct {
	SystemID         string     `json:"systemId"`
	Customer         string     `json:"partyOrgNo"`
	ExternalRef      string     `json:"externalRef"`
	IntegrationTitle string     `json:"integrationTitle"`
	Rights           *[]Right   `json:"rights"`
	Packages         *[]Package `json:"accessPackages"`
	RedirectURL      string     `json:"redirectUrl"`
}

// requestHead begins a request for a system user as it is answered.
type requestHead struct {
	ID               string `json:"id"`
	IntegrationTitle string `json:"integrationTitle"`
	ExternalRef      string `json:"externalRef"`
	SystemID         string `json:"systemId"`
	Customer         string `json:"partyOrgNo"`
}

// requestTail ends a request for a system user as it is answered.
type requestTail struct {
	Packages    []Package `json:"accessPackages"`
	Status      Status    `json:"status"`
	RedirectURL string    `json:"redirectUrl,omitempty"`
	ConfirmURL  string    `json:"confirmUrl"`
	Escalated   bool      `json:"escalated"`
	Created     string    `json:"created"`
	TimedOut    bool      `json:"timedOut"`
}

// requestView is a request for a standard system user as it is answered.
type requestView struct {
	requestHead
	Rights []Right `json:"rights"`
	requestTail
}

// agentView is a request for an agent's system user as it is answered: without rights.
type agentView struct {
	requestHead
	requestTail
}

// changeView is a request for a change as it is answered.
type changeView struct {
	ID               string    `json:"id"`
	User             string    `json:"systemUserId"`
	SystemID         string    `json:"systemId"`
	Customer         string    `json:"partyOrgNo"`
	ExternalRef      string    `json:"externalRef"`
	Rights           []Right   `json:"requiredRights"`
	UnwantedRights   []Right   `json:"unwantedRights"`
	Packages         []Package `json:"requiredAccessPackages"`
	UnwantedPackages []Package `json:"unwantedAccessPackages"`
	Status           Status    `json:"status"`
	RedirectURL      string    `json:"redirectUrl,omitempty"`
	ConfirmURL       string    `json:"confirmUrl"`
	Created          string    `json:"created"`
	TimedOut         bool      `json:"timedOut"`
}

// PagePath returns the path of the page on which the customer answers a request of a kind.
func PagePath(kind Kind) string {
	name := map[Kind]string{Standard: "request", Agent: "agentrequest", Changing: "changerequest"}[kind]
	return "/accessmanagement/ui/systemuser/" + name
}

// confirmURL returns the address at which the customer answers: always Sandkasse's own, since the
// customer's browser is behind no proxy (K741).
func (q Request) confirmURL(r *wire.Request) string {
	return r.Address.In(r.Session).Own() + PagePath(q.Kind) + "?id=" + q.ID + "&DONTCHOOSEREPORTEE=true"
}

// view returns the request as it is answered.
func (q Request) view(r *wire.Request) any {
	if q.Kind == Changing {
		return changeView{
			ID: q.ID, User: q.User, SystemID: q.System, Customer: q.Customer, ExternalRef: q.ExternalRef,
			Rights: q.Rights, UnwantedRights: orEmpty(q.UnwantedRights), Packages: q.Packages,
			UnwantedPackages: orEmpty(q.UnwantedPackages), Status: q.StatusAt(r.Now), RedirectURL: q.RedirectURL,
			ConfirmURL: q.confirmURL(r), Created: stamp(q.Created), TimedOut: q.HasTimedOut(r.Now),
		}
	}
	head := requestHead{q.ID, q.IntegrationTitle, q.ExternalRef, q.System, q.Customer}
	tail := requestTail{
		Packages: q.Packages, Status: q.StatusAt(r.Now), RedirectURL: q.RedirectURL, ConfirmURL: q.confirmURL(r),
		Created: stamp(q.Created), TimedOut: q.HasTimedOut(r.Now),
	}
	if q.Kind == Agent {
		return agentView{head, tail}
	}
	return requestView{head, q.Rights, tail}
}

// request returns the request that a body asks for, with what the body leaves out.
func (b requestBody) request(kind Kind, system System, id string, now time.Time) Request {
	q := Request{
		ID: id, Kind: kind, System: system.ID, Vendor: system.Vendor, Customer: b.Customer,
		ExternalRef:      cmp.Or(b.ExternalRef, b.Customer),
		IntegrationTitle: cmp.Or(b.IntegrationTitle, system.Name["nb"]),
		Rights:           []Right{}, Packages: []Package{}, RedirectURL: b.RedirectURL, Status: New, Created: now,
	}
	if b.Rights != nil && kind == Standard {
		q.Rights = orEmpty(*b.Rights)
	}
	if b.Packages != nil {
		q.Packages = orEmpty(*b.Packages)
	}
	return q
}

// key returns the key under which a request is found again by its vendor's references.
func (q Request) key() string { return requestKey(q.Kind, q.System, q.Customer, q.ExternalRef) }

func requestKey(kind Kind, system, customer, ref string) string {
	return key(string(kind), system, customer, ref)
}

// inSystem returns the key of a request among those for its system.
func (q Request) inSystem() string { return key(string(q.Kind), q.System) + "/" + q.ID }

// requestPath returns the path of the requests of a kind.
func requestPath(kind Kind) string {
	return map[Kind]string{
		Standard: "/api/v1/systemuser/request/vendor", Agent: "/api/v1/systemuser/request/vendor/agent",
		Changing: "/api/v1/systemuser/changerequest/vendor",
	}[kind]
}

// delete deletes the request, and frees its references.
func (q Request) delete(tx *store.Tx) error {
	if id, found, err := requestKeys.Get(tx, q.key()); err != nil {
		return err
	} else if found && id == q.ID {
		if err := requestKeys.Delete(tx, q.key()); err != nil {
			return err
		}
	}
	q.Deleted = true
	return requests.Put(tx, q.ID, q)
}

// findByKey returns the request with the references; false if there is none that is not deleted.
func findByKey(tx *store.Tx, kind Kind, system, customer, ref string) (q Request, found bool, err error) {
	id, found, err := requestKeys.Get(tx, requestKey(kind, system, customer, ref))
	if err != nil || !found {
		return q, false, err
	}
	q, found, err = requests.Get(tx, id)
	return q, found && !q.Deleted, err
}
