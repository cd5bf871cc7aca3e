package page

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sandkasse/mock/internal/address"
)

// ApprovalPrefix begins the paths of the pages on which a customer answers a request for a system user.
// They are those of Altinn, since clients may look at them.
const ApprovalPrefix = "/accessmanagement/ui/systemuser/"

//go:embed approval/approval.html
var approvalFile embed.FS

// systemUserRequest is a request as the control API shows it.
type systemUserRequest struct {
	ID, Kind, SystemID, Vendor, PartyOrgNo string
	ExternalRef, IntegrationTitle          string
	Status, RedirectURL, ConfirmURL        string
	Rights, UnwantedRights                 []struct{ Resource []struct{ Value string } }
	AccessPackages, UnwantedAccessPackages []struct{ URN string }
	SystemName, SystemDescription          map[string]string
	TimedOut                               bool
	Created                                time.Time
}

// Waits reports whether the request can be answered.
func (q systemUserRequest) Waits() bool { return q.Status == "New" && !q.TimedOut }

// Redirect returns redirectUrl where it is an address of the web; empty for another.
func (q systemUserRequest) Redirect() string {
	u, err := url.Parse(q.RedirectURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return q.RedirectURL
}

// State says in Norwegian how the request stands.
func (q systemUserRequest) State() string {
	switch {
	case q.TimedOut:
		return "Forespørselen er utløpt."
	case q.Status == "Accepted":
		return "Forespørselen er godkjent."
	case q.Status == "Rejected":
		return "Forespørselen er avvist."
	}
	return ""
}

// approvalPolicy limits what the approval page may do: its own style, and forms to itself.
const approvalPolicy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors " +
	"'none'"

// approval holds the content of the approval page.
type approval struct {
	Request systemUserRequest
	Style   string
	Problem string
	Action  string // of the form
}

// ServeApproval answers a request for a path below ApprovalPrefix: the page on which a customer sees a
// request and approves or rejects it. The answer to a POST is a page that leads to redirectUrl, by a
// link and a refresh: a redirect to another host would break its policy.
func (p *Page) ServeApproval(w http.ResponseWriter, r *http.Request, at address.Address) {
	h := w.Header()
	h.Set("Content-Security-Policy", approvalPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	at.Scenarios, at.Root = nil, at.SessionRoot
	c := &request{page: p, at: at, http: r}
	if status, err := p.control.Allow(r, at); err != nil {
		h.Set("Sandkasse-Feil", printable(err.Error()))
		http.Error(w, err.Error(), status)
		return
	}
	query := at.URL.Query()
	id := query.Get("id")
	_, names := assets()
	shown := approval{
		Style:  at.Location(Prefix + "assets/" + names["style.css"]),
		Action: at.Location(at.URL.Path + "?id=" + url.QueryEscape(id)),
	}
	status := http.StatusOK
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
		answer := r.PostFormValue("answer")
		if answer != "approve" && answer != "reject" {
			status, shown.Problem = http.StatusBadRequest, "Velg om du vil godkjenne eller avvise."
		} else if _, err := c.do(http.MethodPost, "altinn/requests/"+url.PathEscape(id)+"/"+answer, nil); err != nil {
			status, shown.Problem = statusOf(err), "Det gikk ikke: "+inNorwegian(err.Error())
		}
	default:
		h.Set("Allow", "GET, HEAD, POST")
		http.Error(w, "the page is read with GET and answered with POST", http.StatusMethodNotAllowed)
		return
	}
	if err := c.ask("altinn/requests/"+url.PathEscape(id), &shown.Request); err != nil {
		status, shown.Problem = statusOf(err), "Forespørselen finnes ikke, eller er slettet."
	}
	if to := shown.Request.Redirect(); r.Method == http.MethodPost && status == http.StatusOK && to != "" {
		h.Set("Refresh", "2; url="+strings.NewReplacer("\r", "", "\n", "").Replace(to))
	}
	var html bytes.Buffer
	if err := approvalTemplate().Execute(&html, shown); err != nil {
		http.Error(w, "the page cannot be shown: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(html.Bytes())
	}
}

// approvalTemplate returns the template of the approval page, which has no frame.
func approvalTemplate() *template.Template {
	return template.Must(template.New("approval.html").ParseFS(approvalFile, "approval/approval.html"))
}

// statusOf returns the status of a refusal.
func statusOf(err error) int {
	if refused, ok := errors.AsType[refusal](err); ok {
		return refused.status
	}
	return http.StatusInternalServerError
}

// inNorwegian returns why an answer is refused in the customer's language, with Altinn's code; a refusal
// without one of the codes as it is.
func inNorwegian(refused string) string {
	for _, known := range []struct{ code, text string }{
		{"AUTH-00004", "Kunden har allerede en systembruker for dette systemet."},
		{"AUTH-00010", "Forespørselen finnes ikke, eller er slettet."},
		{"AUTH-00011", "Systemet er slettet."},
		{"AUTH-00013", "Forespørselen er allerede besvart, eller utløpt."},
		{"AUTH-00015", "Systembrukeren som skal endres, er slettet."},
		{"AUTH-00016", "En av tilgangene kan ikke gis videre."},
		{"AUTH-00061", "Forespørselen er allerede besvart, eller utløpt."},
	} {
		if strings.Contains(refused, known.code) {
			return known.text + " (" + known.code + ")"
		}
	}
	return refused
}
