package innrapportering

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTotal: a sum is exact, whatever numbers JSON has, and comes out in plain digits.
func TestTotal(t *testing.T) {
	t.Parallel()
	number := rapid.OneOf(
		rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?`),
		rapid.StringMatching(`-?922337203685477580[5-9]`),
		rapid.StringMatching(`[0-9]{1,6}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		var got decimalSum
		want := new(big.Rat)
		for _, text := range rapid.SliceOf(number).Draw(t, "numbers") {
			got.add(json.Number(text))
			r, ok := new(big.Rat).SetString(text)
			if !ok {
				t.Fatalf("%s is no number", text)
			}
			want.Add(want, r)
		}
		shown, ok := new(big.Rat).SetString(got.String())
		if !ok || shown.Cmp(want) != 0 || strings.ContainsAny(got.String(), "eE/") {
			t.Fatalf("the sum is %s, want %s", got, want)
		}
		again, ok := sumOf(json.Number(got.String()))
		if !ok || !again.equals(got) || !got.equals(again) || again.String() != got.String() {
			t.Fatalf("%s read again is %s", got, again)
		}
		again.add(json.Number("1e-30"))
		if again.equals(got) {
			t.Fatalf("%s equals %s", again, got)
		}
	})
}

// TestNoNumber: what is no number adds nothing.
func TestNoNumber(t *testing.T) {
	t.Parallel()
	for _, value := range []any{
		nil, true, "", "1,5", " 1", "1e5", "+1", "0x10", "1.", ".5", strings.Repeat("1", 41),
		[]any{json.Number("1")},
		map[string]any{},
	} {
		if sum, ok := sumOf(value); ok || sum.String() != "0" {
			t.Errorf("%v is %s", value, sum)
		}
	}
}

// TestTotalOfExtremes: numbers with every exponent that a document may have are summed within a minute,
// a bound for an algorithm whose work grows with the exponents.
func TestTotalOfExtremes(t *testing.T) {
	t.Parallel()
	var sum decimalSum
	began := time.Now()
	for i := range 200_000 {
		sum.add(json.Number("1.5e" + []string{"-", ""}[i%2] + string(rune('0'+i%10)) + string(rune('0'+i/10%10)) +
			string(rune('0'+i/100%10))))
	}
	if len(sum.String()) < 1000 {
		t.Errorf("the sum is %s", sum)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %s", took)
	}
}
