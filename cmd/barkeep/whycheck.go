package main

import (
	"math"
	"slices"

	"barkeep/etl"
	"barkeep/schedules"
)

// ruling is what the rules of now say of the bar, as if it arrived again beside
// its stored neighbours.
type ruling struct {
	Passed   []string     `json:"passed"`     // rules that could judge it, by name
	Broken   []brokenRule `json:"broken"`     // by severity and rule
	Unjudged []string     `json:"not_judged"` // rules that cannot know, or need the other rows of the answer
}

// brokenRule is one rule that the bar breaks.
type brokenRule struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Finding  string `json:"finding"` // symbol, day, what is wrong, and the numbers
}

// judge holds the stored bar against the rules.
func (q *inquiry) judge() {
	b := q.batch()
	defer b.Record.Release()
	var listed etl.Universe
	if q.universe != nil {
		listed = etl.Universe{}
		if in, ok := q.universe.Find(q.Symbol); ok {
			listed = append(listed, in)
		}
	}
	checker := etl.NewChecker(q.cfg.Checks, q.calendar, listed, neighbours{q})
	checker.Check(b)
	r := &ruling{Passed: []string{}, Broken: []brokenRule{}, Unjudged: []string{}}
	for _, f := range checker.Findings() {
		r.Broken = append(r.Broken, brokenRule{f.Rule.String(), f.Severity.String(), f.String()})
	}
	for _, t := range checker.Tallies() {
		switch {
		case t.RowsFound > 0:
		case t.RowsChecked > 0 && t.Rule != etl.Repeated: // one row alone repeats no other
			r.Passed = append(r.Passed, t.Rule.String())
		default:
			r.Unjudged = append(r.Unjudged, t.Rule.String())
		}
	}
	q.Checks = r
}

// batch makes a batch of the stored bar alone.
func (q *inquiry) batch() etl.Batch {
	b := &etl.BarBuilder{}
	b.SetLen(1)
	number := func(column string) float64 {
		if v, ok := q.Bar[column].(float64); ok {
			return v
		}
		return math.NaN() // null
	}
	flag := func(column string) uint8 {
		if q.Bar[column] == true {
			return 1
		}
		return 0
	}
	b.Symbols[0], b.Days[0] = q.Symbol, q.Date
	b.Open[0], b.High[0], b.Low[0], b.Close[0], b.Preclose[0] = number("open"), number("high"), number("low"), number("close"), number("preclose")
	b.Volume[0], b.Amount[0] = q.Bar["volume"].(int64), number("amount")
	b.Turn[0], b.PctChg[0] = number("turn"), number("pct_chg")
	b.PeTTM[0], b.PbMRQ[0], b.PsTTM[0], b.PcfNcfTTM[0] = number("pe_ttm"), number("pb_mrq"), number("ps_ttm"), number("pcf_ncf_ttm")
	b.Traded[0], b.IsST[0] = flag("traded"), flag("is_st")
	return b.Batch(textCell(q.Bar, "source"), timeCell(q.Bar, "fetched_at"))
}

// neighbours tells a Checker of the other stored bars of the security.
type neighbours struct{ *inquiry }

var _ etl.CheckContext = neighbours{}

// Bars fills in the bars of the security that the lake has.
func (n neighbours) Bars(keys []etl.BarKey, bars []etl.StoredBar) {
	for i, k := range keys {
		near := n.near(k.Day)
		if k.Symbol != n.Symbol || near == nil {
			continue
		}
		bars[i] = etl.StoredBar{Known: true, Close: near.Close, Preclose: near.Preclose, Volume: near.Volume}
		if turn, ok := n.rows[k.Day]["turn"].(float64); ok {
			bars[i].Turn = turn
		}
	}
}

// ExDate knows the days of factors. That a day without one is no ex-date it does
// not know: factors may be older than the bars.
func (n neighbours) ExDate(_ etl.Symbol, d schedules.Day) (is, known bool) {
	is = slices.ContainsFunc(n.factors, func(f etl.FactorVersion) bool { return f.Date == d })
	return is, is
}
