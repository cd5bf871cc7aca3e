package gateway

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"sandkasse/mock/internal/feil"
)

const systemIDHeader = "x-kobo-systemid"

// MaxKoboSystemID bounds the id of a system in Kobo, in characters (K270).
const MaxKoboSystemID = 100

// IsKoboSystemID reports whether a text can be the id of a system in Kobo: 1 to 100 printable
// characters of ASCII without a space (K270).
func IsKoboSystemID(id string) bool {
	return id != "" && len(id) <= MaxKoboSystemID && !strings.ContainsFunc(id, invisible)
}

// checkKoboSystemID: "FDVU leverandørens valgte systemId" is required (Kobo page, Hente bolig). A
// missing one is answered as data that is filled in wrongly (K248).
func (g *Gateway) checkKoboSystemID(c *call) error {
	values := c.http.Header.Values(systemIDHeader)
	switch {
	case strings.Join(values, "") == "":
		return feil.New(feil.MissingHeader,
			"the header x-kobo-systemid is missing; send the id that the system was set up with in Kobo",
			missingSystemID())
	case len(values) > 1 || !IsKoboSystemID(values[0]):
		return feil.New(feil.BadParameter, fmt.Sprintf(
			"x-kobo-systemid must be there once and have at most %d printable characters of ASCII", MaxKoboSystemID),
			feil.SystemIDFormDetalj(strings.Join(values, ", "), MaxKoboSystemID))
	}
	c.SystemID = values[0]
	return nil
}

// missingSystemID returns the detail of a missing system id, with the text for every error body:
// Kobo's table has none for it.
func missingSystemID() feil.Detalj {
	detalj := feil.MissingHeaderDetalj(systemIDHeader)
	detalj.Melding = detalj.UtenKode
	return detalj
}

// checkKoboBoligID: koboBoligId in the path is a UUID (Kobo page, Hente bolig; K251), in upper or
// lower case.
func (g *Gateway) checkKoboBoligID(c *call) error {
	given := c.Params["koboBoligId"]
	id, err := uuid.Parse(given)
	if err != nil || len(given) != len(uuid.UUID{}.String()) {
		return feil.New(feil.BadParameter,
			"koboBoligId in the path is not a UUID; Kobo gives it out when the home is created",
			feil.BoligIDFormDetalj(given))
	}
	c.Params["koboBoligId"] = id.String()
	return nil
}

// checkJSONOrNothing does what checkJSON does, unless there is no body.
func (g *Gateway) checkJSONOrNothing(c *call) error {
	if len(bytes.TrimSpace(c.Body)) == 0 {
		return nil
	}
	return g.checkJSON(c)
}
