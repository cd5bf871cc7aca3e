package onboarding

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// registry is Altinn's register as a few maps: what is right, without the store and its indexes. Rights
// and packages are the short names of ability.
type registry struct {
	now     time.Time
	systems map[string]*registered     // by id
	asked   []*question                // in the order in which they were asked
	users   map[string]*representative // by id
	dialogs map[deliveredFor]string    // id of the dialog
	bound   map[string]bool            // client ids that are on a system, or were
}

// registered is a system. A deleted one keeps its id and loses its client ids.
type registered struct {
	vendor    string
	abilities []string
	clients   []string
	visible   bool
	deleted   bool
}

// question is a request for a system user, or for a change of one.
type question struct {
	id                            string
	kind                          string // standard, agent or change
	vendor, system, customer, ref string
	user                          string // of a change
	abilities, unwanted           []string
	status                        string
	created                       time.Time
	answer                        time.Time // when a scenario has the customer approve; zero for never
	deleted                       bool
}

// representative is a system user.
type representative struct {
	id, kind, vendor, system, owner, ref string
	abilities, clients                   []string
	deleted                              bool
}

// deliveredFor names an API and an organisation, whose deliveries have one dialog.
type deliveredFor struct{ api, organisation string }

func newRegistry(now time.Time) *registry {
	return &registry{
		now: now, systems: map[string]*registered{}, users: map[string]*representative{},
		dialogs: map[deliveredFor]string{}, bound: map[string]bool{},
	}
}

// copied returns a registry that shares nothing that is changed.
func (m *registry) copied() *registry {
	c := newRegistry(m.now)
	for id, one := range m.systems {
		system := *one
		c.systems[id] = &system
	}
	for _, one := range m.asked {
		q := *one
		c.asked = append(c.asked, &q)
	}
	for id, one := range m.users {
		user := *one
		c.users[id] = &user
	}
	c.dialogs, c.bound = maps.Clone(m.dialogs), maps.Clone(m.bound)
	return c
}

// holder returns the live system that a client id is on; empty for none.
func (m *registry) holder(client string) string {
	for id, system := range m.systems {
		if !system.deleted && slices.Contains(system.clients, client) {
			return id
		}
	}
	return ""
}

// bind notes the clients of a system, which the register binds from then on.
func (m *registry) bind(clients []string) {
	for _, client := range clients {
		m.bound[client] = true
	}
}

// taken reports whether one of the clients is on another system than the one of that id.
func (m *registry) taken(clients []string, id string) bool {
	return slices.ContainsFunc(clients, func(client string) bool {
		holder := m.holder(client)
		return holder != "" && holder != id
	})
}

// user returns the live system user of a customer; nil for none.
func (m *registry) user(system, customer, ref string) *representative {
	for _, one := range m.users {
		if !one.deleted && one.system == system && one.owner == customer && one.ref == ref {
			return one
		}
	}
	return nil
}

// question returns the request of an id; nil for none.
func (m *registry) question(id string) *question {
	for _, q := range m.asked {
		if q.id == id {
			return q
		}
	}
	return nil
}

// last returns the last request with the references, unless that is deleted; nil for none.
func (m *registry) last(kind, system, customer, ref string) *question {
	for _, q := range slices.Backward(m.asked) {
		if q.kind == kind && q.system == system && q.customer == customer && q.ref == ref {
			if q.deleted {
				return nil
			}
			return q
		}
	}
	return nil
}

// late reports whether a request has timed out.
func (m *registry) late(q *question) bool {
	return q.status == "Timedout" || q.status == "New" && m.now.Sub(q.created) >= 180*24*time.Hour
}

// lacks returns the code of the first thing that a system cannot give to a system user of a kind; empty
// for none.
func (r *registered) lacks(kind string, abilities []string) string {
	code := func(of func(string) bool, name string) string {
		if slices.ContainsFunc(abilities, of) {
			return name
		}
		return ""
	}
	missing := func(name string) bool { return !slices.Contains(r.abilities, name) }
	for _, found := range []string{
		code(func(name string) bool { return name == toBSU && missing(name) }, "AUTH-00001"),
		code(func(name string) bool { return name != toBSU && missing(name) }, "AUTH-00063"),
		code(func(name string) bool { return kind == "agent" && name == scopes }, "AUTH-00065"),
		code(func(name string) bool { return kind != "agent" && name == accounts }, "AUTH-00064"),
	} {
		if found != "" {
			return found
		}
	}
	return ""
}

