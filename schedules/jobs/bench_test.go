package jobs_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"barkeep/schedules/jobs"
)

// BenchmarkTrigger is the time from the wish to the first line of the work, among as
// many jobs as given.
func BenchmarkTrigger(b *testing.B) {
	for _, size := range []int{1, 7, 100} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			var began time.Time
			list := make([]jobs.Job, size)
			for i := range list {
				list[i] = jobs.Job{Name: fmt.Sprint("job", i), Group: "g", Trigger: quotesTrigger(), Work: func(context.Context, jobs.Tick) (jobs.Result, error) {
					began = time.Now()
					return jobs.Result{}, nil
				}}
			}
			r, err := jobs.New(list, jobs.Options{})
			if err != nil {
				b.Fatal(err)
			}
			var until time.Duration
			b.ReportAllocs()
			for b.Loop() {
				wish := time.Now()
				if _, err := r.Trigger(b.Context(), "job0", nil, nil); err != nil {
					b.Fatal(err)
				}
				until += began.Sub(wish)
			}
			b.ReportMetric(float64(until.Nanoseconds())/float64(b.N), "ns-to-work")
		})
	}
}
