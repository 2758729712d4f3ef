package sources

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"barkeep/etl"
	"barkeep/schedules"
)

// Ledger counts the requests of a day (Asia/Shanghai) against a limit and
// remembers until when the vendor has banned us. It lives in a small JSON file,
// so both survive restarts and are shared by every process that names the same
// file. It is safe for concurrent use.
type Ledger struct {
	path  string
	limit int
	mu    sync.Mutex // flock excludes processes, not goroutines
}

// Usage is what a Ledger knows.
type Usage struct {
	Day   schedules.Day `json:"day"`  // the day Used belongs to
	Used  int           `json:"used"` // requests sent on that day
	Limit int           `json:"-"`

	BannedUntil time.Time `json:"banned_until,omitzero"`
	BanReason   string    `json:"ban_reason,omitempty"`
	// Bans counts the bans of BanYear: the vendor blocks for six hours the
	// first time in a calendar year and for six more with each further one.
	// Source: specification of Baostock, 6.4.
	Bans    int `json:"bans,omitempty"`
	BanYear int `json:"ban_year,omitempty"`
}

// Left returns how many requests the day still allows.
func (u Usage) Left() int { return max(0, u.Limit-u.Used) }

// OpenLedger returns the ledger in the file at path, with at most limit requests
// a day. The file and its directory appear with the first request.
func OpenLedger(path string, limit int) *Ledger { return &Ledger{path: path, limit: limit} }

// Take counts one request, or refuses it: the error is an *etl.RefusedError
// when a ban is in force or the day's budget is spent.
func (l *Ledger) Take() error {
	return l.change(func(u *Usage, now time.Time) error {
		if now.Before(u.BannedUntil) {
			return &etl.RefusedError{Until: u.BannedUntil, Reason: u.BanReason}
		}
		if u.Used >= l.limit {
			return &etl.RefusedError{
				Until:  (u.Day + 1).At(0, 0),
				Reason: fmt.Sprintf("the budget of %d requests for %s is spent", l.limit, u.Day),
			}
		}
		u.Used++
		return nil
	})
}

// Ban remembers that the vendor has refused us and returns the error that says
// until when nothing may be sent.
func (l *Ledger) Ban(reason string) error {
	var refused *etl.RefusedError
	err := l.change(func(u *Usage, now time.Time) error {
		if year := now.In(schedules.Shanghai).Year(); u.BanYear != year {
			u.BanYear, u.Bans = year, 0
		}
		if !now.Before(u.BannedUntil) { // several connections may report one ban
			u.Bans++
			u.BannedUntil = now.Add(time.Duration(u.Bans) * 6 * time.Hour).Truncate(time.Second)
			u.BanReason = reason
		}
		refused = &etl.RefusedError{Until: u.BannedUntil, Reason: u.BanReason}
		return nil
	})
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", reason, etl.ErrRefused), err)
	}
	return refused
}

// Usage returns the present state without changing it.
func (l *Ledger) Usage() (Usage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.read(time.Now())
}

// change applies f to the state under the lock and stores the result unless f
// fails.
func (l *Ledger) change(f func(u *Usage, now time.Time) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(l.path), 0o755); err != nil {
		return fmt.Errorf("budget of requests: %w", err)
	}
	lock := flock.New(l.path + ".lock")
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("budget of requests: lock %s: %w", l.path, err)
	}
	defer lock.Unlock()
	now := time.Now()
	u, err := l.read(now)
	if err != nil {
		return err
	}
	banned := u.BannedUntil
	if err := f(&u, now); err != nil {
		return err
	}
	return l.write(u, !u.BannedUntil.Equal(banned))
}

// read loads the state and starts a new day's count when the date has changed.
// A clock set back keeps the later day's count: the vendor's clock did not move.
func (l *Ledger) read(now time.Time) (Usage, error) {
	u := Usage{Limit: l.limit}
	text, err := os.ReadFile(l.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return u, fmt.Errorf("budget of requests: %w", err)
	}
	if err == nil {
		if err := json.Unmarshal(text, &u); err != nil {
			return u, fmt.Errorf("budget of requests: %s is damaged (%w); how much of today's budget is used is unknown: remove the file to start counting anew", l.path, err)
		}
	}
	if today := schedules.DayOf(now); u.Day < today {
		u.Day, u.Used = today, 0
	}
	return u, nil
}

// write replaces the file. Only a ban must survive a power failure; syncing
// every request would cost more than the request.
func (l *Ledger) write(u Usage, durable bool) (err error) {
	text, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("budget of requests: %w", err)
	}
	temp := l.path + ".tmp"
	f, err := os.Create(temp)
	if err != nil {
		return fmt.Errorf("budget of requests: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err == nil && durable {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(temp, l.path)
	}
	if err != nil {
		return fmt.Errorf("budget of requests: %w", err)
	}
	return nil
}
