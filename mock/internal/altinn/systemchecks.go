package altinn

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sandkasse/fixtures/ident"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/store"
)

// maxSystemID bounds the id of a system, in characters.
const maxSystemID = 255

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
	wrong = append(wrong, taken...)
	wrong = append(wrong, a.checkRights(body.Rights)...)
	wrong = append(wrong, checkPackages(body.Packages, body.visible())...)
	return wrong, nil
}

// takenClient returns what is wrong with client ids: the first that is on another live system.
func takenClient(tx *store.Tx, ids []string, own string) ([]violation, error) {
	for _, id := range ids {
		system, found, err := SystemOf(tx, id)
		if err != nil {
			return nil, err
		}
		if found && system.ID != own && system.has(id) {
			why := fmt.Sprintf("the client id %q is on the system %s", id, system.ID)
			return []violation{{code("AUTH.VLD-00004"), member{}, why}}, nil
		}
	}
	return nil, nil
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

// isOrganisation reports whether Altinn's register knows an organisation: nine digits with a right
// check digit. The register itself is not here (K743).
func isOrganisation(number string) bool {
	_, err := ident.ParseOrganisasjonsnummer(number)
	return err == nil
}
