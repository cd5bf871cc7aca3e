// Package generation makes test data by name: deliveries to the APIs of a catalogue, homes and
// households for Kobo, and calls that are wrong in exactly one way. It uses the catalogue, so that
// an API that was added has test data at once.
//
// Everything depends on the request alone, not on a clock or a server.
package generation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"sandkasse/fixtures/delivery"
	"sandkasse/fixtures/homes"
	"sandkasse/fixtures/ident"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/document"
	"sandkasse/mock/internal/strictjson"
)

// Request says what to generate. Only Kind is required.
type Request struct {
	Kind     string // an API that accepts deliveries, by name (bsu), or kobobolig, sak or husstand
	Count    int    // number of documents, at most MaxDocuments; 1 if 0. The first n of a longer run are the run of n
	Oppgaver int    // in each delivery; 0 for a delivery without any, AsManyAsFit for the largest that the API accepts
	Year     int    // inntektsaar; DefaultYear if 0, or the first that the API accepts if that is later
	Seed     uint64 // decides everything that is not given
	// organisasjonsnummer of the oppgavegiver, one of the population if empty; for Kobo the
	// municipality that owns homes (K447)
	Org     string
	Control string // check of Org: format (if empty), modulus or strict; the last two require a right control digit
	System  string // x-kobo-systemid of invalid calls to Kobo; DefaultSystem if empty
	Today   string // day as of which homes and households are, such as 2024-12-31; the last day of Year if empty

	Context context.Context // its end ends the making of invalid calls; nil for none
}

// AsManyAsFit asks for as many oppgaver as the API accepts in one delivery.
const AsManyAsFit = -1

// DefaultYear is the year of generated data if none is given, the same on every day (K471).
const DefaultYear = 2024

// MaxDocuments is the largest number of documents of one request (K472).
const MaxDocuments = 1_000_000

// Document is one generated document. It is made each time it is written.
type Document struct {
	Name  string // for a file, without an extension: bsu-000001
	write func(io.Writer) error
}

// WriteTo writes the document as JSON on one line with a newline at its end. It holds only a little
// of it in memory at a time.
func (d Document) WriteTo(w io.Writer) (int64, error) {
	c := &countingWriter{to: w}
	err := d.write(c)
	return c.n, err
}

// countingWriter counts the bytes that are written to another writer.
type countingWriter struct {
	to io.Writer
	n  int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}

// Error is a fault of a request. Its text says what would be right.
type Error struct{ Text string }

// Error returns the text.
func (e *Error) Error() string { return e.Text }

// errorf returns an *Error.
func errorf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Kinds returns the kinds that can be generated, Kobo's last.
func Kinds(known *catalog.Catalog) []string { return append(Deliveries(known), homeKinds()...) }

// Deliveries returns the names of the APIs that take deliveries.
func Deliveries(known *catalog.Catalog) (names []string) {
	for _, api := range known.APIs {
		if takesDeliveries(api) {
			names = append(names, api.Name)
		}
	}
	return names
}

// takesDeliveries reports whether an API accepts documents with a schema of its own.
func takesDeliveries(api *catalog.API) bool { return api.Schema != nil && len(api.Routes) > 0 }

// homeKinds returns Kobo's kinds.
func homeKinds() []string { return []string{"kobobolig", "sak", "husstand"} }

// IsHome reports whether a kind is one of Kobo's: kobobolig, sak or husstand.
func IsHome(kind string) bool { return slices.Contains(homeKinds(), kind) }

// withDefaults returns the request with missing values filled in, and its API, which is nil for
// Kobo's kinds. The error is an *Error.
func (r Request) withDefaults(known *catalog.Catalog) (Request, *catalog.API, error) {
	api := known.ByName(r.Kind)
	if (api == nil || !takesDeliveries(api)) && !IsHome(r.Kind) {
		return r, nil, errorf("nothing of the kind %q can be generated; there are %s", r.Kind,
			strings.Join(Kinds(known), ", "))
	}
	if r.Count = cmp.Or(r.Count, 1); r.Count < 1 || r.Count > MaxDocuments {
		return r, nil, errorf("the count is %d; it must be 1 to %d", r.Count, MaxDocuments)
	}
	if r.Oppgaver < AsManyAsFit {
		return r, nil, errorf("the number of oppgaver is %d; it must be 0 or more", r.Oppgaver)
	}
	if err := r.checkOrg(); err != nil {
		return r, nil, err
	}
	first := 0
	if !IsHome(r.Kind) {
		first = api.Inntektsaar.First
	}
	if r.Year == 0 {
		r.Year = max(DefaultYear, first)
	}
	if r.Year < first {
		return r, nil, errorf("%s takes the year %d and later, not %d", r.Kind, first, r.Year)
	}
	if r.Year < delivery.FirstInntektsaar || r.Year > delivery.LastInntektsaar {
		return r, nil, errorf("the year is %d; it must be %d to %d", r.Year, delivery.FirstInntektsaar,
			delivery.LastInntektsaar)
	}
	if IsHome(r.Kind) {
		api = nil
	}
	return r, api, nil
}

