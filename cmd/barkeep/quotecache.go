package main

import (
	"context"
	"errors"
	"fmt"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sources/eastmoney"
	"barkeep/sources/quotes"
	"barkeep/sources/sina"
	"barkeep/sources/tencent"
)

// quoteDesk is the cache of quotes with what belongs to it.
type quoteDesk struct {
	app      *app
	cfg      configs.Config
	calendar *schedules.Calendar
	lake     *lake.Lake
	cache    *quotes.Cache
	listers  []lister
	last     []etl.Quote // the lake's last snapshot, ascending by symbol

	refusals refusals
}

// lister is a provider that can list the whole market.
type lister interface {
	Name() string
	Symbols(context.Context) ([]etl.Symbol, error)
}

// newQuoteDesk makes the cache and fills it from the lake's last snapshot, so
// that nothing is asked for what cannot have changed since.
func (a *app) newQuoteDesk(ctx context.Context) (*quoteDesk, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	calendar, err := cfg.Calendar.Load()
	if err != nil {
		return nil, usageError{err}
	}
	d := &quoteDesk{app: a, cfg: cfg}
	if d.lake, err = a.openLake(cfg); err != nil {
		return nil, err
	}
	if d.calendar, err = extended(ctx, d.lake, calendar); err != nil {
		return nil, err
	}
	var providers []quotes.Provider
	for _, name := range cfg.Quotes.Providers {
		p := provider(cfg, name)
		providers = append(providers, p)
		if l, ok := p.(lister); ok {
			d.listers = append(d.listers, l)
		}
	}
	d.cache, err = quotes.New(cfg.Quotes, d.calendar, providers, quotes.Options{Now: now, Log: a.log, OnRefused: d.refusals.add})
	if err != nil {
		return nil, err
	}
	if d.last, err = lastSnapshot(ctx, d.lake); err != nil {
		return nil, fmt.Errorf("the last snapshot of quotes: %w", err)
	}
	d.cache.Warm(d.last)
	return d, nil
}

// provider makes the named provider; the configuration has been validated.
func provider(cfg configs.Config, name string) quotes.Provider {
	switch name {
	case "sina":
		return sina.New(cfg.Sina)
	case "eastmoney":
		return eastmoney.New(cfg.Eastmoney)
	}
	return tencent.New(cfg.Tencent)
}

// extended carries the calendar on with the vendor's days in the lake.
func extended(ctx context.Context, l *lake.Lake, c *schedules.Calendar) (*schedules.Calendar, error) {
	days, err := vendorDays(ctx, l)
	if err != nil {
		return nil, err
	}
	c, _ = extend(c, days, schedules.DayOf(now()))
	return c, nil
}

// symbols returns the whole market as it is today: the lake's instruments, or a
// provider's list if there are none yet.
func (d *quoteDesk) symbols(ctx context.Context) ([]etl.Symbol, error) {
	universe, _, err := instruments(ctx, d.lake)
	if err != nil {
		return nil, err
	}
	if len(universe) > 0 {
		return d.listed(universe), nil
	}
	var problems []error
	var best []etl.Symbol // of the lists that are not complete
	for _, l := range d.listers {
		list, err := l.Symbols(ctx)
		if err == nil {
			return list, nil
		}
		problems = append(problems, fmt.Errorf("list of %s: %w", l.Name(), err))
		if len(list) > len(best) {
			best = list
		}
	}
	if len(best) > 0 {
		d.app.log.Warn("no provider lists the whole market; the longest list is used", "symbols", len(best), "error", errors.Join(problems...))
		return best, nil
	}
	return nil, fmt.Errorf("the lake holds no instruments yet, and no provider lists the market; name --symbols, or run daily-bars first: %w", errors.Join(problems...))
}

// listed are the instruments that daily bars would be fetched for today.
func (d *quoteDesk) listed(u etl.Universe) []etl.Symbol {
	today := schedules.DayOf(now())
	var symbols []etl.Symbol
	for _, in := range u {
		wanted := in.Kind == etl.Stock || in.Kind == etl.ETF && d.cfg.DailyBars.ETF || in.Kind == etl.Index && d.cfg.DailyBars.Index
		if wanted && in.Listed <= today && (in.Delisted == 0 || in.Delisted > today) {
			symbols = append(symbols, in.Symbol)
		}
	}
	return symbols
}
