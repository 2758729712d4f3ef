package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"barkeep/configs"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sources"
	"barkeep/sources/baostock"
)

// vendorSession is what every job that asks the vendor works with. Nothing is read
// or sent before do.
type vendorSession struct {
	app      *app
	cfg      configs.Config
	lake     *lake.Lake
	calendar *schedules.Calendar
	ledger   *sources.Ledger
	client   *baostock.Client
}

func (a *app) newVendorSession() (s vendorSession, err error) {
	s.app = a
	if s.cfg, err = a.config(); err != nil {
		return s, err
	}
	if s.calendar, err = s.cfg.Calendar.Load(); err != nil {
		return s, usageError{err}
	}
	if s.lake, err = a.openLake(s.cfg); err != nil {
		return s, err
	}
	s.ledger = sources.OpenLedger(ledgerPath(s.cfg, s.lake), s.cfg.Baostock.Budget)
	s.client = baostock.New(s.cfg.Baostock, s.ledger, a.log)
	return s, nil
}

// ledgerPath is where the day's requests to the vendor are counted.
func ledgerPath(c configs.Config, l *lake.Lake) string {
	if c.Baostock.StateFile != "" {
		return c.Baostock.StateFile
	}
	return filepath.Join(l.StateDir(), "baostock.json")
}

// do does the work of a job while nobody else does the same job on this lake or asks
// the vendor. What is committed is published even when the rest of the work fails,
// and a crash between commit and publication is made good by the next run.
func (s *vendorSession) do(ctx context.Context, job string, work func(context.Context) error) (err error) {
	if err := os.MkdirAll(s.lake.Dir(), 0o755); err != nil {
		return fmt.Errorf("the lake cannot be created: %w", err)
	}
	release, err := s.lake.Lock(job)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	leave, err := s.ledger.Occupy()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leave()) }()
	settle := context.WithoutCancel(ctx)
	defer func() { err = errors.Join(err, s.app.publish(settle, s.lake, s.cfg)) }()
	defer func() { s.client.Close(settle) }()
	return work(ctx)
}
