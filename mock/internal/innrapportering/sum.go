package innrapportering

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/jsonptr"
)

// decimalSum is an exact sum of decimal numbers; its zero value is 0.
type decimalSum struct {
	whole int64
	parts map[int]*big.Int // parts that are no int64, by power of ten
}

// sumOf returns the sum of one number; ok is false if the value is not a number.
func sumOf(value any) (t decimalSum, ok bool) {
	_, ok = numberText(value)
	t.add(value)
	return t, ok
}

// add adds a number; any other value counts as 0.
func (t *decimalSum) add(value any) {
	text, ok := numberText(value)
	if !ok {
		return
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if sum := t.whole + n; (sum > t.whole) == (n > 0) {
			t.whole = sum
			return
		}
	}
	// Numbers are summed by exponent, and the sums are added at the end: adding each number to one
	// sum would cost far more where exponents differ.
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	power, _ := strconv.Atoi(exponent) // 0 when there is none
	n, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		return
	}
	if t.parts == nil {
		t.parts = map[int]*big.Int{}
	}
	power -= len(fraction)
	if sum := t.parts[power]; sum != nil {
		n.Add(n, sum)
	}
	t.parts[power] = n
}

// addAll adds each number at a pointer, which may have jsonptr.Any.
func (t *decimalSum) addAll(at jsonptr.Pointer, in any) {
	if !slices.Contains(at, jsonptr.Any) {
		t.add(member(at, in))
		return
	}
	at.All(in, func(_ jsonptr.Pointer, value any) { t.add(value) })
}

func (t decimalSum) equals(other decimalSum) bool {
	if t.parts == nil && other.parts == nil {
		return t.whole == other.whole
	}
	return t.rat().Cmp(other.rat()) == 0
}

// rat returns the sum as a rational number.
func (t decimalSum) rat() *big.Rat {
	lowest := 0
	for power := range t.parts {
		lowest = min(lowest, power)
	}
	sum := new(big.Int).Mul(big.NewInt(t.whole), ten(-lowest))
	for power, n := range t.parts {
		sum.Add(sum, new(big.Int).Mul(n, ten(power-lowest)))
	}
	return new(big.Rat).SetFrac(sum, ten(-lowest))
}

// String returns the sum in plain digits, without trailing zeros.
func (t decimalSum) String() string {
	if t.parts == nil {
		return strconv.FormatInt(t.whole, 10)
	}
	r := t.rat()
	decimals, _ := r.FloatPrec() // exact: the denominator divides a power of ten
	return r.FloatString(decimals)
}

// ten returns 10 to the power, which must not be negative.
func ten(power int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(power)), nil)
}

// textNumber matches a number that the family writes as text, as aksjesparekonto and the primary
// sector do with amounts (K053).
var textNumber = regexp.MustCompile(`^-?[0-9]{1,40}(\.[0-9]{1,40})?$`)

// numberText returns the text of a number, or of a string that holds one; ok is false for other
// values.
func numberText(value any) (text string, ok bool) {
	switch v := value.(type) {
	case json.Number:
		return string(v), true
	case string:
		return v, textNumber.MatchString(v)
	}
	return "", false
}
