package altinn

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Bounds of a request's texts, in characters, beyond which Altinn's database refuses them (K746).
const (
	maxExternalRef = 255
	maxRedirectURL = 255
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

// requestView is a request for a standard system user as it is answered.
type requestView struct {
	ID               string    `json:"id"`
	IntegrationTitle string    `json:"integrationTitle"`
	ExternalRef      string    `json:"externalRef"`
	SystemID         string    `json:"systemId"`
	Customer         string    `json:"partyOrgNo"`
	Rights           []Right   `json:"rights"`
	Packages         []Package `json:"accessPackages"`
	Status           Status    `json:"status"`
	RedirectURL      string    `json:"redirectUrl,omitempty"`
	ConfirmURL       string    `json:"confirmUrl"`
	Escalated        bool      `json:"escalated"`
	Created          string    `json:"created"`
	TimedOut         bool      `json:"timedOut"`
}

// agentView is a request for an agent's system user as it is answered: without rights.
type agentView struct {
	ID               string    `json:"id"`
	IntegrationTitle string    `json:"integrationTitle"`
	ExternalRef      string    `json:"externalRef"`
	SystemID         string    `json:"systemId"`
	Customer         string    `json:"partyOrgNo"`
	Packages         []Package `json:"accessPackages"`
	Status           Status    `json:"status"`
	RedirectURL      string    `json:"redirectUrl,omitempty"`
	ConfirmURL       string    `json:"confirmUrl"`
	Escalated        bool      `json:"escalated"`
	Created          string    `json:"created"`
	TimedOut         bool      `json:"timedOut"`
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

// page is a page of a list. next is the address of the next one.
type page struct {
	Links struct {
		Next string `json:"next,omitempty"`
	} `json:"links"`
	Data []any `json:"data"`
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
	status, timedOut := q.StatusAt(r.Now), q.HasTimedOut(r.Now)
	switch q.Kind {
	case Agent:
		return agentView{
			ID: q.ID, IntegrationTitle: q.IntegrationTitle, ExternalRef: q.ExternalRef, SystemID: q.System,
			Customer: q.Customer, Packages: q.Packages, Status: status, RedirectURL: q.RedirectURL,
			ConfirmURL: q.confirmURL(r), Created: stamp(q.Created), TimedOut: timedOut,
		}
	case Changing:
		return changeView{
			ID: q.ID, User: q.User, SystemID: q.System, Customer: q.Customer, ExternalRef: q.ExternalRef,
			Rights: q.Rights, UnwantedRights: orEmpty(q.UnwantedRights), Packages: q.Packages,
			UnwantedPackages: orEmpty(q.UnwantedPackages), Status: status, RedirectURL: q.RedirectURL,
			ConfirmURL: q.confirmURL(r), Created: stamp(q.Created), TimedOut: timedOut,
		}
	}
	return requestView{
		ID: q.ID, IntegrationTitle: q.IntegrationTitle, ExternalRef: q.ExternalRef, SystemID: q.System,
		Customer: q.Customer, Rights: q.Rights, Packages: q.Packages, Status: status, RedirectURL: q.RedirectURL,
		ConfirmURL: q.confirmURL(r), Created: stamp(q.Created), TimedOut: timedOut,
	}
}

// ask returns the operation that asks for a system user of a kind.
func (a Altinn) ask(kind Kind) wire.Behaviour {
	return func(tx *store.Tx, r *wire.Request) (wire.Response, error) {
		var body requestBody
		if err := decode(r.Body, "createRequest", &body); err != nil {
			return wire.Response{}, err
		}
		body.SystemID, body.Customer = strings.TrimSpace(body.SystemID), strings.TrimSpace(body.Customer)
		body.ExternalRef = strings.TrimSpace(body.ExternalRef)
		body.IntegrationTitle = strings.TrimSpace(body.IntegrationTitle)
		if err := required("systemId", body.SystemID != "", "partyOrgNo", body.Customer != ""); err != nil {
			return wire.Response{}, err
		}
		if r.Principal.Consumer == "" {
			return wire.Response{}, refuse("AUTH-00023", "the token names no consumer")
		}
		if body.ExternalRef == "" {
			body.ExternalRef = body.Customer
		}
		known, system, err := a.findOrCheck(tx, r, kind, body)
		if err != nil {
			return wire.Response{}, err
		}
		if known != nil {
			return jsonAnswer(200, known.view(r)), nil
		}
		return a.store(tx, r, body.request(kind, system, r.IDs.V4().String(), r.Now))
	}
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

// store stores a new request, has the customer answer as the settings and scenarios want, and
// answers 201.
func (a Altinn) store(tx *store.Tx, r *wire.Request, q Request) (wire.Response, error) {
	response := jsonAnswer(201, q.view(r)) // New, whatever comes next
	response.Header = map[string]string{"Location": r.Base + "/api/v1/systemuser/request/" + q.ID}
	if q.Kind == Changing {
		response.Header["Location"] = r.Base + "/api/v1/systemuser/changerequest/" + q.ID
	}
	after := r.Staged.ApprovalAfter
	answer := map[string]Status{
		wire.ApprovalApprove: Accepted, wire.ApprovalReject: Rejected, wire.ApprovalTimeout: TimedOut,
	}[r.Staged.Approval]
	if answer == "" && a.Approve == Auto && r.Staged.Approval == "" {
		answer = Accepted
	}
	q.NotDelegable = r.Staged.Approval == wire.ApprovalNotDelegable
	if q.Kind == Changing { // which is carried out at once, or not at all (K748)
		after = 0
	}
	q.Answer, q.AnswerAt = answer, r.Now.Add(after)
	if answer == "" {
		q.AnswerAt = time.Time{}
	}
	if err := requestKeys.Put(tx, q.key(), q.ID); err != nil {
		return wire.Response{}, err
	}
	if err := bySystem.Put(tx, q.inSystem(), q.ID); err != nil {
		return wire.Response{}, err
	}
	if answer == Accepted {
		if err := q.accept(tx, q.AnswerAt); err != nil {
			return wire.Response{}, err
		}
	}
	return response, requests.Put(tx, q.ID, q)
}

// key returns the key under which a request is found again by its vendor's references.
func (q Request) key() string { return requestKey(q.Kind, q.System, q.Customer, q.ExternalRef) }

func requestKey(kind Kind, system, customer, ref string) string {
	return key(string(kind), system, customer, ref)
}

// inSystem returns the key of a request among those for its system.
func (q Request) inSystem() string { return key(string(q.Kind), q.System) + "/" + q.ID }

// findOrCheck returns the request that is stored under the key of a body, or checks the body and
// returns its system. The order is Altinn's.
func (a Altinn) findOrCheck(
	tx *store.Tx, r *wire.Request, kind Kind, body requestBody,
) (known *Request, system System, err error) {
	user, found, err := findLive(tx, body.SystemID, body.Customer, body.ExternalRef, r.Now)
	if err != nil {
		return nil, system, err
	}
	if found {
		return nil, system, refuse("AUTH-00004", "%s has the system user %s for %s and externalRef %q already",
			body.Customer, user.ID, body.SystemID, body.ExternalRef)
	}
	stored, exists, err := findByKey(tx, kind, body.SystemID, body.Customer, body.ExternalRef)
	if err != nil {
		return nil, system, err
	}
	exists = exists && stored.StatusAt(r.Now) != TimedOut
	if exists && stored.Vendor == r.Principal.Consumer {
		return &stored, system, nil
	}
	system, found, err = systems.Get(tx, body.SystemID)
	switch {
	case err != nil:
		return nil, system, err
	case !found:
		return nil, system, refuse("AUTH-00011", "no system has the id %q", body.SystemID)
	case exists:
		name := map[Status]string{
			New: "AUTH-00007", Accepted: "AUTH-00006",
			Rejected: "AUTH-00009",
		}[stored.StatusAt(r.Now)]
		return nil, system, refuse(name, "the request is of another vendor, %s; the token is of %s", stored.Vendor,
			r.Principal.Consumer)
	case system.Vendor != r.Principal.Consumer:
		return nil, system, refuse("AUTH-00011", "the system is of %s, the token of %s", system.Vendor,
			r.Principal.Consumer)
	case !isOrganisation(body.Customer):
		return nil, system, refuse("AUTH-00000", "partyOrgNo is %q, which is no organisation number with a right "+
			"check digit; GET /_sandkasse/testdata/organisasjoner finds some (K743)", body.Customer)
	}
	if err := checkRedirect(system, body.RedirectURL); err != nil {
		return nil, system, err
	}
	if err := checkAsked(kind, system, body.Rights, body.Packages); err != nil {
		return nil, system, err
	}
	if len([]rune(body.ExternalRef)) > maxExternalRef {
		return nil, system, refusePlain(500, "externalRef has more than %d characters (K746)", maxExternalRef)
	}
	return nil, system, nil
}

// checkRedirect refuses a redirect address that is none of the system's: equal in scheme, host and
// path.
func checkRedirect(system System, given string) error {
	if given == "" {
		return nil
	}
	if len(system.RedirectURLs) == 0 {
		return refuse("AUTH-00026", "the system has no allowedRedirectUrls; the request has a redirectUrl")
	}
	asked, err := url.Parse(given)
	switch {
	case err != nil || !asked.IsAbs():
		return refusePlain(500, "redirectUrl is no whole address; Altinn fails on it")
	case len(given) > maxRedirectURL:
		return refusePlain(500, "redirectUrl has more than %d characters; Altinn fails on it (K746)", maxRedirectURL)
	}
	for _, allowed := range system.RedirectURLs {
		u, err := url.Parse(allowed)
		if err == nil && strings.EqualFold(u.Scheme, asked.Scheme) && strings.EqualFold(u.Host, asked.Host) &&
			pathOf(u) == pathOf(asked) {
			return nil
		}
	}
	return refuse("AUTH-00021", "redirectUrl must have scheme, host and path of one of: %s",
		strings.Join(system.RedirectURLs, ", "))
}

// pathOf returns the path of an address, which is never empty.
func pathOf(u *url.URL) string {
	if u.EscapedPath() == "" {
		return "/"
	}
	return u.EscapedPath()
}

// checkAsked refuses rights and packages that a system cannot give to a system user of the kind.
func checkAsked(kind Kind, system System, rights *[]Right, packages *[]Package) error {
	if kind == Agent {
		if packages == nil || len(*packages) == 0 {
			return refuse("AUTH-00058", "accessPackages is missing or empty; %s", system.askFor(kind))
		}
		return checkAskedPackages(kind, system, *packages)
	}
	if rights == nil && packages == nil {
		return refuse("AUTH-00001", "both rights and accessPackages are missing; %s", system.askFor(kind))
	}
	if (rights == nil || len(*rights) == 0) && (packages == nil || len(*packages) == 0) {
		return refuse("AUTH-00059", "both rights and accessPackages are empty; %s", system.askFor(kind))
	}
	if rights != nil {
		if err := checkAskedRights(system, *rights); err != nil {
			return err
		}
	}
	if packages == nil {
		return nil
	}
	return checkAskedPackages(kind, system, *packages)
}

// checkAskedRights refuses rights that the system has not.
func checkAskedRights(system System, rights []Right) error {
	for _, right := range rights {
		if !slices.ContainsFunc(system.Rights, right.sameResources) {
			return refuse("AUTH-00001", "the system has no right to %s; %s", right.named(), system.askFor(Standard))
		}
	}
	return nil
}

// checkAskedPackages refuses packages that the system has not, or that a system user of the kind
// cannot have.
func checkAskedPackages(kind Kind, system System, packages []Package) error {
	var missing, wrong []string
	for _, one := range packages {
		found, _ := findPackage(one.URN)
		switch {
		case !slices.Contains(system.Packages, one):
			missing = append(missing, one.URN)
		case kind == Agent && !found.delegable, kind != Agent && !found.assignable:
			wrong = append(wrong, one.URN)
		}
	}
	switch {
	case len(missing) > 0:
		return refuse("AUTH-00063", "the system has not %s; %s", strings.Join(missing, ", "), system.askFor(kind)).
			with("NotFoundPackages", missing)
	case len(wrong) > 0 && kind == Agent:
		return refuse("AUTH-00065", "no agent can have %s; ask with POST …/request/vendor", strings.Join(wrong, ", ")).
			with("NotDelegablePackages", wrong)
	case len(wrong) > 0:
		return refuse("AUTH-00064", "only an agent can have %s; ask with POST …/request/vendor/agent. A business that "+
			"reports for itself takes skattegrunnlag, or the right to the resource", strings.Join(wrong, ", ")).
			with("NotDelegablePackages", wrong)
	}
	return nil
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

// read returns the operation that answers a request by its id.
func (a Altinn) read(kinds ...Kind) wire.Behaviour {
	return func(tx *store.Tx, r *wire.Request) (wire.Response, error) {
		id, err := readID("requestId", r.Params["requestId"])
		if err != nil {
			return wire.Response{}, err
		}
		q, err := ownRequest(tx, r, id, kinds...)
		if err != nil {
			return wire.Response{}, err
		}
		return jsonAnswer(200, q.view(r)), nil
	}
}

// ownRequest returns a request of the kinds, which must be the caller's own.
func ownRequest(tx *store.Tx, r *wire.Request, id string, kinds ...Kind) (Request, error) {
	q, found, err := requests.Get(tx, id)
	switch {
	case err != nil:
		return Request{}, err
	case !found || q.Deleted:
		return Request{}, refuse("AUTH-00010", "there is no request of this id, or it was deleted; keep the id that "+
			"POST answered")
	case !slices.Contains(kinds, q.Kind):
		return Request{}, refuse("AUTH-00010", "the request is one of the kind %s; GET %s/%s reads it", q.Kind,
			requestPath(q.Kind), id)
	case q.Vendor != r.Principal.Consumer:
		return Request{}, refuse("AUTH-00011", "the request is of %s, the token of %s", q.Vendor, r.Principal.Consumer)
	}
	return q, nil
}

// requestPath returns the path of the requests of a kind.
func requestPath(kind Kind) string {
	return map[Kind]string{
		Standard: "/api/v1/systemuser/request/vendor", Agent: "/api/v1/systemuser/request/vendor/agent",
		Changing: "/api/v1/systemuser/changerequest/vendor",
	}[kind]
}

// readByRef returns the operation that answers a request by the vendor's references.
func (a Altinn) readByRef(kind Kind) wire.Behaviour {
	return func(tx *store.Tx, r *wire.Request) (wire.Response, error) {
		q, found, err := findByKey(tx, kind, r.Params["systemId"], r.Params["orgNo"], r.Params["externalRef"])
		switch {
		case err != nil:
			return wire.Response{}, err
		case !found:
			return wire.Response{}, refuse("AUTH-00010", "no request of the kind %s has these references; without an "+
				"externalRef of its own it has the customer's number", kind)
		case q.Vendor != r.Principal.Consumer:
			return wire.Response{}, refuse("AUTH-00011", "the request is of %s, the token of %s", q.Vendor,
				r.Principal.Consumer)
		}
		return jsonAnswer(200, q.view(r)), nil
	}
}

// pageSize is the number of entries on a page of a list.
const pageSize = 50

// listBySystem returns the operation that lists the requests for a system.
func (a Altinn) listBySystem(kind Kind, path string) wire.Behaviour {
	return func(tx *store.Tx, r *wire.Request) (wire.Response, error) {
		system, err := ownSystem(tx, r)
		if err != nil {
			return wire.Response{}, err
		}
		return paged(tx, r, bySystem, key(string(kind), system.ID)+"/", path, func(id string) (any, error) {
			q, _, err := requests.Get(tx, id)
			if q.Deleted {
				return nil, err
			}
			return q.view(r), err
		})
	}
}

// ownSystem returns the system in the path, which must be the caller's own.
func ownSystem(tx *store.Tx, r *wire.Request) (System, error) {
	system, found, err := systems.Get(tx, r.Params["systemId"])
	switch {
	case err != nil:
		return System{}, err
	case !found:
		return System{}, refuse("AUTH-00011", "no system has the id %q", r.Params["systemId"])
	case system.Vendor != r.Principal.Consumer:
		return System{}, refuse("AUTH-00011", "the system is of %s, the token of %s", system.Vendor,
			r.Principal.Consumer)
	}
	return system, nil
}

// paged answers a page of a list, in the order of the ids; the token in the address of the next page
// is the last id (K747). show returns nil for what is not listed.
func paged(
	tx *store.Tx, r *wire.Request, index store.Collection[string], prefix, path string, show func(id string) (any,
		error),
) (wire.Response, error) {
	last := ""
	if given := r.Query.Get("token"); given != "" {
		decoded, err := base64.RawURLEncoding.DecodeString(given)
		if err != nil {
			return wire.Response{}, refuseMembers(map[string][]string{"token": {"The value is not valid."}},
				"token is not one of a next page")
		}
		last = string(decoded)
	}
	answer := page{Data: []any{}}
	shownLast := ""
	for entry, err := range index.From(tx, prefix+last) {
		if err != nil {
			return wire.Response{}, err
		}
		id, within := strings.CutPrefix(entry.Key, prefix)
		if !within {
			break
		}
		if id == last {
			continue
		}
		one, err := show(id)
		if err != nil {
			return wire.Response{}, err
		}
		if one == nil {
			continue
		}
		if len(answer.Data) == pageSize {
			answer.Links.Next = fmt.Sprintf("%s%s%s?token=%s", r.Base, path, url.PathEscape(r.Params["systemId"]),
				base64.RawURLEncoding.EncodeToString([]byte(shownLast)))
			break
		}
		answer.Data, shownLast = append(answer.Data, one), id
	}
	return jsonAnswer(200, answer), nil
}

// withdraw returns the operation that deletes a request. A system user that was made of it stays.
func (a Altinn) withdraw(kinds ...Kind) wire.Behaviour {
	return func(tx *store.Tx, r *wire.Request) (wire.Response, error) {
		id, err := readID("requestId", r.Params["requestId"])
		if err != nil {
			return wire.Response{}, err
		}
		q, found, err := requests.Get(tx, id)
		if err != nil {
			return wire.Response{}, err
		}
		switch {
		case !found || q.Deleted || !slices.Contains(kinds, q.Kind):
			return wire.Response{}, refuse("AUTH-00010", "there is no request of this id here, or it was deleted")
		case q.Vendor != r.Principal.Consumer:
			return wire.Response{}, refuse("AUTH-00010", "the request is of %s, the token of %s (K742)", q.Vendor,
				r.Principal.Consumer)
		}
		if err := q.dropPending(tx, r.Now); err != nil {
			return wire.Response{}, err
		}
		return wire.Response{Status: 202, Document: []byte{}}, q.delete(tx)
	}
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

// dropPending deletes the system user that a scenario has the customer approve later.
func (q Request) dropPending(tx *store.Tx, now time.Time) error {
	if q.Kind == Changing || q.Answer != Accepted || q.StatusAt(now) != New {
		return nil
	}
	if err := userKeys.Delete(tx, key(q.System, q.Customer, q.ExternalRef)); err != nil {
		return err
	}
	if err := usersOf.Delete(tx, key(q.System)+"/"+q.ID); err != nil {
		return err
	}
	return users.Delete(tx, q.ID)
}
