package trigger

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"barkeep/schedules"
)

// Spec is a trigger as it is written. Exactly one of Cron, At and Every is given;
// the package's page says what each may say.
type Spec struct {
	Cron  string // 35 17 * * *, with or without seconds; @daily; @every 10m
	At    string // 17:35, or an offset from the market's clock: close+2h35m
	Every string // 30s while trading, 10m
	On    string // trading-days, trading-hours or every-day
}

// Error is one thing wrong with a Spec.
type Error struct {
	Key     string // cron, at, every or on
	Problem string // what is wrong and what would be right
}

// Error returns "key: problem".
func (e *Error) Error() string { return e.Key + ": " + e.Problem }

// The values of Spec.On.
const (
	everyDay     = "every-day"
	tradingDays  = "trading-days"
	tradingHours = "trading-hours"
)

// New reads a trigger. A spec that cannot be read and one that never fires are
// errors; every error is an *Error, or several joined.
func New(s Spec) (*Trigger, error) {
	given := 0
	for _, text := range []string{s.Cron, s.At, s.Every} {
		if text != "" {
			given++
		}
	}
	on, known := onOf(s.On)
	var errs []error
	if !known {
		errs = append(errs, &Error{"on", fmt.Sprintf("%q is none of trading-days, trading-hours and every-day", s.On)})
	}
	var t *Trigger
	var err error
	key := "cron"
	switch {
	case given == 0:
		return nil, errors.Join(append(errs, &Error{"on", "says on which days, but not when: give cron, at or every, or leave it out"})...)
	case given > 1:
		return nil, errors.Join(append(errs, twoOf(s))...)
	case s.Cron != "":
		t, err = newCron(s.Cron)
	case s.At != "":
		key = "at"
		t, err = newAt(s.At)
	default:
		key = "every"
		t, err = newEvery(s.Every)
	}
	if err != nil {
		return nil, errors.Join(append(errs, &Error{key, err.Error()})...)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if err := t.restrict(s.On, on); err != nil {
		return nil, err
	}
	if _, ever := t.Next(schedules.Embedded(), century); !ever {
		return nil, &Error{key, t.words + " never comes; change the time or the days"}
	}
	return t, nil
}

// century is from where New looks for a firing: no spec that fires at all stays
// silent from here to the embedded calendar's end, or on every day for nine years.
var century = time.Date(2000, time.January, 1, 0, 0, 0, 0, schedules.Shanghai)

// twoOf blames the last of those given.
func twoOf(s Spec) error {
	e := &Error{"cron", ""}
	other, text := "at", s.At
	if s.Every != "" {
		e.Key = "every"
		if other == "at" && s.At == "" {
			other, text = "cron", s.Cron
		}
	}
	e.Problem = fmt.Sprintf(`is given beside %s: %s; only one of cron, at and every can be. %s: "" takes it away`, other, text, other)
	return e
}

func onOf(text string) ([]window, bool) {
	switch text {
	case "", everyDay:
		return nil, true
	case tradingDays:
		return allDay, true
	case tradingHours:
		return trading, true
	}
	return nil, false
}

// restrict applies Spec.On. A trigger that follows the market's clock has its
// trading days already.
func (t *Trigger) restrict(name string, on []window) error {
	if t.on != nil {
		if name != "" && name != tradingDays {
			return &Error{"on", fmt.Sprintf("%s contradicts %q, which comes on trading days only; leave on out", name, t.words)}
		}
		return nil
	}
	t.on = on
	switch name {
	case tradingDays:
		t.words += " on trading days"
	case tradingHours:
		t.words += " in trading hours"
	default:
		if _, once := t.beat.(daily); once && !strings.HasPrefix(t.words, "cron ") {
			t.words += " every day"
		}
	}
	return nil
}
