package webhook

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind is what an incident is about.
type Kind string

// The kinds of incidents, and what their keys are.
const (
	RunFailed       Kind = "run-failed"       // key: the job
	DayUnsealed     Kind = "day-unsealed"     // key: the trading day, such as 2026-11-20
	Banned          Kind = "banned"           // key: the source
	BudgetSpent     Kind = "budget-spent"     // key: the source
	CalendarHorizon Kind = "calendar-horizon" // key: empty; the calendar ends in less than 45 days
	DiskLow         Kind = "disk-low"         // key: the directory
)

// Kinds are all kinds.
var Kinds = []Kind{RunFailed, DayUnsealed, Banned, BudgetSpent, CalendarHorizon, DiskLow}

// title is the kind in words.
func (k Kind) title() string {
	switch k {
	case RunFailed:
		return "run failed"
	case DayUnsealed:
		return "day not complete at its deadline"
	case Banned:
		return "banned by the source"
	case BudgetSpent:
		return "budget of requests spent"
	case CalendarHorizon:
		return "calendar ends soon"
	case DiskLow:
		return "disk nearly full"
	}
	return string(k)
}

// Event says that something is wrong.
type Event struct {
	Kind Kind
	Key  string // which job, day, source or directory; at most 200 bytes are kept
	// Text says what happened and what to do; at most 1,500 bytes are kept. The
	// caller keeps secrets out of it.
	Text  string
	Since time.Time // when it began; zero: now
}

// The bounds of an event's texts, in bytes, so that a message fits into the
// smallest that a robot takes, WeCom's 2,048.
const (
	maxKey  = 200
	maxText = 1500
)

// plain returns text that is safe to show: valid UTF-8 without control
// characters but line feeds, cut at most bytes.
func plain(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return shorten(strings.TrimSpace(text), most)
}

// shorten cuts text at most bytes, between two characters.
func shorten(text string, most int) string {
	const dots = "..."
	if len(text) <= most {
		return text
	}
	cut := most - len(dots)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + dots
}

func (e Event) trimmed(now time.Time) Event {
	e.Key, e.Text = plain(e.Key, maxKey), plain(e.Text, maxText)
	if e.Since.IsZero() || e.Since.After(now) {
		e.Since = now
	}
	return e
}

// known reports whether there is such a kind.
func (k Kind) known() bool { return slices.Contains(Kinds, k) }
