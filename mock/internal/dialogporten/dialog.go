package dialogporten

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/wire"
)

// Values that are the same for all of Skatteetaten's dialogs (docs/sources/dialogporten.md,
// Dialogs).
const (
	serviceOwner   = "ske"
	resourcePrefix = "urn:altinn:resource:"
	partyPrefix    = "urn:altinn:organization:identifier-no:"
	labelDefault   = "Default"
	labelSent      = "Sent" // on every dialog with a transmission from the party
	inProgress     = "InProgress"
	completed      = "Completed"
	language       = "nb"
	embedded       = "application/vnd.dialogporten.frontchannelembed-url;type=text/html"
)

// dialogView is a dialog with the API of its deliveries.
type dialogView struct {
	innrapportering.Dialog
	api *catalog.API
}

// title returns the title of the API and the year, such as "Boligsameie 2025".
func (d dialogView) title() string { return fmt.Sprintf("%s %d", d.api.Title, d.Inntektsaar) }

// serviceResource returns the API's resource in Altinn, or a name made from the API's where it has
// none (K089).
func (d dialogView) serviceResource() string {
	if d.api.Resource == "" {
		return resourcePrefix + serviceOwner + "-" + d.api.Name
	}
	return resourcePrefix + d.api.Resource
}

// status returns Completed once the feedback on all deliveries is visible, else InProgress (K070).
func (d dialogView) status(so innrapportering.Progress) string {
	if so.Processed < d.Antall {
		return inProgress
	}
	return completed
}

// revision returns an id that changes with each delivery and each feedback (K087).
func (d dialogView) revision(so innrapportering.Progress) string {
	return wire.DerivedIDs(fmt.Sprintf("revision/%s/%d/%d/%d", d.DialogID, d.Antall, so.Processed,
		so.Updated.UnixNano())).V4().String()
}

// head returns the members that a dialog has both on its own and in a list, for the caller. seen
// lists who has seen the dialog since its last change. Transmissions are never opened (K073). Only
// content changes, so the two times of change are equal, and so are the two lists of who has seen
// it (K071). Counts: K088.
func (d dialogView) head(r *wire.Request, so innrapportering.Progress, seen []seenEntry) head {
	return head{
		ID: d.DialogID, Org: serviceOwner,
		ServiceResource: d.serviceResource(), ServiceResourceType: "genericaccessresource",
		Party: partyPrefix + d.Organisasjon, Status: d.status(so),
		CreatedAt: timestamp(d.Opprettet), UpdatedAt: timestamp(so.Updated), ContentUpdatedAt: timestamp(so.Updated),
		HasUnopenedContent: so.Processed > 0, IsContentSeen: len(seen) > 0,
		FromServiceOwnerTransmissionsCount: so.Processed, FromPartyTransmissionsCount: d.Antall,
		SystemLabel: labelDefault,
		EndUserContext: userContext{
			Revision: wire.DerivedIDs("context/" + d.DialogID).V4().String(), SystemLabels: ownLabels(),
		},
		SeenSinceLastUpdate: seenLogs(r, seen), SeenSinceLastContentUpdate: seenLogs(r, seen),
		Content: content{Title: plain(d.title())},
	}
}

// transmissionsOf returns the transmissions of a delivery: the submission and, once visible, the
// feedback. Types and senders: K088. Nothing is served at the address in contentReference (K075).
func (d dialogView) transmissionsOf(r *wire.Request, f innrapportering.Forsendelse) []transmission {
	submission := transmission{
		ID: f.ForsendelseID, CreatedAt: timestamp(f.Mottatt), Type: "Submission", IsAuthorized: true, Sender: sender(f),
		Content:     transmissionContent{Title: plain("Innsending")},
		Attachments: d.attachments(r, f, f.Dokumenter, f.Mottatt), NavigationalActions: []struct{}{},
	}
	if !f.IsProcessed(r.Now) {
		return []transmission{submission}
	}
	shown := contentValue{
		Value: []localization{{
			LanguageCode: language,
			Value: fmt.Sprintf("%s/forsendelseaapnet/web/%s/innhold/v1/dialoger/%s/forsendelser/%s",
				r.Address.Own(), d.API, d.DialogID, f.TilbakemeldingID),
		}},
		MediaType: embedded,
	}
	feedback := transmission{
		ID: f.TilbakemeldingID, CreatedAt: timestamp(f.Behandlet), Type: "Rejection",
		RelatedTransmissionID: f.ForsendelseID,
		IsAuthorized:          true, Sender: actor{ActorType: "ServiceOwner"},
		Content:     transmissionContent{Title: plain("Tilbakemelding"), ContentReference: &shown},
		Attachments: d.attachments(r, f, f.Tilbakemelding, f.Behandlet), NavigationalActions: []struct{}{},
	}
	if f.Leveransestatus == "godkjent" {
		feedback.Type = "Acceptance"
	}
	return []transmission{submission, feedback}
}

