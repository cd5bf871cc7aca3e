package control

import (
	"errors"
	"net/http"
	"strings"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/store"
)

// altinnBodyLimit bounds the body of an operation on a system user, in bytes.
const altinnBodyLimit = 4 << 10

// handleAltinn registers what the customer does in Altinn, and what there is in its register.
func (c *Control) handleAltinn() {
	c.handle("GET altinn/systems", (*request).altinnSystems)
	c.handle("GET altinn/requests", (*request).altinnRequests)
	c.handle("GET altinn/requests/{id}", (*request).altinnRequest)
	c.handle("POST altinn/requests/{id}/approve", answerRequest(altinn.Accepted))
	c.handle("POST altinn/requests/{id}/reject", answerRequest(altinn.Rejected))
	c.handle("POST altinn/requests/{id}/timeout", answerRequest(altinn.TimedOut))
	c.handle("GET altinn/users", (*request).altinnUsers)
	c.handle("POST altinn/users", (*request).makeAltinnUser)
	c.handle("GET altinn/users/{id}", (*request).altinnUser)
	c.handle("DELETE altinn/users/{id}", (*request).deleteAltinnUser)
	c.handle("POST altinn/users/{id}/clients", (*request).addAltinnClient)
	c.handle("DELETE altinn/users/{id}/clients/{organisation}", (*request).removeAltinnClient)
}

// altinnRequestView describes a request for a system user, with what the approval page shows.
type altinnRequestView struct {
	altinn.Request
	TimedOut    bool              `json:"timedOut"`
	ConfirmURL  string            `json:"confirmUrl"`
	SystemName  map[string]string `json:"systemName"`
	Description map[string]string `json:"systemDescription"`
}

// altinnUserView describes a system user.
type altinnUserView struct {
	altinn.User
	Clients []altinn.Client `json:"clients"` // of an agent
}

// viewAltinnRequest describes a request at the time of a transaction.
func (c *request) viewAltinnRequest(tx *store.Tx, q altinn.Request, system altinn.System) altinnRequestView {
	timedOut := q.HasTimedOut(tx.Now)
	q.Status = q.StatusAt(tx.Now)
	return altinnRequestView{
		Request: q, TimedOut: timedOut, SystemName: system.Name, Description: system.Description,
		ConfirmURL: c.address.In(c.session.Name).Own() + altinn.PagePath(q.Kind) + "?id=" + q.ID,
	}
}

// altinnSystems lists the systems of all vendors.
func (c *request) altinnSystems(*http.Request) (any, error) {
	var list []altinn.System
	err := c.view(func(tx *store.Tx) (err error) {
		list, err = altinn.Systems(tx)
		return err
	})
	return map[string][]altinn.System{"systems": list}, err
}

// altinnRequests lists the requests of all vendors.
func (c *request) altinnRequests(*http.Request) (any, error) {
	views := []altinnRequestView{}
	err := c.view(func(tx *store.Tx) error {
		list, err := altinn.Requests(tx)
		for _, q := range list {
			_, system, _, err := altinn.FindRequest(tx, q.ID)
			if err != nil {
				return err
			}
			views = append(views, c.viewAltinnRequest(tx, q, system))
		}
		return err
	})
	return map[string][]altinnRequestView{"requests": views}, err
}

// altinnRequest shows the request whose id stands in the path.
func (c *request) altinnRequest(r *http.Request) (any, error) {
	var view altinnRequestView
	err := c.view(func(tx *store.Tx) error {
		q, system, found, err := altinn.FindRequest(tx, r.PathValue("id"))
		if err == nil && !found {
			return &apiError{http.StatusNotFound, "there is no request " + quoted(r.PathValue("id")) + "; GET " +
				c.prefix() + "altinn/requests lists those there are"}
		}
		view = c.viewAltinnRequest(tx, q, system)
		return err
	})
	return view, err
}

func quoted(text string) string { return `"` + text + `"` }

// answerRequest returns the operation that answers a request as the customer.
func answerRequest(answer altinn.Status) func(*request, *http.Request) (any, error) {
	return func(c *request, r *http.Request) (any, error) {
		if err := checkNoBody(r); err != nil {
			return nil, err
		}
		var view altinnRequestView
		err := c.update(func(tx *store.Tx) error {
			if _, err := altinn.Answer(tx, r.PathValue("id"), answer); err != nil {
				return err
			}
			q, system, _, err := altinn.FindRequest(tx, r.PathValue("id"))
			view = c.viewAltinnRequest(tx, q, system)
			return err
		})
		return view, refusedByAltinn(err)
	}
}

