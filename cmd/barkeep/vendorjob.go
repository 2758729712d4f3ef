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

// vendorJob is what a run works with that asks the vendor of bars.
type vendorJob struct {
	app      *app
	cfg      configs.Config
	lake     *lake.Lake
	calendar *schedules.Calendar
	ledger   *sources.Ledger
	client   *baostock.Client
}

// newVendorJob prepares a run; nothing is read or sent yet.
func (a *app) newVendorJob() (vendorJob, error) {
	cfg, calendar, l, err := a.open()
	if err != nil {
		return vendorJob{}, err
	}
	ledger := sources.OpenLedger(ledgerPath(cfg, l), cfg.Baostock.Budget)
	return vendorJob{app: a, cfg: cfg, lake: l, calendar: calendar, ledger: ledger, client: baostock.New(cfg.Baostock, ledger, a.log)}, nil
}

// ledgerPath is where requests and bans are counted.
func ledgerPath(c configs.Config, l *lake.Lake) string {
	if c.Baostock.StateFile != "" {
		return c.Baostock.StateFile
	}
	return filepath.Join(l.StateDir(), "baostock.json")
}

// alone does the work while no other run holds the lock of that name. What is
// committed is published even when the rest of the work failed, and a crash between
// commit and publication is made good by the next run.
func (j *vendorJob) alone(ctx context.Context, lock string, work func() error) (err error) {
	if err := os.MkdirAll(j.lake.Dir(), 0o755); err != nil {
		return fmt.Errorf("the lake cannot be created: %w", err)
	}
	release, err := j.lake.Lock(lock)
	if err != nil {
		return err
	}
	end := context.WithoutCancel(ctx)
	defer func() { err = errors.Join(err, release()) }()
	defer func() { err = errors.Join(err, j.app.publish(end, j.lake, j.cfg)) }()
	defer func() { j.client.Close(end) }()
	return work()
}
