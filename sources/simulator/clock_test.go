package simulator_test

import (
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/schedules"
	"barkeep/sources/simulator"
)

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := schedules.MakeDay(2026, time.September, 28).At(9, 14)
		c := simulator.NewClock(start, 1)
		want := func(at time.Time) {
			t.Helper()
			if got := c.Now(); !got.Equal(at) || got.Location() != time.UTC {
				t.Errorf("the clock shows %s, want %s", got, at)
			}
		}
		want(start)
		<-time.After(10 * time.Second)
		want(start.Add(10 * time.Second))
		c.Set(start, 60)
		<-time.After(10 * time.Second)
		want(start.Add(10 * time.Minute))
		for _, speed := range []float64{0, -1, math.NaN()} {
			c.Set(start, speed)
			<-time.After(time.Hour)
			want(start)
		}
		c.Set(start, 1e300)
		<-time.After(time.Hour)
		if c.Now().Before(start) {
			t.Errorf("the clock ran backwards to %s", c.Now())
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				c.Set(start, 2)
				c.Now()
			})
		}
		wg.Wait()
	})
}
