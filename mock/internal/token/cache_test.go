package token

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAKnownTokenNeedsNoKey(t *testing.T) {
	t.Parallel()
	verifier := NewVerifier(testKey(t), Strict)
	first, second := "Bearer "+mint(t, grant()), "Bearer "+mint(t, plainGrant())
	want, err := verifier.Verify(first, now)
	if err != nil {
		t.Fatal(err)
	}
	verifier.key = Key{}
	got, err := verifier.Verify(first, now)
	if err != nil {
		t.Fatalf("a token that was good is proved again: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("second principal (-first +second):\n%s", diff)
	}
	if _, err := verifier.Verify(second, now); err == nil {
		t.Error("a new token was not proved")
	}
	verifier.key = testKey(t)
	if _, err := verifier.Verify(second, now); err != nil {
		t.Errorf("a failure was remembered: %v", err)
	}
}

func TestTimeIsLookedAtAnewInEachCall(t *testing.T) {
	t.Parallel()
	verifier := NewVerifier(testKey(t), Strict)
	token := "Bearer " + signed(t, goodHeader, payload("nbf=1924992000"))
	const late, early = "the token expired", "the token is not valid before nbf"
	for _, step := range []struct {
		at   time.Duration
		want string
	}{
		{2 * time.Minute, late},
		{0, ""},
		{119 * time.Second, late},
		{119*time.Second - 1, ""},
		{118 * time.Second, ""},
		{-time.Hour, early},
		{-11 * time.Second, ""},
		{-11*time.Second - 1, early},
		{0, ""},
	} {
		_, err := verifier.Verify(token, now.Add(step.at))
		if step.want == "" && err != nil || step.want != "" &&
			(err == nil || !strings.Contains(err.Error(), step.want)) {
			t.Errorf("at now%+v: error is %v, want %q", step.at, err, step.want)
		}
	}
}

func TestCallersMayChangeTheirScopes(t *testing.T) {
	t.Parallel()
	verifier := NewVerifier(testKey(t), Strict)
	token := "Bearer " + mint(t, grant())
	for range 2 {
		p, err := verifier.Verify(token, now)
		if err != nil {
			t.Fatal(err)
		}
		if !p.HasScope(grant().Scope) {
			t.Errorf("scopes are %q", p.Scopes)
		}
		p.Scopes[0] = "mine"
	}
}

func TestTheCacheForgetsTheOldest(t *testing.T) {
	t.Parallel()
	var c cache
	name := strconv.Itoa
	for i := range 3 * generationSize {
		c.put(name(i), authenticated{principal: Principal{Org: name(i)}})
		if p, ok := c.get("0"); !ok || p.principal.Org != "0" {
			t.Fatalf("a token in use was forgotten after %d others", i)
		}
		if kept := len(c.young) + len(c.old); kept > 2*generationSize {
			t.Fatalf("%d tokens are kept", kept)
		}
	}
	for i := range generationSize {
		last := name(3*generationSize - 1 - i)
		if _, young := c.young[last]; !young && c.old[last].principal.Org != last {
			t.Fatalf("%s is forgotten, though only %d came after it", last, i)
		}
	}
	if _, ok := c.get("1"); ok {
		t.Error("the oldest token is still there")
	}
}

// Sixty-four callers verify the same few tokens, each in an order of its own.
func TestManyCallersAtOnce(t *testing.T) {
	t.Parallel()
	verifier := NewVerifier(testKey(t), Strict)
	tokens := make([]string, 8)
	for i := range tokens {
		spec := grant()
		spec.Org = fmt.Sprintf("31000000%d", i)
		tokens[i] = mint(t, spec)
	}
	var callers sync.WaitGroup
	for caller := range 64 {
		callers.Go(func() {
			for i := range 4 * len(tokens) {
				n := (caller + i) % len(tokens)
				p, err := verifier.Verify("Bearer "+tokens[n], now)
				if want := fmt.Sprintf("31000000%d", n); err != nil || p.Org != want {
					t.Errorf("token of %s: %q, %v", want, p.Org, err)
				}
				if _, err := verifier.Verify("Bearer "+tokens[n], now.Add(time.Hour)); err == nil {
					t.Error("an expired token is good")
				}
				if _, err := verifier.Verify("Bearer "+tokens[n]+"AA", now); err == nil {
					t.Error("a changed token is good")
				}
			}
		})
	}
	callers.Wait()
}
