package journal

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Status is an HTTP status, such as 404, or a class of them, such as 4xx, by which calls are
// narrowed. The empty Status does not narrow them. In JSON it is a number or a string.
type Status string

// StatusOf returns the Status for an HTTP status, or for a class by its digit (4 is 4xx); the empty
// one for 0.
func StatusOf(n int) Status {
	switch {
	case n == 0:
		return ""
	case n >= 1 && n <= 5:
		return Status(strconv.Itoa(n) + "xx")
	}
	return Status(strconv.Itoa(n))
}

// Check returns an error where no answer can have the Status; nil for the empty one.
func (s Status) Check() error {
	if s.statuses() != noStatus {
		return nil
	}
	given := []rune(string(s))
	if len(given) > 40 {
		given = append(given[:39], '…')
	}
	return fmt.Errorf("status is %q; it must be a whole number from 100 to 599, or a class: 1xx, 2xx, 3xx, 4xx or 5xx",
		string(given))
}

// statusRange is the first and the last status of a Status; zero for the empty Status.
type statusRange struct{ first, last int }

// noStatus is the empty range, of a Status that no answer can have.
var noStatus = statusRange{1, 0}

// statuses returns the range of the Status, or noStatus.
func (s Status) statuses() statusRange {
	if s == "" {
		return statusRange{}
	}
	if len(s) != 3 || s[0] < '1' || s[0] > '5' {
		return noStatus
	}
	if strings.EqualFold(string(s[1:]), "xx") {
		first := 100 * int(s[0]-'0')
		return statusRange{first, first + 99}
	}
	n, err := strconv.Atoi(string(s))
	if err != nil {
		return noStatus
	}
	return statusRange{n, n}
}

// has reports whether a status is in the range.
func (r statusRange) has(status int) bool { return r.first <= status && status <= r.last }

// String returns the range as a Status.
func (r statusRange) String() string {
	if r.first == r.last {
		return strconv.Itoa(r.first)
	}
	return fmt.Sprintf("%dxx", r.first/100)
}

// UnmarshalJSON sets the Status to the text of a string, or to any other value as it is written.
// Check refuses what is no status.
func (s *Status) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		var unquoted string
		if err := json.Unmarshal(text, &unquoted); err != nil {
			return err
		}
		if unquoted == "" {
			unquoted = `""` // given, and no status
		}
		*s = Status(unquoted)
		return nil
	}
	if string(text) != "null" {
		*s = Status(text)
	}
	return nil
}

// MarshalJSON writes one status as a number, and anything else as a string.
func (s Status) MarshalJSON() ([]byte, error) {
	if r := s.statuses(); r.first != 0 && r.first == r.last {
		return []byte(s), nil
	}
	return json.Marshal(string(s))
}
