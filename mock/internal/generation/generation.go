// Package generation makes test data by the name of what is wanted: deliveries to the APIs of a catalogue, homes and households for Kobo, and
// documents that are wrong in exactly one way. It knows the APIs as the catalogue has them, so one that was added has test data at once.
//
// Everything is a function of what is asked for: no clock and no server has a part in it.
package generation

import (
	"bytes"
	"cmp"
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
)

// Request says what is to be generated. Kind is needed; what else is not given is as it says.
type Request struct {
	Kind     string // an API that takes deliveries, by name (bsu); or kobobolig, sak or husstand
	Count    int    // how many documents, to MostDocuments; 1 when 0. The first n of a longer run are the run of n
	Oppgaver int    // in each delivery; 0 for one that says that there are none, AsManyAsFit for the largest that its API takes
	Year     int    // the inntektsaar; DefaultYear when 0, or the first one that the API takes where that is later
	Seed     uint64 // decides everything that is not given
	Org      string // the oppgavegiver's organisasjonsnummer, one of the seed's own when empty; or the municipality's that owns homes in Kobo (K447)
	Control  string // how closely Org is looked at: format (when empty), modulus or strict, at which its control digit must be right
	System   string // the x-kobo-systemid of broken calls to Kobo; DefaultSystem when empty
	Today    string // the day on which homes and households are as they are, such as 2024-12-31; the last one of Year when empty

	// RefuseUnknown says that broken calls are for a server that refuses members that no schema names: only then
	// there are rules about them.
	RefuseUnknown bool
}

// AsManyAsFit asks for as many oppgaver as the API takes in one delivery.
const AsManyAsFit = -1

// DefaultYear is the year of what is generated when none is given: the same on every day (K471).
const DefaultYear = 2024

// MaxDocuments is how many documents one request is for at the most (K472).
const MaxDocuments = 1_000_000

// Document is one document that is generated. It is made when it is written, and anew each time.
type Document struct {
	Name  string // of the file that it may be kept in, without an ending: bsu-000001
	write func(io.Writer) error
}

// WriteTo writes the document as JSON on one line, which ends with a newline. It holds little of it in memory at a time, however large it is.
func (d Document) WriteTo(w io.Writer) (int64, error) {
	c := &countingWriter{to: w}
	err := d.write(c)
	return c.n, err
}

// countingWriter counts what is written.
type countingWriter struct {
	to io.Writer
	n  int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}

// Error is something in a request that cannot be; its text says what is right.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

func errorf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Kinds are the kinds that there are, those of Kobo last.
func Kinds(known *catalog.Catalog) []string { return append(Deliveries(known), homeKinds()...) }

// Deliveries are the APIs that take deliveries, by name.
func Deliveries(known *catalog.Catalog) (names []string) {
	for _, api := range known.APIs {
		if takesDeliveries(api) {
			names = append(names, api.Name)
		}
	}
	return names
}

// takesDeliveries tells whether an API takes documents by a schema of its own.
func takesDeliveries(api *catalog.API) bool { return api.Schema != nil && len(api.Routes) > 0 }

func homeKinds() []string { return []string{"kobobolig", "sak", "husstand"} }

// IsHome tells whether a kind is one of Kobo's: kobobolig, sak or husstand.
func IsHome(kind string) bool { return slices.Contains(homeKinds(), kind) }

// withDefaults is the request with what was not given filled in, and its API, nil for what is Kobo's. The error is an *Error.
func (r Request) withDefaults(known *catalog.Catalog) (Request, *catalog.API, error) {
	api := known.ByName(r.Kind)
	if (api == nil || !takesDeliveries(api)) && !IsHome(r.Kind) {
		return r, nil, errorf("nothing of the kind %q can be generated; there are %s", r.Kind, strings.Join(Kinds(known), ", "))
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
		return r, nil, errorf("the year is %d; it must be %d to %d", r.Year, delivery.FirstInntektsaar, delivery.LastInntektsaar)
	}
	if IsHome(r.Kind) {
		api = nil
	}
	return r, api, nil
}

// checkOrg tells what is wrong with the organisation by the level of control. What a server at that level only
// warns of is taken: a vendor's own test organisations need not have a right control digit (K514).
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

// controlDigitIsWrong reports whether the organisation is nine digits, the last of which is not the control digit
// of the others.
func (r Request) controlDigitIsWrong() bool {
	_, err := ident.ParseOrganisasjonsnummer(r.Org)
	number, ok := errors.AsType[*ident.NumberError](err)
	return ok && number.Reason == ident.ReasonControlDigit
}

// town is the town of a request for homes.
func (r Request) town() (homes.Town, error) {
	today := time.Date(r.Year, 12, 31, 0, 0, 0, 0, time.UTC)
	if r.Today != "" {
		var err error
		if today, err = time.Parse(time.DateOnly, r.Today); err != nil {
			return homes.Town{}, errorf("today is %q; it must be a day such as 2024-12-31", r.Today)
		}
	}
	day := ident.Date{Year: today.Year(), Month: int(today.Month()), Day: today.Day()}
	return homes.Town{Seed: r.Seed, Today: day, Kommune: cmp.Or(r.Org, municipality)}, nil
}

// documentFunc makes document n of a request: tells what is wrong with it, or gives how it is written.
type documentFunc func(n int) (write func(io.Writer) error, err error)

// Documents makes what a request asks for, one after the other; nothing is held. The error, before there are any, is an *Error where the
// request is at fault, and one in between ends them.
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

// requestError is what a generator says of its fields, as a fault of the request.
func requestError(err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &Error{err.Error()}
}

// homeDocuments makes what is Kobo's.
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

// deliveryDocuments makes deliveries to an API: plausible ones where fixtures knows the kind, and its schema, which a user may have replaced, takes
// them; else from schema and names alone.
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
		return nil, errorf("how many oppgaver fit is only known of %s; give a number", strings.Join(delivery.Kinds(), ", "))
	}
	described := documentSpec(api)
	return func(n int) (func(io.Writer) error, error) {
		body, err := described.Generate(document.Options{Seed: r.Seed, Number: n, Inntektsaar: r.Year, Org: r.Org, Oppgaver: r.Oppgaver})
		return func(w io.Writer) error { _, err := w.Write(body); return err }, err
	}, nil
}

// hasPlausible tells whether fixtures makes deliveries to an API that its schema takes.
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
