package jobs

import (
	"log/slog"
	"strings"
	"time"
)

// sayEvery is how often a job that ends the same way again and again is logged.
const sayEvery = time.Hour

// voice decides which runs of a job are worth a line: one that ends otherwise than
// the one before, and one an hour of those that end alike.
type voice struct {
	last  string
	at    time.Time // with its monotonic reading
	muted int
}

// speak returns whether the run is logged, how loudly, and how many before it were
// not. Digits do not tell errors apart: they are counts, times and addresses.
func (v *voice) speak(run Run) (level slog.Level, muted int, say bool) {
	key := string(run.Outcome) + strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return -1
		}
		return c
	}, run.Error)
	if key == v.last && time.Since(v.at) < sayEvery && run.Why != ByHand {
		v.muted++
		return 0, 0, false
	}
	muted = v.muted
	*v = voice{last: key, at: time.Now()}
	switch run.Outcome {
	case Failed, TimedOut:
		level = slog.LevelError
	case Partial, Refused, Busy:
		level = slog.LevelWarn
	}
	return level, muted, true
}
