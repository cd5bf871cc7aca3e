package control

import (
	"errors"
	"net/http"
	"strings"

	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/openapi"
	"sandkasse/mock/internal/scenario"
)

// Documents returns what OpenAPI documents are made of.
func Documents(apis *gateway.Gateway, library *scenario.Library, version string) openapi.Source {
	source := openapi.Source{Gateway: apis, Control: operations(apis), Version: version}
	for _, script := range library.All() {
		source.Scenarios = append(source.Scenarios, openapi.Scenario{
			Name: script.Name, Description: script.Description,
		})
	}
	return source
}

// openAPI answers the OpenAPI document whose name stands in the path, for the public address of the call.
func (c *request) openAPI(r *http.Request) (any, error) {
	file := r.PathValue("file")
	name, format, contentType := strings.TrimSuffix(file, ".json"), openapi.JSON, "application/json"
	if yaml, ok := strings.CutSuffix(file, ".yaml"); ok {
		name, format, contentType = yaml, openapi.YAML, "application/yaml"
	} else if name == file {
		return nil, &apiError{http.StatusNotFound, "sandkasse has no " + file + " here; a document is called " + file +
			".json or " + file + ".yaml"}
	}
	text, err := Documents(c.Gateway, c.Scenarios, c.Version).Document(name, openapi.At{
		Root: c.address.Own(), SessionRoot: c.address.SessionRoot, Now: c.session.Clock.Now(),
	}, format)
	if unknown, ok := errors.AsType[*openapi.UnknownNameError](err); ok {
		return nil, &apiError{http.StatusNotFound, unknown.Error()}
	}
	return document{contentType, text}, err
}
