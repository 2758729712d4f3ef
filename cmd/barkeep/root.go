package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"barkeep/configs"
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
	usualLevel                    string // of the log, where nobody says log.level; empty for the default
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
is already running on this lake, or another one is asking the vendor.`

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
	flags.StringVar(&a.logLevel, "log-level", "", "how much is logged: the `level` debug, info, warn or error (key log.level)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%w\nSee '%s --help'", err, cmd.CommandPath())
	})
	root.AddCommand(a.runCommand(), a.planCommand(), a.sqlCommand(), a.sqlChildCommand(), a.simulateCommand(),
		a.quoteCommand(), a.serveCommand(), a.compactCommand(), a.vacuumCommand(), a.verifyCommand(),
		a.whyCommand(), a.statusCommand(), a.jobsCommand(), a.runsCommand(), a.quarantineCommand(), a.absencesCommand(),
		a.demoCommand(), a.notifyCommand(), a.configCommand(), a.versionCommand())
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
			err := check(cmd, args)
			if err != nil && strings.Contains(err.Error(), "arg(s)") { // too few or too many
				err = fmt.Errorf("%w: %s", err, cmd.UseLine())
			}
			if err != nil {
				return usage("%w\nSee '%s --help'", err, cmd.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		argsAreUsage(sub)
	}
}
