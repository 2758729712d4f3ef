package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// longestSocket is how many bytes the path of a socket may have. Source: unix(7),
// sun_path.
const longestSocket = 107

// probeTimeout is for a socket file found at the path to say whether anybody
// listens.
const probeTimeout = time.Second

type socketKey struct{}

// markSocket marks the requests that come over the socket.
func markSocket(ctx context.Context, c net.Conn) context.Context {
	if c.LocalAddr().Network() == "unix" {
		return context.WithValue(ctx, socketKey{}, true)
	}
	return ctx
}

// overSocket reports whether a request came over the socket.
func overSocket(r *http.Request) bool { return r.Context().Value(socketKey{}) != nil }

// ListenUnix has Serve answer on a Unix socket, too, with the same routes. Only
// the user of this process may open it (mode 0600), so its requests need no token
// and count against no rate. A socket that a dead process has left at path is
// replaced; one that answers, and a file of any other kind, is an error. The
// socket is removed when Serve returns.
func (s *Server) ListenUnix(path string) error {
	if s.socket != nil {
		return fmt.Errorf("http: already listening on %s", s.socket.Addr())
	}
	if err := isVacant(path); err != nil {
		return fmt.Errorf("http: listen on %s: %w", path, err)
	}
	// Bound in a directory nobody else can enter and moved when its mode is
	// right, there is no moment at which others could open it, or find none.
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return fmt.Errorf("http: listen on %s: %w", path, err)
	}
	defer os.RemoveAll(dir)
	l, err := bindAt(filepath.Join(dir, "s"), path)
	if err != nil {
		return fmt.Errorf("http: listen on %s: %w", path, err)
	}
	s.socket = l
	return nil
}

func bindAt(place, path string) (net.Listener, error) {
	if len(place) > longestSocket || len(path) > longestSocket {
		return nil, fmt.Errorf("the path is too long for a socket, which may have %d bytes with a few to spare; use a shorter one", longestSocket)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: place, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	err = os.Chmod(place, 0o600)
	var own fs.FileInfo
	if err == nil {
		own, err = os.Lstat(place)
	}
	if err == nil {
		err = os.Rename(place, path)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &socket{Listener: l, path: path, close: sync.OnceValue(func() error {
		return errors.Join(removeSame(path, own), l.Close())
	})}, nil
}

// isVacant returns why path may not become a socket, or nil.
func isVacant(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("there is a file of another kind at this path; remove it, or use another path")
	}
	c, err := net.DialTimeout("unix", path, probeTimeout)
	switch {
	case err == nil:
		c.Close()
		return errors.New("another daemon listens there; stop it, or use another path")
	case errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("whether another daemon listens there cannot be told: %w", err)
}

// removeSame removes the file at path if it is still the one that was put there.
func removeSame(path string, own fs.FileInfo) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(info, own) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Remove(path)
}

func (s *Server) closeSocket() error {
	if s.socket == nil {
		return nil
	}
	return s.socket.Close()
}

// socket is a listener that takes its file with it.
type socket struct {
	net.Listener
	path  string
	close func() error
}

// Addr is where the socket was moved to.
func (s *socket) Addr() net.Addr { return &net.UnixAddr{Name: s.path, Net: "unix"} }

// Close stops Accept and removes the file.
func (s *socket) Close() error { return s.close() }
