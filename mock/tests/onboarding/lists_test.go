package onboarding

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// withRef returns the body of a request with an externalRef of its own.
func withRef(body, ref string) string {
	return strings.TrimSuffix(body, "}") + `, "externalRef": "` + ref + `"}`
}

// TestPages: lists of more than 50 come in pages of 50 on which no item is missing or stands twice, also
// where items are deleted while the caller reads.
func TestPages(t *testing.T) {
	t.Parallel()
	const more = 2*50 + 3
	list := map[string]string{ // its address, by what it lists
		"requests": "/systemuser/request/vendor/bysystem/", "agents": "/systemuser/request/vendor/agent/bysystem/",
		"changes": "/systemuser/changerequest/vendor/bysystem/", "users": "/systemuser/vendor/bysystem/",
	}
	for name, path := range list {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, mock.Options{Altinn: mock.AltinnOptions{Approve: mock.ApproveAtOnce}})
			s.register()
			// some of every other kind, which no other list shows
			user := s.ask("request/vendor", testkit.RequestBody(testkit.Customer)).ID
			agent := s.ask("request/vendor/agent", withRef(testkit.AgentBody(testkit.Customer), "agent")).ID
			change := s.ask("changerequest/vendor?correlation-id="+uuid.NewString()+"&system-user-id="+user,
				testkit.ChangeBody).ID
			want := map[string][]string{
				"requests": {user}, "agents": {agent}, "changes": {change}, "users": {user, agent},
			}[name]
			for i := len(want); i < more; i++ {
				ref := fmt.Sprintf("ref-%d", i)
				switch name {
				case "agents":
					want = append(want, s.ask("request/vendor/agent", withRef(testkit.AgentBody(testkit.Customer),
						ref)).ID)
				case "changes":
					want = append(want, s.ask("changerequest/vendor?correlation-id="+uuid.NewString()+
						"&system-user-id="+user, testkit.ChangeBody).ID)
				default:
					want = append(want, s.ask("request/vendor", withRef(testkit.RequestBody(testkit.Customer), ref)).ID)
				}
			}
			slices.Sort(want)
			remove := func(id string) {
				switch name {
				case "users":
					s.control(200, http.MethodDelete, "altinn/users/"+id, "")
				case "changes":
					s.altinn(202, http.MethodDelete, "/systemuser/changerequest/vendor/"+id, "")
				default:
					s.altinn(202, http.MethodDelete, "/systemuser/request/vendor/"+id, "")
				}
			}
			first, next := s.page(path + testkit.System)
			second, last := s.page(next)
			third, none := s.page(last)
			if len(first) != 50 || len(second) != 50 || none != "" {
				t.Errorf("the pages have %d, %d and %d items, then %q", len(first), len(second), len(third), none)
			}
			if got := slices.Concat(first, second, third); !reflect.DeepEqual(got, want) {
				t.Errorf("the pages have %d items %v, want %d %v", len(got), got, len(want), want)
			}
			// the last of the page that was read, and the first of the next one, are deleted meanwhile
			remove(want[49])
			remove(want[50])
			second, last = s.page(next)
			third, none = s.page(last)
			if got := slices.Concat(second, third); !reflect.DeepEqual(got, want[51:]) || none != "" {
				t.Errorf("after two were deleted: %d items %v, want %d %v", len(got), got, more-51, want[51:])
			}
			if all, _ := s.page(path + testkit.System); slices.Contains(all, want[49]) || len(all) != 50 {
				t.Errorf("from the beginning: %d items %v", len(all), all)
			}
			s.altinn(400, http.MethodGet, path+testkit.System+"?token=%21", "")
		})
	}
}

// page returns the ids on a page of a list, and the path of the next page, empty for none.
func (s site) page(path string) (ids []string, next string) {
	s.Helper()
	var got struct {
		Links struct{ Next string }
		Data  []struct{ ID string }
	}
	s.read(s.altinn(200, http.MethodGet, path, ""), &got)
	for _, one := range got.Data {
		ids = append(ids, one.ID)
	}
	if got.Links.Next == "" {
		return ids, ""
	}
	next, ok := strings.CutPrefix(got.Links.Next, s.root+"/authentication/api/v1")
	if !ok {
		s.Fatalf("the next page is at %s", got.Links.Next)
	}
	return ids, next
}

// TestChangeLog: the log of a system has each change, the newest first, with who made it when, and what
// was sent.
func TestChangeLog(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{})
	s.control(200, http.MethodPut, "clock", `{"freeze": "2026-03-02T12:00:00Z"}`)
	s = s.in(t, "") // with a token of that time
	const system = "/systemregister/vendor/" + testkit.System
	s.register()
	for _, call := range [][3]string{
		{http.MethodPut, system, strings.Replace(testkit.SystemBody, `"Demo"`, `"Demo 2"`, 1)},
		{http.MethodPut, system + "/rights", `[{"resource": [{"id": "urn:altinn:resource", "value": "ske-a"}]}]`},
		{http.MethodPut, system + "/accesspackages", `[{"urn": "urn:altinn:accesspackage:skattegrunnlag"}]`},
		{http.MethodDelete, system, ""},
	} {
		s.control(200, http.MethodPut, "clock", `{"advance": "1h"}`)
		s.altinn(200, call[0], call[1], call[2])
	}
	var log []struct {
		SystemInternalID, ChangedByOrgNumber, ChangeType, ClientID, Created string
		ChangedData                                                         map[string]any
	}
	s.read(s.altinn(200, http.MethodGet, system+"/changelog", ""), &log)
	if len(log) != 5 {
		t.Fatalf("the log has %d entries: %+v", len(log), log)
	}
	for i, want := range []struct{ kind, created, member, holds string }{
		{"delete", "2026-03-02T16:00:00.000000Z", "Id", testkit.System},
		{"accesspackageupdate", "2026-03-02T15:00:00.000000Z", "AccessPackages", "Urn:urn:altinn:accesspackage:skatte"},
		{"rightsupdate", "2026-03-02T14:00:00.000000Z", "Rights", "Id:urn:altinn:resource Value:ske-a"},
		{"update", "2026-03-02T13:00:00.000000Z", "Name", "Demo 2"},
		{"create", "2026-03-02T12:00:00.000000Z", "AllowedRedirectUrls", "https://demo.example/ok"},
	} {
		got := log[i]
		data := fmt.Sprint(got.ChangedData[want.member])
		if got.ChangeType != want.kind || got.Created != want.created || !strings.Contains(data, want.holds) ||
			got.ChangedByOrgNumber != "319000003" || got.ClientID == "" || uuid.Validate(got.SystemInternalID) != nil ||
			got.SystemInternalID != log[0].SystemInternalID {
			t.Errorf("entry %d is %+v, want %+v", i, got, want)
		}
	}
	if unknown := s.altinn(404, http.MethodGet, "/systemregister/vendor/319000003_x/changelog", ""); unknown !=
		"System with ID 319000003_x not found." {
		t.Errorf("the log of an unknown system: %s", unknown)
	}
	other := s
	other.bearer = s.control(200, http.MethodGet, "token?api=authentication&vendor=319000011", "")
	if got := other.altinn(403, http.MethodGet, system+"/changelog", ""); got != "" {
		t.Errorf("another's log: %s", got)
	}
	if systems := s.altinn(200, http.MethodGet, "/systemregister/vendor", ""); systems != "[]" {
		t.Errorf("a deleted system is listed: %s", systems)
	}
	if shown := s.altinn(200, http.MethodGet, system, ""); !strings.Contains(shown, `"isDeleted":true`) {
		t.Errorf("the deleted system is %s", shown)
	}
}
