package trigger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"barkeep/schedules"
)

// trading is when prices are made by continuous trading and the closing auction:
// 09:30-11:30 and 13:00-15:00.
var trading = windowsOf(schedules.PhaseMorning, schedules.PhaseAfternoon, schedules.PhaseClosingAuction)

var allDay = []window{{0, daySeconds}}

// windowsOf joins phases, in the order of the day, that follow each other.
func windowsOf(phases ...schedules.Phase) []window {
	slices.Sort(phases)
	var list []window
	for _, p := range slices.Compact(phases) {
		begins, ends, _ := p.Bounds()
		w := window{int(begins) * 60, int(ends) * 60}
		if n := len(list); n > 0 && list[n-1].ends == w.begins {
			list[n-1].ends = w.ends
			continue
		}
		list = append(list, w)
	}
	return list
}

func newCron(line string) (*Trigger, error) {
	b, err := parseCron(line)
	if err != nil {
		return nil, err
	}
	return &Trigger{beat: b, words: "cron " + strings.Join(strings.Fields(line), " ")}, nil
}

// newAt reads 17:35, or a moment of the market with an offset.
func newAt(text string) (*Trigger, error) {
	text = strings.TrimSpace(text)
	if c, err := schedules.ParseClock(text); err == nil {
		return &Trigger{beat: daily{clock: single(int(c) * 60)}, words: text}, nil
	}
	if c, ok := momentOf(text); ok {
		return marketAt(text, c, 0), nil
	}
	i := strings.LastIndexAny(text, "+-") // names may have - inside
	if i < 0 {
		return nil, notAtError(text)
	}
	name, rest := strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+1:])
	c, ok := momentOf(name)
	if !ok {
		return nil, notAtError(text)
	}
	offset, err := parseSeconds(rest, daySeconds*time.Second)
	if err != nil {
		return nil, fmt.Errorf("%q: the offset %w", text, err)
	}
	if text[i] == '-' {
		offset = -offset
	}
	return marketAt(name+text[i:i+1]+rest, c, offset), nil
}

func notAtError(text string) error {
	return fmt.Errorf("%q is neither a time of day nor one of the market: write 17:35, or close+2h35m or open-15m; "+
		"besides open and close the market has its phases, opening_auction to final, by when they begin", text)
}

// marketAt counts the offset from the trading day's own time, so that it may end
// on the day before or after.
func marketAt(text string, c schedules.Clock, offset time.Duration) *Trigger {
	second := int(c)*60 + int(offset/time.Second)
	day := floorDiv(int64(second), daySeconds)
	shown := strings.TrimSuffix(time.Unix(int64(second)-day*daySeconds, 0).UTC().Format("15:04:05"), ":00")
	switch day {
	case -1:
		shown += " of the day before"
	case 1:
		shown += " of the day after"
	}
	words := fmt.Sprintf("%s (%s) on trading days", text, shown)
	return &Trigger{beat: daily{clock: single(int(c) * 60)}, on: allDay, shift: offset, words: words}
}

// momentOf reads a name of the market's clock.
func momentOf(name string) (schedules.Clock, bool) {
	phase, ok := phaseOf(name)
	switch name {
	case "open":
		phase, ok = schedules.PhaseMorning, true
	case "close":
		phase, ok = schedules.PhaseSettling, true
	}
	if !ok {
		return 0, false
	}
	c, _, ok := phase.Bounds()
	return c, ok
}

// phaseOf reads the name of a phase of a trading day, with - or _ inside.
func phaseOf(name string) (schedules.Phase, bool) {
	p, ok := schedules.ParsePhase(strings.ReplaceAll(name, "-", "_"))
	return p, ok && p != schedules.PhaseClosed && p != schedules.PhaseUnknown
}

// newEvery reads 10m, or 30s while trading.
func newEvery(text string) (*Trigger, error) {
	words := strings.Join(strings.Fields(text), " ")
	length, while, bound := strings.Cut(words, " while ")
	d, err := parseInterval(length)
	if err != nil {
		return nil, err
	}
	if !bound {
		return &Trigger{beat: interval(d / time.Second), words: "every " + words}, nil
	}
	windows, err := parseWhile(while)
	if err != nil {
		return nil, err
	}
	if d > daySeconds*time.Second {
		return nil, fmt.Errorf("%q: no phase lasts a day; write a shorter time", length)
	}
	b := daily{clock: steps{windows, int(d / time.Second)}}
	return &Trigger{beat: b, on: allDay, words: "every " + words}, nil
}

// parseWhile reads trading, or names of phases with commas between them.
func parseWhile(text string) ([]window, error) {
	var phases []schedules.Phase
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		p, ok := phaseOf(name)
		switch {
		case name == "trading":
			phases = append(phases, schedules.PhaseMorning, schedules.PhaseAfternoon, schedules.PhaseClosingAuction)
		case ok:
			phases = append(phases, p)
		default:
			return nil, fmt.Errorf("%q is not a phase of a trading day: write trading, or opening_auction, auction_fixed, morning, lunch, "+
				"afternoon, closing_auction, settling, after_hours or final, with commas between them", name)
		}
	}
	return windowsOf(phases...), nil
}

// longestInterval is a bound against slips; rarer firings are for cron.
const longestInterval = 366 * daySeconds * time.Second

func parseInterval(text string) (time.Duration, error) {
	d, err := parseSeconds(strings.TrimSpace(text), longestInterval)
	if err == nil && d == 0 {
		err = errors.New("is no time at all; write 1s or more")
	}
	if err != nil {
		return 0, fmt.Errorf("the interval %w", err)
	}
	return d, nil
}

// parseSeconds reads a duration of whole seconds, 0 to most.
func parseSeconds(text string, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a duration: write it like 30s, 10m or 2h35m", text)
	case d < 0:
		return 0, fmt.Errorf("%q is negative", text)
	case d%time.Second != 0:
		return 0, fmt.Errorf("%q has parts of a second; write whole seconds", text)
	case d > most:
		return 0, fmt.Errorf("%q is longer than %dh", text, most/time.Hour)
	}
	return d, nil
}
