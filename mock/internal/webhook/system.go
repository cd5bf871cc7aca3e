package webhook

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/store"
)

// DefaultHeader is the header that carries the key where a system names none. The Kobo page does
// not name it; this is a guess.
const DefaultHeader = "x-api-key"

// SystemHeader names the system that a message is for, as in calls to Kobo (Kobo page,
// x-kobo-systemid).
const SystemHeader = "x-kobo-systemid"

// System is an FDVU system, which messages are sent to.
type System struct {
	ID     string `json:"id"`     // the system id that the vendor chose
	URL    string `json:"url"`    // where messages are posted; empty while unknown
	Header string `json:"header"` // the header that carries the key; DefaultHeader where it is empty
	APIKey APIKey `json:"apiKey"`
}

// stored is a System in the store, with its key in clear text. Nothing shows it.
type stored struct {
	URL, Header, APIKey string
}

var systems = store.NewCollection[stored]("webhook-system") // by ID

// Check returns what is wrong with a system, or nil. The URL and the key may be missing; its
// messages are then Dead at once (K282).
func (s System) Check() error {
	if err := checkName("system id", s.ID); err != nil {
		return err
	}
	if len(s.ID) > 100 || strings.Contains(s.ID, " ") { // K270
		return fmt.Errorf(
			"the system id %q cannot stand in x-kobo-systemid; it must have 1 to 100 printable characters of ASCII "+
				"without a blank", s.ID)
	}
	if s.URL != "" {
		if err := checkURL(s.URL); err != nil {
			return err
		}
	}
	if s.Header != "" {
		if err := checkHeader(s.Header); err != nil {
			return err
		}
	}
	if s.APIKey.Set() {
		return s.APIKey.Check()
	}
	return nil
}

// SetSystem stores a system, in place of the one with the same ID. The next attempt uses it, also
// of a message that was tried before. It returns the error of Check.
func SetSystem(tx *store.Tx, s System) error {
	if err := s.Check(); err != nil {
		return err
	}
	return systems.Put(tx, s.ID, stored{s.URL, s.Header, s.APIKey.Reveal()})
}

// GetSystem returns the system with that ID; found says whether it is known.
func GetSystem(tx *store.Tx, id string) (s System, found bool, err error) {
	if id == "" {
		return System{}, false, nil
	}
	has, found, err := systems.Get(tx, id)
	if err != nil || !found {
		return System{}, false, err
	}
	return has.system(id), true, nil
}

// Systems returns the known systems, sorted by ID.
func Systems(tx *store.Tx) ([]System, error) {
	list := []System{}
	for e, err := range systems.All(tx, "") {
		if err != nil {
			return nil, err
		}
		list = append(list, e.Value.system(e.Key))
	}
	return list, nil
}

func (s stored) system(id string) System {
	header := s.Header
	if header == "" {
		header = DefaultHeader
	}
	return System{ID: id, URL: s.URL, Header: header, APIKey: NewAPIKey(s.APIKey)}
}

// checkName refuses a name that could not stand in a header or a key of the store.
func checkName(what, name string) error {
	if name == "" || len(name) > 200 {
		return fmt.Errorf("the %s has %d characters; it must have 1 to 200", what, len(name))
	}
	for _, c := range []byte(name) {
		if c < ' ' || c > '~' {
			return fmt.Errorf("the %s %q has a control character or one outside ASCII; it must be printable ASCII",
				what, name)
		}
	}
	if strings.TrimSpace(name) != name {
		return fmt.Errorf("the %s %q begins or ends with a blank; leave it out", what, name)
	}
	return nil
}

func checkURL(text string) error {
	if len(text) > 2000 {
		return fmt.Errorf("the URL has %d characters; it must have at most 2000", len(text))
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("the URL cannot be read; it must be such as http://127.0.0.1:9000/webhook")
	case u.User != nil:
		return errors.New(
			"the URL names a user, which would be shown; leave it out, the API key is what the receiver knows the " +
				"sender by")
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf(
			"the URL is %q; it must begin with http:// or https:// and a host, such as http://127.0.0.1:9000/webhook",
			text)
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return fmt.Errorf("the URL has the port %s; it must be 1 to 65535", port)
		}
	}
	return nil
}

// reservedHeaders have a meaning of their own in a message.
var reservedHeaders = []string{
	"host", "content-type", "content-length", "transfer-encoding", "connection", "trailer",
	"te", "upgrade", "user-agent", "expect", SystemHeader,
}

func checkHeader(name string) error {
	const others = "!#$%&'*+-.^_`|~"
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			strings.IndexByte(others, c) >= 0) {
			return fmt.Errorf("the header %q is not the name of a header; it must be such as %s", name, DefaultHeader)
		}
	}
	if len(name) > 200 {
		return fmt.Errorf("the header's name has %d characters; it must have at most 200", len(name))
	}
	if slices.Contains(reservedHeaders, strings.ToLower(name)) {
		return fmt.Errorf("the header %s has a meaning of its own; name another for the key, such as %s", name,
			DefaultHeader)
	}
	return nil
}
