package baostock

import (
	"context"
	"errors"
	"time"

	"barkeep/sources/baostock/wire"
)

// lane is a place for one session: it connects and logs in when somebody needs
// it, and again when the session before has failed.
type lane struct {
	client  *Client
	connect gate     // held while connecting, so that one caller logs in for all
	cur     *session // guarded by connect
	turn    gate     // held around an exchange once pipelining has been given up
}

func newLane(c *Client) *lane { return &lane{client: c, connect: make(gate, 1), turn: make(gate, 1)} }

// gate is a mutex that is waited for no longer than a context lasts.
type gate chan struct{}

func (g gate) enter(ctx context.Context) error {
	select {
	case g <- struct{}{}: // free: even for a context that has ended, as Close's may have
		return nil
	default:
	}
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g gate) leave() { <-g }

// session returns a session that is logged in. The login is counted before
// connecting, so that a ban or a spent budget keeps us from even that.
func (l *lane) session(ctx context.Context) (*session, error) {
	if err := l.connect.enter(ctx); err != nil {
		return nil, err
	}
	defer l.connect.leave()
	if l.cur != nil && !l.cur.broken(l.client.cfg.IdleTimeout) {
		return l.cur, nil
	}
	if l.cur != nil {
		if err := l.cur.blameOf(); err != nil && l.client.cfg.Pipeline > 1 {
			l.client.giveUpPipeline(err)
		}
		l.cur.close()
		l.cur = nil
	}
	q := l.login()
	if err := l.client.take(q); err != nil {
		return nil, err
	}
	s, err := dial(ctx, l.client.cfg)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &ConnectionError{"connect to " + l.client.cfg.host(), err}
	}
	reply, err := l.client.send(ctx, s, q)
	if err != nil {
		s.close()
		return nil, err
	}
	if len(reply.fields) > 4 {
		l.client.noteTime(string(reply.fields[4]))
	}
	l.client.log.Debug("logged in", "address", l.client.cfg.host())
	l.cur = s
	return s, nil
}

// login is the request that identifies us.
func (l *lane) login() query {
	cfg := l.client.cfg
	return query{t: wire.Login, name: "login", fields: []string{"login", cfg.User, cfg.Password, cfg.options()},
		check: func(r reply) error { return r.echo(2, "login", cfg.User) }}
}

// logout says goodbye, unless answers are still due, and closes. Failing to is
// not worth an error.
func (l *lane) logout(ctx context.Context) {
	if l.connect.enter(ctx) != nil {
		return // whoever is connecting will be told by the same context, or leaves an idle session behind
	}
	defer l.connect.leave()
	if l.cur == nil {
		return
	}
	if !l.cur.broken(l.client.cfg.IdleTimeout) && l.cur.waiting.Load() == 0 {
		now := time.Now().In(shanghai).Format("20060102150405")
		q := query{t: wire.Logout, name: "logout", fields: []string{"logout", l.client.cfg.User, now}}
		if _, err := l.client.exchange(ctx, l.cur, q); err != nil {
			l.client.log.Debug("logout failed", "error", err)
		}
	}
	l.cur.close()
	l.cur = nil
}

// ask performs a query on the lane's session. When the server has forgotten the
// login, it logs in once more and repeats the query once. Source: specification
// of Baostock, section 7.
func (l *lane) ask(ctx context.Context, q query) (reply, error) {
	r, err := l.exchange(ctx, q)
	var e *Error
	if errors.As(err, &e) && e.Code == wire.CodeNotLoggedIn {
		l.client.log.Info("the server has forgotten the login, logging in again", "request", q.name)
		return l.exchange(ctx, q)
	}
	return r, err
}

// exchange performs one exchange, connecting first if needed, and waits for its
// turn once pipelining has been given up. That happens before a connection that
// suffered from it is replaced, so nobody uses the new one out of turn.
func (l *lane) exchange(ctx context.Context, q query) (reply, error) {
	c := l.client
	alone := c.serial.Load()
	if alone {
		if err := l.turn.enter(ctx); err != nil {
			return reply{}, err
		}
		defer l.turn.leave()
	}
	s, err := l.session(ctx)
	if err != nil {
		return reply{}, err
	}
	if !alone && c.serial.Load() {
		return l.exchange(ctx, q)
	}
	crowd := s.waiting.Load() > 0
	if crowd && !c.proven.Load() {
		s.conn.silence.Store(int64(min(pipelineProbe, c.cfg.ReadTimeout)))
	}
	r, err := c.exchange(ctx, s, q)
	if err == nil && crowd {
		c.provePipeline(s)
	}
	return r, err
}
