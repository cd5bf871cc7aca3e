package altinn

import (
	"fmt"
	"slices"
	"strings"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// vendorRef is the vendor of a system as it is sent; it is answered without authority.
type vendorRef struct {
	Authority string `json:"authority,omitempty"`
	ID        string `json:"ID"`
}

// systemBody is the body of POST and PUT of a system.
type systemBody struct {
	ID           string            `json:"id"`
	Vendor       *vendorRef        `json:"vendor"`
	Name         map[string]string `json:"name"`
	Description  map[string]string `json:"description"`
	Rights       []Right           `json:"rights"`
	Packages     []Package         `json:"accessPackages"`
	ClientID     []string          `json:"clientId"`
	IsVisible    *bool             `json:"isVisible"`
	RedirectURLs []string          `json:"allowedRedirectUrls"`
}

// visible reports whether customers see the system in a list, as they do where nothing is said of it.
func (b systemBody) visible() bool { return b.IsVisible == nil || *b.IsVisible }

// systemView is a system as GET answers it.
type systemView struct {
	ID           string            `json:"id"`
	Vendor       vendorRef         `json:"vendor"`
	Name         map[string]string `json:"name"`
	Description  map[string]string `json:"description"`
	Rights       []Right           `json:"rights"`
	Packages     []Package         `json:"accessPackages"`
	Deleted      bool              `json:"isDeleted"`
	ClientID     []string          `json:"clientId"`
	IsVisible    bool              `json:"isVisible"`
	RedirectURLs []string          `json:"allowedRedirectUrls"`
}

// systemEntry is a system in the list of all.
type systemEntry struct {
	ID          string            `json:"systemId"`
	Vendor      string            `json:"systemVendorOrgNumber"`
	VendorName  string            `json:"systemVendorOrgName"`
	Name        map[string]string `json:"name"`
	Description map[string]string `json:"description"`
	Rights      []Right           `json:"rights"`
	Packages    []Package         `json:"accessPackages"`
	IsVisible   bool              `json:"isVisible"`
}

// readSystem returns the system in the body of a call. Texts at its top are trimmed.
func readSystem(r *wire.Request) (body systemBody, err error) {
	if err := decode(r.Body, "registerNewSystem", &body); err != nil {
		return body, err
	}
	body.ID = strings.Trim(body.ID, "\t\r\n ")
	if err := required("id", body.ID != "", "vendor", body.Vendor != nil, "name", body.Name != nil, "description",
		body.Description != nil); err != nil {
		return body, err
	}
	body.Rights, body.Packages = orEmpty(body.Rights), orEmpty(body.Packages)
	body.ClientID, body.RedirectURLs = orEmpty(body.ClientID), orEmpty(body.RedirectURLs)
	return body, nil
}

// orEmpty returns an empty list for nil.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// org returns the organisation of a vendor. It refuses what is not 0192 and something more.
func (v vendorRef) org() (string, error) {
	scheme, number, found := strings.Cut(v.ID, ":")
	if !found || scheme != "0192" {
		return "", refuseAll([]violation{{code("AUTH.VLD-00000"), member{}, fmt.Sprintf(
			"vendor.ID is %q; it must be 0192: and the organisation number", v.ID)}})
	}
	return number, nil
}

// fill takes what a body has into the system.
func (s *System) fill(body systemBody) {
	s.Name, s.Description, s.Rights, s.Packages = body.Name, body.Description, body.Rights, body.Packages
	s.ClientIDs, s.RedirectURLs = body.ClientID, body.RedirectURLs
	s.IsVisible = body.visible()
}

// enterClients enters the client ids of the system. Those that it has no more stay entered until another system
// has them.
func (s System) enterClients(tx *store.Tx) error {
	for _, id := range s.ClientIDs {
		if err := clientIDs.Put(tx, clientKey(id), s.ID); err != nil {
			return err
		}
	}
	return nil
}

// has reports whether a client id, whatever its letter case, is on the system now.
func (s System) has(clientID string) bool {
	return !s.Deleted && slices.ContainsFunc(s.ClientIDs, func(own string) bool {
		return strings.EqualFold(own, clientID)
	})
}

// clientKey returns the key of a client id, which has no letter case.
func clientKey(id string) string { return key(strings.ToLower(id)) }

// view returns the system as GET answers it.
func (s System) view() systemView {
	return systemView{
		ID: s.ID, Vendor: vendorRef{ID: "0192:" + s.Vendor}, Name: s.Name, Description: s.Description,
		Rights: s.Rights, Packages: s.Packages, Deleted: s.Deleted, ClientID: s.ClientIDs, IsVisible: s.IsVisible,
		RedirectURLs: s.RedirectURLs,
	}
}

// entry returns the system as it is in the list of all.
func (s System) entry() systemEntry {
	return systemEntry{
		ID: s.ID, Vendor: s.Vendor, Name: s.Name, Description: s.Description, Rights: s.Rights,
		Packages: s.Packages, IsVisible: s.IsVisible,
	}
}

// isRepeatedIn returns a function that reports whether a text stands in the list more than once,
// whatever the letter case.
func isRepeatedIn(list []string) func(string) bool {
	return func(one string) bool {
		n := 0
		for _, other := range list {
			if strings.EqualFold(one, other) {
				n++
			}
		}
		return n > 1
	}
}
