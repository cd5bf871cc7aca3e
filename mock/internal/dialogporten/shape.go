package dialogporten

import "time"

// Types of the answers, with the members of the DTOs of Altinn/dialogporten at 743f07f in
// camelCase. Null members are left out, empty and zero ones are not. Members that are always null
// here are not declared.

// head holds the members that a dialog has both on its own and in a list.
type head struct {
	ID                                 string      `json:"id"`
	Revision                           string      `json:"revision,omitempty"` // not in a list
	Org                                string      `json:"org"`
	ServiceResource                    string      `json:"serviceResource"`
	ServiceResourceType                string      `json:"serviceResourceType"`
	Party                              string      `json:"party"`
	Status                             string      `json:"status"`
	CreatedAt                          timestamp   `json:"createdAt"`
	UpdatedAt                          timestamp   `json:"updatedAt"`
	ContentUpdatedAt                   timestamp   `json:"contentUpdatedAt"`
	IsAPIOnly                          bool        `json:"isApiOnly"`
	HasUnopenedContent                 bool        `json:"hasUnopenedContent"`
	IsContentSeen                      bool        `json:"isContentSeen"`
	FromServiceOwnerTransmissionsCount int         `json:"fromServiceOwnerTransmissionsCount"`
	FromPartyTransmissionsCount        int         `json:"fromPartyTransmissionsCount"`
	SystemLabel                        string      `json:"systemLabel"`
	EndUserContext                     userContext `json:"endUserContext"`
	SeenSinceLastUpdate                []seenLog   `json:"seenSinceLastUpdate"`
	SeenSinceLastContentUpdate         []seenLog   `json:"seenSinceLastContentUpdate"`
	Content                            content     `json:"content"`
}

// dialog is a dialog on its own.
type dialog struct {
	head
	DialogToken   string         `json:"dialogToken"`
	Attachments   []struct{}     `json:"attachments"`
	GuiActions    []struct{}     `json:"guiActions"`
	APIActions    []struct{}     `json:"apiActions"`
	Activities    []activity     `json:"activities"`
	Transmissions []transmission `json:"transmissions"`
}

// item is a dialog in a list.
type item struct {
	head
	GuiAttachmentCount int      `json:"guiAttachmentCount"` // attachments of the dialog itself, always none
	LatestActivity     activity `json:"latestActivity"`
}

// page is one page of the results of a search.
type page struct {
	Items             []item `json:"items"`
	HasNextPage       bool   `json:"hasNextPage"`
	ContinuationToken string `json:"continuationToken,omitempty"`
	OrderBy           string `json:"orderBy"`
}

// transmission is a delivery, or the feedback on one.
type transmission struct {
	ID                    string              `json:"id"`
	CreatedAt             timestamp           `json:"createdAt"`
	Type                  string              `json:"type"`
	RelatedTransmissionID string              `json:"relatedTransmissionId,omitempty"`
	IsAuthorized          bool                `json:"isAuthorized"`
	IsOpened              *bool               `json:"isOpened,omitempty"` // only inside a dialog
	Sender                actor               `json:"sender"`
	Content               transmissionContent `json:"content"`
	Attachments           []attachment        `json:"attachments"`
	NavigationalActions   []struct{}          `json:"navigationalActions"`
}

// attachment is one document of a transmission.
type attachment struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	DisplayName []localization  `json:"displayName"`
	URLs        []attachmentURL `json:"urls"`
}

// attachmentURL is the address of a document.
type attachmentURL struct {
	ID           string `json:"id"`
	ConsumerType string `json:"consumerType"`
	MediaType    string `json:"mediaType"`
	URL          string `json:"url"`
}

// activity is an activity. A list of activities leaves the actor out.
type activity struct {
	ID          string    `json:"id"`
	CreatedAt   timestamp `json:"createdAt"`
	Type        string    `json:"type"`
	PerformedBy *actor    `json:"performedBy,omitempty"`

	Description *[]localization `json:"description,omitempty"` // nil inside a dialog
}

// actor is the service owner, or somebody who acts for the party.
type actor struct {
	ActorType string `json:"actorType"`
	ActorName string `json:"actorName,omitempty"`
	ActorID   string `json:"actorId,omitempty"`
}

// seenLog is an entry of the seen log. Nobody here reads by way of the service owner.
type seenLog struct {
	ID                string    `json:"id"`
	SeenAt            timestamp `json:"seenAt"`
	SeenBy            actor     `json:"seenBy"`
	IsViaServiceOwner bool      `json:"isViaServiceOwner"`
	IsCurrentEndUser  bool      `json:"isCurrentEndUser"`
}

// content holds the texts of a dialog.
type content struct {
	Title contentValue `json:"title"`
}

// transmissionContent holds the texts of a transmission, and the address of a page about it for
// people.
type transmissionContent struct {
	Title            contentValue  `json:"title"`
	ContentReference *contentValue `json:"contentReference,omitempty"`
}

// contentValue is a text in one or more languages.
type contentValue struct {
	Value     []localization `json:"value"`
	MediaType string         `json:"mediaType"`
}

// localization is a text in one language.
type localization struct {
	Value        string `json:"value"`
	LanguageCode string `json:"languageCode"`
}

// userContext holds the end-user labels of a dialog.
type userContext struct {
	Revision     string   `json:"revision"`
	SystemLabels []string `json:"systemLabels"`
}

// limitsAnswer is the answer of limits.
type limitsAnswer struct {
	EndUserSearch      searchLimits       `json:"endUserSearch"`
	ServiceOwnerSearch serviceOwnerLimits `json:"serviceOwnerSearch"`
}

// searchLimits is the maximum number of values of each parameter of a search.
type searchLimits struct {
	MaxPartyFilterValues           int `json:"maxPartyFilterValues"`
	MaxServiceResourceFilterValues int `json:"maxServiceResourceFilterValues"`
	MaxOrgFilterValues             int `json:"maxOrgFilterValues"`
	MaxExtendedStatusFilterValues  int `json:"maxExtendedStatusFilterValues"`
}

// serviceOwnerLimits is the same for the service owner's search, which is not imitated.
type serviceOwnerLimits struct {
	MaxPartyFilterValues           int `json:"maxPartyFilterValues"`
	MaxServiceResourceFilterValues int `json:"maxServiceResourceFilterValues"`
	MaxExtendedStatusFilterValues  int `json:"maxExtendedStatusFilterValues"`
}

// resolution is the resolution of Dialogporten's times: seven decimals of a second.
const (
	resolution   = 100 * time.Nanosecond
	timestampFmt = "2006-01-02T15:04:05.0000000Z"
)

// timestamp is a time that is encoded as Dialogporten does: UTC, with seven decimals.
type timestamp time.Time

// stamp truncates a time to the resolution, so that it compares as it is shown.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(resolution) }

func (t timestamp) String() string { return stamp(time.Time(t)).Format(timestampFmt) }

// MarshalText encodes the time.
func (t timestamp) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
