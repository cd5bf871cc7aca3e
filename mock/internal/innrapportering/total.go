package innrapportering

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// total is an exact sum of decimal numbers; the zero total is 0.
type total struct {
	whole int64
	parts map[int]*big.Int // what is no int64: by the power of ten that it is to be multiplied with
}

// totalOf is the total of one number; ok is false when the value is none.
func totalOf(value any) (t total, ok bool) {
	_, ok = numberText(value)
	t.add(value)
	return t, ok
}

// add adds a number; what is none counts as 0.
func (t *total) add(value any) {
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
	// Numbers are summed by their exponents and brought together at the end. Bringing each together with the sum so far would cost far more
	// where exponents differ.
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

func (t total) equals(other total) bool {
	if t.parts == nil && other.parts == nil {
		return t.whole == other.whole
	}
	return t.rat().Cmp(other.rat()) == 0
}

// rat is the total as one number.
func (t total) rat() *big.Rat {
	least := 0
	for power := range t.parts {
		least = min(least, power)
	}
	sum := new(big.Int).Mul(big.NewInt(t.whole), ten(-least))
	for power, n := range t.parts {
		sum.Add(sum, new(big.Int).Mul(n, ten(power-least)))
	}
	return new(big.Rat).SetFrac(sum, ten(-least))
}

// String is the total in plain digits, without zeros at the end of its decimals.
func (t total) String() string {
	if t.parts == nil {
		return strconv.FormatInt(t.whole, 10)
	}
	r := t.rat()
	decimals, _ := r.FloatPrec() // exact: the denominator divides a power of ten
	return r.FloatString(decimals)
}

// ten is that power of ten, which must not be negative.
func ten(power int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(power)), nil)
}

// textNumber is how the family writes a number as text: aksjesparekonto and the primary sector have amounts so (reference skatteetaten 2.1, K053).
var textNumber = regexp.MustCompile(`^-?[0-9]{1,40}(\.[0-9]{1,40})?$`)

// numberText is the text of a number, or of a string that holds one; ok is false for anything else.
func numberText(value any) (text string, ok bool) {
	switch v := value.(type) {
	case json.Number:
		return string(v), true
	case string:
		return v, textNumber.MatchString(v)
	}
	return "", false
}
