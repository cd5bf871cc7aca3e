package altinn

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sandkasse/fixtures/ident"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

const adminScope = "altinn:authentication/systemregister.admin"

// maxSystemID bounds the id of a system, in characters.
const maxSystemID = 255

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

// succeeded is the answer to a change of a system.
type succeeded struct {
	Succeeded bool `json:"succeeded"`
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

// vendorOrg returns the organisation of a vendor; false where it is not 0192 and something more.
func (v vendorRef) org() (string, bool) {
	scheme, number, found := strings.Cut(v.ID, ":")
	return number, found && scheme == "0192"
}

// vendor returns the organisation that calls. Every token has one.
func vendor(r *wire.Request) (string, error) {
	if r.Principal.Consumer == "" {
		return "", refuseEmpty(401, "the token names no consumer")
	}
	return r.Principal.Consumer, nil
}

// owns refuses a caller that is not the vendor; the scope of administrators lifts that.
func owns(r *wire.Request, vendor string) error {
	if r.Principal.Consumer == vendor || r.Principal.HasScope(adminScope) {
		return nil
	}
	return refuseEmpty(403, "the token is of %s, the system of %s; get a token of the vendor", r.Principal.Consumer,
		vendor)
}

// create registers a system.
func (a Altinn) create(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	body, err := readSystem(r)
	if err != nil {
		return wire.Response{}, err
	}
	org, ok := body.Vendor.org()
	if !ok {
		return wire.Response{}, refuseAll([]violation{{code("AUTH.VLD-00000"), member{}, fmt.Sprintf(
			"vendor.ID is %q; it must be 0192: and the organisation number", body.Vendor.ID)}})
	}
	if err := owns(r, org); err != nil {
		return wire.Response{}, err
	}
	wrong, err := a.checkNew(tx, body, org)
	if err != nil {
		return wire.Response{}, err
	}
	if err := refuseAll(wrong); err != nil {
		return wire.Response{}, err
	}
	if err := checkTexts(body); err != nil {
		return wire.Response{}, err
	}
	if slices.ContainsFunc(body.ClientID, isRepeatedIn(body.ClientID)) {
		return wire.Response{}, refuseText(409, "The System already exist: "+body.ID,
			"clientId has the same id twice; Altinn says that as if the system existed")
	}
	system := System{ID: body.ID, InternalID: r.IDs.V4().String(), Vendor: org, Created: r.Now}
	system.fill(body)
	if err := system.enterClients(tx); err != nil {
		return wire.Response{}, err
	}
	if err := system.log(tx, r, "create", body.shown(org)); err != nil {
		return wire.Response{}, err
	}
	return jsonAnswer(200, system.InternalID), nil
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

// fill takes what a body has into the system.
func (s *System) fill(body systemBody) {
	s.Name, s.Description, s.Rights, s.Packages = body.Name, body.Description, body.Rights, body.Packages
	s.ClientIDs, s.RedirectURLs = body.ClientID, body.RedirectURLs
	s.IsVisible = body.IsVisible == nil || *body.IsVisible
}

// enterClients enters the client ids of the system, and frees none.
func (s System) enterClients(tx *store.Tx) error {
	for _, id := range s.ClientIDs {
		if err := clientIDs.Put(tx, clientKey(id), s.ID); err != nil {
			return err
		}
	}
	return nil
}

// freeClients frees the client ids of the system.
func (s System) freeClients(tx *store.Tx) error {
	for _, id := range s.ClientIDs {
		if err := clientIDs.Delete(tx, clientKey(id)); err != nil {
			return err
		}
	}
	return nil
}

// clientKey returns the key of a client id, which has no letter case.
func clientKey(id string) string { return key(strings.ToLower(id)) }

// log stores the system, with an entry in its change log.
func (s System) log(tx *store.Tx, r *wire.Request, kind string, data json.RawMessage) error {
	s.Changes++
	entry := change{
		Internal: s.InternalID, By: r.Principal.Consumer, Type: kind, Data: data, Client: r.Principal.ClientID,
		Created: stamp(r.Now),
	}
	at := fmt.Sprintf("%s/%010d", key(s.ID), 9_999_999_999-s.Changes)
	if err := changes.Put(tx, at, entry); err != nil {
		return err
	}
	return systems.Put(tx, s.ID, s)
}

// shown returns a body as the change log has it.
func (b systemBody) shown(vendor string) json.RawMessage {
	return object(member{"Id", b.ID}, member{"Vendor", vendorRef{ID: "0192:" + vendor}}, member{"Name", b.Name},
		member{"Description", b.Description}, member{"Rights", pascalRights(b.Rights)},
		member{"AccessPackages", pascalPackages(b.Packages)}, member{"ClientId", b.ClientID},
		member{"IsVisible", b.IsVisible == nil || *b.IsVisible}, member{"AllowedRedirectUrls", b.RedirectURLs})
}

// pascalRights returns rights as the change log has them.
func pascalRights(rights []Right) []json.RawMessage {
	list := []json.RawMessage{}
	for _, right := range rights {
		resources := []json.RawMessage{}
		for _, one := range right.Resource {
			resources = append(resources, object(member{"Id", one.ID}, member{"Value", one.Value}))
		}
		action := member{}
		if right.Action != "" {
			action = member{"Action", right.Action}
		}
		list = append(list, object(action, member{"Resource", resources}))
	}
	return list
}

// pascalPackages returns packages as the change log has them.
func pascalPackages(packages []Package) []json.RawMessage {
	list := []json.RawMessage{}
	for _, one := range packages {
		list = append(list, object(member{"Urn", one.URN}))
	}
	return list
}

// languages are those in which Altinn's database wants the name and the description of a system.
var languages = []string{"nb", "nn", "en"}

// checkTexts refuses a name or description without one of the languages, as Altinn's database does
// (K745).
func checkTexts(body systemBody) error {
	for _, one := range []struct {
		name  string
		texts map[string]string
	}{{"name", body.Name}, {"description", body.Description}} {
		for _, language := range languages {
			if one.texts[language] == "" {
				return refuseText(500,
					`value for domain business_application.translated_text violates check constraint `+
						`"translated_text_check"`, "%s has no %s; Altinn's database wants nb, nn and en of name and "+
						"description (K745)",
					one.name, language)
			}
		}
	}
	if len([]rune(body.ID)) > maxSystemID {
		return refuseText(500, "value too long for type character varying(255)",
			"the id has %d characters; the most is %d (K746)", len([]rune(body.ID)), maxSystemID)
	}
	return nil
}

// checkNew returns what is wrong with a new system, in Altinn's order.
func (a Altinn) checkNew(tx *store.Tx, body systemBody, org string) (wrong []violation, err error) {
	fault := func(name, why string, args ...any) {
		wrong = append(wrong, violation{code(name), member{}, fmt.Sprintf(why, args...)})
	}
	if strings.Contains(body.ID, " ") {
		fault("AUTH.VLD-00013", "the id %q has a space", body.ID)
	}
	if before, _, found := strings.Cut(body.ID, "_"); !found || before != org {
		fault("AUTH.VLD-00001", "the id is %q; it must begin with %s_", body.ID, org)
	}
	_, exists, err := systems.Get(tx, body.ID)
	if err != nil {
		return nil, err
	}
	if exists {
		fault("AUTH.VLD-00002", "a system has the id %q, or had it before it was deleted", body.ID)
	}
	for _, given := range body.RedirectURLs {
		if u, err := url.Parse(given); err != nil || u.Scheme != "https" || u.Host == "" {
			fault("AUTH.VLD-00005", "%q is no address of https", given)
			break
		}
	}
	taken, err := takenClient(tx, body.ClientID, body.ID)
	if err != nil {
		return nil, err
	}
	if taken != "" {
		fault("AUTH.VLD-00004", "the client id %q is on the system %s", taken, ownerOf(tx, taken))
	}
	wrong = append(wrong, a.checkRights(body.Rights)...)
	wrong = append(wrong, checkPackages(body.Packages, body.IsVisible == nil || *body.IsVisible)...)
	return wrong, nil
}

// takenClient returns the first client id that is on another live system, "" for none.
func takenClient(tx *store.Tx, ids []string, own string) (string, error) {
	for _, id := range ids {
		system, found, err := clientIDs.Get(tx, clientKey(id))
		if err != nil {
			return "", err
		}
		if found && system != own {
			return id, nil
		}
	}
	return "", nil
}

// ownerOf returns the system that a client id is on, "" for none.
func ownerOf(tx *store.Tx, clientID string) string {
	system, _, _ := clientIDs.Get(tx, clientKey(clientID))
	return system
}

// checkRights returns what is wrong with the rights of a system.
func (a Altinn) checkRights(rights []Right) (wrong []violation) {
	var misspelt, unknown, undelegable []string
	repeated := false
	for i, right := range rights {
		for _, one := range right.Resource {
			switch {
			case one.ID != "urn:altinn:resource":
				misspelt = append(misspelt, one.ID)
			case isMaskinportenSchema(one.Value):
				undelegable = append(undelegable, one.Value)
			case !a.isKnownResource(one.Value):
				unknown = append(unknown, one.Value)
			}
		}
		repeated = repeated || slices.ContainsFunc(rights[:i], func(other Right) bool {
			return other.Action == right.Action && other.sameResources(right)
		})
	}
	list := func(name, title string, values []string, why, meant, choice string) {
		if len(values) > 0 {
			text := strings.Join(values, " | ")
			wrong = append(wrong, violation{code(name), member{title, text}, why + ": " + text + meant + choice})
		}
	}
	list("AUTH.VLD-00009", "Invalid Resource Id Details : ", misspelt, "the id of a resource is urn:altinn:resource, "+
		"and its name the value; other ids are", "", "")
	list("AUTH.VLD-00003", "ResourceIds Not Found : ", unknown, "no API has the resource", a.meantResource(unknown),
		" (K744)")
	list("AUTH.VLD-00017", "ResourceIds Not Delegable : ", undelegable, "no system user can have the resource", "",
		" (K744)")
	if repeated {
		wrong = append(wrong, violation{code("AUTH.VLD-00006"), member{}, "a right stands there twice"})
	}
	return wrong
}

// isMaskinportenSchema reports whether a resource is one of Maskinporten's scopes, whose type no
// system user can have (K744).
func isMaskinportenSchema(resource string) bool {
	return strings.Contains(resource, "maskinportenschema")
}

// isKnownResource reports whether Altinn's resource register has a resource: the catalogue's, every
// name of Skatteetaten's (ske-) and every app (app_OWNER_NAME). The register itself is not here
// (K744).
func (a Altinn) isKnownResource(name string) bool {
	if slices.Contains(versionless, name) {
		return false
	}
	if strings.HasPrefix(name, "ske-") && name != "ske-" {
		return true
	}
	if rest, ok := strings.CutPrefix(name, "app_"); ok {
		owner, app, found := strings.Cut(rest, "_")
		return found && owner != "" && app != ""
	}
	has := func(api *catalog.API) bool { return api.Resource == name }
	return name != "" && slices.ContainsFunc(a.Catalog.APIs, has)
}

// checkPackages returns what is wrong with the packages of a system.
func checkPackages(packages []Package, visible bool) (wrong []violation) {
	var misspelt, unknown, undelegable []string
	repeated, forClients := false, false
	for i, one := range packages {
		found, known := findPackage(one.URN)
		switch {
		case !isPackageURN(one.URN):
			misspelt = append(misspelt, one.URN)
		case !known:
			unknown = append(unknown, one.URN)
		case !found.delegable && !found.assignable:
			undelegable = append(undelegable, one.URN)
		}
		forClients = forClients || known && found.forClients()
		repeated = repeated || slices.Contains(packages[:i], one)
	}
	var details []string
	for _, group := range []struct {
		title  string
		values []string
	}{{"Invalid format", misspelt}, {"Not found", unknown}, {"Not possible to delegate", undelegable}} {
		if len(group.values) > 0 {
			details = append(details, group.title+": "+strings.Join(group.values, ", "))
		}
	}
	if len(details) > 0 {
		text := strings.Join(details, " | ")
		wrong = append(wrong, violation{
			code("AUTH.VLD-00008"), member{"Invalid Urn Details : ", text}, text + meantPackage(misspelt, unknown),
		})
	}
	if repeated {
		wrong = append(wrong, violation{code("AUTH.VLD-00007"), member{}, "a package stands there twice"})
	}
	if forClients && visible {
		wrong = append(wrong, violation{code("AUTH.VLD-00018"), member{}, "a package for agents and isVisible true, " +
			"which it is when left out; send isVisible: false"})
	}
	return wrong
}

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

// list answers the caller's own systems.
func (a Altinn) list(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	org, err := vendor(r)
	if err != nil {
		return wire.Response{}, err
	}
	list := []systemEntry{}
	for entry, err := range systems.All(tx, org+"_") {
		if err != nil {
			return wire.Response{}, err
		}
		if s := entry.Value; !s.Deleted {
			list = append(list, s.entry())
		}
	}
	return jsonAnswer(200, list), nil
}

// get answers a system, a deleted one too.
func (a Altinn) get(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	s, found, err := systems.Get(tx, r.Params["systemId"])
	switch {
	case err != nil:
		return wire.Response{}, err
	case !found:
		return wire.Response{}, refusePlain(404, "no system has the id %q", r.Params["systemId"])
	}
	if err := owns(r, s.Vendor); err != nil {
		return wire.Response{}, err
	}
	return jsonAnswer(200, s.view()), nil
}

const deletedText = "Cannot update a system marked as deleted."

// replace replaces all of a system. Redirect addresses are not checked again.
func (a Altinn) replace(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	body, err := readSystem(r)
	if err != nil {
		return wire.Response{}, err
	}
	id := r.Params["systemId"]
	org, ok := body.Vendor.org()
	if !ok {
		return wire.Response{}, refuseAll([]violation{{code("AUTH.VLD-00000"), member{}, fmt.Sprintf(
			"vendor.ID is %q; it must be 0192: and the organisation number", body.Vendor.ID)}})
	}
	system, found, err := systems.Get(tx, id)
	if err != nil {
		return wire.Response{}, err
	}
	if !found || system.Vendor != org {
		return wire.Response{}, refuseText(404, "System with ID '"+id+"' not found.",
			"no system of %s has the id %q", org, id)
	}
	if err := owns(r, system.Vendor); err != nil {
		return wire.Response{}, err
	}
	if body.ID != id {
		return wire.Response{}, refuseAll([]violation{{code("AUTH.VLD-00012"), member{}, fmt.Sprintf(
			"id in the body is %q, in the address %q", body.ID, id)}})
	}
	if system.Deleted {
		return wire.Response{}, refuseText(400, deletedText, "the system is deleted, and its id stays taken")
	}
	wrong := a.checkRights(body.Rights)
	wrong = append(wrong, checkPackages(body.Packages, body.IsVisible == nil || *body.IsVisible)...)
	if slices.ContainsFunc(body.ClientID, isRepeatedIn(body.ClientID)) {
		wrong = append(wrong, violation{code("AUTH.VLD-00011"), member{}, "a client id stands there twice"})
	}
	taken, err := takenClient(tx, body.ClientID, id)
	if err != nil {
		return wire.Response{}, err
	}
	if taken != "" {
		wrong = append(wrong, violation{code("AUTH.VLD-00004"), member{}, fmt.Sprintf(
			"the client id %q is on the system %s", taken, ownerOf(tx, taken))})
	}
	if err := refuseAll(wrong); err != nil {
		return wire.Response{}, err
	}
	if err := checkTexts(body); err != nil {
		return wire.Response{}, err
	}
	if err := system.freeClients(tx); err != nil {
		return wire.Response{}, err
	}
	system.fill(body)
	if err := system.enterClients(tx); err != nil {
		return wire.Response{}, err
	}
	return jsonAnswer(200, succeeded{true}), system.log(tx, r, "update", body.shown(org))
}

// changeable returns the system in the path, which the caller may change. An unknown one is answered
// as PUT of a whole system does (K742).
func changeable(tx *store.Tx, r *wire.Request) (System, error) {
	id := r.Params["systemId"]
	system, found, err := systems.Get(tx, id)
	switch {
	case err != nil:
		return System{}, err
	case !found:
		return System{}, refuseText(404, "System with ID '"+id+"' not found.", "no system has the id %q (K742)", id)
	}
	if err := owns(r, system.Vendor); err != nil {
		return System{}, err
	}
	if system.Deleted {
		return System{}, refuseText(400, deletedText, "the system is deleted, and its id stays taken")
	}
	return system, nil
}

// replaceRights replaces the rights of a system.
func (a Altinn) replaceRights(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	var rights []Right
	if err := decode(r.Body, "rights", &rights); err != nil {
		return wire.Response{}, err
	}
	system, err := changeable(tx, r)
	if err == nil {
		err = refuseAll(a.checkRights(rights))
	}
	if err != nil {
		return wire.Response{}, err
	}
	system.Rights = orEmpty(rights)
	data := object(member{"Rights", pascalRights(rights)})
	return jsonAnswer(200, succeeded{true}), system.log(tx, r, "rightsupdate", data)
}

// replacePackages replaces the packages of a system.
func (a Altinn) replacePackages(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	var packages []Package
	if err := decode(r.Body, "accessPackages", &packages); err != nil {
		return wire.Response{}, err
	}
	system, err := changeable(tx, r)
	if err == nil {
		err = refuseAll(checkPackages(packages, system.IsVisible))
	}
	if err != nil {
		return wire.Response{}, err
	}
	system.Packages = orEmpty(packages)
	data := object(member{"AccessPackages", pascalPackages(packages)})
	return jsonAnswer(200, succeeded{true}), system.log(tx, r, "accesspackageupdate", data)
}

// remove deletes a system: its client ids are free again, its id is not.
func (a Altinn) remove(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	id := r.Params["systemId"]
	system, found, err := systems.Get(tx, id)
	switch {
	case err != nil:
		return wire.Response{}, err
	case !found:
		return wire.Response{}, refuseMembers(map[string][]string{"return": {"System not found"}},
			"no system has the id %q; Altinn answers that with 400", id)
	}
	if err := owns(r, system.Vendor); err != nil {
		return wire.Response{}, err
	}
	if err := system.freeClients(tx); err != nil {
		return wire.Response{}, err
	}
	system.Deleted, system.ClientIDs = true, []string{}
	return jsonAnswer(200, succeeded{true}), system.log(tx, r, "delete", object(member{"Id", id}))
}

// changeLog answers the changes of a system, the newest first.
func (a Altinn) changeLog(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	id := r.Params["systemId"]
	system, found, err := systems.Get(tx, id)
	switch {
	case err != nil:
		return wire.Response{}, err
	case !found:
		return wire.Response{}, refuseText(404, "System with ID "+id+" not found.", "no system has the id %q", id)
	}
	if err := owns(r, system.Vendor); err != nil {
		return wire.Response{}, err
	}
	list := []change{}
	for entry, err := range changes.All(tx, key(id)+"/") {
		if err != nil {
			return wire.Response{}, err
		}
		list = append(list, entry.Value)
	}
	return jsonAnswer(200, list), nil
}

// isOrganisation reports whether Altinn's register knows an organisation: nine digits with a right
// check digit. The register itself is not here (K743).
func isOrganisation(number string) bool {
	_, err := ident.ParseOrganisasjonsnummer(number)
	return err == nil
}
