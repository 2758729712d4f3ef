package main

import (
	"math"

	"barkeep/etl"
	"barkeep/schedules"
)

// limitPrices are the highest and the lowest price allowed on the day.
type limitPrices struct {
	Free    bool     `json:"free"`              // no limit: one of the first sessions
	Up      *float64 `json:"up"`                // CNY/share
	Down    *float64 `json:"down"`              // CNY/share
	UpPer   float64  `json:"up_pct,omitzero"`   // per cent of preclose
	DownPer float64  `json:"down_pct,omitzero"` // per cent of preclose
	Session int      `json:"session,omitzero"`  // of the first sessions with rules of their own, from 1
	Closed  string   `json:"closed_at,omitempty"`
}

// limits works out the limit prices of a stored bar; what is no A share has none.
func (q *inquiry) limits() {
	preclose, ok := q.Bar["preclose"].(float64)
	in, listed := q.universe.Find(q.Symbol)
	board := limitBoard(in)
	if !ok || !listed || board == 0 || in.Listed == 0 {
		return
	}
	warned, _ := q.Bar["is_st"].(bool)
	session := q.calendar.Count(in.Listed, q.Date)
	limit, first := schedules.DebutLimit(board, in.Listed, session)
	if !first {
		if limit, ok = schedules.LimitOn(board, q.Date, warned); !ok {
			return
		}
		session = 0
	}
	q.Limit = &limitPrices{Session: session, Free: limit.None()}
	if limit.None() {
		return
	}
	up, down := limit.Prices(preclose, warned)
	q.Limit.Up, q.Limit.Down = &up, &down
	q.Limit.UpPer, q.Limit.DownPer = float64(limit.Up)/10, float64(limit.Down)/10
	const rounding = 1e-6
	switch price := q.Bar["close"].(float64); {
	case q.Bar["traded"] != true:
	case math.Abs(price-up) < rounding:
		q.Limit.Closed = "up"
	case math.Abs(price-down) < rounding:
		q.Limit.Closed = "down"
	}
}

// limitBoard returns the board of an A share; 0 for everything else, B shares
// included, which have no limit rules here.
func limitBoard(in etl.Instrument) schedules.Board {
	if !in.Symbol.InYuan() {
		return 0
	}
	switch in.Board() {
	case "main":
		return schedules.MainBoard
	case "chinext":
		return schedules.ChiNext
	case "star":
		return schedules.STAR
	case "bse":
		return schedules.BSE
	}
	return 0
}

// factorInForce is the adjust factor that holds on the day, as the vendor prints
// it. Without an ex-date up to the day it is 1.
type factorInForce struct {
	ExDate schedules.Day `json:"ex_date,omitzero"`
	Fore   string        `json:"fore_factor,omitempty"`
	Back   string        `json:"back_factor"`
	Known  int           `json:"ex_dates_known"` // of the security, later ones included
	Today  bool          `json:"ex_today"`
}

// factor returns nil when no factor of the security is known.
func (q *inquiry) factor() *factorInForce {
	if len(q.factors) == 0 {
		return nil
	}
	f, ok := etl.FactorOn(q.factors, q.Symbol, q.Date)
	if !ok {
		return &factorInForce{Back: etl.FactorText(etl.One), Known: len(q.factors)}
	}
	return &factorInForce{f.Date, etl.FactorText(f.Fore), etl.FactorText(f.Back), len(q.factors), f.Date == q.Date}
}