// refusedByAltinn returns a refusal of Altinn's as an answer in words, with its code.
func refusedByAltinn(err error) error {
	var refused *altinn.Refusal
	if !errors.As(err, &refused) {
		return err
	}
	text := refused.Why
	if refused.Text != "" {
		text += " (" + refused.Code + " " + refused.Text + ")"
	}
	return &apiError{refused.Status, text}
}

// altinnUsers lists the system users, deleted ones too.
func (c *request) altinnUsers(*http.Request) (any, error) {
	views := []altinnUserView{}
	err := c.view(func(tx *store.Tx) error {
		list, err := altinn.Users(tx)
		if err != nil {
			return err
		}
		for _, user := range list {
			if tx.Now.Before(user.Created) { // a scenario has it approved later
				continue
			}
			clients, err := altinn.Clients(tx, user.ID)
			if err != nil {
				return err
			}
			views = append(views, altinnUserView{user, clients})
		}
		return nil
	})
	return map[string][]altinnUserView{"users": views}, err
}

// altinnUser shows the system user whose id stands in the path.
func (c *request) altinnUser(r *http.Request) (any, error) {
	var view altinnUserView
	err := c.view(func(tx *store.Tx) (err error) {
		view, err = c.readAltinnUser(tx, r)
		return err
	})
	return view, err
}

// readAltinnUser returns the system user whose id stands in the path.
func (c *request) readAltinnUser(tx *store.Tx, r *http.Request) (altinnUserView, error) {
	user, found, err := altinn.FindUserByID(tx, r.PathValue("id"))
	if err == nil && !found {
		err = c.noAltinnUser(r)
	}
	if err != nil {
		return altinnUserView{}, err
	}
	clients, err := altinn.Clients(tx, user.ID)
	return altinnUserView{user, clients}, err
}

// noAltinnUser returns the error of a system user that is not there.
func (c *request) noAltinnUser(r *http.Request) error {
	return &apiError{http.StatusNotFound, "there is no system user " + quoted(r.PathValue("id")) + "; GET " +
		c.prefix() +
		"altinn/users lists those there are"}
}

// altinnChoice is the body in which a customer chooses a system.
type altinnChoice struct {
	System       string `json:"system"`
	Organisation string `json:"organisation"`
}

// makeAltinnUser makes a system user as a customer who chooses a system from the list of those that are
// visible.
func (c *request) makeAltinnUser(r *http.Request) (any, error) {
	var body altinnChoice
	if err := decode(r, altinnBodyLimit, &body); err != nil {
		return nil, badRequest(`the body is no choice of a system (%v): it must be such as `+
			`{"system": "319000003_demo", "organisation": "319000011"}, with nothing else`, err)
	}
	var view altinnUserView
	id := c.ids().V4().String()
	err := c.update(func(tx *store.Tx) error {
		user, err := altinn.MakeUser(tx, id, body.System, body.Organisation)
		view = altinnUserView{user, []altinn.Client{}}
		return err
	})
	return view, refusedByAltinn(err)
}

// deleteAltinnUser deletes a system user as the customer.
func (c *request) deleteAltinnUser(r *http.Request) (any, error) {
	err := c.update(func(tx *store.Tx) error {
		found, err := altinn.DeleteUser(tx, r.PathValue("id"))
		if err == nil && !found {
			return c.noAltinnUser(r)
		}
		return err
	})
	return map[string]string{"deleted": strings.ToLower(r.PathValue("id"))}, err
}

// altinnClient is the body that names a client.
type altinnClient struct {
	Organisation string `json:"organisation"`
}

// addAltinnClient adds a client to an agent's system user.
func (c *request) addAltinnClient(r *http.Request) (any, error) {
	var body altinnClient
	if err := decode(r, altinnBodyLimit, &body); err != nil {
		return nil, badRequest(`the body is not a client (%v): it must be {"organisation": "319000011"}, `+
			`with nothing else`,
			err)
	}
	return c.changeAltinnClients(r, func(tx *store.Tx) error {
		return altinn.AddClient(tx, r.PathValue("id"), body.Organisation)
	})
}

// removeAltinnClient takes a client away from an agent's system user.
func (c *request) removeAltinnClient(r *http.Request) (any, error) {
	return c.changeAltinnClients(r, func(tx *store.Tx) error {
		return altinn.RemoveClient(tx, r.PathValue("id"), r.PathValue("organisation"))
	})
}

// changeAltinnClients makes a change to the clients of a system user, and shows the user after it.
func (c *request) changeAltinnClients(r *http.Request, change func(*store.Tx) error) (any, error) {
	var view altinnUserView
	err := c.update(func(tx *store.Tx) (err error) {
		if err := change(tx); err != nil {
			return err
		}
		view, err = c.readAltinnUser(tx, r)
		return err
	})
	return view, refusedByAltinn(err)
}
