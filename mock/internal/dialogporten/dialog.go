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

// What is the same for all that Skatteetaten has in Dialogporten (reference maskinporten-dialogporten 3.3 to 3.5).
const (
	serviceOwner   = "ske"
	resourcePrefix = "urn:altinn:resource:"
	partyPrefix    = "urn:altinn:organization:identifier-no:"
	labelDefault   = "Default"
	labelSent      = "Sent" // of every dialog with a transmission from the party
	inProgress     = "InProgress"
	completed      = "Completed"
	language       = "nb"
	embedded       = "application/vnd.dialogporten.frontchannelembed-url;type=text/html"
)

// dialogOf is a dialog with the API that its deliveries came by.
type dialogOf struct {
	innrapportering.Dialog
	api *catalog.API
}

// title is the API's and the year, such as "Boligsameie 2025".
func (d dialogOf) title() string { return fmt.Sprintf("%s %d", d.api.Title, d.Inntektsaar) }

// serviceResource is the API's resource in Altinn; one that has none is named by its own name (K089).
func (d dialogOf) serviceResource() string {
	if d.api.Resource == "" {
		return resourcePrefix + serviceOwner + "-" + d.api.Name
	}
	return resourcePrefix + d.api.Resource
}

// status says whether the feedback on all that was delivered has come (K070).
func (d dialogOf) status(so innrapportering.Progress) string {
	if so.Processed < d.Antall {
		return inProgress
	}
	return completed
}

// revision changes when the dialog does: with each delivery and each feedback (K087).
func (d dialogOf) revision(so innrapportering.Progress) string {
	return wire.DerivedIDs(fmt.Sprintf("revision/%s/%d/%d/%d", d.DialogID, d.Antall, so.Processed, so.Updated.UnixNano())).V4().String()
}

// head is what the dialog shows wherever it is shown, to a caller; seen is who has seen it since
// its last change. Nobody here opens anything (K073). Nothing but content changes, so the two times
// of change are one, and so are the two lists of who has seen it (K071). Counts: K088.
func (d dialogOf) head(r *wire.Request, so innrapportering.Progress, seen []sight) head {
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

// transmissionsOf are those of one delivery: the submission, and once it has been processed the feedback. Types
// and senders: K088. The page that contentReference leads to is not there (K075).
func (d dialogOf) transmissionsOf(r *wire.Request, f innrapportering.Forsendelse) []transmission {
	submission := transmission{
		ID: f.ForsendelseID, CreatedAt: timestamp(f.Mottatt), Type: "Submission", IsAuthorized: true, Sender: sender(f),
		Content:     transmissionContent{Title: plain("Innsending")},
		Attachments: d.attachments(r, f, f.Dokumenter, f.Mottatt), NavigationalActions: []struct{}{},
	}
	if !f.IsProcessed(r.Now) {
		return []transmission{submission}
	}
	shown := contentValue{
		Value: []localization{{LanguageCode: language, Value: fmt.Sprintf("%s/forsendelseaapnet/web/%s/innhold/v1/dialoger/%s/forsendelser/%s",
			r.Root, d.API, d.DialogID, f.TilbakemeldingID)}},
		MediaType: embedded,
	}
	feedback := transmission{
		ID: f.TilbakemeldingID, CreatedAt: timestamp(f.Behandlet), Type: "Rejection", RelatedTransmissionID: f.ForsendelseID,
		IsAuthorized: true, Sender: actor{ActorType: "ServiceOwner"},
		Content:     transmissionContent{Title: plain("Tilbakemelding"), ContentReference: &shown},
		Attachments: d.attachments(r, f, f.Tilbakemelding, f.Behandlet), NavigationalActions: []struct{}{},
	}
	if f.Leveransestatus == "godkjent" {
		feedback.Type = "Acceptance"
	}
	return []transmission{submission, feedback}
}

// ownLabels are the system labels of every dialog here: each has a delivery on it.
func ownLabels() []string { return []string{labelDefault, labelSent} }

// inOrder puts transmissions in the order in which they came.
func inOrder(list []transmission) {
	slices.SortStableFunc(list, func(a, b transmission) int { return time.Time(a.CreatedAt).Compare(time.Time(b.CreatedAt)) })
}

// attachments are the documents of a transmission, with the address in the reporting API that gives them out. Also the feedback's has the
// delivery's forsendelseId, as observed (reference maskinporten-dialogporten 3.5).
func (d dialogOf) attachments(r *wire.Request, f innrapportering.Forsendelse, documents []innrapportering.Dokument, at time.Time) []attachment {
	list := []attachment{}
	for _, doc := range documents {
		shown := attachment{
			ID: doc.DokumentID, Name: strings.ToLower(strings.TrimSuffix(doc.Navn, path.Ext(doc.Navn))),
			DisplayName: []localization{{Value: doc.Navn, LanguageCode: language}}, URLs: []attachmentURL{},
		}
		shown.URLs = append(shown.URLs, attachmentURL{
			ID: wire.DerivedIDs("url/" + f.ForsendelseID + "/" + doc.DokumentID).V7(at).String(), ConsumerType: "Api",
			MediaType: doc.ContentType, URL: r.Root + d.address(f, doc),
		})
		list = append(list, shown)
	}
	return list
}

// address is where the reporting API gives a document out: its route for documents, in the first form that it is served in,
// which has the year (K076). An API that has no such route, as boligsameie, has its documents at an address of sandkasse's own (K066).
func (d dialogOf) address(f innrapportering.Forsendelse, doc innrapportering.Dokument) string {
	for _, route := range d.api.Routes {
		if route.Behaviour == "dokument" {
			return "/" + d.api.Label + strings.NewReplacer("{inntektsaar}", strconv.Itoa(f.Inntektsaar),
				"{forsendelseId}", f.ForsendelseID, "{dokumentId}", doc.DokumentID).Replace(route.Paths[0])
		}
	}
	return "/_sandkasse/forsendelser/" + f.ForsendelseID + "/dokumenter/" + doc.DokumentID
}

// described is an activity with the texts that describe it, of which there are none, where the shape always has them.
func (a activity) described() activity {
	a.Description = &[]localization{}
	return a
}

// creation is the activity that began the dialog (K072).
func (d dialogOf) creation() activity {
	return activity{ID: turned(d.DialogID), CreatedAt: timestamp(d.Opprettet), Type: "DialogCreated", PerformedBy: &actor{ActorType: "ServiceOwner"}}
}

// submitted is the activity of a delivery (K072).
func submitted(f innrapportering.Forsendelse) activity {
	by := sender(f)
	return activity{ID: turned(f.ForsendelseID), CreatedAt: timestamp(f.Mottatt), Type: "FormSubmitted", PerformedBy: &by}
}

// sender is who delivered: the systembruker's organisation. Nobody here has a name (K088).
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

// turned is the id of the activity that belongs to a dialog or a delivery, and back again: the same instant, every random bit the other way.
// It is empty for what is no UUID.
func turned(id string) string {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	for i := 9; i < len(parsed); i++ {
		parsed[i] ^= 0xff
	}
	return parsed.String()
}
