package control

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
)

const (
	// maxDialogs bounds the dialogs of a list, those with the last changes.
	maxDialogs = 1_000
	// maxDeliveries bounds the deliveries that are shown of a dialog at once.
	maxDeliveries = 100
	// maxAvvikListed bounds the avvik that are shown with their oppgaver at once.
	maxAvvikListed = 1_000
)

// handleDialogs registers the inbox of reporting organisations.
func (c *Control) handleDialogs() {
	c.handle("GET dialogs", (*request).dialogs)
	c.handle("GET dialogs/{dialog}", (*request).dialog)
	c.handle("GET forsendelser/{forsendelse}", (*request).forsendelse)
	c.handle("GET forsendelser/{forsendelse}/avvik", (*request).avvik)
}

// dialogView describes a dialog: the deliveries of one organisation, for one year, to one API.
type dialogView struct {
	DialogID      string             `json:"dialogId"`
	API           string             `json:"api"`
	Inntektsaar   int                `json:"inntektsaar"`
	Organisasjon  string             `json:"organisasjon"`
	Created       time.Time          `json:"created"`
	Updated       time.Time          `json:"updated"` // of the last delivery or feedback
	Deliveries    int                `json:"deliveries"`
	Processed     int                `json:"processed"`               // deliveries whose feedback can be seen
	Rejected      bool               `json:"rejected"`                // the feedback on the last delivery refuses it
	Transmissions []transmissionView `json:"transmissions,omitempty"` // the newest last; not in a list
}

// transmissionView describes a delivery with the feedback on it.
type transmissionView struct {
	ForsendelseID  string         `json:"forsendelseId"`
	DialogID       string         `json:"dialogId"`
	Number         int            `json:"number"` // in the dialog, from 1
	Received       time.Time      `json:"received"`
	Sender         string         `json:"sender,omitempty"` // organisation of the systembruker
	Vendor         string         `json:"vendor,omitempty"`
	Reference      string         `json:"reference,omitempty"`
	Oppgaver       int            `json:"oppgaver"`
	Sletteoppgaver int            `json:"sletteoppgaver"`
	Documents      []documentView `json:"documents"`
	Feedback       *feedbackView  `json:"feedback"`   // null while there is none to see
	FeedbackAt     *time.Time     `json:"feedbackAt"` // when it can be seen; null where it never can
}

// feedbackView describes the feedback on a delivery.
type feedbackView struct {
	ForsendelseID string         `json:"forsendelseId"`
	Status        string         `json:"leveransestatus"`
	Documents     []documentView `json:"documents"`
}

// documentView describes a document.
type documentView struct {
	ID          string `json:"dokumentId"`
	Name        string `json:"name"`
	ContentType string `json:"contentType"`
	Path        string `json:"path"` // of the control API
}

