package runlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"barkeep/schedules/jobs"
	"barkeep/sinks/disk"
)

// Name is the file in the state directory.
const Name = "runs.jsonl"

// lockWait is how long a writer waits for its turn. A turn takes milliseconds, so a
// longer one belongs to a process that was stopped.
const lockWait = 10 * time.Second

// Log is the history of runs of one lake. Its methods may be called from several
// goroutines at once.
type Log struct {
	path string
	disk *disk.Disk
	keep int

	mu    sync.Mutex // guards what follows, and orders this process's writers
	size  int64      // of the file when lines was counted; -1: never
	lines int
}

var _ jobs.Journal = (*Log)(nil)

// Open names the history in a lake's state directory, LAKE/_state, which is made when
// the first run is added. It keeps about keep runs, at least 1; see the package's
// bounds. Nothing is read or written yet. Without d it writes through a Disk of its own.
func Open(stateDir string, d *disk.Disk, keep int) *Log {
	if d == nil {
		d = &disk.Disk{}
	}
	return &Log{path: filepath.Join(stateDir, Name), disk: d, keep: max(keep, 1), size: -1}
}

// Path returns the path of the file.
func (l *Log) Path() string { return l.path }

// Append adds a run that has ended. After an error that says so the run is not in the
// history; an error in making room comes after the run was added.
func (l *Log) Append(run jobs.Run) (err error) {
	line, err := encode(run)
	if err != nil {
		return fmt.Errorf("add run %s of job %s to %s: %w", run.ID, run.Job, l.path, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	release, err := l.turn()
	if err != nil {
		return fmt.Errorf("add run %s of job %s to %s: %w; it is not in the history", run.ID, run.Job, l.path, err)
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := l.add(line); err != nil {
		return fmt.Errorf("add run %s of job %s: %w; it is not in the history: make the directory writable or free some space", run.ID, run.Job, err)
	}
	if l.lines > l.keep+l.keep/4 {
		if err := l.shorten(); err != nil {
			return fmt.Errorf("make room in %s: %w; the run was added and the file stays long until this succeeds", l.path, err)
		}
	}
	return nil
}

// turn takes the lock of the writers.
func (l *Log) turn() (release func() error, err error) {
	if err := l.disk.Mkdir(filepath.Dir(l.path)); err != nil {
		return nil, err
	}
	lock := flock.New(l.path + ".lock")
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	if _, err := lock.TryLockContext(ctx, 2*time.Millisecond); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("another process has held %s.lock for %s: end it", l.path, lockWait)
		}
		return nil, errors.Join(err, lock.Close())
	}
	return lock.Close, nil
}

// add writes one line. The lock is held.
func (l *Log) add(line []byte) error {
	size, torn, err := tail(l.path)
	if err != nil {
		return err
	}
	if size != l.size {
		if l.lines, err = countLines(l.path); err != nil {
			return err
		}
	}
	if torn {
		line = append([]byte{'\n'}, line...)
	}
	l.size = -1
	if err := l.disk.Append(l.path, line); err != nil {
		return err
	}
	l.size = size + int64(len(line))
	l.lines++
	return nil
}

// tail returns the size of a file, and whether its last line has no end.
func tail(path string) (size int64, torn bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return 0, false, err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], info.Size()-1); err != nil {
		return 0, false, err
	}
	return info.Size(), last[0] != '\n', nil
}
