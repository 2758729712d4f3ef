package lake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// Lock takes the lock of one job, DIR/_state/JOB.lock, without waiting. It
// keeps two runs of the same job apart, in one process or in several; commits
// need no lock. The kernel drops the lock when the process dies, so a lock
// file left behind means nothing.
//
// When somebody else holds it the error matches ErrBusy and names the job, the
// lake and the process. Release is called once. Lock creates the state
// directory.
func (l *Lake) Lock(job string) (release func() error, err error) {
	if job == "" || strings.ContainsAny(job, `/\`) || strings.HasPrefix(job, ".") {
		return nil, fmt.Errorf("lock job %q: a job's name is part of a file name: use letters, digits and -", job)
	}
	if err := os.MkdirAll(l.StateDir(), 0o755); err != nil {
		return nil, fmt.Errorf("lock job %s: %w", job, err)
	}
	path := filepath.Join(l.StateDir(), job+".lock")
	lock := flock.New(path)
	held, err := lock.TryLock()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock job %s: %w", job, err), lock.Close())
	}
	if !held {
		err := fmt.Errorf("job %s of the lake %s is held by %s: %w; wait for it or stop it",
			job, l.dir, lockHolder(path), ErrBusy)
		return nil, errors.Join(err, lock.Close())
	}
	// The file is written through a second descriptor: the lock belongs to
	// the file, not to the descriptor that wrote it.
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return nil, errors.Join(fmt.Errorf("lock job %s: %w", job, err), lock.Close())
	}
	return func() error {
		// Emptied, not removed: removing a locked file would let a third
		// process lock a new file of the same name beside the old one.
		err := os.Truncate(path, 0)
		return errors.Join(err, lock.Close())
	}, nil
}

// lockHolder reads who wrote the lock file; in the moment between taking and
// writing there is nothing to read yet.
func lockHolder(path string) string {
	text, err := os.ReadFile(path)
	pid := strings.TrimSpace(string(text))
	if _, bad := strconv.Atoi(pid); err != nil || bad != nil {
		return "another process"
	}
	return "process " + pid
}