// dialogs lists the dialogs, the one that changed last first, narrowed by API, year and organisation.
func (c *request) dialogs(r *http.Request) (any, error) {
	values, err := filters(r, "api", "year", "org", "limit")
	if err != nil {
		return nil, err
	}
	api, org := values.Get("api"), values.Get("org")
	if api != "" && c.Catalog.ByName(api) == nil {
		return nil, badRequest("there is no API %q; there are %s", api, strings.Join(c.Catalog.Names(), ", "))
	}
	if org != "" && !organisasjonsnummer.MatchString(org) {
		return nil, badRequest("org is %q; it must be an organisasjonsnummer of nine digits", org)
	}
	year, err := inntektsaar(values)
	if err != nil {
		return nil, err
	}
	limit, err := limitOf(values, maxDialogs)
	if err != nil {
		return nil, err
	}
	list := []dialogView{}
	err = c.view(func(tx *store.Tx) error {
		for dialog, err := range innrapportering.Dialogs(tx, org) {
			if err != nil {
				return err
			}
			if api != "" && dialog.API != api || year != 0 && dialog.Inntektsaar != year {
				continue
			}
			view, err := viewDialog(tx, dialog)
			if err != nil {
				return err
			}
			list = append(list, view)
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b dialogView) int { return b.Updated.Compare(a.Updated) })
	return map[string][]dialogView{"dialogs": list[:min(len(list), limit)]}, err
}

// limitOf returns the parameter limit, which is the largest where it is left out or larger.
func limitOf(values url.Values, largest int) (int, error) {
	limit, err := wholeNumber(values, "limit", 1, maxListed)
	if limit == 0 || limit > int64(largest) {
		return largest, err
	}
	return int(limit), err
}

// viewDialog describes a dialog without its transmissions.
func viewDialog(tx *store.Tx, d innrapportering.Dialog) (dialogView, error) {
	so, err := d.Progress(tx, tx.Now)
	return dialogView{
		DialogID: d.DialogID, API: d.API, Inntektsaar: d.Inntektsaar, Organisasjon: d.Organisasjon,
		Created: d.Opprettet, Updated: so.Updated, Deliveries: d.Antall, Processed: so.Processed,
		Rejected: so.Last.IsProcessed(tx.Now) && so.Last.Leveransestatus == "avvist",
	}, err
}

// dialog shows the dialog whose ID stands in the path with its newest transmissions, or those before a
// delivery.
func (c *request) dialog(r *http.Request) (any, error) {
	values, err := filters(r, "before", "limit")
	if err != nil {
		return nil, err
	}
	before, err := wholeNumber(values, "before", 1, maxListed)
	if err != nil {
		return nil, err
	}
	limit, err := limitOf(values, maxDeliveries)
	if err != nil {
		return nil, err
	}
	id := strings.ToLower(r.PathValue("dialog"))
	var view dialogView
	err = c.view(func(tx *store.Tx) error {
		d, found, err := innrapportering.FindDialog(tx, id)
		if err != nil {
			return err
		}
		if !found {
			return &apiError{http.StatusNotFound, "there is no dialog " + strconv.Quote(id) + "; GET " + c.prefix() +
				"dialogs lists those there are"}
		}
		if view, err = viewDialog(tx, d); err != nil {
			return err
		}
		for f, err := range innrapportering.NewestForsendelser(tx, id, int(before)) {
			if err != nil {
				return err
			}
			if len(view.Transmissions) == limit {
				break
			}
			view.Transmissions = append(view.Transmissions, c.viewTransmission(f, tx.Now))
		}
		slices.Reverse(view.Transmissions)
		return nil
	})
	return view, err
}

// forsendelse shows the delivery whose ID stands in the path, with its feedback.
func (c *request) forsendelse(r *http.Request) (any, error) {
	id := strings.ToLower(r.PathValue("forsendelse"))
	var view transmissionView
	err := c.view(func(tx *store.Tx) error {
		f, found, err := innrapportering.FindForsendelse(tx, id)
		if err == nil && !found {
			return &apiError{http.StatusNotFound, "there is no delivery " + strconv.Quote(id) + "; GET " + c.prefix() +
				"dialogs leads to those there are"}
		}
		view = c.viewTransmission(f, tx.Now)
		return err
	})
	return view, err
}

// viewTransmission describes a delivery and the feedback that can be seen on it now.
func (c *request) viewTransmission(f innrapportering.Forsendelse, now time.Time) transmissionView {
	documents := func(list []innrapportering.Dokument) []documentView {
		views := []documentView{}
		for _, one := range list {
			views = append(views, documentView{
				one.DokumentID, one.Navn, one.ContentType,
				c.prefix() + "forsendelser/" + f.ForsendelseID + "/dokumenter/" + one.DokumentID,
			})
		}
		return views
	}
	view := transmissionView{
		ForsendelseID: f.ForsendelseID, DialogID: f.DialogID, Number: f.Nummer,
		Received: f.Mottatt, Sender: f.Innsender,
		Vendor: f.Leverandoer, Reference: f.Referanse, Oppgaver: f.AntallOppgaver,
		Sletteoppgaver: f.AntallSletteoppgaver, Documents: documents(f.Dokumenter),
	}
	if f.TilbakemeldingID != "" && !f.NeverShown {
		view.FeedbackAt = &f.Behandlet
	}
	if f.IsProcessed(now) {
		view.Feedback = &feedbackView{f.TilbakemeldingID, f.Leveransestatus, documents(f.Tilbakemelding)}
	}
	return view
}

// avvik shows the feedback on a delivery, with the oppgave that each avvik is about.
func (c *request) avvik(r *http.Request) (any, error) {
	values, err := filters(r, "limit")
	if err != nil {
		return nil, err
	}
	limit, err := limitOf(values, maxAvvikListed)
	if err != nil {
		return nil, err
	}
	var feedback innrapportering.Feedback
	err = c.view(func(tx *store.Tx) error {
		found, why, err := innrapportering.FeedbackOn(tx, c.Catalog, strings.ToLower(r.PathValue("forsendelse")),
			limit)
		if err == nil && why != "" {
			return &apiError{http.StatusNotFound, why}
		}
		feedback = found
		return err
	})
	return feedback, err
}
