package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"barkeep/sinks/disk"
)

// Options is what a Notifier needs besides its Config.
type Options struct {
	// State is the file that survives restarts, LAKE/_state/notifications.json;
	// empty: nothing is kept. One process at a time may use it.
	State     string
	Disk      *disk.Disk        // writes State; nil: the plain one
	Log       *slog.Logger      // gets what could not be told or saved; nil: nobody
	Version   string            // of the program, for messages
	Transport http.RoundTripper // nil: the network
}

// Notifier tells targets what is wrong and when it is over. Its methods may be
// called from several goroutines, and none but Flush, Try and Close waits for
// anything.
type Notifier struct {
	cfg     Config
	opts    Options
	targets []*target
	own     *http.Transport // nil if the caller has given one

	mu      sync.Mutex
	book    *book
	changed bool          // since the last save
	settled chan struct{} // closed and replaced whenever a target was told something
	full    bool          // the book was full at the last raise

	dirty chan struct{} // holds one token when there is something to save
	stop  context.CancelFunc
	done  sync.WaitGroup
}

// New reads the secrets and the state, and begins to tell what was left untold. A
// Config without targets gives a Notifier that does nothing. The error says which
// key cannot be used; a state that cannot be read is a line in the log. The caller
// closes the Notifier.
func New(c Config, o Options) (*Notifier, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Disk == nil {
		o.Disk = &disk.Disk{}
	}
	var own *http.Transport
	if o.Transport == nil {
		own = newTransport(c.Timeout)
		o.Transport = own
	}
	if c.Host == "" {
		c.Host, _ = os.Hostname() // a machine without a name sends messages without one
	}
	n := &Notifier{cfg: c, opts: o, own: own, settled: make(chan struct{}), dirty: make(chan struct{}, 1)}
	if err := n.addTargets(); err != nil {
		return nil, err
	}
	n.book = newBook(n.Targets())
	ctx, stop := context.WithCancel(context.Background())
	n.stop = stop
	if len(n.targets) == 0 {
		return n, nil
	}
	n.loadState()
	for _, t := range n.targets {
		n.done.Go(func() { n.tell(ctx, t) })
	}
	if o.State != "" {
		n.done.Go(func() { n.keep(ctx) })
	}
	return n, nil
}

func (n *Notifier) addTargets() error {
	from := sender{host: plain(n.cfg.Host, 100), version: n.opts.Version}
	unsigned := func(t Target) SignedTarget { return SignedTarget{URL: t.URL, URLFile: t.URLFile} }
	var problems []error
	for _, s := range []struct {
		name string
		t    SignedTarget
	}{{generic, n.cfg.Generic}, {dingTalk, n.cfg.DingTalk}, {feishu, n.cfg.Feishu}, {weCom, unsigned(n.cfg.WeCom)}, {slack, unsigned(n.cfg.Slack)}} {
		creds, err := s.t.load(s.name)
		switch {
		case err != nil:
			problems = append(problems, err)
		case creds.url != nil:
			n.targets = append(n.targets, newTarget(s.name, creds, from, n.cfg, n.opts.Transport))
		}
	}
	return errors.Join(problems...)
}

// Targets returns the names of the targets, in the order of the configuration.
func (n *Notifier) Targets() []string {
	names := make([]string, len(n.targets))
	for i, t := range n.targets {
		names[i] = t.name
	}
	return names
}

// Raise says that something is wrong.
func (n *Notifier) Raise(e Event) {
	now := time.Now()
	e = e.trimmed(now)
	n.change(func() bool {
		changed, kept := n.book.raise(e, now, n.cfg.Repeat)
		if !kept && !n.full {
			n.opts.Log.Warn("too much is wrong: further notifications are dropped until something is over", "kept", maxIncidents)
		}
		n.full = !kept
		return changed
	})
}

// Clear says that something is not wrong, or not any more; text says how it ended
// and may be empty.
func (n *Notifier) Clear(kind Kind, key, text string) {
	n.change(func() bool { return n.book.clear(kind, plain(key, maxKey), plain(text, maxText), time.Now()) })
}

// change changes the book and wakes whom it concerns.
func (n *Notifier) change(f func() bool) {
	if len(n.targets) == 0 {
		return
	}
	n.mu.Lock()
	changed := f()
	n.changed = n.changed || changed
	n.mu.Unlock()
	if !changed {
		return
	}
	poke(n.dirty)
	for _, t := range n.targets {
		poke(t.wake)
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Flush waits until every target knows everything, or ctx ends; then the error
// names the targets that do not.
func (n *Notifier) Flush(ctx context.Context) error {
	for {
		n.mu.Lock()
		settled := n.settled
		var behind []string
		for _, t := range n.targets {
			if len(n.book.owed(t.name)) > 0 {
				behind = append(behind, t.name)
			}
		}
		n.mu.Unlock()
		if len(behind) == 0 {
			return nil
		}
		select {
		case <-settled:
		case <-ctx.Done():
			return fmt.Errorf("notify: not everything could be told to %q: %w", behind, context.Cause(ctx))
		}
	}
}

// Try sends a text to every target at once, whatever the incidents, and returns
// what happened: an error of nil for a target that has taken it.
func (n *Notifier) Try(ctx context.Context, text string) map[string]error {
	results := make(map[string]error, len(n.targets))
	var mu sync.Mutex
	var sent sync.WaitGroup
	m := message{event: eventTest, text: plain(text, maxText), since: time.Now()}
	for _, t := range n.targets {
		sent.Go(func() {
			err := t.send(ctx, m)
			mu.Lock()
			defer mu.Unlock()
			results[t.name] = err
		})
	}
	sent.Wait()
	return results
}

// Close stops sending and saves the state; what is still to be told will be told
// by the next Notifier with the same state. Raise and Clear do nothing useful
// afterwards.
func (n *Notifier) Close() error {
	n.stop()
	n.done.Wait()
	if n.own != nil {
		n.own.CloseIdleConnections()
	}
	return n.save()
}
