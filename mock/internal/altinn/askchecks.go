package altinn

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// Bounds of a request's texts, in characters, beyond which Altinn's database refuses them (K746).
const (
	maxExternalRef = 255
	maxRedirectURL = 255
	maxTitle       = 255 // of an integrationTitle
)

// checkRedirect refuses a redirect address that is none of the system's: equal up to its path.
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
		if err == nil && upToPath(u) == upToPath(asked) {
			return nil
		}
	}
	return refuse("AUTH-00021", "redirectUrl must have scheme, host and path of one of: %s",
		strings.Join(system.RedirectURLs, ", "))
}

// upToPath returns an address as Altinn compares it: with a user, without a default port, query and fragment,
// scheme and host in lower case, the path without dot segments and never empty (K767).
func upToPath(u *url.URL) string {
	shown := url.URL{Scheme: strings.ToLower(u.Scheme), User: u.User, Host: strings.ToLower(u.Host)}
	if port := map[string]string{"https": ":443", "http": ":80"}[shown.Scheme]; port != "" {
		shown.Host = strings.TrimSuffix(shown.Host, port)
	}
	return shown.String() + cmp.Or(u.JoinPath().EscapedPath(), "/")
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
