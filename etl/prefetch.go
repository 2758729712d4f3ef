package etl

import (
	"context"
	"iter"
	"sync"
)

// Fetched is what came of one request.
type Fetched[Q, A any] struct {
	Request Q
	Answer  A
	Err     error
}

// Prefetch calls fetch for every request and yields the results in the order of
// the requests. Up to workers calls run at once, and they run ahead of the
// consumer by at most ahead finished answers, so memory is bounded and the
// source never waits for the consumer longer than it must. With workers 1 and
// ahead 0 each request is sent when the consumer asks for the next result.
//
// When the consumer stops early, calls under way are cancelled; Prefetch returns
// only when they have ended. When ctx ends, the results that are there are still
// yielded, those of the cancelled calls included.
func Prefetch[Q, A any](ctx context.Context, requests []Q, workers, ahead int, fetch func(context.Context, Q) (A, error)) iter.Seq[Fetched[Q, A]] {
	return func(yield func(Fetched[Q, A]) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel()

		results := make([]chan Fetched[Q, A], len(requests))
		for i := range results {
			results[i] = make(chan Fetched[Q, A], 1)
		}
		// A token is held from before a request is sent until the consumer has
		// dealt with its answer.
		tokens := make(chan struct{}, workers+ahead)
		queue := make(chan int)
		wg.Go(func() {
			defer close(queue)
			for i := range requests {
				select {
				case tokens <- struct{}{}:
				case <-ctx.Done():
					return
				}
				select {
				case queue <- i:
				case <-ctx.Done():
					return
				}
			}
		})
		for range min(workers, len(requests)) {
			wg.Go(func() {
				for i := range queue {
					a, err := fetch(ctx, requests[i])
					results[i] <- Fetched[Q, A]{requests[i], a, err}
				}
			})
		}
		for i := range requests {
			var r Fetched[Q, A]
			select {
			case r = <-results[i]:
			case <-ctx.Done():
				wg.Wait() // what has arrived by then is still handed over
				select {
				case r = <-results[i]:
				default:
					return
				}
			}
			if !yield(r) {
				return
			}
			<-tokens
		}
	}
}
