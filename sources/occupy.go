package sources

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// ErrOccupied says that another job is asking the vendor.
var ErrOccupied = errors.New("the vendor is being asked by another job")

// Occupy keeps every other job, in whatever process, from asking the vendor until
// release is called, once: the vendor bans clients that have several connections
// from different programs open. Who comes second gets an ErrOccupied at once. The
// kernel gives a dead process' place back. Source: specification of Baostock, 6.4.
func (l *Ledger) Occupy() (release func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o755); err != nil {
		return nil, fmt.Errorf("the vendor's place: %w", err)
	}
	path := l.path + ".connection"
	lock := flock.New(path)
	held, err := lock.TryLock()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the vendor's place: lock %s: %w", path, err), lock.Close())
	}
	if !held {
		return nil, errors.Join(fmt.Errorf("%w (%s is locked); wait for it", ErrOccupied, path), lock.Close())
	}
	return lock.Close, nil
}
