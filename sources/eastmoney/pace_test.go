package eastmoney_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/etl"
	"barkeep/sources/eastmoney"
)

func TestRequestsAreSpaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := eastmoney.NewPace(350*time.Millisecond, 100)
		start := time.Now()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := wait(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(start); took != 3*350*time.Millisecond {
			t.Errorf("four requests at once were spread over %v", took)
		}
		<-time.After(time.Minute)
		start = time.Now()
		if err := wait(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("a request after a long silence waited %v, %v", time.Since(start), err)
		}
	})
}

func TestTheBudgetOfFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := eastmoney.NewPace(time.Second, 10)
		start := time.Now()
		for range 10 {
			if err := wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		err := wait(t.Context())
		refused, ok := errors.AsType[*etl.RefusedError](err)
		if !ok || !refused.Until.Equal(start.Add(5*time.Minute)) {
			t.Fatalf("the eleventh: %v", err)
		}
		<-time.After(time.Until(refused.Until) - time.Millisecond)
		if err := wait(t.Context()); !errors.Is(err, etl.ErrRefused) {
			t.Errorf("a moment too early: %v", err)
		}
		<-time.After(time.Millisecond)
		if err := wait(t.Context()); err != nil {
			t.Errorf("five minutes after the first: %v", err)
		}
		if err := wait(t.Context()); err != nil { // waits for its second
			t.Errorf("a second later: %v", err)
		}
	})
}

func TestTheDefaultsStayBelowTheReportedLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := eastmoney.DefaultConfig()
		wait := eastmoney.NewPace(c.Pause, c.Budget)
		var sent []time.Time
		for range 2000 {
			if wait(t.Context()) == nil {
				sent = append(sent, time.Now())
			} else {
				<-time.After(time.Second)
			}
		}
		for window, limit := range map[time.Duration]int{time.Second: 5, time.Minute: 200, 5 * time.Minute: 300} {
			for i := limit - 1; i < len(sent); i++ {
				if span := sent[i].Sub(sent[i-limit+1]); span < window {
					t.Fatalf("%d requests within %v", limit, span)
				}
			}
		}
		if len(sent) < 500 {
			t.Errorf("only %d requests in %v", len(sent), time.Since(sent[0]))
		}
	})
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := eastmoney.NewPace(time.Hour, 10)
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		if err := wait(ctx); err != nil {
			t.Fatal(err)
		}
		go func() {
			<-time.After(time.Second)
			cancel(gone)
		}()
		if err := wait(ctx); !errors.Is(err, gone) {
			t.Errorf("%v", err)
		}
		if err := wait(ctx); !errors.Is(err, gone) {
			t.Errorf("%v", err)
		}
	})
}
