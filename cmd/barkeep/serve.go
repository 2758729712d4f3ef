package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"barkeep/cmd/barkeep/web"
	"barkeep/schedules/jobs"
	"barkeep/sinks/lake"
)

// serveOptions is what serve takes from the command line.
type serveOptions struct {
	address      string
	once, noJobs bool
}

func (a *app) serveCommand() *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve",
		Short: "the daemon: run the jobs when they are due, answer over HTTP",
		Long: `Serve runs the jobs of the configuration (section jobs) when they are due, makes good
what was due while it did not run, and answers over HTTP: realtime quotes from a cache
that knows when a quote can change, SQL, the state of the jobs, metrics. It prints
"http://HOST:PORT" as soon as it listens and runs until interrupted; GET / lists the
routes, /openapi.json describes them.

SIGHUP reads the configuration again; a wrong one changes nothing. SIGTERM and Ctrl-C
end it within 10 seconds, with nothing half done. One daemon works on a lake.

With --once it runs what is due, and ends: for hosts that have a scheduler of their
own. Any address but a loopback one needs a token, in the environment variable
BARKEEP_HTTP_TOKEN or in the file that http.token_file names.`,
		Example: `  barkeep serve
  barkeep serve --once
  barkeep serve --address 127.0.0.1:0 --no-jobs
  curl http://127.0.0.1:7070/api/v1/realtime/stock/600519`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.once && (o.noJobs || o.address != "") {
				return usage("--once runs jobs and listens nowhere: it goes with neither --no-jobs nor --address")
			}
			if o.address != "" {
				a.set = append(a.set, "http.address="+o.address)
			}
			if !o.once {
				a.usualLevel = "info" // a daemon tells of its runs
			}
			return a.serve(cmd.Context(), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.address, "address", "", "where to listen, `HOST:PORT` (key http.address)")
	f.BoolVar(&o.once, "once", false, "run what is due, then end")
	f.BoolVar(&o.noJobs, "no-jobs", false, "run no jobs by themselves; answer over HTTP only")
	f.BoolVar(&a.json, "json", false, "with --once, print one JSON array of the runs")
	return c
}

func (a *app) serve(ctx context.Context, o serveOptions) (err error) {
	d, err := a.newDaemon(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.lake.Disk().Mkdir(d.lake.StateDir()); err != nil {
		return usage("the lake cannot be written to: %w", err)
	}
	release, err := d.lake.Lock(jobsLock)
	if errors.Is(err, lake.ErrBusy) {
		return fmt.Errorf("there is a daemon on this lake already: %w", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if o.once {
		return d.once(ctx)
	}
	spareThreads(a.environ)
	return d.serve(ctx, o)
}

// serve listens and runs until the context ends.
func (d *daemon) serve(ctx context.Context, o serveOptions) error {
	a := d.app.Load()
	door := web.Program{Health: program{d}, Status: program{d}, Jobs: program{d}, History: d.history, Metrics: d.metrics,
		SQL: &sqlDoor{d.lake, a.loaded.Value.DuckDB, a.loaded.Value.HTTP.SQLMemory, a.log}}
	server, err := web.New(a.loaded.Value.HTTP, liveQuotes{d}, web.Options{Version: version, Now: now, Log: a.log, Calendar: liveMarket{d}, Program: door})
	if err != nil {
		return usageError{err}
	}
	at, err := server.Listen()
	if err != nil {
		return usage("%w; name another address with --address or the key http.address", err)
	}
	socket := socketPath(d.lake)
	if err := server.ListenUnix(socket); err != nil {
		return err
	}
	if err := d.present(at.String(), socket); err != nil {
		return err
	}
	defer os.Remove(filepath.Join(d.lake.StateDir(), presenceFile))
	fmt.Fprintf(a.out, "http://%s\n", at)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Serve(ctx) })
	if !o.noJobs {
		group.Go(func() error { return d.runner.Run(ctx) })
	}
	group.Go(func() error { return d.listen(ctx) })
	group.Go(func() error { d.watch(ctx); return nil })
	group.Go(func() error { return d.supervise(ctx) })
	return group.Wait()
}

// supervise tells the service manager how the daemon is.
func (d *daemon) supervise(ctx context.Context) error {
	if err := d.systemd.ready(d.presence.HTTP); err != nil {
		return err
	}
	// A runner that does not answer hangs, and the service manager is to notice.
	err := d.systemd.watch(ctx, func() bool { d.runner.Jobs(); return true })
	<-ctx.Done()
	return errors.Join(err, d.systemd.stopping())
}

// present tells commands on the same lake where the daemon is.
func (d *daemon) present(address, socket string) error {
	d.presence = presence{PID: os.Getpid(), Since: time.Now().UTC().Truncate(time.Second), HTTP: address, Socket: socket,
		Version: version, Settings: settingsSum(d.app.Load().loaded.Value)}
	text, err := json.Marshal(d.presence)
	if err != nil {
		return fmt.Errorf("announce the daemon: %w", err)
	}
	path := filepath.Join(d.lake.StateDir(), presenceFile)
	if err := d.lake.Disk().Replace(path+".tmp", path, append(text, '\n')); err != nil {
		return fmt.Errorf("announce the daemon: %w", err)
	}
	return nil
}

// flushTime is how long a daemon that is about to end tries to tell what is wrong.
const flushTime = 10 * time.Second

// once runs what is due and reports each run.
func (d *daemon) once(ctx context.Context) error {
	a := d.app.Load()
	runs, err := d.runner.Once(ctx)
	if a.json {
		if runs == nil {
			runs = []jobs.Run{}
		}
		err = errors.Join(err, writeSummary(a.out, runs))
	} else {
		for _, r := range runs {
			fmt.Fprint(a.out, r.Text)
		}
		if len(runs) == 0 {
			fmt.Fprintln(a.out, "Nothing is due.")
		}
	}
	for _, r := range runs {
		err = errors.Join(err, runError(r))
	}
	d.look(ctx)
	limit, stop := context.WithTimeout(ctx, flushTime)
	defer stop()
	if ferr := d.notifier.Load().Flush(limit); ferr != nil {
		d.log.Warn("not everybody was told", "error", ferr)
	}
	return err
}
