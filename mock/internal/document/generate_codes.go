package document

import (
	"fmt"
	"strconv"
	"strings"
)

// isin returns an ISIN of Norway with a right check digit (ISO 6166). Its first digit after the
// country is 9, which no Norwegian security has today.
func (g *generator) isin() string {
	code := "NO9" + g.stream.Numerify("########")
	var digits strings.Builder
	for _, r := range code {
		digits.WriteString(strconv.Itoa(base36(r)))
	}
	sum := 0
	for i, r := range digits.String() {
		n := int(r - '0')
		if (digits.Len()-i)%2 == 1 { // every second digit, the last among them
			n *= 2
		}
		sum += n/10 + n%10
	}
	return code + strconv.Itoa((10-sum%10)%10)
}

// iban returns an IBAN of an account of the population, with right check digits (ISO 13616).
func (g *generator) iban() string {
	account := g.parties.number("kontonummer")
	remainder := 0
	for _, r := range account + "NO00" {
		n := base36(r)
		if n > 9 {
			remainder = remainder * 10 % 97
		}
		remainder = (remainder*10 + n) % 97
	}
	return fmt.Sprintf("NO%02d%s", 98-remainder, account)
}

// base36 returns the value of a digit or a capital letter.
func base36(r rune) int {
	if r >= 'A' {
		return int(r-'A') + 10
	}
	return int(r - '0')
}

// foreignIdentifier returns a TIN or GIIN. None is of a register: no American number begins with
// 000, and no GIIN has the category XX.
func (g *generator) foreignIdentifier(kind, land string) string {
	switch {
	case kind == "GIIN":
		return g.stream.Numerify("XX####.#####.XX.###")
	case land == "US":
		return "000-" + g.stream.Numerify("##-####")
	}
	return land + g.stream.Numerify("-0000-####")
}

// amountText returns an amount as text, with decimals if the schemas take them; an empty text if they
// do not take numbers, or take words as well.
func (g *generator) amountText(applying schemaList) string {
	if !applying.accept("0") || !applying.accept("1") || applying.accept("ord") {
		return ""
	}
	whole := fmt.Sprint(100 * g.stream.IntRange(1, 500))
	if cents := whole + fmt.Sprintf(".%02d", g.stream.IntRange(0, 99)); g.stream.Bool() && applying.accept(cents) {
		return cents
	}
	return whole
}

// listedText (K729) returns one of the texts that the API's file lists for a member: those for the longest
// end of its path; an empty text if there are none.
func (g *generator) listedText(path []string) string {
	end := ""
	var listed []string
	for i := len(path) - 1; i >= 0 && len(g.Fields.Values) > 0; i-- {
		if path[i] == element {
			continue
		}
		end = strings.TrimSuffix(path[i]+"/"+end, "/")
		if values, ok := g.Fields.Values[end]; ok {
			listed = values
		}
	}
	if len(listed) == 0 {
		return ""
	}
	return g.stream.RandomString(listed)
}
