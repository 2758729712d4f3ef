package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// askedFactors remembers what the vendor was asked for about factors, since an answer
// that brings nothing new leaves no row behind. It can be removed at any time: then
// what he had no factor for is asked for once more.
type askedFactors struct {
	Day    schedules.Day            `json:"day"`  // of Sent, in Shanghai
	Sent   int                      `json:"sent"` // requests for factors on Day
	Series map[etl.Symbol]*asked    `json:"series"`
	Days   map[schedules.Day]*asked `json:"days"`
	rows   map[etl.Symbol]int       // factors known, by security
	onDay  map[schedules.Day]int    // and by ex-date
}

// asked is one answer that has arrived. Its time is a day of the vendor's calendar: a
// clock of ours that is wrong makes no factor late.
type asked struct {
	On   schedules.Day `json:"on"`   // the last day that was published then; a series reaches up to it
	Rows int           `json:"rows"` // sound ones; a lake with fewer has lost some
	// Doubt is the first ex-date in it that went to quarantine; 0 for none.
	Doubt schedules.Day `json:"doubt,omitempty"`
	fresh bool          // it has arrived in this run
}

// lateDays is for how many days a factor may be late. After them the vendor is asked
// once in a while only: when as much time has passed since the last answer as that
// came after the ex-date.
const lateDays = 10

func askedPath(l *lake.Lake) string { return filepath.Join(l.StateDir(), "adjust-factors.json") }

// openAsked reads what was asked for. What the lake has lost since counts as not
// asked for; so does everything when the file is damaged.
func openAsked(l *lake.Lake, known []etl.FactorVersion) (*askedFactors, error) {
	a := &askedFactors{}
	text, err := os.ReadFile(askedPath(l))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read what was asked for about factors: %w", err)
	}
	if err == nil && json.Unmarshal(text, a) != nil {
		a = &askedFactors{}
	}
	if a.Series == nil {
		a.Series = map[etl.Symbol]*asked{}
	}
	if a.Days == nil {
		a.Days = map[schedules.Day]*asked{}
	}
	a.count(known)
	for s, one := range a.Series {
		if one == nil || a.rows[s] < one.Rows {
			delete(a.Series, s)
		}
	}
	for d, one := range a.Days {
		if one == nil || a.onDay[d] < one.Rows {
			delete(a.Days, d)
		}
	}
	return a, nil
}

func (a *askedFactors) count(known []etl.FactorVersion) {
	a.rows, a.onDay = map[etl.Symbol]int{}, map[schedules.Day]int{}
	for _, v := range known {
		a.rows[v.Symbol]++
		a.onDay[v.Date]++
	}
}

func (a *askedFactors) save(l *lake.Lake) error {
	text, err := json.Marshal(a)
	if err == nil {
		err = l.Disk().Mkdir(l.StateDir())
	}
	if err == nil {
		err = l.Disk().Replace(askedPath(l)+".tmp", askedPath(l), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keep what was asked for about factors: %w", err)
	}
	return nil
}

// spend counts requests of a day.
func (a *askedFactors) spend(today schedules.Day, n int) {
	if a.Day < today {
		a.Day, a.Sent = today, 0
	}
	a.Sent += n
}

// left returns how many requests of a day's limit are left.
func (a *askedFactors) left(today schedules.Day, limit int) int {
	if a.Day < today {
		return limit
	}
	return max(0, limit-a.Sent)
}

// add notes an answer that arrived when latest was the last day published.
func (a *askedFactors) add(q etl.FactorRequest, answer etl.FactorAnswer, sound int, latest schedules.Day) {
	one := &asked{On: latest, Rows: sound, fresh: true}
	for _, f := range answer.Flaws {
		if d := answer.Factors[f.Row].Date; one.Doubt == 0 || d < one.Doubt {
			one.Doubt = d
		}
	}
	if q.Symbol == 0 {
		a.Days[q.From] = one
	} else {
		a.Series[q.Symbol] = one
	}
}

// covers returns the answer about an ex-date, nil when the vendor was not asked.
func (a *askedFactors) covers(e etl.ExDate) *asked {
	if one := a.Series[e.Symbol]; one != nil && one.On >= e.Day {
		return one
	}
	if e.Gap { // which day it is, is not known
		return nil
	}
	return a.Days[e.Day]
}

// old reports whether an answer came so long after an ex-date that more is not to be
// expected.
func (o *asked) old(day schedules.Day) bool { return o.On-day > lateDays }

// settled reports whether an answer about a day is not asked for again.
func (o *asked) settled(day, latest schedules.Day) bool {
	return o.fresh || o.old(day) && latest-o.On < o.On-day
}

// means says what a plan may ask for when latest is the last day published.
func (a *askedFactors) means(without []etl.ExDate, known []etl.FactorVersion, latest schedules.Day) etl.FactorMeans {
	m := etl.FactorMeans{Latest: latest, Asked: map[etl.FactorKey]bool{}, Final: map[etl.Symbol]bool{}}
	for _, e := range without {
		if one := a.covers(e); one != nil && one.settled(e.Day, latest) {
			m.Asked[etl.FactorKey{Symbol: e.Symbol, Date: e.Day}] = true
		}
	}
	for s, one := range a.Series {
		if of := etl.FactorsOf(known, s); len(of) > 0 && one.On >= of[len(of)-1].Date {
			m.Final[s] = one.settled(of[len(of)-1].Date, latest)
		}
	}
	return m
}

// stale returns the newest ex-dates of securities whose forward factors are those of
// before it, because their series was not asked for since.
func (a *askedFactors) stale(known []etl.FactorVersion) (list []etl.ExDate) {
	for _, s := range etl.StaleForward(known) {
		of := etl.FactorsOf(known, s)
		newest := of[len(of)-1].Date
		if one := a.Series[s]; one == nil || one.On < newest {
			list = append(list, etl.ExDate{Symbol: s, Day: newest})
		}
	}
	return list
}

// exDate answers a Checker; see etl.CheckContext.
func (a *askedFactors) exDate(known []etl.FactorVersion, s etl.Symbol, d schedules.Day) (is, sure bool) {
	if v, ok := etl.FactorOn(known, s, d); ok && v.Date == d {
		return true, true
	}
	one := a.Series[s]
	return false, one != nil && d <= one.On && (one.Doubt == 0 || d < one.Doubt)
}