// checkOrg returns an *Error for an organisation that a server at that level of control refuses.
// What the server only reports as a finding is accepted: a vendor's own test organisations need not
// have a right control digit (K514).
func (r Request) checkOrg() error {
	if !slices.Contains([]string{"", "format", "modulus", "strict"}, r.Control) {
		return errorf("the control is %q; it must be format, modulus or strict", r.Control)
	}
	if r.Org == "" {
		return nil
	}
	_, err := ident.ParseOrganisasjonsnummer(r.Org)
	if onlyFormat := cmp.Or(r.Control, "format") == "format"; err == nil || onlyFormat && r.controlDigitIsWrong() {
		return nil
	}
	return errorf("the organisation: %v", err)
}

// controlDigitIsWrong reports whether the organisation is nine digits with a wrong control digit.
func (r Request) controlDigitIsWrong() bool {
	_, err := ident.ParseOrganisasjonsnummer(r.Org)
	number, ok := errors.AsType[*ident.NumberError](err)
	return ok && number.Reason == ident.ReasonControlDigit
}

// town returns the town of a request for homes.
func (r Request) town() (homes.Town, error) {
	today := time.Date(r.Year, 12, 31, 0, 0, 0, 0, time.UTC)
	if r.Today != "" {
		var err error
		if today, err = strictjson.Day("today", r.Today); err != nil {
			return homes.Town{}, errorf("%v", err)
		}
	}
	day := ident.Date{Year: today.Year(), Month: int(today.Month()), Day: today.Day()}
	return homes.Town{Seed: r.Seed, Today: day, Kommune: cmp.Or(r.Org, Municipality)}, nil
}

// documentFunc returns a function that writes document n of a request, or an error if the request
// is wrong.
type documentFunc func(n int) (write func(io.Writer) error, err error)

// Documents returns an iterator over the documents of a request, which it does not store. The error
// is an *Error if the request is at fault. An error during iteration ends it.
func Documents(known *catalog.Catalog, r Request) (iter.Seq2[Document, error], error) {
	r, api, err := r.withDefaults(known)
	if err != nil {
		return nil, err
	}
	var nth documentFunc
	if api == nil {
		nth, err = r.homeDocuments()
	} else {
		nth, err = r.deliveryDocuments(api)
	}
	if err != nil {
		return nil, err
	}
	first, err := nth(0) // whatever is wrong with the request shows here
	if err != nil {
		return nil, requestError(err)
	}
	return func(yield func(Document, error) bool) {
		for n := range r.Count {
			write, err := first, error(nil)
			if n > 0 {
				write, err = nth(n)
			}
			if !yield(Document{fmt.Sprintf("%s-%06d", r.Kind, n+1), write}, err) || err != nil {
				return
			}
		}
	}, nil
}

// requestError returns an error of a generator as an *Error.
func requestError(err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &Error{err.Error()}
}

// homeDocuments makes Kobo's documents.
func (r Request) homeDocuments() (documentFunc, error) {
	town, err := r.town()
	if err != nil {
		return nil, err
	}
	generators := map[string]func(int) (any, error){
		"kobobolig": func(n int) (any, error) { return town.Kobobolig(n) },
		"sak":       func(n int) (any, error) { return town.Sak(n) },
		"husstand":  func(n int) (any, error) { return town.Husstand(n) },
	}[r.Kind]
	if _, err := generators(r.Count - 1); err != nil {
		return nil, requestError(err)
	}
	return func(n int) (func(io.Writer) error, error) {
		value, err := generators(n)
		return func(w io.Writer) error {
			text, err := line(value)
			if err == nil {
				_, err = w.Write(text)
			}
			return err
		}, err
	}, nil
}

// deliveryDocuments makes deliveries to an API: plausible ones if hasPlausible, otherwise from the
// schema and the names of its fields.
func (r Request) deliveryDocuments(api *catalog.API) (documentFunc, error) {
	if hasPlausible(api, r) {
		d := delivery.Delivery{Kind: api.Name, Inntektsaar: r.Year, Seed: r.Seed, Org: r.Org, Oppgaver: r.Oppgaver}
		return func(n int) (func(io.Writer) error, error) {
			d := d
			d.Number = n
			if r.Oppgaver == AsManyAsFit {
				var err error
				if d, err = d.FitBytes(api.MaxBody); err != nil {
					return nil, err
				}
			}
			return func(w io.Writer) error { _, err := d.WriteTo(w); return err }, d.Check()
		}, nil
	}
	if r.Oppgaver == AsManyAsFit {
		return nil, errorf("how many oppgaver fit is only known of %s; give a number",
			strings.Join(delivery.Kinds(), ", "))
	}
	described := documentSpec(api)
	return func(n int) (func(io.Writer) error, error) {
		body, err := described.Generate(document.Options{
			Seed: r.Seed, Number: n, Inntektsaar: r.Year, Org: r.Org,
			Oppgaver: r.Oppgaver,
		})
		return func(w io.Writer) error { _, err := w.Write(body); return err }, err
	}, nil
}

// hasPlausible reports whether package delivery makes deliveries to an API that its schema accepts.
// A user may have replaced the schema.
func hasPlausible(api *catalog.API, r Request) bool {
	if !slices.Contains(delivery.Kinds(), api.Name) {
		return false
	}
	for _, oppgaver := range []int{0, 3} {
		body, err := delivery.Delivery{Kind: api.Name, Inntektsaar: r.Year, Seed: r.Seed, Oppgaver: oppgaver}.Bytes()
		var decoded any
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		if err != nil || decoder.Decode(&decoded) != nil || len(api.Schema().Validate(decoded)) > 0 {
			return false
		}
	}
	return true
}
