package webhook

import (
	"context"
	"time"
)

// The waits after a message that could not be sent, repetitions included.
const (
	firstPause   = 5 * time.Minute
	longestPause = 15 * time.Minute
)

// tell sends one target what it does not know yet, until ctx ends.
func (n *Notifier) tell(ctx context.Context, t *target) {
	pause := firstPause
	failed := map[string]bool{} // since the last success; others go first
	for {
		if _, ok := n.next(t.name, failed); !ok {
			select {
			case <-t.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		if t.bucket.Wait(ctx) != nil {
			return
		}
		m, ok := n.next(t.name, failed) // it may be over, or on again, by now
		if !ok {
			continue
		}
		err := t.send(ctx, m)
		switch {
		case err == nil:
			n.told(t.name, m)
			pause = firstPause
			delete(failed, m.id)
			continue
		case ctx.Err() != nil:
			return
		}
		failed[m.id] = true
		n.opts.Log.Warn("a notification could not be sent; it will be tried again", "error", err, "kind", m.kind, "key", m.key, "wait", pause)
		select {
		case <-time.After(pause):
			pause = min(2*pause, longestPause)
		case <-ctx.Done():
			return
		}
	}
}

// next returns what a target is to be told next. What failed comes after all
// else, so that one message a target does not take holds up no other.
func (n *Notifier) next(target string, failed map[string]bool) (message, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.book.owed(target)
	if len(list) == 0 {
		clear(failed)
		return message{}, false
	}
	for _, m := range list {
		if !failed[m.id] {
			return m, true
		}
	}
	clear(failed)
	return list[0], true
}

func (n *Notifier) told(target string, m message) {
	n.mu.Lock()
	n.book.told(target, m)
	n.changed = true
	close(n.settled)
	n.settled = make(chan struct{})
	n.mu.Unlock()
	poke(n.dirty)
}

// loadState fills the book from the file.
func (n *Notifier) loadState() {
	if n.opts.State == "" {
		return
	}
	if err := sweep(n.opts.Disk, n.opts.State); err != nil {
		n.opts.Log.Warn("leftovers of notifications cannot be removed", "error", err)
	}
	if err := n.book.load(n.opts.State, time.Now()); err != nil {
		n.opts.Log.Warn("what was notified before is not known; what is still wrong will be told again", "error", err)
	}
}

// keep saves the book whenever it has changed, until ctx ends.
func (n *Notifier) keep(ctx context.Context) {
	broken := false
	for {
		select {
		case <-n.dirty:
		case <-ctx.Done():
			return
		}
		err := n.save()
		if err != nil && !broken { // once until it works again: a full disk lasts
			n.opts.Log.Warn("notifications are sent but not remembered across a restart", "error", err)
		}
		broken = err != nil
	}
}

// save writes the book if it has changed.
func (n *Notifier) save() error {
	n.mu.Lock()
	if n.opts.State == "" || !n.changed {
		n.mu.Unlock()
		return nil
	}
	content, err := n.book.encode()
	n.changed = false
	n.mu.Unlock()
	if err == nil {
		err = store(n.opts.Disk, n.opts.State, content)
	}
	if err != nil {
		n.mu.Lock()
		n.changed = true
		n.mu.Unlock()
	}
	return err
}
