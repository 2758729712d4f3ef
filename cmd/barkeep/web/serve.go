package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Times of a connection. Of a stop, waiting requests have patience, then their
// context ends, then their connections.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	patience      = 4 * time.Second
	grace         = 5 * time.Second

	maxHeader = 16 << 10
	// Connections beyond the requests answered at once wait for their turn; a
	// few are kept for clients between two requests.
	spareConnections = 256
	// Those of the socket are of commands on this machine.
	socketConnections = 64
)

// Serve answers until ctx ends, then lets the requests under way finish for 5
// seconds at most and returns nil. It listens on its address first if that has not
// been done. It is called once.
func (s *Server) Serve(ctx context.Context) error {
	if s.listener == nil {
		if _, err := s.Listen(); err != nil {
			return errors.Join(err, s.closeSocket())
		}
	}
	s.life = ctx
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      s.config.Timeout + readTimeout + 10*time.Second, // it runs from the end of the header
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnContext:       markSocket,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	listeners := []net.Listener{newBounded(s.listener, s.config.MaxRequests+spareConnections)}
	if s.socket != nil {
		listeners = append(listeners, newBounded(s.socket, socketConnections))
	}
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				ended <- fmt.Errorf("http: serve on %s: %w", l.Addr(), err)
				return
			}
			ended <- nil
		}()
	}
	select {
	case err := <-ended:
		server.Close()
		for range len(listeners) - 1 {
			<-ended
		}
		return err
	case <-ctx.Done():
	}
	err := s.stop(ctx, server, cancel)
	for range listeners {
		<-ended
	}
	return err
}

// stop waits for the requests under way, then ends their contexts, then their
// connections.
func (s *Server) stop(ctx context.Context, server *http.Server, cancel context.CancelFunc) error {
	give := time.AfterFunc(patience, cancel)
	defer give.Stop()
	limit, stop := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer stop()
	err := server.Shutdown(limit)
	if err != nil {
		s.log.Warn("connections were cut off", "after", grace)
		err = server.Close()
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("http: stop: %w", err)
	}
	return nil
}
