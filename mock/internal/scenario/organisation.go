package scenario

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// ReservedPrefix begins the reserved organisation numbers: the end of the synthetic series 319,
// which generated data never reaches.
const ReservedPrefix = "3199"

// Organisation returns the organisation number that is reserved for a script or a code: synthetic,
// with a valid check digit, and a function of the name alone, so that it never changes (K306).
func Organisation(name string) string {
	sum := sha256.Sum256([]byte(salt + cmp.Or(saltedAs[name], name)))
	for stem := binary.BigEndian.Uint64(sum[:8]) % 10000; ; stem = (stem + 1) % 10000 {
		digits := ReservedPrefix + fmt.Sprintf("%04d", stem)
		if control := controlDigit(digits); control < 10 { // so it is of 10 stems in 11
			return digits + strconv.Itoa(control)
		}
	}
}

// salt is such that no two of the first names had the same number.
const salt = "sandkasse/8/"

// saltedAs has other texts for names whose number an earlier name has (K751).
var saltedAs = map[string]string{"AUTH.VLD-00002": "AUTH.VLD-00002/1"}

// controlDigit returns the check digit modulo 11 of eight digits of an organisation number; 10
// where there is none.
func controlDigit(digits string) int {
	const weights = "32765432"
	sum := 0
	for i := range len(weights) {
		sum += int(digits[i]-'0') * int(weights[i]-'0')
	}
	return (11 - sum%11) % 11
}

// Reserved returns the names by their reserved numbers. Where two names have the same number it
// stands for neither, and the error names them; the others are returned all the same.
func Reserved(names []string) (map[string]string, error) {
	byNumber := map[string]string{}
	taken := map[string]string{}
	var all []error
	for _, name := range names {
		number := Organisation(name)
		if first, there := taken[number]; there && first != name {
			all = append(all, fmt.Errorf(
				"%s and %s have the same reserved organisation number, %s; one of them needs another name",
				first, name, number))
			delete(byNumber, number)
			continue
		}
		taken[number], byNumber[number] = name, name
	}
	return byNumber, errors.Join(all...)
}
