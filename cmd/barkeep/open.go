package main

import (
	"context"
	"io"
	"log/slog"
	"slices"

	"barkeep/configs"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

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
	if a.usualLevel != "" && !slices.Contains(loaded.Given(), "log.level") {
		loaded.Value.Log.Level = a.usualLevel
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

// open reads the configuration and its calendar, and names the lake; nothing is
// created.
func (a *app) open() (cfg configs.Config, calendar *schedules.Calendar, l *lake.Lake, err error) {
	if cfg, err = a.config(); err != nil {
		return cfg, nil, nil, err
	}
	if calendar, err = cfg.Calendar.Load(); err != nil {
		return cfg, nil, nil, usageError{err}
	}
	l, err = a.openLake(cfg)
	return cfg, calendar, l, err
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
