package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources"
	"barkeep/sources/baostock/wire"
)

// Estimates for a lake that has no list of securities yet, and for the time a
// request takes. Source: specification of Baostock, 6.6 and 8.7.
const (
	listedSecurities = 8_710
	requestSeconds   = 0.4
)

// forecast is what run would do; its JSON is what plan --json prints.
type forecast struct {
	Job            string         `json:"job"`
	From           schedules.Day  `json:"from"`
	To             schedules.Day  `json:"to"`
	Expected       *int           `json:"expected"` // null while the securities are unknown
	Committed      int            `json:"committed"`
	Missing        *int           `json:"missing"`
	Requests       int            `json:"requests"`
	RequestsByType map[string]int `json:"requests_by_type"`
	Seconds        float64        `json:"estimated_seconds"`
	BudgetLeft     int            `json:"budget_left"`
	BudgetShare    float64        `json:"budget_share"` // of one day's budget
	Days           int            `json:"budget_days"`  // how many days' budgets it takes
	Files          int            `json:"files"`        // new files, about
	Partitions     []int          `json:"partitions"`   // years written to
	Notes          []string       `json:"notes,omitempty"`
}

// blind plans without knowing the securities: every trading day as a whole, or
// every given symbol over all days.
func blind(s etl.Scope, trading []schedules.Day) (requests []etl.Request) {
	if len(trading) == 0 {
		return nil
	}
	first, last := trading[0], trading[len(trading)-1]
	if len(s.Symbols) > 0 && len(s.Symbols) < len(trading) {
		for _, symbol := range s.Symbols {
			requests = append(requests, etl.Request{Shape: etl.SecurityRange, Symbol: symbol, From: first, To: last})
		}
		return requests
	}
	for _, d := range trading {
		requests = append(requests, etl.Request{Shape: etl.MarketDay, From: d, To: d})
	}
	return requests
}

// lists adds the requests for the lists of securities, industries and trading days.
func (f *forecast) lists(c configs.Config, securities int, s etl.Scope, whole bool) {
	size := c.Baostock.PageSize
	days := 400 // a month back to the end of the year, at most
	if whole {
		days = int(s.To-s.From) + 366
	}
	f.RequestsByType[string(wire.StockBasic)] = securities/size + 1
	f.RequestsByType[string(wire.Industry)] = securities/size + 1
	f.RequestsByType[string(wire.TradeDates)] = days/size + 1
}

// add counts the bar requests and what follows from them.
func (f *forecast) add(j *barsJob, requests []etl.Request, trading []schedules.Day) error {
	years := map[int]bool{}
	byRange := false
	for _, q := range requests {
		t := map[etl.Shape]wire.Type{etl.MarketDay: wire.MarketDay, etl.ETFDay: wire.ETFDay, etl.SecurityRange: wire.KLine}[q.Shape]
		f.RequestsByType[string(t)] += q.Pages(trading, j.cfg.Baostock.PageSize)
		byRange = byRange || q.Shape == etl.SecurityRange
		for y := q.From.Year(); y <= q.To.Year(); y++ {
			years[y] = true
		}
	}
	f.Partitions = slices.AppendSeq(f.Partitions, maps.Keys(years))
	slices.Sort(f.Partitions)
	commits := 1
	if f.Missing != nil {
		commits = *f.Missing/j.cfg.DailyBars.CommitRows + 1
	}
	if f.Files = len(years) + commits - 1; byRange {
		f.Files = len(years) * commits
	}
	if len(years) == 0 {
		f.Files = 0
	}
	return f.cost(j.cfg, j.ledger)
}

// cost counts logins and logouts as well, and holds the whole against the budget.
func (f *forecast) cost(c configs.Config, ledger *sources.Ledger) error {
	if len(f.RequestsByType) > 0 {
		f.RequestsByType[string(wire.Login)] = c.Baostock.Sessions
		f.RequestsByType[string(wire.Logout)] = c.Baostock.Sessions
	}
	for _, n := range f.RequestsByType {
		f.Requests += n
	}
	f.Seconds = float64(f.Requests) * requestSeconds / float64(c.Baostock.Sessions*c.Baostock.Pipeline)
	usage, err := ledger.Usage()
	if err != nil {
		return err
	}
	f.BudgetLeft = usage.Left()
	if usage.Limit > 0 {
		f.BudgetShare = float64(f.Requests) / float64(usage.Limit)
	}
	if over := f.Requests - f.BudgetLeft; over > 0 && usage.Limit > 0 {
		f.Days = 1 + (over+usage.Limit-1)/usage.Limit
	} else if f.Requests > 0 {
		f.Days = 1
	}
	if time.Now().Before(usage.BannedUntil) {
		f.Notes = append(f.Notes, fmt.Sprintf("nothing may be sent before %s: %s", usage.BannedUntil.In(schedules.Shanghai).Format("2006-01-02 15:04"), usage.BanReason))
	}
	return nil
}

// requestNames says what a message type asks for.
var requestNames = []struct {
	t    wire.Type
	name string
}{
	{wire.Login, "login"}, {wire.TradeDates, "trading days"}, {wire.StockBasic, "list of securities"},
	{wire.MarketDay, "whole market, one day each"}, {wire.ETFDay, "all funds, one day each"},
	{wire.KLine, "one security, all its missing days"}, {wire.FactorDay, "factors of all securities, one day each"},
	{wire.AdjustFactor, "factors of one security, all its days"}, {wire.Logout, "logout"},
}

func (f *forecast) write(w io.Writer) {
	fmt.Fprintf(w, "%s %s..%s\n", f.Job, f.From, f.To)
	if f.Missing != nil {
		noun := "bars"
		if f.Job == jobAdjustFactors {
			noun = "factors"
		}
		fmt.Fprintf(w, "  missing      %s of %s %s\n", count(int64(*f.Missing)), count(int64(*f.Expected)), noun)
	}
	fmt.Fprintf(w, "  requests     %s, about %s at %.1f s each\n", count(int64(f.Requests)),
		time.Duration(f.Seconds*float64(time.Second)).Round(time.Second), requestSeconds)
	for _, r := range requestNames {
		if n := f.RequestsByType[string(r.t)]; n > 0 {
			fmt.Fprintf(w, "    %-2s %8s  %s\n", r.t, count(int64(n)), r.name)
		}
	}
	fmt.Fprintf(w, "  budget       %.1f %% of a day's; %s requests left today", 100*f.BudgetShare, count(int64(f.BudgetLeft)))
	if f.Days > 1 {
		fmt.Fprintf(w, "; spread over %d days", f.Days)
	}
	fmt.Fprintln(w)
	if n := len(f.Partitions); n > 0 {
		fmt.Fprintf(w, "  files        about %d new, years %d..%d\n", f.Files, f.Partitions[0], f.Partitions[n-1])
	}
	for _, note := range f.Notes {
		fmt.Fprintf(w, "  note         %s\n", note)
	}
}
