package page

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sandkasse/mock/internal/control"
)

// actOnHome carries out the act that the form names, and shows the home again.
func (c *request) actOnHome() (any, error) {
	id, name := c.http.PathValue("home"), c.value("act")
	var of home
	if err := c.ask("kobo/kobobolig/"+url.PathEscape(id), &of); err != nil {
		return nil, err
	}
	form := map[string]string{}
	for field := range c.http.PostForm {
		form[field] = c.value(field)
	}
	err := c.carryOut(of, name, form)
	if refused, ok := errors.AsType[refusal](err); ok {
		return c.home(&refusedAct{name, form, refused})
	}
	if err != nil {
		return nil, err
	}
	if name == "slett" {
		return redirect("kobo"), nil
	}
	return redirect("kobo/" + url.PathEscape(id) + query("done", name)), nil
}

// carryOut carries out an act on a home as a form says.
func (c *request) carryOut(of home, name string, form map[string]string) error {
	i := slices.IndexFunc(of.Acts, func(a homeAct) bool { return a.Act == name })
	if i < 0 {
		return refusal{
			http.StatusConflict, "That is not possible now: the home is " + standWords()[of.Stand] + ".",
		}
	}
	act, reference := of.Acts[i], form["case"]
	if act.AnyCase && reference == newCaseChoice {
		var there struct{ Saker []json.RawMessage }
		if err := c.ask("kobo/saker", &there); err != nil {
			return err
		}
		made, err := c.sendGenerated("sak", map[string]any{"skip": len(there.Saker)})
		if err != nil {
			return err
		}
		reference = made[0].ID
	}
	if (act.AnyCase || len(act.Cases) > 0) && reference == "" {
		return refusal{http.StatusBadRequest, "Choose the case that it is for."}
	}
	_, target, _ := strings.Cut(act.Path, control.Prefix)
	target = strings.ReplaceAll(target, "{saksreferanse}", url.PathEscape(reference))
	if _, err := c.do(act.Method, target, actBody(name, reference, form)); err != nil {
		return err
	}
	return nil
}

// newCaseChoice is the value of the choice to make a new case.
const newCaseChoice = "new"

// standWords returns what a home is, by the word of the control API for where it stands.
func standWords() map[string]string {
	return map[string]string{
		"free": "linked to no case", "reserved": "reserved", "assigned": "assigned", "let": "let",
		"noticed": "let and under notice",
	}
}

// actBody returns the body of an act as a form says, or nil for an act without one.
func actBody(name, reference string, form map[string]string) any {
	texts := func(names ...string) map[string]any {
		body := map[string]any{}
		for _, field := range names {
			if form[field] != "" {
				body[field] = form[field]
			}
		}
		return body
	}
	contract := func() map[string]any {
		body := texts("kontraktStartdato", "kontraktUtlopsdato")
		body["erTidsubegrenset"] = form["erTidsubegrenset"] != ""
		if form["erTidsubegrenset"] != "" {
			delete(body, "kontraktUtlopsdato")
		}
		for _, field := range []string{"manedsleie", "depositum"} {
			if text := strings.ReplaceAll(form[field], ",", "."); json.Valid([]byte(text)) {
				body[field] = json.RawMessage(text)
			} else if text != "" {
				body[field] = text // whose refusal says what it must be
			}
		}
		return body
	}
	switch name {
	case "tildel", "fjern tildeling":
		return map[string]any{"koboSaksreferanse": reference}
	case "lei ut":
		return map[string]any{"koboSaksreferanse": reference, "leieforhold": contract()}
	case "endre leieforhold":
		return contract()
	case "si opp", "endre oppsigelse":
		return texts("oppsagtAktor", "oppsigelsestid", "annenOppsigelsestid", "oppsigelseMottattDato",
			"oppsagtFraDato", "planlagtUtflyttingsdato")
	case "avslutt":
		return texts("utflyttetdato", "boligstatus", "avslutningsgrunn")
	case "endre":
		return []byte(form["json"])
	}
	return nil
}
