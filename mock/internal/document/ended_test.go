package document

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// leavingCaller is a context that has ended when it has been asked so many times.
type leavingCaller struct {
	context.Context
	asked, after atomic.Int64
}

func (c *leavingCaller) Err() error {
	if c.asked.Add(1) > c.after.Load() {
		return context.Canceled
	}
	return nil
}

// TestInvalidCallsEndWithTheirContext: what is left of the work is not done.
func TestInvalidCallsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	s := bsuService(t)
	whole := &leavingCaller{Context: context.Background()}
	whole.after.Store(1 << 40)
	w := wanted
	w.Context = whole
	if _, err := s.InvalidCalls(w); err != nil {
		t.Fatal(err)
	}
	half := &leavingCaller{Context: context.Background()}
	half.after.Store(whole.asked.Load() / 2)
	w.Context = half
	if list, err := s.InvalidCalls(w); !errors.Is(err, context.Canceled) || list != nil {
		t.Errorf("%d calls, %v", len(list), err)
	}
	if asked := whole.asked.Load(); asked < 100 {
		t.Errorf("the context was asked %d times", asked)
	}
}