// ownLabels returns the system labels of every dialog: each has a delivery.
func ownLabels() []string { return []string{labelDefault, labelSent} }

// inOrder sorts transmissions by time.
func inOrder(list []transmission) {
	slices.SortStableFunc(list, func(a, b transmission) int {
		return time.Time(a.CreatedAt).Compare(time.Time(b.CreatedAt))
	})
}

// attachments returns the documents of a transmission with their addresses in the reporting API.
// The feedback's have the delivery's forsendelseId too, as observed (docs/sources/dialogporten.md,
// Documents).
func (d dialogView) attachments(r *wire.Request, f innrapportering.Forsendelse, documents []innrapportering.Dokument,
	at time.Time,
) []attachment {
	list := []attachment{}
	for _, doc := range documents {
		shown := attachment{
			ID: doc.DokumentID, Name: strings.ToLower(strings.TrimSuffix(doc.Navn, path.Ext(doc.Navn))),
			DisplayName: []localization{{Value: doc.Navn, LanguageCode: language}}, URLs: []attachmentURL{},
		}
		shown.URLs = append(shown.URLs, attachmentURL{
			ID: wire.DerivedIDs("url/" + f.ForsendelseID + "/" + doc.DokumentID).V7(at).String(), ConsumerType: "Api",
			MediaType: doc.ContentType, URL: d.address(r, f, doc),
		})
		list = append(list, shown)
	}
	return list
}

// address returns the address of a document: by the first path of the API's route for documents,
// which has the year (K076), or one of Sandkasse's own for an API without such a route, such as
// boligsameie (K066, K648).
func (d dialogView) address(r *wire.Request, f innrapportering.Forsendelse, doc innrapportering.Dokument) string {
	for _, route := range d.api.Routes {
		if route.Behaviour == "dokument" {
			return r.AddressOf(d.api) + strings.NewReplacer("{inntektsaar}", strconv.Itoa(f.Inntektsaar),
				"{forsendelseId}", f.ForsendelseID, "{dokumentId}", doc.DokumentID).Replace(route.Paths[0])
		}
	}
	return r.OwnAddressOf(d.api) + "/_sandkasse/forsendelser/" + f.ForsendelseID + "/dokumenter/" + doc.DokumentID
}

// described returns the activity with an empty description, for answers that always have that
// member.
func (a activity) described() activity {
	a.Description = &[]localization{}
	return a
}

// creation returns the activity that created the dialog (K072).
func (d dialogView) creation() activity {
	return activity{
		ID: activityID(d.DialogID), CreatedAt: timestamp(d.Opprettet), Type: "DialogCreated",
		PerformedBy: &actor{ActorType: "ServiceOwner"},
	}
}

// submitted returns the activity of a delivery (K072).
func submitted(f innrapportering.Forsendelse) activity {
	by := sender(f)
	return activity{
		ID: activityID(f.ForsendelseID), CreatedAt: timestamp(f.Mottatt), Type: "FormSubmitted",
		PerformedBy: &by,
	}
}

// sender returns the actor that delivered: the systembruker's organisation, without a name (K088).
func sender(f innrapportering.Forsendelse) actor {
	a := actor{ActorType: "PartyRepresentative"}
	if f.Innsender != "" {
		a.ActorID = partyPrefix + f.Innsender
	}
	return a
}

func plain(text string) contentValue {
	return contentValue{Value: []localization{{Value: text, LanguageCode: language}}, MediaType: "text/plain"}
}

// activityID returns the id of the activity of a dialog or a delivery: the same UUID with its
// random bits inverted, so applying it twice returns the first id. It is empty for a text that is
// not a UUID.
func activityID(id string) string {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	for i := 9; i < len(parsed); i++ {
		parsed[i] ^= 0xff
	}
	return parsed.String()
}
