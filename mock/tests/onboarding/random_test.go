package onboarding

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// The abilities of systems and system users: a right, and packages for both kinds of system users, for
// agents, and for standard ones.
const (
	toBSU    = "ske-innrapportering-boligsparing-ungdom"
	ground   = "skattegrunnlag"
	accounts = "regnskapsforer-med-signeringsrettighet"
	scopes   = "maskinporten-scopes"
)

// walk is a random walk: the register of a session, and the model of it. saved is nil without a
// checkpoint.
type walk struct {
	site
	t         *rapid.T
	m, saved  *registry
	vendors   map[string]string // their tokens
	scenario  string            // the beginning of the address of vendors' calls
	tokens    []heldToken
	corrected int // how many ids of changes were made
}

// heldToken is a token for a system user that the vendor keeps.
type heldToken struct {
	user, client, owner string
	issued              time.Time
	bearer              map[string]string // by API
}

const first, second = "319000003", "319000046" // the vendors

// pick draws one of a few names.
func (w *walk) pick(what string, of ...string) string { return rapid.SampledFrom(of).Draw(w.t, what) }

// mostly draws one of the first names, and one of the others in one of eight draws or where there is none of
// the first.
func (w *walk) mostly(what string, names, others []string) string {
	if len(names) == 0 || rapid.IntRange(0, 7).Draw(w.t, "another "+what) == 7 {
		return w.pick(what, others...)
	}
	return w.pick(what, names...)
}

// some draws some of the abilities.
func (w *walk) some(what string, of ...string) (list []string) {
	for _, name := range of {
		if rapid.IntRange(0, 3).Draw(w.t, what+" "+name) < 3 {
			list = append(list, name)
		}
	}
	return list
}

func (w *walk) system() string {
	return w.pick("system", first+"_a", first+"_a", first+"_a", first+"_b", first+"_b", second+"_c", first+"_none")
}

// owner draws a vendor, mostly the one of a system.
func (w *walk) owner(system string) string {
	return w.pick("owner", system[:9], system[:9], system[:9], first, second)
}

func (w *walk) client() string   { return w.pick("client", "client-1", "client-2", "client-3") }
func (w *walk) customer() string { return w.pick("customer", "319000011", "319000038") }
func (w *walk) kind() string     { return w.pick("kind", "standard", "standard", "agent") }

// ref draws an externalRef; empty for none.
func (w *walk) ref() string { return w.pick("ref", "", "", "other") }

const noID = "6f0c0a0e-0000-4000-8000-0000000000ff"

// question draws a request, mostly one that waits, or an id of none.
func (w *walk) question() string {
	var waiting, others []string
	for _, q := range slices.Backward(w.m.asked) {
		if q.status == "New" && !q.deleted {
			waiting = append(waiting, q.id)
		} else {
			others = append(others, q.id)
		}
	}
	return w.mostly("request", waiting, append(others, noID))
}

// user draws a system user, mostly one that is there, or an id of none.
func (w *walk) user() string {
	var there, others []string
	for _, id := range slices.Sorted(maps.Keys(w.m.users)) {
		if !w.m.users[id].deleted {
			there = append(there, id)
		} else {
			others = append(others, id)
		}
	}
	return w.mostly("user", there, append(others, noID))
}

// vendorOf returns the vendor of a request or a system user, which is the first where there is none.
func (w *walk) vendorOf(id string) string {
	if q := w.m.question(id); q != nil {
		return w.owner(q.system)
	}
	return first
}

