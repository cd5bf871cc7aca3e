package tenor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandkasse/fixtures/population"
)

// hostileSearches returns searches that are read and would look at very much.
func hostileSearches() map[string]string {
	fill := func(part, joint, before, after string) string {
		count := (kqlLength - len(before) - len(after)) / len(part+joint)
		return before + strings.TrimSuffix(strings.Repeat(part+joint, count), joint) + after
	}
	nested := func(relations string, times int) string {
		return strings.Repeat(relations, times) + "fornavn:Q" +
			strings.Repeat("}", times*strings.Count(relations, "{"))
	}
	return map[string]string{
		"conditions":        fill("fornavn:Q", " or ", "", ""),
		"long conditions":   fill("bostedsadresse:Q", " or ", "", ""),
		"wildcards":         fill("fornavn:*a*q*a*q*", " or ", "", ""),
		"a long wildcard":   "bostedsadresse:" + strings.Repeat("*a", 1_990) + "q",
		"relations":         nested("tenorRelasjoner.freg:{", 31),
		"relations, two":    nested("tenorRelasjoner.brreg-er-fr:{tenorRelasjoner.freg:{", 15),
		"relations, each":   fill("tenorRelasjoner.freg:{tenorRelasjoner.freg:{fornavn:Q}}", " or ", "", ""),
		"relations, any":    fill("not tenorRelasjoner.freg:*", " or ", "", ""),
		"values in a field": fill("Q", " or ", "etternavn:(", ")"),
	}
}

// TestSearchCost: whatever is searched for ends within a number of steps, and is refused where it
// takes more.
func TestSearchCost(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 1_000_000}
	refused := 0
	for name, text := range hostileSearches() {
		k, err := ParseKQL(text)
		if err != nil {
			t.Errorf("%s is not read: %v", name, err)
			continue
		}
		_, err = SearchPersoner(t.Context(), p, Query{KQL: k})
		if e, ok := errors.AsType[*QueryError](err); ok && e.Parameter == "kql" && len(e.Error()) < 300 {
			refused++
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if refused < 6 {
		t.Errorf("%d searches are refused", refused)
	}
}

// TestSearchCostOfAny: the steps of any search are counted, so that none takes much longer than its
// steps.
func TestSearchCostOfAny(t *testing.T) {
	t.Parallel()
	names := []string{
		"fornavn", "alder", "tenorRelasjoner.freg", "tenorRelasjoner.brreg-er-fr", "organisasjonsnummer", "kjoenn",
	}
	values := []string{
		"*", "Q", "*a*", "[1 to 2]", "2", `"a b"`, "{fornavn:a}", "{not tenorRelasjoner.freg:{alder > 3}}",
	}
	p := population.Population{Seed: 1, Size: 40_000}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"", "not ", "not not "}).Draw(t, "not") +
				rapid.SampledFrom(names).Draw(t, "name") + ":" + rapid.SampledFrom(values).Draw(t, "value")
		}), 1, 60).Draw(t, "parts")
		parts = slices.DeleteFunc(parts, func(part string) bool {
			k, err := ParseKQL(part)
			if err == nil {
				_, err = compile(*k.top, personFields(), newMeter(context.Background()))
			}
			return err != nil // not all of these are searches
		})
		parts = append(parts, "fornavn:Q")
		k, err := ParseKQL(strings.Join(parts, rapid.SampledFrom([]string{" and ", " or "}).Draw(t, "op")))
		if err != nil {
			t.Fatal(err)
		}
		m := newMeter(context.Background())
		fits, err := compile(*k.top, personFields(), m)
		if err != nil {
			t.Fatal(err)
		}
		calls := 0
		_, err = Query{KQL: k}.defaults().search(m, 1, p.Size, 300, nil, func(i int) bool {
			calls++
			return fits(&personView{p: p, member: p.Member(i)})
		})
		if err != nil || calls == 0 || m.used < calls || m.used > maxSteps {
			t.Fatalf("%d persons and %d steps, %v", calls, m.used, err)
		}
	})
}

// TestSearchEndsWithItsCaller: a search whose caller has gone ends before it has looked at all.
func TestSearchEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	k, err := ParseKQL("fornavn:Q or etternavn:Q")
	if err != nil {
		t.Fatal(err)
	}
	p := population.Population{Seed: 1, Size: population.Capacity}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := SearchPersoner(ctx, p, Query{KQL: k}); !errors.Is(err, context.Canceled) {
		t.Errorf("persons: %v", err)
	}
	if _, err := SearchOrganisasjoner(ctx, p, Query{KQL: must(ParseKQL("navn:Q"))}); !errors.Is(err, context.Canceled) {
		t.Errorf("organisations: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := SearchPersoner(ctx, p, Query{KQL: k}); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("persons, later: %v", err)
	}
}

// TestManyFilters: the conditions of all parameters are counted together.
func TestManyFilters(t *testing.T) {
	t.Parallel()
	values := make([]string, maxConditions+1)
	for i := range values {
		values[i] = "Q"
	}
	_, err := SearchPersoner(t.Context(), population.Population{Seed: 1, Size: 40},
		must(ParseQuery(map[string][]string{"fornavn": values}, population.LastDay())))
	if err == nil || !strings.Contains(err.Error(), "501 conditions") {
		t.Errorf("%v", err)
	}
}