// wrongToAsk returns the code that a request for a system user is refused with, or the request that there
// is already.
func (m *registry) wrongToAsk(vendor string, q *question) (code string, there *question) {
	if m.user(q.system, q.customer, q.ref) != nil {
		return "AUTH-00004", nil
	}
	last := m.last(q.kind, q.system, q.customer, q.ref)
	if last != nil && last.status == "Timedout" {
		last = nil
	}
	if last != nil && last.vendor == vendor {
		return "", last
	}
	system := m.systems[q.system]
	switch {
	case system == nil:
		return "AUTH-00011", nil
	case last != nil:
		of := map[string]string{"New": "AUTH-00007", "Accepted": "AUTH-00006", "Rejected": "AUTH-00009"}
		return of[last.status], nil
	case system.vendor != vendor:
		return "AUTH-00011", nil
	case len(q.abilities) == 0 && q.kind == "agent":
		return "AUTH-00058", nil
	case len(q.abilities) == 0:
		return "AUTH-00059", nil
	}
	return system.lacks(q.kind, q.abilities), nil
}

// wrongToChoose returns what a customer's choice of a system is refused with; empty for nothing.
func (m *registry) wrongToChoose(id, customer string) string {
	system := m.systems[id]
	switch {
	case system == nil || system.deleted:
		return "AUTH-00011"
	case !system.visible:
		return "isVisible false"
	case len(system.abilities) == 0:
		return "AUTH-00059"
	case m.user(id, customer, customer) != nil:
		return "AUTH-00004"
	}
	return ""
}

// wrongToAnswer returns the code that an answer of the customer's is refused with; empty for none.
func (m *registry) wrongToAnswer(id, how string) string {
	q := m.question(id)
	late := q != nil && how != "timeout" && m.late(q)
	switch {
	case q == nil || q.deleted:
		return "AUTH-00010"
	case (q.status != "New" || late) && q.kind == "change":
		return "AUTH-00061"
	case q.status != "New" || late:
		return "AUTH-00013"
	case how != "approve":
		return ""
	case m.systems[q.system].deleted:
		return "AUTH-00011"
	case q.kind == "change" && m.users[q.user].deleted:
		return "AUTH-00015"
	case q.kind != "change" && m.user(q.system, q.customer, q.ref) != nil:
		return "AUTH-00004"
	}
	return ""
}

// approve makes or changes the system user of a request.
func (m *registry) approve(q *question) {
	if q.kind != "change" {
		m.users[q.id] = &representative{
			id: q.id, kind: q.kind, vendor: q.vendor, system: q.system, owner: q.customer, ref: q.ref,
			abilities: q.abilities,
		}
		return
	}
	user := m.users[q.user]
	kept := slices.DeleteFunc(slices.Clone(user.abilities), func(name string) bool {
		return slices.Contains(q.unwanted, name)
	})
	for _, name := range q.abilities {
		if !slices.Contains(kept, name) {
			kept = append(kept, name)
		}
	}
	user.abilities = kept
}

// settle carries out the approvals that scenarios delay whose time has come, in their order, and returns the system
// users that they made. One that is refused comes to nothing.
func (m *registry) settle() (made []*representative) {
	due := slices.DeleteFunc(slices.Clone(m.asked), func(q *question) bool {
		return q.answer.IsZero() || q.answer.After(m.now)
	})
	slices.SortStableFunc(due, func(a, b *question) int {
		return cmp.Or(a.answer.Compare(b.answer), -strings.Compare(a.kind, b.kind)) // standard before agent
	})
	now := m.now
	defer func() { m.now = now }()
	for _, q := range due {
		m.now, q.answer = q.answer, time.Time{}
		if m.wrongToAnswer(q.id, "approve") == "" {
			q.status = "Accepted"
			m.approve(q)
			made = append(made, m.users[q.id])
		}
	}
	return made
}

// may reports whether a token of a system user lets a delivery through. The token's client counts where
// the register does not know the user.
func (m *registry) may(user, client, owner string, to deliveredFor) bool {
	one := m.users[user]
	if one == nil {
		return !m.bound[client] && owner == to.organisation
	}
	if one.deleted {
		return false
	}
	has := func(name string) bool { return slices.Contains(one.abilities, name) }
	if one.kind == "agent" {
		return to.api == "gavertilfrivillige" && (has(accounts) || has(ground)) &&
			slices.Contains(one.clients, to.organisation)
	}
	return one.owner == to.organisation && (to.api == "bsu" && has(toBSU) || to.api != "bsu" && has(ground))
}
