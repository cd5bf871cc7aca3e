package page

import (
	"errors"
	"net/http"
	"net/url"
)

// systemUser is a system user as the control API shows it.
type systemUser struct {
	ID, Kind, SystemID, Owner, ExternalRef string
	Rights                                 []struct{ Resource []struct{ Value string } }
	AccessPackages                         []struct{ URN string }
	Clients                                []struct{ Organisation string }
	Deleted                                bool
	Form                                   string // the client that was refused
}

// chosenSystem is a system that customers can choose from a list.
type chosenSystem struct {
	ID                   string
	Name                 map[string]string
	IsVisible, IsDeleted bool
}

// systemUserList is the data of the view of system users.
type systemUserList struct {
	Requests []systemUserRequest // those that wait first
	Users    []systemUser        // that are there
	Visible  []chosenSystem      // what customers can choose
	Form     map[string]string   // of the choice that was refused
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

// systemUsers shows the requests for system users, those that wait first, and the system users. A form that
// was refused is shown as it was.
func (c *request) systemUsers(refused *refusedAct) (any, error) {
	var requests struct{ Requests []systemUserRequest }
	var users struct{ Users []systemUser }
	var systems struct{ Systems []chosenSystem }
	for target, into := range map[string]any{"requests": &requests, "users": &users, "systems": &systems} {
		if err := c.ask("altinn/"+target, into); err != nil {
			return nil, err
		}
	}
	var data systemUserList
	var answered []systemUserRequest
	for _, q := range requests.Requests {
		if q.Waits() {
			data.Requests = append(data.Requests, q)
		} else {
			answered = append(answered, q)
		}
	}
	data.Requests = append(data.Requests, answered...)
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
		if !user.Deleted {
			data.Users = append(data.Users, user)
		}
	}
	for _, system := range systems.Systems {
		if system.IsVisible && !system.IsDeleted {
			data.Visible = append(data.Visible, system)
		}
	}
	shown.data = data
	return shown, nil
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
	return redirect("systemusers"), err
}

// addClient adds a client to an agent's system user.
func (c *request) addClient() (any, error) {
	form := map[string]string{"organisation": c.value("organisation")}
	_, err := c.do(http.MethodPost, "altinn/users/"+c.segment("id")+"/clients", form)
	if refused, ok := errors.AsType[refusal](err); ok {
		return c.systemUsers(&refusedAct{c.http.PathValue("id"), form, refused})
	}
	return redirect("systemusers"), err
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
	return redirect("systemusers"), err
}
