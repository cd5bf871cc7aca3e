// Parse reads a file of another program as that program would, and says what is wrong with it. It
// is a module of its own, so that Sandkasse does not depend on those programs.
//
//	parse compose|envoy|kubernetes < FILE
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/encoding/protojson"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run(os.Args[1:], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader) error {
	text, err := io.ReadAll(in)
	switch {
	case err != nil:
		return err
	case len(args) != 1:
		return errors.New("usage: parse compose|envoy|kubernetes < FILE")
	case args[0] == "compose":
		return compose(text)
	case args[0] == "envoy":
		return envoy(text)
	case args[0] == "kubernetes":
		return kubernetes(text)
	}
	return fmt.Errorf("%s is not one of compose, envoy, kubernetes", args[0])
}

// compose loads a file as docker compose does: by its schema, and as a project that fits together.
func compose(text []byte) error {
	_, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  ".",
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: text}},
		Environment: types.Mapping{},
	}, func(options *loader.Options) { options.SetProjectName("example", true) })
	return err
}

// envoy reads a bootstrap file strictly and applies the rules of Envoy's definitions to it.
func envoy(text []byte) error {
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return err
	}
	var file bootstrap.Bootstrap
	if err := protojson.Unmarshal(asJSON, &file); err != nil {
		return err
	}
	faults := []error{file.ValidateAll()}
	for _, listener := range file.GetStaticResources().GetListeners() {
		for _, chain := range listener.GetFilterChains() {
			for _, filter := range chain.GetFilters() {
				typed, err := filter.GetTypedConfig().UnmarshalNew()
				if err != nil {
					return err
				}
				if checked, ok := typed.(interface{ ValidateAll() error }); ok {
					faults = append(faults, checked.ValidateAll())
				}
			}
		}
	}
	return errors.Join(faults...)
}

// kubernetes decodes each document of a file strictly into its type.
func kubernetes(text []byte) error {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{apps.AddToScheme, core.AddToScheme, networking.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	decoder := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme,
		json.SerializerOptions{Yaml: true, Strict: true})
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		if _, _, err := decoder.Decode(document, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
