package page

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxSystemUsers bounds the requests, and the system users, that are shown at once.
const maxSystemUsers = 100

// systemUser is a system user as the control API shows it.
type systemUser struct {
	ID, Kind, SystemID, Vendor, Owner, ExternalRef string
	Rights                                         []struct{ Resource []struct{ Value string } }
	AccessPackages                                 []struct{ URN string }
	Clients                                        []struct{ Organisation string }
	Created                                        time.Time
	Deleted                                        bool
	Form                                           string // the client that was refused
}

// chosenSystem is a system that customers can choose from a list.
type chosenSystem struct {
	ID                   string
	Name                 map[string]string
	IsVisible, IsDeleted bool
}

// systemUserList is the data of the view of system users.
type systemUserList struct {
	Requests  []systemUserRequest // those that wait first, then the newest first
	Found     int                 // requests that fit the search; not all are shown
	Users     []systemUser        // that are there, the newest first
	FoundUser int                 // system users that fit the search; not all are shown
	Visible   []chosenSystem      // what customers can choose
	Form      map[string]string   // of the choice that was refused
	Search    string              // the words that are searched
	Query     string              // of the view with this search
	Empty     bool                // nobody has asked for anything
}

// handleSystemUsers registers the view of system users and of the requests for them.
func (p *Page) handleSystemUsers() {
	p.handle("GET systemusers", func(c *request) (any, error) { return c.systemUsers(nil) })
	p.handle("POST systemusers", (*request).chooseSystem)
	p.handle("POST systemusers/{id}/{answer}", (*request).answerSystemUser)
	p.handle("POST systemusers/{id}/clients", (*request).addClient)
	p.handle("POST systemusers/{id}/clients/remove", (*request).removeClient)
	p.handle("POST systemusers/{id}/delete", (*request).deleteSystemUser)
}

// systemUsers shows the requests for system users, those that wait first, and the system users: maxSystemUsers of
// each that fit the search in the parameter q. A form that was refused is shown as it was.
func (c *request) systemUsers(refused *refusedAct) (any, error) {
	var requests struct{ Requests []systemUserRequest }
	var users struct{ Users []systemUser }
	var systems struct{ Systems []chosenSystem }
	for target, into := range map[string]any{"requests": &requests, "users": &users, "systems": &systems} {
		if err := c.ask("altinn/"+target, into); err != nil {
			return nil, err
		}
	}
	data := systemUserList{Search: c.value("q"), Query: query("q", c.value("q"))}
	data.Empty = len(requests.Requests)+len(users.Users) == 0
	for _, q := range requests.Requests {
		if fits(data.Search, q.PartyOrgNo, q.SystemID, q.SystemName["nb"], q.Vendor, q.ExternalRef, q.Status, q.ID) {
			data.Requests = append(data.Requests, q)
		}
	}
	slices.SortStableFunc(data.Requests, func(a, b systemUserRequest) int {
		switch {
		case a.Waits() == b.Waits():
			return b.Created.Compare(a.Created)
		case a.Waits():
			return -1
		}
		return 1
	})
	data.Found = len(data.Requests)
	data.Requests = data.Requests[:min(data.Found, maxSystemUsers)]
	shown := content{template: "systemusers", title: "System users", view: "systemusers"}
	if refused != nil {
		shown.problem, shown.status = refused.problem.text, refused.problem.status
		if refused.act == "" {
			data.Form = refused.form
		}
	}
	for _, user := range users.Users {
		if refused != nil && refused.act == user.ID {
			user.Form = refused.form["organisation"]
		}
		texts := []string{user.Owner, user.SystemID, user.Vendor, user.ExternalRef, user.ID}
		for _, client := range user.Clients {
			texts = append(texts, client.Organisation)
		}
		if !user.Deleted && fits(data.Search, texts...) {
			data.Users = append(data.Users, user)
		}
	}
	slices.SortStableFunc(data.Users, func(a, b systemUser) int { return b.Created.Compare(a.Created) })
	data.FoundUser = len(data.Users)
	data.Users = data.Users[:min(data.FoundUser, maxSystemUsers)]
	for _, system := range systems.Systems {
		if system.IsVisible && !system.IsDeleted {
			data.Visible = append(data.Visible, system)
		}
	}
	shown.data = data
	return shown, nil
}

// fits reports whether each word of a search stands in one of the texts, in any letter case.
func fits(search string, texts ...string) bool {
	for word := range strings.FieldsSeq(strings.ToLower(search)) {
		has := func(text string) bool { return strings.Contains(strings.ToLower(text), word) }
		if !slices.ContainsFunc(texts, has) {
			return false
		}
	}
	return true
}

// backToSystemUsers returns the view with the search that the form was sent from.
func (c *request) backToSystemUsers() redirect {
	return redirect("systemusers" + query("q", c.value("q")))
}

// answerSystemUser approves or rejects a request.
func (c *request) answerSystemUser() (any, error) {
	answer := c.http.PathValue("answer")
	if answer != "approve" && answer != "reject" {
		return nil, refusal{http.StatusNotFound, "A request is approved or rejected."}
	}
	return c.changeSystemUsers(http.MethodPost, "altinn/requests/"+c.segment("id")+"/"+answer, nil)
}

// chooseSystem makes a system user as a customer who chooses a system.
func (c *request) chooseSystem() (any, error) {
	form := map[string]string{"system": c.value("system"), "organisation": c.value("organisation")}
	_, err := c.do(http.MethodPost, "altinn/users", form)
	if refused, ok := errors.AsType[refusal](err); ok {
		return c.systemUsers(&refusedAct{form: form, problem: refused})
	}
	return c.backToSystemUsers(), err
}

// addClient adds a client to an agent's system user.
func (c *request) addClient() (any, error) {
	form := map[string]string{"organisation": c.value("organisation")}
	_, err := c.do(http.MethodPost, "altinn/users/"+c.segment("id")+"/clients", form)
	if refused, ok := errors.AsType[refusal](err); ok {
		return c.systemUsers(&refusedAct{c.http.PathValue("id"), form, refused})
	}
	return c.backToSystemUsers(), err
}

// removeClient takes a client away from an agent's system user.
func (c *request) removeClient() (any, error) {
	return c.changeSystemUsers(http.MethodDelete, "altinn/users/"+c.segment("id")+"/clients/"+
		url.PathEscape(c.value("organisation")), nil)
}

// deleteSystemUser deletes a system user as its customer.
func (c *request) deleteSystemUser() (any, error) {
	return c.changeSystemUsers(http.MethodDelete, "altinn/users/"+c.segment("id"), nil)
}

// changeSystemUsers carries out an operation of the control API, and shows the view again.
func (c *request) changeSystemUsers(method, target string, body any) (any, error) {
	_, err := c.do(method, target, body)
	return c.backToSystemUsers(), err
}