// holds compares what there is with the model.
func (w *walk) holds() {
	w.Helper()
	var shown struct {
		Systems []struct {
			ID        string
			ClientID  []string
			IsDeleted bool
		}
		Requests []struct {
			ID, Status string
			TimedOut   bool
		}
		Users []struct {
			ID             string
			Deleted        bool
			Rights         []struct{ Resource []struct{ Value string } }
			AccessPackages []struct{ URN string }
			Clients        []struct{ Organisation string }
		}
	}
	for _, path := range []string{"systems", "requests", "users"} {
		w.read(w.control(200, http.MethodGet, "altinn/"+path, ""), &shown)
	}
	got, want := map[string]string{}, map[string]string{}
	for _, one := range shown.Systems {
		got[one.ID] = fmt.Sprint(one.IsDeleted, one.ClientID)
	}
	for id, one := range w.m.systems {
		want[id] = fmt.Sprint(one.deleted, one.clients)
	}
	for _, one := range shown.Requests {
		got["request "+one.ID] = fmt.Sprint(one.Status, one.TimedOut)
	}
	for _, q := range w.m.asked {
		if !q.deleted {
			want["request "+q.id] = fmt.Sprint(q.status, w.m.late(q))
		}
	}
	for _, one := range shown.Users {
		var abilities, clients []string
		for _, right := range one.Rights {
			abilities = append(abilities, right.Resource[0].Value)
		}
		for _, urn := range one.AccessPackages {
			abilities = append(abilities, strings.TrimPrefix(urn.URN, "urn:altinn:accesspackage:"))
		}
		for _, client := range one.Clients {
			clients = append(clients, client.Organisation)
		}
		slices.Sort(abilities)
		got["user "+one.ID] = fmt.Sprint(one.Deleted, abilities, clients)
	}
	for id, one := range w.m.users {
		want["user "+id] = fmt.Sprint(one.deleted, slices.Sorted(slices.Values(one.abilities)),
			slices.Sorted(slices.Values(one.clients)))
	}
	if !reflect.DeepEqual(got, want) {
		w.Fatalf("there is %v\nwant %v", got, want)
	}
}

// TestRandomActs: any sequence of what vendors and customers do is answered as a model says, and leaves
// what the model has.
func TestRandomActs(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{})
	length := 100
	if testkit.FewerData() {
		length = 20
	}
	noon := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		session := "walk-" + uuid.NewString()
		w := &walk{site: s.in(t, session), t: t, m: newRegistry(noon), vendors: map[string]string{}}
		defer w.control(200, http.MethodDelete, "sessions/"+session, "")
		w.control(200, http.MethodPut, "clock", `{"freeze": "2026-03-02T12:00:00Z"}`)
		for _, vendor := range []string{first, second} {
			w.vendors[vendor] = w.control(
				200,
				http.MethodGet,
				"token?api=authentication&ttl=876000h&vendor="+vendor,
				"",
			)
		}
		w.register(first+"_a", "client-1", []string{toBSU, ground, accounts, scopes}, false)
		w.register(first+"_b", "client-2", []string{toBSU, ground}, true)
		acts := []struct {
			name  string
			often int
			do    func()
		}{
			{"ask", 6, w.ask},
			{"answer", 8, w.answer},
			{"deliver", 8, w.deliverAny},
			{"change clients", 4, w.changeClients},
			{"ask for a change", 4, w.askChange},
			{"fetch", 2, w.fetch},
			{"read dialogs", 2, w.readDialogs},
			{"find", 2, w.find},
			{"read", 2, w.readOne},
			{"register", 2, func() {
				w.register(w.system(), w.client(), w.some("system", toBSU, ground, accounts, scopes),
					rapid.Bool().Draw(t, "visible"))
			}},
			{"list", 1, w.list},
			{"choose", 2, w.choose},
			{"save", 1, w.save},
			{"restore", 1, w.restore},
			{"delete a user", 1, w.deleteUser},
			{"withdraw", 1, w.withdraw},
			{"update", 1, w.update},
			{"advance", 1, w.advance},
			{"delete a system", 1, w.deleteSystem},
		}
		var drawn []int
		for i, act := range acts {
			for range act.often {
				drawn = append(drawn, i)
			}
		}
		for range rapid.IntRange(length/4, length).Draw(t, "acts") {
			act := acts[rapid.SampledFrom(drawn).Draw(t, "act")]
			t.Log(act.name)
			act.do()
			w.holds()
		}
	})
}
