package eastmoney

import (
	"context"
	"fmt"
	"sync"
	"time"

	"barkeep/etl"
)

// window is the time in which a budget may be spent.
const window = 5 * time.Minute

// pace spaces requests and refuses those above a budget. Its zero value is not
// usable.
type pace struct {
	gap time.Duration

	mu   sync.Mutex
	next time.Time   // when the next request may start
	sent []time.Time // a ring of the last requests, as many as the budget allows
	at   int         // the oldest in sent
}

func newPace(gap time.Duration, budget int) *pace {
	return &pace{gap: gap, sent: make([]time.Time, budget)}
}

// wait returns when the next request may start. The error is an
// *etl.RefusedError when the budget is spent, or the cause of the end of ctx.
func (p *pace) wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	start, err := p.reserve()
	if err != nil {
		return err
	}
	pause := time.Until(start)
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reserve takes the next start of a request.
func (p *pace) reserve() (time.Time, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	start := time.Now()
	if start.Before(p.next) {
		start = p.next
	}
	if oldest := p.sent[p.at]; !oldest.IsZero() && start.Sub(oldest) < window {
		return start, &etl.RefusedError{Until: oldest.Add(window),
			Reason: fmt.Sprintf("%d requests to eastmoney in five minutes are spent, more would get this address blocked", len(p.sent))}
	}
	p.sent[p.at] = start
	p.at = (p.at + 1) % len(p.sent)
	p.next = start.Add(p.gap)
	return start, nil
}
