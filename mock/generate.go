package mock

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"sandkasse/mock/internal/document"
	"sandkasse/mock/internal/generation"
)

// Generation says what is to be generated. Kind is needed; what else is not given is as it says.
type Generation = generation.Request

// AsManyAsFit is the Oppgaver of a Generation that asks for the largest delivery that the API takes.
const AsManyAsFit = generation.AsManyAsFit

// MostDocuments is the most that the Count of a Generation may be.
const MostDocuments = generation.MaxDocuments

// Generated is one document that is generated. It is made when it is written.
type Generated = generation.Document

// GenerateKinds are the kinds of test data there are: the APIs that take deliveries, by name, and
// kobobolig, sak and husstand. The folder dir, unless empty, adds APIs. The error has a line for
// each thing wrong with the folder's files.
func GenerateKinds(dir string) ([]string, error) {
	known, err := loadCatalog(dir)
	if err != nil {
		return nil, err
	}
	return generation.Kinds(known), nil
}

// Generate makes test data without a server: the same for the same Generation, on any day. The
// documents are made one after the other as the sequence is walked, and none is held. The folder
// dir, unless empty, adds APIs. The error says what in the request is wrong and what there is; one
// in the sequence ends it.
func Generate(dir string, g Generation) (iter.Seq2[Generated, error], error) {
	known, err := loadCatalog(dir)
	if err != nil {
		return nil, err
	}
	documents, err := generation.Documents(known, g)
	return documents, requestError(err)
}

// requestError is an error of the package generation, as an *ArgumentError where it is about the
// request.
func requestError(err error) error {
	var wrong *generation.Error
	if errors.As(err, &wrong) {
		return argument(err)
	}
	return err
}

// Broken is a call that is wrong in exactly one way, with the answer that it must get.
type Broken = document.InvalidCall

// BrokenCalls are broken calls, and the valid document that some of them want to be delivered
// first.
type BrokenCalls = generation.InvalidCalls

// GenerateBroken makes the calls that break the rules of an API, each one rule: all that there are
// when rule is empty, else the one that breaks it. Of the Generation, Kind, Year, Seed, Org and
// RefuseUnknown count. The folder dir, unless empty, adds APIs. The error says what in the request
// is wrong, or which rules are like one that is none.
func GenerateBroken(dir string, g Generation, rule string) (BrokenCalls, error) {
	known, err := loadCatalog(dir)
	if err != nil {
		return BrokenCalls{}, err
	}
	broken, err := generation.MakeInvalidCalls(known, g, rule)
	return broken, requestError(err)
}

// WriteBroken writes broken calls to a folder, which is made when it is not there: each document in
// a file of its own, the valid one in valid.json, and manifest.ndjson, a line of JSON about each
// call: what to send and what must come back. A folder that cannot be made is an
// *ArgumentError.
func WriteBroken(dir string, calls BrokenCalls) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return argument(fmt.Errorf("%q is no folder, and none can be made there", dir))
	}
	if calls.Valid != nil {
		if err := os.WriteFile(filepath.Join(dir, document.ValidFile), calls.Valid, 0o666); err != nil {
			return err
		}
	}
	manifest, err := os.Create(filepath.Join(dir, document.ManifestFile))
	if err != nil {
		return err
	}
	defer manifest.Close()
	for _, call := range calls.Calls {
		if file := call.File(); file != "" {
			if err := os.WriteFile(filepath.Join(dir, file), call.Body, 0o666); err != nil {
				return err
			}
		}
		line, err := call.ManifestLine()
		if err != nil {
			return fmt.Errorf("%s: %w", call.Rule, err)
		}
		if _, err := manifest.Write(line); err != nil {
			return err
		}
	}
	return manifest.Close()
}

// Generate makes test data as the function of that name does, for the APIs of the session's server
// and at its level of control unless another is asked for.
func (s *Session) Generate(g Generation) (iter.Seq2[Generated, error], error) {
	g.Control = cmp.Or(g.Control, string(s.server.options.Control))
	documents, err := generation.Documents(s.server.catalog, g)
	return documents, requestError(err)
}

// GenerateBroken makes broken calls as the function of that name does, for the APIs of the
// session's server.
func (s *Session) GenerateBroken(g Generation, rule string) (BrokenCalls, error) {
	g.Control = cmp.Or(g.Control, string(s.server.options.Control))
	broken, err := generation.MakeInvalidCalls(s.server.catalog, g, rule)
	return broken, requestError(err)
}
