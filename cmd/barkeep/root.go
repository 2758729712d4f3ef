package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"barkeep/configs"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// terminal is what a command reads from and writes to.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
}

// isTerminal reports whether a stream is one that people look at.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// app is what all commands share: the terminal, the global flags, and the
// configuration once it has been asked for.
type app struct {
	terminal
	configFile, lakeDir, logLevel string
	set                           []string
	json                          bool

	loaded *configs.Loaded[configs.Config]
	lake   *lake.Lake // kept by the daemon, for what it remembers of the log
	desk   *quoteDesk // the daemon's; nil elsewhere
	screen *screen
	log    *slog.Logger
}

// run executes a command line and returns the exit code.
func run(ctx context.Context, t terminal, args []string) int {
	a := &app{terminal: t}
	a.screen = newScreen(t.err)
	root := a.command()
	root.SetArgs(args)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	err := root.ExecuteContext(ctx)
	explain(t.err, err)
	return exitCode(err)
}

const about = `barkeep keeps daily bars and quotes of China's A shares in a lake of Parquet files
that is complete, correct and never half-written, answers SQL over it, and serves
realtime quotes of several providers as one.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 partial (what
arrived is committed), 4 refused by the source (banned, budget spent), 5 this job
is already running on this lake.`

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "barkeep",
		Short:         "a lake of China A-share data, kept complete",
		Long:          about,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return noneEmpty(cmd) },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.configFile, "config", "", "read settings from this YAML `file`")
	flags.StringVar(&a.lakeDir, "lake", "", "the lake's `directory` (key lake)")
	flags.StringArrayVar(&a.set, "set", nil, "set one configuration `key=value`; repeatable")
	flags.StringVar(&a.logLevel, "log-level", "", "debug, info, warn or error (key log.level)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%w\nSee '%s --help'", err, cmd.CommandPath())
	})
	root.AddCommand(a.runCommand(), a.planCommand(), a.sqlCommand(), a.sqlChildCommand(), a.simulateCommand(),
		a.quoteCommand(), a.serveCommand(), a.compactCommand(), a.vacuumCommand(), a.verifyCommand(),
		a.whyCommand(), a.statusCommand(), a.jobsCommand(), a.runsCommand(), a.quarantineCommand(), a.absencesCommand(),
		a.demoCommand(), a.notifyCommand(), a.configCommand(), a.versionCommand())
	for _, c := range root.Commands() {
		argsAreUsage(c)
	}
	argsAreUsage(root)
	return root
}

// noneEmpty refuses a flag with an empty value: it comes from a variable that
// is not set, and the default in its place would be more than was meant.
func noneEmpty(cmd *cobra.Command) error {
	var problems []error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if v := f.Value.String(); v == "" || v == "[]" {
			problems = append(problems, fmt.Errorf("--%s is empty", f.Name))
		}
	})
	if len(problems) > 0 {
		return usageError{errors.Join(problems...)}
	}
	return nil
}

// argsAreUsage makes wrong arguments of a command, and of those below it, wrong
// usage.
func argsAreUsage(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usage("%w\nSee '%s --help'", err, cmd.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		argsAreUsage(sub)
	}
}

// config reads the configuration once, and sets up the log and the clock.
func (a *app) config() (configs.Config, error) {
	if a.loaded != nil {
		return a.loaded.Value, nil
	}
	c, err := a.load()
	if err == nil {
		now = marketClock(c.Calendar)
	}
	return c, err
}

// load reads the configuration and sets up the log.
func (a *app) load() (configs.Config, error) {
	set := slices.Clone(a.set)
	if a.lakeDir != "" {
		set = append(set, "lake="+a.lakeDir)
	}
	if a.logLevel != "" {
		set = append(set, "log.level="+a.logLevel)
	}
	loaded, err := configs.Load[configs.Config](configs.Options{
		Default: configs.Default, File: a.configFile, Environ: a.environ, Set: set,
		Reserved: []string{"BARKEEP_SERVICE_*", "BARKEEP_PORT", "BARKEEP_PORT_*"}, // Kubernetes sets these
	})
	if err != nil {
		return configs.Config{}, err
	}
	a.loaded = loaded
	limitMemory(a.environ, loaded.Value.Memory)
	a.log = newLog(a.screen, loaded.Value.Log, isTerminal(a.err))
	return loaded.Value, nil
}

// newLog writes lines to the screen, as text or JSON.
func newLog(w io.Writer, c configs.Log, people bool) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelWarn // the configuration has been validated
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" || c.Format == "auto" && !people {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// openLake names the configured lake; nothing is created.
func (a *app) openLake(c configs.Config) (*lake.Lake, error) {
	l := a.lake
	if l == nil {
		l = lake.Open(c.Lake, lake.Config{Parquet: c.Parquet})
	}
	if err := l.Check(); err != nil {
		return nil, usageError{err}
	}
	return l, nil
}

// publish brings the DuckDB catalog up to date.
func (a *app) publish(ctx context.Context, l *lake.Lake, c configs.Config) error {
	published, err := duckdb.Publish(ctx, l, c.DuckDB)
	if err != nil {
		return err
	}
	a.log.Info("published", "catalog", published.Path, "files", published.Files, "rows", published.Rows, "took", published.Took)
	return nil
}
