package control

import (
	"net/http"
	"strings"

	"sandkasse/mock/internal/describe"
)

// apis lists the APIs.
func (c *request) apis(*http.Request) (any, error) {
	list := []describe.APIView{}
	for _, api := range c.Catalog.APIs {
		list = append(list, describe.API(api, c.session.Clock.Now()))
	}
	return map[string][]describe.APIView{"apis": list}, nil
}

// api describes the API whose name stands in the path.
func (c *request) api(r *http.Request) (any, error) {
	name := r.PathValue("api")
	if api := c.Catalog.ByName(name); api != nil {
		return describe.API(api, c.session.Clock.Now()), nil
	}
	return nil, &apiError{http.StatusNotFound, "there is no API " + name + "; there are " +
		strings.Join(c.Catalog.Names(), ", ")}
}
